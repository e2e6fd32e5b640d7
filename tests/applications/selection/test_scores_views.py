"""Raw and adjusted scores side by side, who is too close to call, and the file that anyone can recalculate."""

import csv
import io
import re
import subprocess
import sys

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications.models import Review
from applications.reading.actions.review import work_out_scores
from applications.scores import calculating, comparing
from exchange.background import jobs
from exchange.base.errors import RuleViolation
from exchange.models import Event, Job
from exchange.reference import facts
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    EndorsementFactory,
    ReviewFactory,
    review_facts,
)
from tests.readings import read_by, read_cycle
from tests.services import ROOT

pytestmark = pytest.mark.django_db
LIST = "applications:selection-list"


@pytest.fixture(autouse=True)
def numbers(db):
    review_facts()
    for name, value in (("threshold", 11), ("band", 8), ("open_values", 5)):
        FactFactory(key=f"disclosure.{name}", value=value, unit="count")


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True))


@pytest.fixture
def cycle():
    return CycleFactory(ready=True, reads_each=3, seats=6)


@pytest.fixture
def readers():
    return [UserFactory(advisor=True) for _ in range(4)]


@pytest.fixture
def read(cycle, readers):
    """Sixteen applications, three readers each; the first reader is strict."""
    return read_cycle(cycle, readers)


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def page(office, cycle):
    return office.get(reverse("applications:scores-detail", args=[cycle.code]))


def the_comparison(cycle):
    return comparing.compare(cycle, facts.numbers(*comparing.FACTS))


# --- The ranked list --------------------------------------------------------------------------------


def test_the_list_shows_raw_and_adjusted_side_by_side(office, read):
    response = office.get(reverse(LIST))
    rows = response.context["rows"]
    assert len(rows) == 16
    for row in rows:
        assert row.application.score_mean is not None
        assert row.compared.low < row.compared.adjusted < row.compared.high
    assert sorted(row.compared.place for row in rows)[0] == 1
    # an application that the strict reader did not read was lucky
    unlucky = {assignment.application_id for assignment in Review.objects.first().assignment.reader.assignments.all()}
    gains = {row.application.pk: row.compared.adjusted - float(row.application.score_mean) for row in rows}
    assert min(gains[key] for key in unlucky) > max(gains[key] for key in gains.keys() - unlucky)
    first = rows[0].compared
    assert f"rank {first.place}, {first.low:.1f} to {first.high:.1f}" in text_of(response)


def test_the_list_says_what_is_too_close_to_call(office, cycle, read):
    close = {row.application.pk for row in office.get(reverse(LIST)).context["rows"] if row.compared.is_close}
    compared = the_comparison(cycle)
    assert close == set(compared.close_keys())
    assert 0 < len(close) == compared.close < 16

    narrowed = office.get(reverse(LIST), {"look": "close"})

    assert {row.application.pk for row in narrowed.context["rows"]} == close
    assert text_of(narrowed).count("too close to call</span>") == len(close)


def test_the_list_of_readers_far_apart(office, cycle, read):
    apart = {row.pk for row in cycle.applications.filter(score_spread__gte=4)}
    assert 0 < len(apart) < 16
    response = office.get(reverse(LIST), {"look": "apart"})
    assert {row.application.pk for row in response.context["rows"]} == apart


def test_scores_still_to_be_given_by_oneself_stay_covered(sign_in, cycle, read):
    person = UserFactory(coordinator=True, advisor=True)
    mine = next(each for each in read if each.score_spread >= 4)
    ReviewFactory(assignment=AssignmentFactory(application=mine, reader=person))
    office = sign_in(person)

    row = next(row for row in office.get(reverse(LIST)).context["rows"] if row.application == mine)

    assert row.compared is None
    for look in ("apart", "close"):
        assert mine not in [row.application for row in office.get(reverse(LIST), {"look": look}).context["rows"]]
    assert mine.code not in page(office, cycle).content.decode()


def test_neither_the_line_nor_how_many_hold_it_tells_before_the_own_lock(sign_in, cycle, read):
    """The list leaves out the hidden application; beside a count of all, its place would be known."""
    person = UserFactory(coordinator=True)
    mine = cycle.applications.get(pk=the_comparison(cycle).close_keys()[0])
    own = AssignmentFactory(application=mine, reader=person)
    office = sign_in(person)
    line = f"the cutoff is {the_comparison(cycle).line:.1f} points"

    covered = text_of(page(office, cycle))
    assert f"You still have to lock your own readings: {own.candidate_label}." in covered
    assert line not in covered and "Read by two or more" not in covered and "Strictest" not in covered

    own.delete()
    shown = text_of(page(office, cycle))
    assert line in shown and "Read by two or more" in shown and "Strictest" in shown


def test_a_list_without_readings_has_no_figures(office, cycle):
    ApplicationFactory(submitted=True, cycle=cycle)
    response = office.get(reverse(LIST))
    assert response.context["rows"][0].compared is None
    assert "Scores aren’t adjusted" in text_of(response)


