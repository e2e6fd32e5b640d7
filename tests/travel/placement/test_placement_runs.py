"""Placement runs: choices by staff, closed trips, feasible cities; told once and correctly."""

import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from applications.models import Answer, Application, Question
from applications.states import Status
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.constraints import refused
from tests.factories import CollegeFactory, PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import (
    FeasibleCitiesFactory,
    PlacementFactory,
    PlacementRunFactory,
    TripFactory,
    checklist_steps,
    in_days,
    travel_facts,
)
from travel.models import Placement, PlacementRun, Trip, Unplaced
from travel.placement import placing
from travel.placement.actions import placement
from travel.placement.matching import STAY_HOME
from travel.placement.placing import Keep, Priority, Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    travel_facts()
    cycle = CycleFactory(closed=True)
    checklist_steps(cycle)
    return cycle


@pytest.fixture
def hanoi(cycle):
    return TripFactory(cycle=cycle, seats=1, city=PartnerCityFactory(code="hanoi"))


@pytest.fixture
def paris(cycle):
    return TripFactory(cycle=cycle, seats=1, city=PartnerCityFactory(code="paris"))


def confirmed(cycle, *trips, score="4.000", marked=True, **fields):
    application = ApplicationFactory(
        confirmed=True,
        cycle=cycle,
        cities=[trip.city for trip in trips],
        reads_locked=3,
        score_mean=Decimal(score),
        **fields,
    )
    if marked:
        FeasibleCitiesFactory(application=application)
    return application


def seats_of(run):
    return {row["application"]: row["trip"] for row in run.results}


def why_of(run, application):
    (row,) = [row for row in run.results if row["application"] == application.code]
    return [(why["city"], why["reason"]) for why in row["why"]]


def caught(act):
    with pytest.raises(RuleViolation) as found:
        act()
    return found.value.code


def withdraw(application):
    Application.objects.filter(pk=application.pk).update(status=Status.WITHDRAWN, withdrawn_at=timezone.now())


# --- what staff choose ------------------------------------------------------------------------------


def test_by_lottery_alone_the_score_does_not_count_and_students_are_told_so(cycle, hanoi, coordinator):
    students = [confirmed(cycle, hanoi, score=f"{number}.000") for number in range(1, 6)]
    run = placement.run(cycle, by=coordinator, settings=Settings(priority=Priority.LOTTERY))
    order = placing.matching.lottery_order([each.code for each in students], run.seed)
    assert [code for code, trip in seats_of(run).items() if trip] == [order[0]]
    loser = next(each for each in students if each.code == order[1])
    assert why_of(run, loser) == [("hanoi", "filled_by_lottery")]


def test_a_seat_kept_for_a_college_goes_to_it_though_others_are_ahead(cycle, coordinator):
    hanoi = TripFactory(cycle=cycle, seats=2, city=PartnerCityFactory(code="hanoi"))
    valley = CollegeFactory(code="valley")
    first, second = (confirmed(cycle, hanoi, score=score) for score in ("5", "4"))
    last = confirmed(cycle, hanoi, score="1", college=valley)
    kept = Settings(kept=(Keep("college:valley", 1),))

    run = placement.run(cycle, by=coordinator, settings=kept)

    assert seats_of(run) == {first.code: hanoi.code, second.code: None, last.code: hanoi.code}
    assert why_of(run, second) == [("hanoi", "filled_with_kept_seats")]
    assert Settings.of(PlacementRun.objects.get().settings) == kept


def test_a_seat_kept_by_an_answer_uses_the_levers_of_the_selection(coordinator):
    cycle = CycleFactory(ready=True, closed=True)
    city = cycle.cities.first()
    trip = TripFactory(cycle=cycle, seats=1, city=city)
    ahead = confirmed(cycle, score="5", answered=True, answered__fee_waiver="no", answered__parents_education="degree")
    first = confirmed(cycle, score="1", answered=True, answered__parents_education="no_college")
    for each in (ahead, first):
        each.city_preferences.exclude(city=city).delete()
    assert Question.objects.filter(key="parents_education").exists() and Answer.objects.exists()
    run = placement.run(cycle, by=coordinator, settings=Settings(kept=(Keep("first_generation", 1, trip.code),)))
    assert seats_of(run) == {ahead.code: None, first.code: trip.code}


