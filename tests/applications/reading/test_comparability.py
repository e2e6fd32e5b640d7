"""The office is warned when readers are assigned in a way that would erase a true difference between colleges."""

import html

import pytest
from django.urls import reverse

from applications.models import Assignment
from applications.reading import comparability
from applications.reading.actions import assigning
from applications.scores import calculating, calculations
from exchange.background import jobs
from exchange.base.errors import RuleViolation
from exchange.models import Event, Fact, Job
from tests.factories import CollegeFactory, FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, ReviewFactory, review_facts

pytestmark = pytest.mark.django_db
LEAST = "scoring.kept_percent"


def text_of(response):
    return html.unescape(" ".join(response.text.split()))


@pytest.fixture
def office():
    review_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def colleges():
    return [CollegeFactory(name=f"{name} College", short_name=name) for name in ("Big", "North", "South")]


@pytest.fixture
def cycle(office, colleges):
    """Two thirds of the applications at one college. Loads are even, so its own readers read nearly all the others."""
    cycle = CycleFactory(ready=True, reads_each=3)
    for college, files in zip(colleges, (20, 5, 5), strict=True):
        for _number in range(files):
            ApplicationFactory(submitted=True, cycle=cycle, college=college)
        for _reader in range(3):
            UserFactory(advisor=college)
    return cycle


def url(name, cycle):
    return reverse(f"applications:{name}", args=[cycle.code])


def test_the_draft_warns_with_the_readings_that_would_fix_it(cycle, office, sign_in):
    assigning.draw_readers(cycle, by=office, seed=1)

    page = text_of(sign_in(office).get(url("assignment-draft", cycle)))

    found = comparability.outlook(cycle)
    assert found.kept < 70 and not found.is_enough
    assert "Because of how readings are assigned, adjusting could lose more than 10% of a real difference" in page
    assert f"{found.kept}%" not in page and f"{found.lost}%" not in page
    assert "These extra readings would fix it:" in page
    # the advisors of the two small colleges have to read each other's applications
    assert all(line in page for line in found.missing)
    assert {"by readers who advise at North College", "by readers who advise at South College"} == {
        line.partition(", ")[2] for line in found.missing
    }


def test_adding_them_to_the_draft_fixes_it(cycle, office, sign_in):
    assigning.draw_readers(cycle, by=office, seed=1)
    before, found = Assignment.objects.count(), comparability.outlook(cycle)

    page = sign_in(office).post(url("assignment-add", cycle), follow=True)

    assert Assignment.objects.count() == before + len(found.reads)
    assert comparability.outlook(cycle).is_enough
    assert "Colleges can’t be compared yet" not in text_of(page)
    assert f"{len(found.reads)} readings were added to the draft" in text_of(page)
    assert Event.objects.get(action="review.add_readings").changes["kept_before"] == found.kept
    own = [each for each in Assignment.objects.all() if each.reader.roles.first().college == each.application.college]
    assert own == []
    with pytest.raises(RuleViolation) as caught:
        assigning.add_readings(cycle, by=office)
    assert caught.value.code == "nothing_to_add"


def test_the_warning_stays_after_they_are_given_out_until_it_is_fixed(cycle, office, sign_in):
    assigning.draw_readers(cycle, by=office, seed=1)
    assigning.release_draft(cycle, by=office, seen=assigning.draft_fingerprint(cycle))
    client, address = sign_in(office), f"{reverse('applications:review-list')}?cycle={cycle.code}"
    assert "Colleges can’t be compared yet" in text_of(client.get(address))

    client.post(url("assignment-add", cycle))

    assert "Colleges can’t be compared yet" not in text_of(client.get(address))