# --- Hidden until a review is locked ----------------------------------------------------------------


def test_figures_are_worked_out_once_for_each_change(cycle, read, readers, monkeypatch):
    numbers = facts.numbers(*comparing.FACTS)
    cache.clear()
    first = comparing.compare(cycle, numbers)
    with CaptureQueriesContext(connection) as captured:
        again = comparing.compare(cycle, numbers)
    assert len(captured) == 1
    assert again.worked_out_at == first.worked_out_at

    new = ApplicationFactory(submitted=True, cycle=cycle)
    ReviewFactory(assignment=AssignmentFactory(application=new, reader=readers[0]), points=5, locked=True)

    assert comparing.compare(cycle, numbers).of(new.pk).adjusted is not None
    assert comparing.compare(cycle, numbers).fingerprint != first.fingerprint


def test_pages_have_the_former_figures_until_a_worker_has_new_ones(office, cycle, read, readers, monkeypatch):
    """Nothing is calculated in a request; what is frozen waits for figures of these very readings."""
    monkeypatch.setattr(jobs, "publish", lambda job: None)
    monkeypatch.setattr(calculating, "in_subprocess", lambda *given, **terms: pytest.fail("the page calculated"))
    numbers = facts.numbers(*comparing.FACTS)
    shown = text_of(page(office, cycle))
    assert "The scores are being calculated." in shown and "Until then, you see the readers’ averages." in shown
    assert "data-waiting" in shown
    assert "Until then, you see the readers’ averages." in text_of(office.get(reverse(LIST)))
    with pytest.raises(RuleViolation) as caught:
        comparing.compare(cycle, numbers, at_once=True)
    assert caught.value.code == "scores_not_current"
    job = Job.objects.get(kind=comparing.COMPARISON_JOB)  # asked for three times

    monkeypatch.setattr(calculating, "in_subprocess", lambda calculate, rows, **terms: calculate(rows, **terms))
    jobs.run(job.pk)
    first = comparing.compare(cycle, numbers, at_once=True)
    assert first.is_current and first.is_adjusted

    new = ApplicationFactory(submitted=True, cycle=cycle)
    ReviewFactory(assignment=AssignmentFactory(application=new, reader=readers[0]), points=5, locked=True)
    meanwhile = comparing.compare(cycle, numbers)
    assert (meanwhile.worked_out_at, meanwhile.is_current) == (first.worked_out_at, False)
    assert "Until then, you see those of" in text_of(page(office, cycle))
    Job.objects.unfinished().update(state="failed", error="It stopped.", finished_at=timezone.now())
    assert "The scores couldn’t be calculated this time." in text_of(page(office, cycle))


def test_slow_figures_are_kept_for_a_minute(cycle, read, readers, monkeypatch):
    monkeypatch.setattr(comparing, "SLOW_SECONDS", -1)
    first = the_comparison(cycle)
    read[0].assignments.all().delete()
    work_out_scores(read[0])
    assert the_comparison(cycle).of(read[0].pk) is not None
    monkeypatch.setattr(comparing, "SLOW_SECONDS", 1000)
    assert the_comparison(cycle).of(read[0].pk) is None
    assert first.of(-1) is None


def test_other_seats_draw_another_line(cycle, read):
    before = the_comparison(cycle).line
    cycle.seats = 2
    assert the_comparison(cycle).line > before
    cycle.seats = None
    assert the_comparison(cycle).line is None


# --- The page ---------------------------------------------------------------------------------------


def test_the_page_tells_the_method_and_the_figures(office, cycle, read):
    compared = the_comparison(cycle)
    text = text_of(page(office, cycle))
    assert "Scores are adjusted." in text
    assert f"With 6 spots, the cutoff is {compared.line:.1f} points." in text
    assert "48 locked readings of 16 applications by 4 readers" in text
    assert f"{compared.severest:.1f} and +{compared.mildest:.1f} points" in text
    for criterion in cycle.criteria.all():
        assert criterion.title in text


def test_the_page_says_why_nothing_is_adjusted(office, cycle, readers):
    assert "No readings are locked yet." in text_of(page(office, cycle))
    for number in range(16):
        application = ApplicationFactory(submitted=True, cycle=cycle)
        pair = readers[:2] if number % 2 else readers[2:]
        for at, reader in enumerate(pair):
            read_by(application, reader, [2 + at + number % 3] + [3] * (cycle.criteria.count() - 1))
        work_out_scores(application)
    text = text_of(page(office, cycle))
    assert "Scores aren’t adjusted." in text
    assert "The readers form 2 groups with no applications in common." in text
    assert "This uses raw scores." in text
    list_page = office.get(reverse(LIST))
    assert all(row.compared.adjusted is None and row.compared.low is not None for row in list_page.context["rows"])


def test_the_page_names_how_many_read_too_little(office, cycle, read, readers):
    ReviewFactory(assignment=AssignmentFactory(application=read[0]), points=4, locked=True)
    assert "1 of 5 readers has scored fewer than 8 applications" in text_of(page(office, cycle))