def test_a_trip_left_out_and_a_closed_one_say_which_they_are(cycle, hanoi, paris, coordinator):
    lima = TripFactory(cycle=cycle, city=PartnerCityFactory(code="lima"))
    student = confirmed(cycle, hanoi, paris, lima)
    placement.close(hanoi, reason="Only one student wants it.", by=coordinator)
    run = placement.run(cycle, by=coordinator, settings=Settings(left_out=frozenset({paris.code})))
    assert why_of(run, student) == [("hanoi", "closed"), ("paris", "left_out"), ("lima", "placed")]


def test_no_city_below_the_line_to_stay_home_is_given(cycle, hanoi, paris, coordinator):
    ahead = confirmed(cycle, hanoi, score="5")
    student = confirmed(cycle, hanoi, score="4")
    student.city_preferences.create(city=None, rank=2)
    student.city_preferences.create(city=paris.city, rank=3)
    run = placement.run(cycle, by=coordinator)
    assert seats_of(run) == {ahead.code: hanoi.code, student.code: None}
    assert why_of(run, student) == [("hanoi", "filled_by_higher_priority"), (None, "stay_home")]
    assert STAY_HOME == student.city_preferences.get(city=None).code


def test_other_settings_are_another_draft_and_the_same_are_the_one_that_is_there(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi)
    first = placement.run(cycle, by=coordinator)
    other = placement.run(cycle, by=coordinator, settings=Settings(priority=Priority.LOTTERY))
    assert first != other and first.seed == other.seed and first.inputs_hash != other.inputs_hash
    assert placement.run(cycle, by=coordinator) == first
    assert PlacementRun.objects.count() == 2


# --- lists of feasible cities -----------------------------------------------------------------------


def test_a_student_whose_list_is_open_is_not_placed_and_not_told(cycle, hanoi, coordinator):
    waiting = confirmed(cycle, hanoi, score="5", marked=False)
    student = confirmed(cycle, hanoi, score="1")
    run = placement.run(cycle, by=coordinator)
    assert run.aside == {"open": [waiting.code], "nowhere": []}
    placement.release(run, by=coordinator)
    assert Placement.objects.get().application == student
    assert not Unplaced.objects.exists()
    assert Message.objects.count() == 1


def test_with_open_lists_only_the_run_says_who_owes_them(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi, marked=False)
    assert caught(lambda: placement.run(cycle, by=coordinator)) == "lists_open"


def test_only_marked_cities_are_given_and_who_has_none_is_a_task(cycle, hanoi, paris, coordinator):
    some = confirmed(cycle, hanoi, paris, marked=False)
    FeasibleCitiesFactory(application=some, is_everywhere=False).cities.add(paris.city)
    none = confirmed(cycle, hanoi, marked=False)
    FeasibleCitiesFactory(application=none, is_everywhere=False)
    run = placement.run(cycle, by=coordinator)
    assert seats_of(run) == {some.code: paris.code, none.code: None}
    assert why_of(run, some)[0] == ("hanoi", "not_feasible")
    assert run.aside["nowhere"] == [none.code]


def test_a_list_that_is_marked_makes_a_draft_outdated(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi)
    late = confirmed(cycle, hanoi, marked=False)
    run = placement.run(cycle, by=coordinator)
    assert not placing.is_outdated(run)
    FeasibleCitiesFactory(application=late)
    assert placing.is_outdated(run)
    assert caught(lambda: placement.release(run, by=coordinator)) == "run_outdated"


# --- closing a trip ---------------------------------------------------------------------------------


def test_closing_and_running_again_is_one_act_with_the_same_settings(cycle, hanoi, paris, coordinator):
    student = confirmed(cycle, hanoi, paris)
    draft = placement.run(cycle, by=coordinator, settings=Settings(priority=Priority.LOTTERY))

    again = placement.close_and_run(draft, hanoi, reason="One student is no group.", by=coordinator)

    hanoi.refresh_from_db()
    assert (hanoi.closed_by, hanoi.closed_reason) == (coordinator, "One student is no group.")
    assert seats_of(again) == {student.code: paris.code}
    assert again.settings["priority"] == "lottery"
    assert Event.objects.get(action="placement.close_trip").reason == "One student is no group."


