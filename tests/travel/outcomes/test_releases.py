"""The office sees what would be published and why, publishes it once, and nobody changes it afterward."""

import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.background import jobs
from exchange.base.errors import RuleViolation
from exchange.figures import releases
from exchange.figures.counts import Figure, Key, Range, Why
from exchange.models import Event, FigureRelease, Job, OfficeTask, ReleasedFigure
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_travel import TripFactory
from tests.travel.outcomes_rows import cycle_home, publish, summer, threshold, traveler, trip_home
from travel import tasks
from travel.outcomes import actions, noticing
from travel.outcomes.population import By, Mark, Stage, mark_key, stage_key
from travel.outcomes.release_plan import Finding

pytestmark = pytest.mark.django_db
LIST, NEXT = reverse("travel:outcomes-releases"), reverse("travel:outcomes-release-next")


@pytest.fixture
def colleges():
    return [CollegeFactory(short_name=name) for name in ("East", "City", "Pierce")]


@pytest.fixture
def office(sign_in):
    return sign_in(UserFactory(coordinator=True, full_name="Inés Calderón"))


def rows_of(page):
    lines = re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)]
        for line in lines
    ]


def newest_job():
    return Job.objects.filter(kind=actions.JOB).latest("created_at")


def test_before_publishing_the_office_sees_what_is_shown_and_why_the_rest_is_not(office, colleges):
    threshold(11)
    trip = trip_home(cycle_home(), PartnerCityFactory())
    for number in range(33):
        traveler(trip, colleges[0], abroad=number < 15, flight=number < 4)
    rows = rows_of(office.get(NEXT))
    assert ["Never abroad", "15", "15", ""] in rows
    assert ["First flight", "4", "0 to 10", "Few people are counted here, or few aren’t."] in rows
    assert ["Traveled", "33", "33", "Everyone knows this number."] in rows
    assert not FigureRelease.objects.exists()


def test_publishing_freezes_it_and_shows_it(office, colleges):
    threshold(2)
    cycle = summer(colleges)
    office.get(NEXT)
    page = office.post(
        reverse("travel:outcomes-release-publish", args=[newest_job().code]), {"note": "Final."}, follow=True
    )
    assert "Published. The outcomes pages show it now." in page.text and "Final." in page.text
    release = FigureRelease.objects.get()
    assert (release.number, release.published_by.full_name) == (1, "Inés Calderón")
    assert releases.told()[Key(cycle.code, "traveled")] == Range(18, 18)
    assert Event.objects.filter(action="figures.publish", target_id=release.pk).count() == 1
    assert "nothing new to publish" in office.get(NEXT).text
    assert "Release 1" in office.get(LIST).text


def test_a_second_tap_or_a_second_person_publishes_nothing_twice(office, colleges):
    threshold(2)
    summer(colleges)
    office.get(NEXT)
    address = reverse("travel:outcomes-release-publish", args=[newest_job().code])
    office.post(address)
    page = office.post(address, follow=True)
    assert "Something was published since this was counted" in page.text
    assert FigureRelease.objects.count() == 1


def test_publishing_asks_for_a_fresh_proof(office, colleges, monkeypatch):
    threshold(2)
    summer(colleges)
    office.get(NEXT)
    monkeypatch.setattr("exchange.web.proofs.is_fresh", lambda request: False)
    response = office.post(reverse("travel:outcomes-release-publish", args=[newest_job().code]))
    assert response.status_code in (302, 401) and not FigureRelease.objects.exists()


def test_what_would_give_a_figure_away_is_refused_by_name(office, colleges, monkeypatch):
    threshold(2)
    summer(colleges)
    finding = Finding(Key("summer-2026", "first_flight", "college", colleges[0].code), Range(2, 2))
    monkeypatch.setattr(actions, "attack", lambda *given: [finding])
    page = office.get(NEXT)
    assert "This can’t be published" in page.text and "First flight East" in page.text
    with pytest.raises(RuleViolation, match="work out"):
        actions.publish(newest_job(), by=UserFactory(coordinator=True))
    assert not FigureRelease.objects.exists()


