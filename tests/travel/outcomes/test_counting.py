"""Counts of a cycle from rows; what is told of them is decided in release_plan."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.models import Lever
from tests.factories import CollegeFactory, PartnerCityFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    OfferFactory,
)
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, in_days
from tests.travel.outcomes_rows import answer, cycle_home, traveler, trip_home
from travel.outcomes import counting
from travel.outcomes.counting import counts_of
from travel.outcomes.population import Mark, Stage
from travel.states import PassportStage

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def college():
    return CollegeFactory()


@pytest.fixture
def trip():
    return trip_home(cycle_home(), PartnerCityFactory())


def furthest(cycle):
    return counts_of(cycle).furthest


# --- Which cycles -----------------------------------------------------------------------------------


def counted():
    return [cycle.code for cycle in counting.ready()]


def test_cycles_are_counted_once_everybody_is_home_oldest_first(college):
    for year in (2025, 2026, 2024):
        traveler(trip_home(cycle_home(year), PartnerCityFactory()), college)
    CycleFactory()  # newer, nobody has traveled
    traveler(trip_home(cycle_home(2023, published_at=None), PartnerCityFactory()), college)
    assert counted() == ["summer-2024", "summer-2025", "summer-2026"]


@pytest.mark.parametrize(
    "dates",
    [{"departed": True}, {"leaves_in": 0}, {"leaves_in": 40}],
)
def test_a_cycle_waits_for_its_last_group(trip, college, dates):
    traveler(trip, college)
    other = TripFactory(cycle=trip.cycle, **dates)
    assert counted() == []
    other.departed_at, other.returned_at = timezone.now() - dt.timedelta(days=9), timezone.now()
    other.save()
    assert counted() == [trip.cycle.code]


def test_a_trip_that_never_left_does_not_hold_its_cycle_back(trip, college):
    traveler(trip, college)
    TripFactory(cycle=trip.cycle, leaves_on=in_days(-30), returns_on=in_days(-20))
    assert counted() == [trip.cycle.code]


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
        (lambda trip: ApplicationFactory(cycle=trip.cycle), Stage.STARTED),
        (lambda trip: withdrawn(trip.cycle, submitted_at=None), Stage.STARTED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, submitted=True), Stage.SUBMITTED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, returned=True), Stage.SUBMITTED),
        (lambda trip: withdrawn(trip.cycle), Stage.SUBMITTED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, not_selected=True, endorsed=True), Stage.ENDORSED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, waitlisted=True, endorsed=True), Stage.ENDORSED),
        (lambda trip: withdrawn(trip.cycle, endorsed=True), Stage.ENDORSED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, selected=True), Stage.SELECTED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, declined=True, endorsed=True), Stage.SELECTED),
        (lambda trip: offered(withdrawn(trip.cycle)), Stage.SELECTED),
        (withdrawn_after_confirming, Stage.CONFIRMED),
        (lambda trip: ApplicationFactory(cycle=trip.cycle, confirmed=True), Stage.CONFIRMED),
        (lambda trip: ready(trip, PassportStage.APPLIED), Stage.CONFIRMED),
        (lambda trip: ready(trip, PassportStage.IN_HAND), Stage.PASSPORT),
        (lambda trip: PlacementFactory(trip=trip, travelled_at=timezone.now()), Stage.TRAVELED),
        (lambda trip: traveler(trip, CollegeFactory()), Stage.TRAVELED),
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
    assert furthest(trip.cycle) == {Stage.TRAVELED: 1}


def test_read_is_endorsed_and_by_as_many_readers_as_the_cycle_asks_for(trip):
    for reads, endorsed in ((trip.cycle.reads_each, True), (trip.cycle.reads_each - 1, True), (9, False)):
        scores = {"score_mean": 4, "score_median": 4, "score_spread": 1} if reads else {}
        ApplicationFactory(cycle=trip.cycle, submitted=True, endorsed=endorsed, reads_locked=reads, **scores)
    assert furthest(trip.cycle) == {Stage.READ: 1, Stage.ENDORSED: 1, Stage.SUBMITTED: 1}


# --- Groups -----------------------------------------------------------------------------------------


def lever(cycle, kind, key, values):
    return Lever.objects.create(
        cycle=cycle, kind=kind, question_key=key, values=values, definition_en="x", definition_es="x"
    )


def test_everybody_counts_once_in_each_way_of_grouping(trip, college):
    lever(trip.cycle, "first_trip", "first_abroad", [True])
    lever(trip.cycle, "district", "parents_education", ["7", "15"])
    form = trip.cycle.form_versions.get()
    for value, district in ((True, "7"), (True, "15"), (False, "outside"), (None, None)):
        made = ApplicationFactory(cycle=trip.cycle, form=form, college=college, submitted=True)
        answer(made, first_abroad=value, parents_education=district)
    ApplicationFactory(cycle=trip.cycle, form=form, college=None)
    traveler(trip, college, abroad=True)
    groups = counts_of(trip.cycle).groups
    assert {by: sum(sum(each.values()) for each in found.values()) for by, found in groups.items()} == {
        "college": 6,
        "language": 6,
        "first_trip": 6,
        "district": 6,
    }
    assert groups["college"] == {
        college.code: {Stage.SUBMITTED: 4, Stage.TRAVELED: 1},
        "unknown": {Stage.STARTED: 1},
    }
    assert groups["first_trip"]["yes"] == {Stage.SUBMITTED: 2, Stage.TRAVELED: 1}
    assert groups["first_trip"]["no"] == {Stage.SUBMITTED: 1}
    assert {group: sum(each.values()) for group, each in groups["district"].items()} == {"7": 1, "15": 1, "unknown": 4}


# --- Marks ------------------------------------------------------------------------------------------


def test_marks_are_counted_by_what_travelers_said_and_what_their_passport_was(trip):
    one, other = CollegeFactory(), CollegeFactory()
    second = trip_home(trip.cycle, PartnerCityFactory())
    traveler(trip, one, abroad=True, flight=True, passport=True, parents="no_college")
    traveler(trip, one, abroad=True, passport=True, parents="some_college", rank=2)
    traveler(second, other, passport=True, parents="bachelors", rank=3)
    traveler(second, other, abroad=None, parents="dont_know")
    stayed = ApplicationFactory(cycle=trip.cycle, form=trip.cycle.form_versions.get(), confirmed=True)
    answer(stayed, first_abroad=True, first_flight=True, parents_education="no_college")
    found = counts_of(trip.cycle)
    here, there = (one.code, trip.city.code), (other.code, second.city.code)
    assert found.travelers == {here: 2, there: 2}
    assert {mark: dict(places) for mark, places in found.marks.items()} == {
        Mark.ABROAD: {here: 2},
        Mark.FLIGHT: {here: 1},
        Mark.PASSPORT: {here: 2, there: 1},
        Mark.GENERATION: {here: 2},
        Mark.CHOICE: {here: 1, there: 1},
    }


def test_a_mark_that_the_committee_asks_for_too_is_counted_by_the_same_answers(trip, college):
    lever(trip.cycle, "first_generation", "parents_education", ["no_college"])
    traveler(trip, college, parents="some_college")
    traveler(trip, college, parents="no_college")
    found = counts_of(trip.cycle)
    assert sum(found.marks[Mark.GENERATION].values()) == 1
    assert found.groups["first_generation"]["yes"] == {Stage.TRAVELED: 1}
    assert found.same_as == {"first_generation": Mark.GENERATION}


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
    assert counts_of(trip.cycle).too_late == 2


# --- The cost ---------------------------------------------------------------------------------------


def test_the_queries_stay_few_however_many_rows():
    costs = []
    for year, number in ((2024, 3), (2025, 27)):
        trip = trip_home(cycle_home(year), PartnerCityFactory())
        for each in range(number):
            traveler(trip, CollegeFactory(), abroad=True, passport=bool(each % 2))
        with CaptureQueriesContext(connection) as made:
            counts_of(trip.cycle)
        costs.append(len(made))
    assert costs[0] == costs[1] <= 18