def test_what_cannot_be_run_again_closes_nothing(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi)
    draft = placement.run(cycle, by=coordinator)
    assert caught(lambda: placement.close_and_run(draft, hanoi, reason="Too few.", by=coordinator)) == "no_trips"
    hanoi.refresh_from_db()
    assert hanoi.closed_at is None


def test_a_trip_is_closed_with_a_reason_before_anybody_has_a_seat(cycle, hanoi, coordinator):
    assert caught(lambda: placement.close(hanoi, reason="  ", by=coordinator)) == "reason_needed"
    PlacementFactory(trip=hanoi)
    assert caught(lambda: placement.close(hanoi, reason="Too few.", by=coordinator)) == "has_travelers"
    away = TripFactory(cycle=cycle, departed=True)
    assert caught(lambda: placement.close(away, reason="Too few.", by=coordinator)) == "departed"


def test_a_closed_trip_is_opened_again_until_students_were_placed_without_it(cycle, hanoi, paris, coordinator):
    for _twice in range(2):
        placement.close(hanoi, reason="Too few.", by=coordinator)
    for _twice in range(2):
        placement.reopen(hanoi, by=coordinator)
    hanoi.refresh_from_db()
    assert hanoi.closed_at is None
    assert Event.objects.filter(action__in=["placement.close_trip", "placement.reopen_trip"]).count() == 2
    placement.close(hanoi, reason="Too few.", by=coordinator)
    confirmed(cycle, hanoi, paris)
    placement.release(placement.run(cycle, by=coordinator), by=coordinator)
    assert caught(lambda: placement.reopen(hanoi, by=coordinator)) == "released_without_it"


# --- concurrency ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_running_at_the_same_moment_make_one_draft(cycle, hanoi, paris, coordinator):
    for trip in (hanoi, paris, hanoi):
        confirmed(cycle, trip)
    start, found = threading.Barrier(2), []

    def press():
        start.wait()
        try:
            found.append(placement.run(cycle, by=coordinator).pk)
        finally:
            connection.close()

    both = [threading.Thread(target=press) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(timeout=30)
    assert len(found) == 2 and len(set(found)) == 1
    assert PlacementRun.objects.count() == Event.objects.filter(action="placement.run").count() == 1


@pytest.mark.django_db(transaction=True)
def test_closing_a_trip_while_another_releases_it_does_one_of_both(cycle, hanoi, paris, coordinator):
    confirmed(cycle, hanoi, paris)
    run = placement.run(cycle, by=coordinator)
    start, found = threading.Barrier(2), []

    def act(what):
        start.wait()
        try:
            what()
        except RuleViolation as violation:
            found.append(violation.code)
        finally:
            connection.close()

    acts = (
        lambda: placement.release(PlacementRun.objects.get(pk=run.pk), by=coordinator),
        lambda: placement.close(Trip.objects.get(pk=hanoi.pk), reason="Too few.", by=coordinator),
    )
    both = [threading.Thread(target=act, args=(what,)) for what in acts]
    for each in both:
        each.start()
    for each in both:
        each.join(timeout=30)
    hanoi.refresh_from_db()
    assert found in (["has_travelers"], ["run_outdated"])
    assert (hanoi.closed_at is None) == Placement.objects.exists()


# --- the tables -------------------------------------------------------------------------------------


def test_bad_rows_cannot_exist(cycle, hanoi, coordinator):
    now = timezone.now()
    closed = {"closed_at": now, "closed_by": coordinator}
    refused("trip_closed_at_by_and_reason_together", lambda: TripFactory(**closed))
    refused("trip_closed_at_by_and_reason_together", lambda: TripFactory(closed_reason="Too few."))
    refused("trip_closed_at_by_and_reason_together", lambda: TripFactory(departed=True, closed_reason="x", **closed))
    refused("placement_first_choice_has_no_upgrade", lambda: PlacementFactory(rank=1, upgrade_until=in_days(3)))
    released = {"released_at": now, "released_by": coordinator}
    refused("placementrun_finished_is_released", lambda: PlacementRunFactory(finished_at=now))
    PlacementRunFactory(cycle=cycle, **released)
    refused("placementrun_one_release_under_way_per_cycle", lambda: PlacementRunFactory(cycle=cycle, **released))
