"""Which reminder is due on which day: pure functions over calendar days."""

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from applications.apply.reminders import Kind, ReminderRules, Situation, due, last_day
from applications.models import Reminder

ZONE = ZoneInfo("America/Los_Angeles")
RULES = ReminderRules(untouched_days=7, closing_days=(7, 3, 1), referee_days=7, fix_days=3, times_max=3)
CLOSES = dt.datetime(2027, 3, 19, 23, 59, tzinfo=ZONE)
FIRST, LAST = dt.datetime(2026, 9, 1), dt.datetime(2027, 9, 1)  # noqa: DTZ001 -- the zone is added
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(ZONE))
STATUSES = st.sampled_from(["draft", "submitted", "returned", "selected", "not_selected", "withdrawn", "confirmed"])
SITUATIONS = st.builds(
    Situation,
    status=STATUSES,
    begun_at=MOMENTS,
    saved_at=MOMENTS,
    closes_at=MOMENTS,
    returned_at=st.none() | MOMENTS,
    referee_open_since=st.none() | MOMENTS,
    unsigned=st.sampled_from(["", "1/2"]),
    submitted_at=st.none() | MOMENTS,
)


def draft(**fields) -> Situation:
    begun = dt.datetime(2027, 2, 1, 12, 0, tzinfo=ZONE)
    return Situation(**{"status": "draft", "begun_at": begun, "saved_at": begun, "closes_at": CLOSES} | fields)


def on(day: str, hour: int = 10) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), tzinfo=ZONE)


def kinds(situation, now):
    return [(each.kind.value, each.occasion) for each in due(situation, now, RULES, ZONE)]


def test_the_kinds_are_those_of_the_table():
    # interview reminders follow rules of their own, not the form's
    assert {kind.value for kind in Kind} == set(Reminder.Kind.values) - {Reminder.Kind.INTERVIEW}


@given(SITUATIONS, MOMENTS)
def test_at_most_one_of_each_kind_and_only_for_states_that_wait_for_the_student(situation, now):
    found = due(situation, now, RULES, ZONE)
    assert len({each.kind for each in found}) == len(found)
    waits = {"draft": {"closing", "untouched"}, "submitted": {"consent", "referee"}, "returned": {"referee", "fix"}}
    assert {each.kind.value for each in found} <= waits.get(situation.status, set())
    assert found == sorted(found, key=lambda each: list(Kind).index(each.kind))
    assert all(len(each.occasion) <= 40 for each in found)


@given(SITUATIONS, MOMENTS)
def test_nothing_about_a_draft_after_its_deadline(situation, now):
    past = dataclasses.replace(situation, status="draft", closes_at=min(situation.closes_at, now))
    assert due(past, now, RULES, ZONE) == []


@given(SITUATIONS, st.lists(MOMENTS, max_size=40))
def test_a_reminder_of_each_occasion_is_a_bounded_number(situation, moments):
    """However often the task runs, as long as no date moves."""
    sent = {(each.kind, each.occasion) for now in moments for each in due(situation, now, RULES, ZONE)}
    for kind, most in ((Kind.CLOSING, 3), (Kind.UNTOUCHED, 3), (Kind.FIX, 3), (Kind.REFEREE, 3), (Kind.CONSENT, 1)):
        assert len([each for each in sent if each[0] == kind]) <= most


@given(SITUATIONS, MOMENTS, st.integers(0, 86_399))
def test_the_hour_of_the_day_decides_nothing(situation, now, seconds):
    """Except for the deadline itself, what is due on a day is due all day."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    other = midnight + dt.timedelta(seconds=seconds)
    assume(situation.status != "draft" or not midnight <= situation.closes_at <= midnight + dt.timedelta(days=1))
    assert due(situation, now, RULES, ZONE) == due(situation, other, RULES, ZONE)


@pytest.mark.parametrize(
    ("day", "occasion"),
    [
        ("2027-03-11", None),
        ("2027-03-12", "2027-03-19/7"),
        ("2027-03-15", "2027-03-19/7"),  # a worker that was down sends it later
        ("2027-03-16", "2027-03-19/3"),
        ("2027-03-18", "2027-03-19/1"),
        ("2027-03-19", "2027-03-19/1"),
        ("2027-03-20", None),
    ],
)
def test_seven_three_and_one_days_before_closing(day, occasion):
    fresh = draft(saved_at=on(day, 1))
    assert kinds(fresh, on(day)) == ([("closing", occasion)] if occasion else [])


def test_a_draft_begun_two_days_before_the_end_is_not_told_of_three():
    begun = on("2027-03-17")
    late = draft(begun_at=begun, saved_at=begun)
    assert kinds(late, on("2027-03-17", 15)) == []
    assert kinds(late, on("2027-03-18")) == [("closing", "2027-03-19/1")]


def test_a_deadline_that_moves_is_told_of_anew():
    moved = draft(saved_at=on("2027-03-18"), closes_at=CLOSES + dt.timedelta(days=3))
    assert kinds(moved, on("2027-03-19")) == [("closing", "2027-03-22/3")]


def test_a_deadline_at_midnight_belongs_to_the_day_before():
    assert last_day(dt.datetime(2027, 3, 20, 0, 0, tzinfo=ZONE), ZONE) == dt.date(2027, 3, 19)
    assert last_day(CLOSES, ZONE) == dt.date(2027, 3, 19)


@pytest.mark.parametrize(
    ("days", "times"), [(6, None), (7, 1), (13, 1), (14, 2), (21, 3), (30, 3)], ids=lambda value: str(value)
)
def test_a_draft_untouched_for_a_week_is_told_so_each_week_three_times(days, times):
    still = draft(saved_at=on("2027-02-01"), closes_at=CLOSES + dt.timedelta(days=200))
    found = kinds(still, on("2027-02-01", 1) + dt.timedelta(days=days))
    assert found == ([("untouched", f"2027-02-01/{times}")] if times else [])


def test_the_nearer_deadline_comes_before_the_untouched_draft():
    assert [kind for kind, _occasion in kinds(draft(), on("2027-03-16"))] == ["closing", "untouched"]


def test_a_fix_comes_before_the_letter():
    returned = draft(status="returned", returned_at=on("2027-03-01"), referee_open_since=on("2027-02-20"))
    assert kinds(returned, on("2027-03-04")) == [("fix", "2027-03-01/1"), ("referee", "2027-02-20/1")]