def test_until_a_worker_has_calculated_it_the_pages_say_so(cycle, office, sign_in, monkeypatch):
    """First how much would survive, then which readings would help; nothing is calculated in the request."""
    assigning.draw_readers(cycle, by=office, seed=1)
    monkeypatch.setattr(jobs, "publish", lambda job: None)
    client, draft = sign_in(office), url("assignment-draft", cycle)
    progress = f"{reverse('applications:review-list')}?cycle={cycle.code}"

    for page in (client.get(draft).text, client.get(progress).text):
        assert "We’re checking if scores can be compared with these readers." in page
        assert 'id="outlook" data-waiting' in page and "waiting.js" in page
    with pytest.raises(RuleViolation) as caught:
        assigning.add_readings(cycle, by=office)
    assert caught.value.code == "still_calculating"

    jobs.run(Job.objects.get(kind=calculations.JOB).pk)
    page = text_of(client.get(draft))
    assert "Colleges can’t be compared yet" in page and "We’re looking for extra readings" in page
    assert "We couldn’t find extra readings" not in page

    jobs.run(Job.objects.unfinished().get(kind=calculations.JOB).pk)
    page = client.get(progress).text
    assert "These extra readings would fix it:" in page and "data-waiting" not in page
    assert Job.objects.filter(kind=calculations.JOB).count() == 2


def test_what_could_not_be_calculated_is_said(cycle, office, sign_in, monkeypatch):
    assigning.draw_readers(cycle, by=office, seed=1)
    monkeypatch.setattr(calculating, "in_subprocess", lambda *given, **terms: (_ for _ in ()).throw(MemoryError))
    monkeypatch.setattr(jobs, "publish", lambda job: jobs.run(job.pk))

    page = sign_in(office).get(url("assignment-draft", cycle)).text

    assert "This couldn’t be calculated this time. Try again in five minutes." in page
    assert "data-waiting" not in page


def test_where_the_readers_have_no_room_more_people_are_asked_for(cycle, office, sign_in):
    assigning.draw_readers(cycle, by=office, seed=1)
    Fact.objects.filter(key="review.reads_max").delete()
    FactFactory(key="review.reads_max", value=10)
    client = sign_in(office)
    page = text_of(client.get(url("assignment-draft", cycle)))
    assert "by readers who don’t advise at any college" in page
    assert reverse("applications:reader-add") in page and "Add these readings to the draft" not in page


def test_readers_of_all_colleges_are_no_reason_to_warn(office, sign_in):
    cycle = CycleFactory(ready=True, reads_each=3)
    for _college in range(6):
        college = CollegeFactory()
        UserFactory(advisor=college)
        for _number in range(6):
            ApplicationFactory(submitted=True, cycle=cycle, college=college)
    assigning.draw_readers(cycle, by=office, seed=1)
    page = text_of(sign_in(office).get(url("assignment-draft", cycle)))
    found = comparability.outlook(cycle)
    assert found.is_enough and not found.missing
    assert (
        f"The way readings are assigned can hide at most {100 - found.kept}% of a real difference" in page
        and "can’t be compared yet" not in page
    )


def test_one_college_or_one_reader_leaves_nothing_to_compare(office):
    cycle = CycleFactory(ready=True, reads_each=1)
    assert comparability.outlook(cycle) is None
    ApplicationFactory(submitted=True, cycle=cycle)
    UserFactory(advisor=CollegeFactory())
    assigning.draw_readers(cycle, by=office, seed=1)
    assert comparability.outlook(cycle) is None


def lock_all(cycle, draw):
    """Every assigned reading gets some points, locked."""
    for each in Assignment.objects.filter(application__cycle=cycle).order_by("pk"):
        ReviewFactory(assignment=each, locked=True, points=draw(each))


def test_scores_are_not_adjusted_and_the_page_says_what_would_help(cycle, office, sign_in):
    assigning.draw_readers(cycle, by=office, seed=1)
    assigning.release_draft(cycle, by=office, seen=assigning.draft_fingerprint(cycle))
    lock_all(cycle, lambda each: 1 + (each.application_id + each.reader_id) % 5)
    FactFactory(key="disclosure.threshold", value=11)
    client = sign_in(office)

    page = text_of(client.get(url("scores-detail", cycle)))

    found = comparability.outlook(cycle)
    assert "Scores aren’t adjusted." in page
    assert "adjusting could lose more than 10% of a real difference between colleges" in page
    assert all(line in page for line in found.missing)
    client.post(url("assignment-add", cycle))
    page = text_of(client.get(url("scores-detail", cycle)))
    assert "Once all assigned readings are locked" in page