# --- The file ---------------------------------------------------------------------------------------


def the_file(office, cycle):
    response = office.get(reverse("applications:scores-file", args=[cycle.code]))
    assert response["Content-Disposition"] == f'attachment; filename="scores-{cycle.code}.csv"'
    return response.content.decode()


def test_the_file_holds_points_and_no_one(office, cycle, read, readers):
    for application in read[:2]:
        EndorsementFactory(application=application)
    found = the_file(office, cycle)
    rows = list(csv.DictReader(io.StringIO(found)))
    assert set(rows[0]) == {"application", "reader", "criterion", "points"}
    assert len(rows) == 48 * cycle.criteria.count()
    assert {row["reader"] for row in rows} == {"r1", "r2", "r3", "r4"}
    assert {row["application"] for row in rows} == {f"a{number:02}" for number in range(1, 17)}
    for person in [*readers, *(each.student for each in read)]:
        assert person.code not in found
        assert str(person) not in found
    for application in read:
        assert application.code not in found
        assert application.college.code not in found
    assert Event.objects.filter(action="scores.download", target_id=cycle.pk).count() == 1


def test_numbers_in_the_file_are_dealt_anew(cycle, read):
    def backwards(keys):
        keys.reverse()

    straight, turned = (list(comparing.anonymous_rows(cycle, each)) for each in (lambda keys: None, backwards))
    assert straight != turned
    assert sorted(row[2:] for row in straight) == sorted(row[2:] for row in turned)


def test_an_open_reading_is_not_in_the_file(office, cycle, read, readers):
    before = the_file(office, cycle).count("\n")
    extra = ApplicationFactory(submitted=True, cycle=cycle)
    ReviewFactory(assignment=AssignmentFactory(application=extra, reader=readers[0]), points=5)
    assert the_file(office, cycle).count("\n") == before


@pytest.mark.both
def test_the_script_finds_the_numbers_of_the_list_in_the_file(office, cycle, read, tmp_path):
    (tmp_path / f"scores-{cycle.code}.csv").write_text(the_file(office, cycle))
    script = office.get(reverse("applications:scores-script", args=[cycle.code]))
    (tmp_path / "check-scores").write_bytes(b"".join(script.streaming_content))
    command = page(office, cycle).context["command"].split()
    assert command[0] == "python3"
    done = subprocess.run([sys.executable, *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=True)

    compared = the_comparison(cycle)
    theirs = list(csv.DictReader(done.stdout.splitlines()))
    rows = [row.compared for row in office.get(reverse(LIST)).context["rows"]]
    for name in ("adjusted", "low", "high"):
        expected = sorted(getattr(row, name) for row in rows)
        assert sorted(float(row[name]) for row in theirs) == pytest.approx(expected, abs=1e-5)
    means = sorted(float(each.score_mean) for each in cycle.applications.all())
    assert sorted(float(row["mean"]) for row in theirs) == pytest.approx(means, abs=1e-3)
    assert f"line for 6 seats: {compared.line:.3f} points; too close to call: {compared.close}" in done.stderr
    for name, each in comparing.agreement_of(cycle, compared.fingerprint).items():
        assert f"agreement {name}: {each.alpha:.3f} ({each.low:.3f} to {each.high:.3f})" in done.stderr


def test_the_script_that_is_handed_out_is_the_one_that_ships(office, cycle):
    response = office.get(reverse("applications:scores-script", args=[cycle.code]))
    assert b"".join(response.streaming_content) == (ROOT / "script/check-scores").read_bytes()


def test_anybody_reads_the_method_and_takes_the_script_and_no_figure_of_anyone(client, cycle, read):
    address = reverse("applications:scores-public", args=[cycle.code])
    assert f'href="{address}"' in client.get(cycle.get_absolute_url()).text

    shown = client.get(address)

    assert "what this cycle’s average reader would have given" in shown.text
    assert shown.context["command"].split()[1] == "check-scores"
    figures = {f"{each.score_mean:.1f}" for each in cycle.applications.filter(score_mean__isnull=False)}
    assert figures and not [each for each in figures if f" {each} " in shown.text]
    assert not [each.code for each in cycle.applications.all() if each.code in shown.text]
    script = client.get(reverse("applications:scores-script", args=[cycle.code]))
    assert b"".join(script.streaming_content).startswith(b"#!")
    assert client.get(reverse("applications:scores-file", args=[cycle.code])).status_code == 302  # to sign-in


def test_the_list_needs_no_more_queries_for_more_rows(office, cycle, read):
    def count():
        office.get(reverse(LIST))
        with CaptureQueriesContext(connection) as captured:
            office.get(reverse(LIST))
        return len(captured)

    before = count()
    for _ in range(5):
        ReviewFactory(assignment__application=ApplicationFactory(submitted=True, cycle=cycle), points=3, locked=True)
    assert count() == before
