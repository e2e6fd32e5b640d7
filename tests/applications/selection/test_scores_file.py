"""The public scores file of a cycle, published once: what anyone can recalculate, and when it would reveal too much."""

import json
import re
import subprocess
import sys

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.base import lottery as rule
from applications.models import Application, Assignment, Rating, ScoresFile
from applications.reading.actions.review import work_out_scores
from applications.scores import comparing
from applications.selection import scores_file
from applications.selection.actions import lottery, scores
from exchange.background import jobs, results
from exchange.base.errors import RuleViolation
from exchange.figures import releases
from exchange.figures.counts import Figure, Key, Range, Why
from exchange.models import Event, Fact, FigureRelease, Job
from exchange.reference import facts
from tests.constraints import refused
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, CycleFactory, review_facts
from tests.factories_lottery import REASON, read_apart
from tests.readings import published, read_by

pytestmark = pytest.mark.django_db
WHY = "One reader asked for it."


def threshold(value):
    for name in ("threshold", "band", "open_values"):
        Fact.objects.filter(key=f"disclosure.{name}").delete()
        FactFactory(key=f"disclosure.{name}", value=value, unit=Fact.Unit.COUNT)


@pytest.fixture(autouse=True)
def small_numbers(db):
    review_facts()
    threshold(4)


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    """Sixteen applications, four readers, all results released."""
    cycle = read_apart()
    tell(cycle)
    return cycle


def tell(cycle):
    cycle.applications.update(status="not_selected")


def refusal_of(cycle, office):
    with pytest.raises(RuleViolation) as caught:
        scores.publish(cycle, by=office)
    assert not ScoresFile.objects.exists()
    assert not Event.objects.filter(action="scores.publish").exists()
    return caught.value.code


def public(cycle, page=""):
    return reverse(f"applications:scores-public{page}", args=[cycle.code])


