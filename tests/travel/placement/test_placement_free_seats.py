"""A release tells each student once; seats become free, and participants move."""

from decimal import Decimal

import pytest
from django.utils import timezone

from applications.models import Application
from applications.states import Status
from exchange.background import jobs
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.models import Event, Job, Message, OfficeTask
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import (
    EntryRuleFactory,
    FeasibleCitiesFactory,
    TripFactory,
    checklist_steps,
    in_days,
    travel_facts,
)
from travel.models import ChecklistItem, EntryPermission, Placement, PlacementRun, Room, RoomSeat, Unplaced
from travel.placement import free_seats
from travel.placement.actions import placement, placement_release
from travel.placement.placing import Priority, Settings

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


# --- the release ------------------------------------------------------------------------------------


def test_a_second_run_without_a_seat_tells_nobody_twice(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi, score="5")
    unlucky = confirmed(cycle, hanoi, score="1")
    placement.release(placement.run(cycle, by=coordinator), by=coordinator)
    later = TripFactory(cycle=cycle, seats=1, city=PartnerCityFactory(code="lima"))
    confirmed(cycle, later)
    placement.release(placement.run(cycle, by=coordinator), by=coordinator)
    assert Message.objects.filter(template="travel/not_placed", recipient=unlucky.student).count() == 1
    assert Unplaced.objects.get().explanation == [{"city": "hanoi", "rank": 1, "reason": "filled_by_higher_priority"}]


def test_a_long_release_goes_on_where_it_stopped_and_tells_nobody_twice(cycle, coordinator, monkeypatch):
    monkeypatch.setattr(placement_release, "AT_ONCE", 2)
    trip = TripFactory(cycle=cycle, seats=9)
    for _student in range(5):
        confirmed(cycle, trip)
    run = placement.start_release(placement.run(cycle, by=coordinator), by=coordinator)
    job = Job.objects.get(kind=placement_release.RELEASE_JOB)
    queue, calls = placement_release.outbox.queue, []

    def dies(*args, **kwargs):
        calls.append(args)
        if len(calls) == 4:
            raise ConnectionError
        return queue(*args, **kwargs)

    monkeypatch.setattr(placement_release.outbox, "queue", dies)
    with pytest.raises(ConnectionError):
        jobs.run(job.pk)
    assert Placement.objects.count() == Message.objects.count() == 2  # whole transactions only
    assert caught(lambda: placement.run(cycle, by=coordinator)) == "release_under_way"

    monkeypatch.setattr(placement_release.outbox, "queue", queue)
    assert jobs.run(job.pk).state == Job.State.DONE
    run.refresh_from_db()
    assert run.finished_at
    assert Placement.objects.count() == Message.objects.count() == 5


def test_who_withdraws_while_a_release_runs_is_passed_over(cycle, hanoi, coordinator):
    student = confirmed(cycle, hanoi)
    run = placement.start_release(placement.run(cycle, by=coordinator), by=coordinator)
    withdraw(student)
    placement.carry_out(run.code)
    assert not Placement.objects.exists()
    assert not Message.objects.exists()


def test_pressing_release_twice_starts_one_job_and_another_person_gets_the_same(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi)
    run = placement.run(cycle, by=coordinator)
    placement.start_release(run, by=coordinator)
    placement.start_release(run, by=UserFactory(coordinator=True))
    assert Job.objects.count() == 1


def test_a_run_is_made_by_a_job(cycle, hanoi, coordinator):
    confirmed(cycle, hanoi)
    job = placement.start_run(cycle, settings=Settings(priority=Priority.LOTTERY), by=coordinator)
    again = placement.start_run(cycle, settings=Settings(priority=Priority.LOTTERY), by=UserFactory(coordinator=True))
    assert again == job
    assert jobs.run(job.pk).state == Job.State.DONE
    assert PlacementRun.objects.get().settings["priority"] == "lottery"


# --- free seats and upgrades ------------------------------------------------------------------------


@pytest.fixture
def placed(cycle, hanoi, paris, coordinator):
    """Ana has a seat in Hanoi, Ben in Paris (his second choice); Carla, who ranked Paris, waits. Hanoi needs a visa."""
    EntryRuleFactory(city=hanoi.city, requirement="e_visa")
    EntryRuleFactory(city=paris.city, requirement="none")
    people = {
        "ana": confirmed(cycle, hanoi, score="5"),
        "ben": confirmed(cycle, hanoi, paris, score="4"),
        "carla": confirmed(cycle, paris, score="3"),
    }
    placement.release(placement.run(cycle, by=coordinator), by=coordinator)
    Message.objects.all().delete()
    return people


def test_nobody_is_moved_who_did_not_ask(cycle, placed, hanoi, coordinator):
    withdraw(placed["ana"])
    dev = confirmed(cycle, hanoi, score="1")
    run = placement.run(cycle, by=coordinator)
    assert seats_of(run) == {dev.code: hanoi.code, placed["carla"].code: None}