def test_what_earlier_releases_give_away_is_found_before_the_next(office, colleges):
    threshold(11)
    cycle = cycle_home()
    trip = trip_home(cycle, PartnerCityFactory())
    for number in range(36):
        traveler(trip, colleges[number % 3], flight=number < 8)
    careless = {
        stage_key(cycle.code, Stage.TRAVELED): 36,
        mark_key(cycle.code, Mark.FLIGHT): 8,
        mark_key(cycle.code, Mark.FLIGHT, By.COLLEGE, colleges[0].code): 3,
        mark_key(cycle.code, Mark.FLIGHT, By.COLLEGE, colleges[1].code): 3,
    }
    figures = {key: Figure(Range(number, number), Why.EXACT) for key, number in careless.items()}
    figures[mark_key(cycle.code, Mark.FLIGHT, By.COLLEGE, colleges[2].code)] = None
    releases.publish(
        figures,
        kind=FigureRelease.Kind.OUTCOMES,
        by=UserFactory(coordinator=True),
        as_of=timezone.now(),
        used=releases.rules(),
    )
    page = office.get(NEXT)
    assert "This can’t be published" in page.text and "First flight Pierce" in page.text


def test_it_waits_for_a_worker_and_says_when_counting_failed(office, colleges, monkeypatch):
    threshold(2)
    summer(colleges)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "publish", lambda job: None)
        patch.setattr(actions, "plan_release", lambda *given: pytest.fail("the page planned"))
        waiting = office.get(NEXT)
    assert "data-waiting" in waiting.text and "checking that no one can be singled out" in waiting.text
    created_at = newest_job().created_at
    Job.objects.update(state=Job.State.FAILED, finished_at=created_at, error="No memory.")
    assert "The figures couldn’t be counted" in office.get(NEXT).text


def test_a_corrected_record_is_named_and_changes_nothing(office, colleges):
    threshold(2)
    summer(colleges)
    publish()
    assert "nothing new" in office.get(f"{NEXT}?at=1").text


def test_a_director_reads_what_was_published_and_never_what_was_counted(sign_in, colleges):
    threshold(11)
    trip = trip_home(cycle_home(), PartnerCityFactory())
    for number in range(33):
        traveler(trip, colleges[0], flight=number < 4)
    publish()
    mayor = sign_in(UserFactory(director=True))
    page = mayor.get(reverse("travel:outcomes-release", args=[1]))
    assert ["First flight", "0 to 10", "Few people are counted here, or few aren’t."] in rows_of(page)
    assert "Counted" not in page.text
    assert mayor.get(NEXT).status_code == 403
    assert mayor.get(reverse("travel:outcomes-release", args=[7])).status_code == 404


def test_the_pages_take_few_queries(office, colleges):
    threshold(2)
    for year in (2024, 2025):
        summer(colleges, year)
    publish()
    for address in (LIST, reverse("travel:outcomes-release", args=[1]), NEXT):
        office.get(address)
        with CaptureQueriesContext(connection) as made:
            assert office.get(address).status_code == 200
        assert len(made) <= 13


# --- When it can be published -----------------------------------------------------------------------


def test_the_office_gets_a_task_once_everybody_is_home_and_publishing_finishes_it(office, colleges):
    threshold(2)
    cycle = summer(colleges)
    tasks.say_what_can_be_published()
    tasks.say_what_can_be_published()
    task = OfficeTask.objects.get()
    page = office.get(reverse("travel:office-task-list")).text
    assert f"Publish the figures of {cycle.name_en}" in page and task.path == NEXT
    actions.publish_now(by=UserFactory(coordinator=True))
    task.refresh_from_db()
    assert task.done_at and not OfficeTask.objects.open().exists()
    tasks.say_what_can_be_published()
    assert OfficeTask.objects.count() == 1


def test_a_group_that_is_still_away_is_no_task(colleges):
    threshold(2)
    cycle = summer(colleges)
    TripFactory(cycle=cycle, departed_at=timezone.now())
    assert noticing.open_tasks() == 0


# --- The table --------------------------------------------------------------------------------------


def one_figure(high=3):
    return {Key("summer-2026", "first_flight"): Figure(Range(3, high), Why.EXACT)}


def released(figures):
    kind = FigureRelease.Kind.OUTCOMES
    return releases.publish(figures, kind=kind, by=UserFactory(), as_of=timezone.now(), used=releases.rules())


def test_a_figure_is_published_once_for_good():
    threshold(2)
    released(one_figure())
    with pytest.raises(IntegrityError), transaction.atomic():
        released(one_figure(high=9))
    assert releases.told() == {Key("summer-2026", "first_flight"): Range(3, 3)}
    with pytest.raises(TypeError):
        ReleasedFigure.objects.update(low=1)
    with pytest.raises(TypeError):
        FigureRelease.objects.all().delete()


def test_figures_of_several_years_are_found_by_each_of_them():
    threshold(2)
    key = Key("summer-2025+summer-2026", "first_flight", "college", "east")
    released({key: None, Key("summer-2024", "traveled"): Figure(Range(9, 9), Why.KNOWN)})
    assert releases.told("summer-2026") == {key: None} == releases.told("summer-2025")
    assert key not in releases.told("summer-2024")