def check(tmp_path, client, cycle):
    """Does what an outsider does: open the page, save the two files, run the command that it prints."""
    page = client.get(public(cycle))
    (tmp_path / f"scores-{cycle.code}.csv").write_text(client.get(public(cycle, "-file")).text)
    script = client.get(reverse("applications:scores-script", args=[cycle.code]))
    (tmp_path / "check-scores").write_bytes(b"".join(script.streaming_content))
    command = page.context["command"].split()
    done = subprocess.run([sys.executable, *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=True)
    return page, done


# --- Published --------------------------------------------------------------------------------------


def test_anybody_downloads_it_and_the_script_says_what_the_page_says(cycle, office, client, tmp_path):
    file = scores.publish(cycle, by=office)

    page, done = check(tmp_path, client, cycle)

    said, found = done.stderr.splitlines(), file.found.splitlines()
    assert [line for line in found if not any(each.startswith(line) for each in said)] == []
    assert len(found) == 4 + cycle.criteria.count() and found[0].startswith("spread of applications: ")
    for line in found:
        assert line in page.text
    assert rule.sha256(client.get(public(cycle, "-file")).text) == file.sha256
    assert file.sha256 in page.text
    assert Event.objects.get(action="scores.publish").by == office


def test_where_nothing_is_adjusted_the_script_says_so_too(cycle, office, client, tmp_path):
    read_by(cycle.applications.first(), UserFactory(advisor=True), [3] * cycle.criteria.count())
    found = scores.publish(cycle, by=office).found.splitlines()
    _page, done = check(tmp_path, client, cycle)
    assert found[0] == "not adjusted: few_files"
    assert [line for line in found if line not in done.stderr] == []


def test_the_numbers_of_then_count_whatever_changes(cycle, office, client, tmp_path):
    found = scores.publish(cycle, by=office).found
    cycle.seats = 3
    cycle.save()
    Fact.objects.filter(key="scoring.interval_percent").delete()
    FactFactory(key="scoring.interval_percent", value=50, unit=Fact.Unit.COUNT)
    _page, done = check(tmp_path, client, cycle)
    Fact.objects.filter(key="scoring.kept_percent").delete()
    FactFactory(key="scoring.kept_percent", value=100, unit=Fact.Unit.PERCENT)
    _page, done = check(tmp_path, client, cycle)
    command = client.get(public(cycle)).context["command"]
    assert re.search(r"--seats 6 --files-min 8 --percent 80 --kept (9\d|100) --kept-min 90$", command)
    assert all(line in done.stderr for line in found.splitlines())


def test_where_readers_cannot_tell_colleges_apart_the_script_says_so_too(cycle, office, client, tmp_path):
    Fact.objects.filter(key="scoring.kept_percent").delete()
    FactFactory(key="scoring.kept_percent", value=101, unit=Fact.Unit.PERCENT)
    found = scores.publish(cycle, by=office).found.splitlines()
    _page, done = check(tmp_path, client, cycle)
    assert found[0] == "not adjusted: colleges_apart"
    assert [line for line in found if line not in done.stderr] == []


def test_it_holds_no_one(cycle, office, client):
    scores.publish(cycle, by=office)
    text = client.get(public(cycle, "-file")).text
    people = [each.student for each in cycle.applications.all()] + list(UserFactory._meta.model.objects.all())
    for person in people:
        assert person.code not in text and str(person) not in text
    assert not [each.code for each in cycle.applications.all() if each.code in text]


def test_the_line_of_a_lottery_is_found_in_it_again(office, client, tmp_path):
    """An outsider can compare the two publications."""
    cycle = read_apart()
    drawn = lottery.announce(cycle, seats=2, reason=REASON, by=office)
    tell(cycle)
    scores.publish(cycle, by=office)
    _page, done = check(tmp_path, client, cycle)
    terms = drawn.terms
    assert f"line for 6 seats: {terms['line']} points; too close to call: {terms['marked']}" in done.stderr


def test_before_and_after_nobody_gets_it(cycle, office, client):
    assert client.get(public(cycle, "-file")).status_code == 404
    assert "the office can publish it here" in client.get(public(cycle)).text
    scores.publish(cycle, by=office)
    scores.take_back(cycle, reason=WHY, by=office)
    assert client.get(public(cycle, "-file")).status_code == 404
    assert WHY not in client.get(public(cycle)).text


def test_twice_is_once(cycle, office):
    first, again = (scores.publish(cycle, by=office) for _time in range(2))
    assert (first, Event.objects.filter(action="scores.publish").count()) == (again, 1)
    for _time in range(2):
        scores.take_back(cycle, reason=WHY, by=office)
    assert Event.objects.get(action="scores.take_back").reason == WHY


def test_the_file_is_prepared_by_a_worker_while_the_page_is_open(cycle, office, sign_in, monkeypatch):
    """Opening the page asks for it once; publishing needs it, and freezes exactly that one."""
    comparing.compare(cycle, facts.numbers(*comparing.FACTS))
    publish = jobs.publish
    monkeypatch.setattr(jobs, "publish", lambda job: None)
    client, page = sign_in(office), reverse("applications:scores-detail", args=[cycle.code])

    for _time in range(2):
        shown = client.get(page).text
        assert 'id="preparing" data-waiting' in shown and "We’re preparing the file." in shown
    assert refusal_of(cycle, office) == "scores_not_current"

    (job,) = Job.objects.filter(kind=scores_file.JOB)
    jobs.run(job.pk)
    job.refresh_from_db()
    prepared = json.loads(results.read(job))
    monkeypatch.setattr(jobs, "publish", publish)
    assert 'id="preparing" data-waiting' not in client.get(page).text
    file = scores.publish(cycle, by=office)
    assert [list(row) for row in scores_file.rows_of(file.text)] == prepared["rows"]
    assert file.found.splitlines() == prepared["found"]
    assert job.given is None


def test_published_again_it_is_the_same_whoever_withdrew_since(cycle, office):
    """The difference between a file with and one without somebody would reveal that person's points."""
    first = scores.publish(cycle, by=office)
    scores.take_back(cycle, reason=WHY, by=office)
    gone = Application.objects.filter(pk=cycle.applications.first().pk)
    gone.update(status="withdrawn", withdrawn_at=timezone.now())

    again = scores.publish(cycle, by=office)

    assert (again.pk, again.text, again.is_open, again.taken_back_reason) == (first.pk, first.text, True, "")


# --- Refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "code"), [("submitted", "not_told_yet"), ("returned", "with_the_student")])
def test_not_before_all_are_told(cycle, office, status, code):
    """A release cannot tell a student whose application was returned for a fix: the page says what to do."""
    Application.objects.filter(pk=cycle.applications.first().pk).update(status=status, return_note="Fix it.")
    assert refusal_of(cycle, office) == code


def test_not_among_few_applications(cycle, office):
    threshold(17)
    assert refusal_of(cycle, office) == "few_applications"


def test_not_among_few_readers(cycle, office):
    threshold(5)
    assert refusal_of(cycle, office) == "few_readers"


@pytest.mark.parametrize(("left_out", "code"), [(3, "few_left_out"), (4, None), (0, None)])
def test_not_where_the_number_left_out_could_be_subtracted(cycle, office, left_out, code):
    """It was published how many applied; who few were not read is hidden."""
    for _number in range(left_out):
        ApplicationFactory(submitted=True, cycle=cycle)
    tell(cycle)
    applied = Application.objects.filter(cycle=cycle, submitted_at__isnull=False).count()
    publish_figures({Key(cycle.code, "submitted"): Figure(Range(applied, applied), Why.EXACT)}, office)
    if code:
        assert refusal_of(cycle, office) == code
    else:
        assert scores.publish(cycle, by=office)


def publish_figures(figures, by):
    kind = FigureRelease.Kind.OUTCOMES
    releases.publish(figures, kind=kind, by=by, as_of=timezone.now(), used=releases.rules())


def test_its_length_is_published_once_and_before_the_figures_nothing_is_in_the_way(cycle, office):
    ApplicationFactory(submitted=True, cycle=cycle)
    tell(cycle)
    kept = scores.publish(cycle, by=office)
    scores.take_back(cycle, reason="Look again.", by=office)
    scores.publish(cycle, by=office)
    told = {Key(cycle.code, "in_scores_file"): Range(kept.applications, kept.applications)}
    assert releases.told(cycle.code) == told
    assert FigureRelease.objects.get().kind == FigureRelease.Kind.SCORES


def test_the_public_page_gives_no_count_of_applications(cycle, office, client):
    scores.publish(cycle, by=office)
    words = client.get(public(cycle)).text.replace(cycle.name, "")  # names of cycles are numbered
    assert "16" not in re.sub(r"<[^>]+>|[0-9a-f]{64}", " ", words)


def test_not_without_readings(office):
    assert refusal_of(read_apart_empty(), office) == "nothing_read"


def read_apart_empty():
    cycle = CycleFactory(ready=True)
    ApplicationFactory(cycle=cycle, not_selected=True)
    return cycle


def test_not_where_all_got_the_same_points(cycle, office):
    Rating.objects.filter(criterion=cycle.criteria.first()).update(points=3)
    assert refusal_of(cycle, office) == "all_equal"


def test_an_interview_is_not_in_the_file_so_it_tells_no_one_apart(cycle, office):
    """Other people know who was interviewed."""
    cycle.has_interviews = True
    cycle.save()
    before = sorted(row[3] for row in comparing.anonymous_rows(cycle, lambda order: None))
    interviewer = UserFactory(advisor=True)
    for application in cycle.applications.all()[:3]:
        read_by(application, interviewer, [4] * cycle.criteria.count())
    Assignment.objects.filter(reader=interviewer).update(is_interview=True)
    for application in cycle.applications.all():
        work_out_scores(application)

    assert sorted(row[3] for row in comparing.anonymous_rows(cycle, lambda order: None)) == before
    assert scores.publish(cycle, by=office).is_open


def test_whoever_still_reads_gets_no_file(cycle, office, sign_in):
    own = AssignmentFactory(application=ApplicationFactory(cycle=cycle, submitted=True), reader=office)
    assert refusal_of(cycle, office) == "own_reading_open"
    page = sign_in(office).get(reverse("applications:scores-file", args=[cycle.code]), follow=True)
    assert own.candidate_label in page.text
    assert "application,reader" not in page.text
    assert not Event.objects.filter(action="scores.download").exists()


def test_published_again_it_follows_the_threshold_of_now(cycle, office):
    scores.publish(cycle, by=office)
    scores.take_back(cycle, reason=WHY, by=office)
    threshold(17)
    with pytest.raises(RuleViolation) as caught:
        scores.publish(cycle, by=office)
    assert caught.value.code == "few_applications"


# --- The pages --------------------------------------------------------------------------------------


def test_the_office_publishes_and_takes_back_by_its_page(cycle, office, sign_in):
    client, address = sign_in(office), reverse("applications:scores-detail", args=[cycle.code])
    assert "Publish the file" in client.get(address).text

    client.post(reverse("applications:scores-publish", args=[cycle.code]))
    assert ScoresFile.objects.get().is_open
    assert f"Published by {office}" in client.get(address).text
    back = reverse("applications:scores-take-back", args=[cycle.code])
    assert "Say why you’re withdrawing it" in client.post(back, {"reason": " "}).text
    assert ScoresFile.objects.get().is_open
    page = client.post(back, {"reason": WHY}, follow=True)
    assert f"{office} withdrew it on" in page.text and WHY in page.text


def test_the_page_says_what_stands_in_the_way(cycle, office, sign_in):
    threshold(11)
    client, address = sign_in(office), reverse("applications:scores-detail", args=[cycle.code])
    shown = client.get(address).text
    assert "Fewer than 11 people read applications" in shown
    assert "Publish the file" not in shown
    threshold(4)
    Rating.objects.filter(criterion=cycle.criteria.first()).update(points=3)
    page = client.post(reverse("applications:scores-publish", args=[cycle.code]), follow=True)
    assert "Nothing was published. On one criterion, every application got the same score" in page.text


def test_the_public_page_in_spanish(cycle, office, client):
    scores.publish(cycle, by=office)
    client.cookies["language"] = "es"
    assert "Descargar el archivo" in client.get(public(cycle)).text


# --- The row ----------------------------------------------------------------------------------------


def bad(**fields):
    file = published(CycleFactory())
    return lambda: ScoresFile.objects.filter(pk=file.pk).update(**fields)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("scoresfile_has_points", {"text": ""}),
        ("scoresfile_has_points", {"sha256": ""}),
        ("scoresfile_taken_back_by_somebody_with_a_reason", {"taken_back_reason": WHY}),
        ("scoresfile_taken_back_by_somebody_with_a_reason", {"taken_back_at": timezone.now()}),
    ],
)
def test_constraint_refuses(name, fields):
    refused(name, bad(**fields))
