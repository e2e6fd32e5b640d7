"""Outcome counts from rows; which of them may be shown is tested in test_outcomes_figures.py."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from applications.models import Cycle
from tests.factories import CollegeFactory, PartnerCityFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, DecisionFactory, OfferFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, in_days
from tests.travel.outcomes_rows import answer, cycle_home, threshold, traveler, trip_home, wrote
from travel.models import Reflection
from travel.outcomes import outcomes
from travel.outcomes.figures import By, Mark, OutcomeStage
from travel.outcomes.outcomes import counted_of, report
from travel.states import PassportStage

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def every_count_shows():
    threshold(1)


@pytest.fixture
def college():
    return CollegeFactory()


@pytest.fixture
def trip():
    return trip_home(cycle_home(), PartnerCityFactory())


def furthest(cycle):
    return counted_of([cycle]).furthest[cycle.pk]


# --- Which cycles -----------------------------------------------------------------------------------


def test_before_anyone_is_home_there_is_nothing_to_show():
    CycleFactory()
    found = report()
    assert (found.outcomes, found.chosen, found.cycles) == (None, None, [])


def test_the_newest_finished_cycle_is_shown(college):
    for year in (2025, 2026, 2024):
        traveler(trip_home(cycle_home(year), PartnerCityFactory()), college)
    CycleFactory()  # newer, nobody has traveled
    assert report().chosen.code == "summer-2026"
    assert [cycle.code for cycle in report().cycles] == ["summer-2026", "summer-2025", "summer-2024"]
    assert report("summer-2024").chosen.code == "summer-2024"
    assert (report("all").chosen, report("all").outcomes.travelers) == (None, 3)


@pytest.mark.parametrize(
    "dates",
    [
        {"departed_at": timezone.now(), "leaves_on": in_days(-3), "returns_on": in_days(7)},
        {"leaves_on": in_days(0), "returns_on": in_days(10)},
        {"leaves_on": in_days(40), "returns_on": in_days(50)},
    ],
)
def test_a_cycle_waits_for_its_last_group(trip, college, dates):
    traveler(trip, college)
    other = TripFactory(cycle=trip.cycle, **dates)
    found = report(trip.cycle.code)
    assert (found.outcomes, found.is_home, report().chosen) == (None, False, None)
    other.departed_at, other.returned_at = timezone.now() - dt.timedelta(days=9), timezone.now()
    other.save()
    assert report().chosen == trip.cycle


def test_a_trip_that_never_left_does_not_hold_its_cycle_back(trip, college):
    traveler(trip, college)
    TripFactory(cycle=trip.cycle, leaves_on=in_days(-30), returns_on=in_days(-20))
    assert report().chosen == trip.cycle


@pytest.mark.parametrize("code", ["nothing", "ALL"])
def test_an_unknown_cycle_is_told(code):
    with pytest.raises(Cycle.DoesNotExist):
        report(code)


def test_an_unpublished_cycle_is_unknown():
    cycle = CycleFactory(published_at=None)
    with pytest.raises(Cycle.DoesNotExist):
        report(cycle.code)


# --- Stages -----------------------------------------------------------------------------------------


def ready(trip, stage, **case):
    placement = PlacementFactory(trip=trip)
    PassportCaseFactory(placement=placement, stage=stage, **case)
    return placement


def withdrawn(cycle, **fields):
    return ApplicationFactory(cycle=cycle, withdrawn=True, **fields)


def offered(application, **fields):
    OfferFactory(decision=DecisionFactory(released=True, application=application), **fields)


def withdrawn_after_confirming(trip):
    application = withdrawn(trip.cycle)
    offered(application, reply="confirmed", answered_at=timezone.now())


@pytest.mark.parametrize(
    ("make", "stage"),
    [
        (lambda trip: ApplicationFactory(cycle=trip.cycle), OutcomeStage.STARTED),
        (lambda trip: withdrawn(trip.cycle, submitted_at=None), OutcomeStage.STARTED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, submitted=True), OutcomeStage.SUBMITTED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, returned=True), OutcomeStage.SUBMITTED),
        (lambda trip: withdrawn(trip.cycle), OutcomeStage.SUBMITTED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, not_selected=True, endorsed=True), OutcomeStage.ENDORSED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, waitlisted=True, endorsed=True), OutcomeStage.ENDORSED),
        (lambda trip: withdrawn(trip.cycle, endorsed=True), OutcomeStage.ENDORSED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, selected=True), OutcomeStage.SELECTED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, declined=True, endorsed=True), OutcomeStage.SELECTED),
        (lambda trip: offered(withdrawn(trip.cycle)), OutcomeStage.SELECTED),
        (withdrawn_after_confirming, OutcomeStage.CONFIRMED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, confirmed=True), OutcomeStage.CONFIRMED),
        (lambda trip: ready(trip, PassportStage.APPLIED), OutcomeStage.CONFIRMED),
        (lambda trip: ready(trip, PassportStage.IN_HAND), OutcomeStage.PASSPORT),
        (lambda trip: PlacementFactory(trip=trip, travelled_at=timezone.now()), OutcomeStage.TRAVELED),
        (lambda trip: traveler(trip, CollegeFactory()), OutcomeStage.RETURNED),
    ],
)
def test_each_application_counts_at_the_furthest_stage_it_reached(trip, make, stage):
    make(trip)
    ApplicationFactory()  # another cycle's
    assert furthest(trip.cycle) == {stage: 1}


def test_a_visitors_draft_and_a_try_of_the_office_count_nowhere(trip, college):
    traveler(trip, college)
    ApplicationFactory(cycle=trip.cycle, student=None, draft_key="0" * 64)
    ApplicationFactory(cycle=trip.cycle, is_test=True)
    assert furthest(trip.cycle) == {OutcomeStage.RETURNED: 1}


def test_whoever_reached_a_stage_counts_in_all_before_it(trip, college):
    traveler(trip, college)
    ApplicationFactory(cycle=trip.cycle)
    ApplicationFactory(cycle=trip.cycle, selected=True)
    assert list(report().outcomes.stages.values()) == [3, 2, 2, 2, 1, 1, 1, 1]


# --- Marks ------------------------------------------------------------------------------------------


def test_marks_are_counted_by_what_travelers_said_and_what_their_passport_was(trip):
    one, other = CollegeFactory(), CollegeFactory()
    second = trip_home(trip.cycle, PartnerCityFactory())
    traveler(trip, one, abroad=True, flight=True, passport=True, parents="no_college")
    traveler(trip, one, abroad=True, passport=True, parents="some_college", rank=2)
    traveler(second, other, passport=True, parents="bachelors", rank=3)
    traveler(second, other, parents="dont_know")
    stayed = ApplicationFactory(cycle=trip.cycle, form=trip.cycle.form_versions.get(), confirmed=True)
    answer(stayed, first_abroad=True, first_flight=True, parents_education="no_college")
    found = report().outcomes
    assert {mark: (share.count, share.of) for mark, share in found.shares.items()} == {
        Mark.ABROAD: (2, 4),
        Mark.FLIGHT: (1, 4),
        Mark.PASSPORT: (3, 4),
        Mark.GENERATION: (None, None),
        Mark.CHOICE: (2, 4),
    }
    assert found.shares[Mark.GENERATION].rate.percent == 67  # two of the three who know
    by_college, by_city = (found.breakdowns[Mark.PASSPORT, by].counts for by in By)
    assert by_college == {one.pk: 2, other.pk: 1}
    assert by_city == {trip.city_id: 2, second.city_id: 1}


def test_an_answer_that_is_missing_or_no_is_no(trip, college):
    traveler(trip, college, abroad=None)
    traveler(trip, college, abroad=False)
    traveler(trip, college, abroad=True)
    assert report().outcomes.shares[Mark.ABROAD].count == 1


def late(trip, **fields):
    placement = PlacementFactory(trip=trip)
    PassportCaseFactory(**{"placement": placement, "is_first_passport": True, "stage": PassportStage.APPLIED} | fields)
    return placement


def test_first_passports_that_were_not_there_when_the_group_left(trip, college):
    traveler(trip, college, passport=True)
    late(trip)
    late(trip, stage=PassportStage.IN_HAND, stage_changed_at=trip.departed_at + dt.timedelta(days=2))
    late(trip, stage=PassportStage.IN_HAND, stage_changed_at=trip.departed_at - dt.timedelta(days=2))  # had it in time
    late(trip, is_first_passport=False)
    gone = late(trip).application
    gone.status, gone.withdrawn_at = "withdrawn", timezone.now()
    gone.save()
    late(TripFactory(cycle=trip.cycle, leaves_on=in_days(-30), returns_on=in_days(-20)))  # never left
    assert counted_of([trip.cycle]).too_late == {trip.cycle.pk: 2}


# --- The quote --------------------------------------------------------------------------------------


def test_only_a_published_sentence_of_the_shown_cycle_is_quoted(trip, college):
    other = trip_home(cycle_home(2025), PartnerCityFactory())
    wrote(traveler(trip, college), "", privacy="program")
    wrote(traveler(trip, college), "")
    wrote(traveler(other, college), "The sea from the other side.")
    assert report().quote is None
    found = report("summer-2025").quote
    assert (found.text, found.year) == ("The sea from the other side.", 2025)


def test_a_quote_that_is_taken_back_is_gone_at_once(trip, college, monkeypatch):
    monkeypatch.setattr(outcomes, "SLOW_SECONDS", -1)
    wrote(traveler(trip, college), "The sea.")
    assert report().quote.text == "The sea."
    Reflection.objects.update(privacy="private", quote="")
    assert report().quote is None


def test_a_quote_in_the_readers_language_comes_first(trip, college):
    spanish = traveler(trip, college)
    spanish.application.answer_language = "es"
    spanish.application.save()
    wrote(spanish, "El mar.", written_at=timezone.now() - dt.timedelta(days=9))
    wrote(traveler(trip, college), "The sea.")
    assert report().quote.text == "The sea."
    with translation.override("es"):
        assert report().quote.text == "El mar."


def test_a_quote_with_its_writers_name_is_not_shown(trip, college):
    wrote(traveler(trip, college, full_name="Marisol Reyes Ortega"), "They called me MARISOL-san.")
    assert report().quote is None


# --- The cost ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["", "all"])
def test_the_queries_stay_few_however_many_rows(college, code):
    costs = []
    for year, number in ((2024, 3), (2025, 27)):
        trip = trip_home(cycle_home(year), PartnerCityFactory())
        for each in range(number):
            traveler(trip, CollegeFactory(), abroad=True, passport=bool(each % 2))
        with CaptureQueriesContext(connection) as made:
            report(code)
        costs.append(len(made))
    assert costs[0] == costs[1] <= 10


def test_slow_counts_are_kept_for_a_moment(trip, college, monkeypatch):
    monkeypatch.setattr(outcomes, "SLOW_SECONDS", -1)
    traveler(trip, college)
    first = report()
    traveler(trip, college)
    assert (report().outcomes.travelers, report().counted_at) == (1, first.counted_at)


def test_quick_counts_are_live(trip, college):
    traveler(trip, college)
    report()
    traveler(trip, college)
    assert report().outcomes.travelers == 2
