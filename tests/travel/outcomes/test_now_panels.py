"""What the director's panels say of today, from what was counted: each as a whole, and what is hidden as a range."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import timezone

from exchange.figures.counts import Range
from tests.factories import FactFactory, UserFactory
from tests.factories_travel import PassportCaseFactory, PlacementFactory, TripFactory, in_days
from travel.models import Trip
from travel.outcomes import now, now_page, recounting
from travel.outcomes.now import Danger, Line, Money
from travel.outcomes.now_page import Panel
from travel.outcomes.population import Stage

PARIS, HANOI = SimpleNamespace(name="Paris"), SimpleNamespace(name="Hanoi")


def trip(city, cycle="a", *, away=False, ahead=True):
    return SimpleNamespace(city=city, cycle=cycle, leaves_on=dt.date(2027, 7, 5), is_away=away, is_ahead=ahead)


TRIPS = {"P": trip(PARIS), "H": trip(HANOI), "O": trip(PARIS, "b", ahead=False)}


# --- Applications -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("week", "said"), [(0, (0, 0)), (1, (12, 12)), (2, (12, 22)), (3, (30, 30)), (9, (30, 40))])
def test_between_two_points_a_line_tells_less_than_the_next_point(week, said):
    line = Line("a", [(0, 0), (1, 12), (3, 30)], 10)

    assert tuple(now_page._range_at(line, week, 11)) == said


WAITING = "What applications are waiting for"


@pytest.mark.parametrize(
    ("waiting", "panel"),
    [
        ({}, Panel(WAITING, "No application is waiting")),
        ({Stage.STARTED: Range(0, 0)}, Panel(WAITING, "No application is waiting")),
        (
            {Stage.STARTED: Range(30, 30), Stage.SUBMITTED: Range(0, 10), Stage.READ: Range(0, 0)},
            Panel(
                WAITING,
                "Most are with the students",
                lines=[("the student to submit", "30"), ("the college to endorse", "0 to 10")],
            ),
        ),
        (
            {Stage.SUBMITTED: Range(30, 30), Stage.ENDORSED: Range(11, 30)},
            Panel(
                WAITING,
                "Where applications are",
                lines=[("the college to endorse", "30"), ("readers to score", "11 to 30")],
            ),
        ),
        (
            {Stage.READ: Range(30, 30), Stage.SELECTED: None},
            Panel(
                WAITING,
                "Where applications are",
                lines=[("the committee to decide", "30"), ("the student to answer", "not shown")],
            ),
        ),
    ],
)
def test_where_most_applications_are_is_said_only_if_it_is_sure(waiting, panel):
    assert now_page._waiting_panel(waiting) == panel


# --- Passports --------------------------------------------------------------------------------------


def passports(*dangers):
    return now_page._passport_panel([Danger(*each) for each in dangers], TRIPS)


def test_passports_in_danger_name_the_first_city_and_fold_the_others():
    label, text = "Passports in danger", "Each has a next date and a person who calls."
    assert passports() == Panel(label, "No group is getting ready to leave")
    assert passports(("gone", Range(3, 3), 20)) == Panel(label, "No group is getting ready to leave")
    safe = [("Paris, leaves Mon, Jul 5", "0 of 20")]
    assert passports(("P", Range(0, 0), 20)) == Panel(label, "None in danger", "good", lines=safe)
    one = passports(("P", Range(0, 0), 20), ("H", Range(12, 12), 22))
    assert (one.title, one.tone, one.lines) == ("12 of 22 for Hanoi", "wait", [])
    assert one.text == f"{text} The group leaves Mon, Jul 5."
    two = passports(("P", Range(1, 10), 20), ("H", Range(12, 12), 22))
    assert (two.title, two.text) == ("Fewer than 11 of 20 for Paris", text)
    assert two.lines == [
        ("Paris, leaves Mon, Jul 5", "fewer than 11 of 20"),
        ("Hanoi, leaves Mon, Jul 5", "12 of 22"),
    ]


@pytest.mark.parametrize(
    ("count", "of", "said"),
    [
        (Range(1, 10), 40, "fewer than 11 of 40"),
        (Range(1, 10), 11, "some of 11"),
        (Range(1, 10), 12, "fewer than 11 of 12"),
        (Range(1, 1), 12, "1 of 12"),
        (Range(12, 12), 40, "12 of 40"),
        (Range(2, 9), 40, "2 to 9 of 40"),
    ],
)
def test_how_many_of_a_group(count, of, said):
    assert now_page.of_group(Danger("P", count, of)) == said


@pytest.mark.django_db
def test_only_groups_that_will_leave_have_passports_in_danger():
    FactFactory(key="board.urgent_days", value=7, unit="days")
    closed = {"closed_at": timezone.now(), "closed_by": UserFactory(coordinator=True), "closed_reason": "A storm."}
    ahead, gone, off, today = (
        TripFactory(leaves_on=in_days(days), returns_on=in_days(days + 10), **more)
        for days, more in ((20, {}), (20, {"departed_at": timezone.now()}), (20, closed), (0, {}))
    )
    for each in (ahead, gone, off, today):
        for last_safe in (in_days(7), in_days(8)):
            PassportCaseFactory(placement=PlacementFactory(trip=each), stage="gathering", last_safe_on=last_safe)
        PassportCaseFactory(placement=PlacementFactory(trip=each), stage="in_hand", last_safe_on=in_days(3))

    found = list(now.count_dangers(1, timezone.localdate()))

    assert [(each.trip, tuple(each.count), each.of) for each in found] == [
        (today.code, (1, 1), 3),
        (ahead.code, (1, 1), 3),
    ]
    assert list(recounting._dangers(1, timezone.localdate())) == found
    assert Trip.objects.count() == 4


# --- Money ------------------------------------------------------------------------------------------


def money(*rows):
    cycles = {"a": SimpleNamespace(name="Summer 2027"), "b": SimpleNamespace(name="Summer 2026")}
    return now_page._money_panel([Money(*row) for row in rows], TRIPS, cycles)


def test_money_is_of_the_cycle_that_is_under_way_and_by_city():
    panel = money(("O", "", 900_00, 900_00, True), ("P", "", 300_00, 45_00, False), ("H", "City", 100_00, 0, False))
    assert (panel.label, panel.title, panel.bar) == ("Money, Summer 2027", "$45 of $400 spent", 11)
    assert panel.lines == [("Paris", "$300 planned"), ("Hanoi", "$100 planned")]
    before = money(("O", "", 900_00, 1800_00, True), ("gone", "", 1, 1, True))
    assert (before.label, before.title, before.bar) == ("Money, Summer 2026", "$1,800 of $900 spent", 100)
    assert money(("O", "", 0, 5_00, True)).bar is None
    assert money().title == "No budget yet"