def test_a_free_seat_moves_who_asked_and_gives_their_seat_to_the_next(cycle, placed, hanoi, paris, coordinator):
    ben = placed["ben"].placement
    assert not ChecklistItem.objects.filter(placement=ben, step__key="entry").exists()
    placement.ask_upgrade(ben, until=in_days(30), by=placed["ben"].student)
    withdraw(placed["ana"])

    run = placement.run(cycle, by=coordinator)

    assert seats_of(run) == {placed["ben"].code: hanoi.code, placed["carla"].code: paris.code}
    ben.refresh_from_db()
    assert (ben.trip, Message.objects.count()) == (paris, 0)  # proposed, not released
    placement.release(run, by=coordinator)
    ben.refresh_from_db()
    assert (ben.trip, ben.rank, ben.upgrade_until) == (hanoi, 1, None)
    assert Placement.objects.get(application=placed["carla"]).trip == paris
    assert not Unplaced.objects.exists()
    told = set(Message.objects.values_list("template", "recipient"))
    assert told == {("travel/moved", placed["ben"].student_id), ("travel/placed", placed["carla"].student_id)}
    assert ChecklistItem.objects.filter(placement=ben, step__key="entry").count() == 1
    assert Event.objects.get(action="placement.move").changes == {"trip": [paris.pk, hanoi.pk]}


def test_what_a_move_by_a_run_leaves_on_both_trips_becomes_tasks(cycle, placed, hanoi, paris, coordinator):
    ben = placed["ben"].placement
    RoomSeat.objects.create(room=Room.objects.create(trip=paris, number=1, beds=1), placement=ben, kind="room")
    EntryPermission.objects.create(placement=ben, state="granted", state_on=in_days(-3), said_by=coordinator)
    placement.ask_upgrade(ben, until=in_days(30), by=placed["ben"].student)
    withdraw(placed["ana"])
    placement.release(placement.run(cycle, by=coordinator), by=coordinator)
    tasks = set(OfficeTask.objects.open().filter(person=placed["ben"].student).values_list("kind", "about"))
    left = {(f"travel.leaves_{each}", key_of(paris)) for each in ("visa", "insurance", "host", "room")}
    assert tasks == {*left, ("travel.joins", key_of(hanoi))}
    assert not RoomSeat.objects.exists()
    assert not EntryPermission.objects.exists(), "a visa of one country says nothing about another"


def test_a_wish_ends_with_its_day(cycle, placed, coordinator):
    ben = placed["ben"].placement
    placement.ask_upgrade(ben, until=in_days(30), by=placed["ben"].student)
    Placement.objects.filter(pk=ben.pk).update(upgrade_until=in_days(-1))
    withdraw(placed["ana"])
    assert placed["ben"].code not in seats_of(placement.run(cycle, by=coordinator))


def test_a_wish_is_taken_back_and_needs_a_day_that_can_be(placed):
    ben, student = placed["ben"].placement, placed["ben"].student
    assert caught(lambda: placement.ask_upgrade(ben, until=in_days(-1), by=student)) == "day_not_possible"
    assert caught(lambda: placement.ask_upgrade(ben, until=ben.trip.leaves_on, by=student)) == "day_not_possible"
    ana = placed["ana"].placement
    assert caught(lambda: placement.ask_upgrade(ana, until=in_days(3), by=placed["ana"].student)) == "first_choice"
    for _twice in range(2):
        placement.ask_upgrade(ben, until=in_days(3), by=student)
    for _twice in range(2):
        ben = placement.drop_upgrade(ben, by=student)
    assert ben.upgrade_until is None
    assert Event.objects.filter(action__in=["placement.ask_upgrade", "placement.drop_upgrade"]).count() == 2
    withdraw(placed["ben"])
    assert caught(lambda: placement.ask_upgrade(ben, until=in_days(3), by=student)) == "withdrawn"


def test_a_wish_never_leads_down_the_list(cycle, placed, hanoi, coordinator):
    """His own trip is left out of the run, and Ben keeps his seat on it."""
    lima = TripFactory(cycle=cycle, city=PartnerCityFactory(code="lima"))
    placed["ben"].city_preferences.create(city=lima.city, rank=3)
    ben = placed["ben"].placement
    placement.ask_upgrade(ben, until=in_days(3), by=placed["ben"].student)
    run = placement.run(cycle, by=coordinator, settings=Settings(left_out=frozenset({ben.trip.code})))
    (row,) = [row for row in run.results if row["application"] == placed["ben"].code]
    assert row["trip"] == row["before"] == ben.trip.code


def test_a_free_seat_that_was_asked_for_is_counted_until_it_is_gone(cycle, placed, hanoi, paris):
    """Only with an open wish, a free seat, before the wish's last day, and if the city is feasible."""
    ben = placed["ben"].placement
    placement.ask_upgrade(ben, until=in_days(3), by=placed["ben"].student)
    assert not free_seats.asked_for(cycle)  # Ana has the seat
    withdraw(placed["ana"])
    assert list(free_seats.asked_for(cycle)) == [ben]
    cities = placed["ben"].feasible_cities
    cities.is_everywhere = False
    cities.save()
    assert not free_seats.asked_for(cycle)
    cities.cities.add(hanoi.city)
    assert list(free_seats.asked_for(cycle)) == [ben]
    Placement.objects.filter(pk=ben.pk).update(upgrade_until=in_days(-1))
    assert not free_seats.asked_for(cycle)
    Placement.objects.filter(pk=ben.pk).update(upgrade_until=in_days(3))
    placement.close(hanoi, reason="The host cannot have us.", by=UserFactory(coordinator=True))
    assert not free_seats.asked_for(cycle)
