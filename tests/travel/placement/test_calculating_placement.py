"""A placement is calculated in a subprocess, without locks, and with a time limit."""

import subprocess
from decimal import Decimal

import pytest

from exchange.background.subprocesses import TookTooLongError
from exchange.base.errors import RuleViolation
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory
from tests.factories_travel import FeasibleCitiesFactory, TripFactory, checklist_steps, travel_facts
from travel.models import PlacementRun, Trip
from travel.placement import calculating, matching, placing
from travel.placement.actions import placement

APART = calculating.in_subprocess  # before conftest replaces it
GIVEN = {
    "preferences": {"ana": ["h", "p"], "ben": ["h", matching.STAY_HOME, "p"], "cora": ["p"]},
    "seats": {"h": 1, "p": 1},
    "feasible": {("ana", "h"), ("ana", "p"), ("ben", "h"), ("cora", "p")},
}
SCORES = {"priority": {"ana": Decimal("4.5"), "ben": 4, "cora": 4}, "tie_order": ("cora", "ben", "ana")}


def test_another_process_finds_what_this_one_would():
    assert APART(calculating.match, **GIVEN, **SCORES) == matching.match(**GIVEN, **SCORES)


def test_what_does_not_fit_is_said_here():
    with pytest.raises(matching.UnknownTrip, match="ana ranks the trip x"):
        APART(calculating.match, **{**GIVEN, **SCORES, "preferences": {"ana": ["x"]}})


def test_it_is_stopped_when_it_takes_too_long(monkeypatch):
    monkeypatch.setattr(calculating, "SECONDS", 0.001)
    with pytest.raises(TookTooLongError):
        APART(calculating.match, **GIVEN, **SCORES)


def test_the_process_is_told_no_key_and_no_password(monkeypatch):
    told = {}
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    monkeypatch.setattr(subprocess, "run", lambda *args, env, **kwargs: told.update(env) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        APART(calculating.match, **GIVEN, **SCORES)
    assert set(told) <= {"PATH", "HOME", "LANG", "TMPDIR"}


@pytest.fixture
def boss(db):
    travel_facts()
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle(boss):
    cycle = CycleFactory(closed=True)
    checklist_steps(cycle)
    trip = TripFactory(cycle=cycle, seats=1, minimum_group=1)
    for score in (3, 4):
        application = ApplicationFactory(
            confirmed=True, cycle=cycle, cities=[trip.city], reads_locked=3, score_mean=Decimal(score)
        )
        FeasibleCitiesFactory(application=application)
    return cycle


def too_long(*_args, **_given):
    raise TookTooLongError


def test_a_run_that_takes_too_long_says_so_and_keeps_nothing(cycle, boss, monkeypatch):
    monkeypatch.setattr(calculating, "in_subprocess", too_long)
    with pytest.raises(RuleViolation, match="more than 40 seconds") as found:
        placement.run(cycle, by=boss)
    assert found.value.code == "took_too_long"
    assert not PlacementRun.objects.exists() and not Event.objects.exists()


def test_a_trip_stays_open_when_the_run_without_it_is_stopped(cycle, boss, monkeypatch):
    other = TripFactory(cycle=cycle, seats=1, minimum_group=1)
    draft = placement.run(cycle, by=boss)
    monkeypatch.setattr(calculating, "in_subprocess", too_long)
    with pytest.raises(RuleViolation):
        placement.close_and_run(draft, other, reason="Nobody wants it.", by=boss)
    assert not Trip.objects.filter(closed_at__isnull=False).exists()


def test_what_changes_while_it_is_worked_out_is_in_the_draft(cycle, boss, monkeypatch):
    trip = cycle.trips.get()

    def first_more_seats(calculate, **given):
        Trip.objects.filter(pk=trip.pk).update(seats=2)
        return calculate(**given)

    monkeypatch.setattr(calculating, "in_subprocess", first_more_seats)
    draft = placement.run(cycle, by=boss)
    assert [row["trip"] for row in draft.results] == [trip.code, trip.code]
    assert not placing.is_outdated(draft)


def test_what_changes_all_the_time_is_not_kept(cycle, boss, monkeypatch):
    trip = cycle.trips.get()

    def one_seat_more(calculate, **given):
        trip.seats += 1
        trip.save()
        return calculate(**given)

    monkeypatch.setattr(calculating, "in_subprocess", one_seat_more)
    with pytest.raises(RuleViolation) as found:
        placement.run(cycle, by=boss)
    assert found.value.code == "changed_meanwhile"
    assert not PlacementRun.objects.exists()
