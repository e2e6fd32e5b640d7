"""On which day a reminder goes: the days of offsets, and what a declaration must say."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from exchange.messages import reminders
from exchange.messages.reminders import Before, Every, Reminder, last_day, latest

ZONE = ZoneInfo("America/Los_Angeles")
CLOSES = dt.datetime(2027, 3, 19, 23, 59, tzinfo=ZONE)
MOMENTS = st.datetimes(dt.datetime(2026, 9, 1), dt.datetime(2027, 9, 1), timezones=st.just(ZONE))  # noqa: DTZ001 -- zone
NUMBERS = {"first": 7, "second": 3, "last": 1, "days": 7, "times": 3}


@dataclass
class Row:
    at: dt.datetime
    told: dt.datetime | None = None
    quiet: dt.datetime | None = None


BEFORE = Before[Row](
    ("first", "second", "last"), of=lambda row: row.at, told=lambda row: row.told, quiet=lambda row: row.quiet
)
EVERY = Every[Row]("days", since=lambda row: row.at, times="times", until=lambda row: row.told)


def on(day: str, hour: int = 10) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), tzinfo=ZONE)


def key(offset, row, day) -> str:
    today = dt.date.fromisoformat(day) if isinstance(day, str) else day
    occasion = latest(offset.occasions(row, NUMBERS), today)
    return occasion.key if occasion else ""


@given(st.sampled_from([BEFORE, EVERY]), st.builds(Row, MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS))
def test_what_is_sent_is_a_bounded_number(offset, row):
    """However often the task runs, as long as no date moves."""
    days = [dt.date(2026, 9, 1) + dt.timedelta(days=number) for number in range(500)]
    sent = {key(offset, row, day) for day in days} - {""}
    assert len(sent) <= 3
    assert all(len(each) <= 40 for each in sent)


@given(st.builds(Row, MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS))
def test_nothing_after_the_date(row):
    assert key(BEFORE, row, last_day(row.at) + dt.timedelta(days=1)) == ""
    late = Before[Row](("last",), of=lambda row: row.at, late=2)
    assert [bool(key(late, row, last_day(row.at) + dt.timedelta(days=days))) for days in (2, 3)] == [True, False]


@pytest.mark.parametrize(
    ("day", "occasion"),
    [
        ("2027-03-11", ""),
        ("2027-03-12", "2027-03-19/7"),
        ("2027-03-15", "2027-03-19/7"),  # a worker that was down sends it later
        ("2027-03-16", "2027-03-19/3"),
        ("2027-03-18", "2027-03-19/1"),
        ("2027-03-19", "2027-03-19/1"),
        ("2027-03-20", ""),
    ],
)
def test_seven_three_and_one_days_before(day, occasion):
    assert key(BEFORE, Row(CLOSES), day) == occasion


def test_who_heard_of_it_two_days_before_is_not_told_of_three():
    late = Row(CLOSES, told=on("2027-03-17"))
    assert key(BEFORE, late, "2027-03-17") == ""
    assert key(BEFORE, late, "2027-03-18") == "2027-03-19/1"


def test_who_heard_of_it_on_the_day_itself_is_not_told_again():
    assert key(BEFORE, Row(CLOSES, told=on("2027-03-18")), "2027-03-18") == ""


def test_who_was_told_today_is_reminded_tomorrow():
    assert key(BEFORE, Row(CLOSES, quiet=on("2027-03-18")), "2027-03-18") == ""
    assert key(BEFORE, Row(CLOSES, quiet=on("2027-03-18")), "2027-03-19") == "2027-03-19/1"


def test_a_date_that_moves_is_told_of_anew():
    assert key(BEFORE, Row(CLOSES + dt.timedelta(days=3)), "2027-03-19") == "2027-03-22/3"


def test_a_new_time_on_the_same_day_is_told_of_anew():
    tagged = Before[Row](("last",), of=lambda row: row.at, tag=lambda row: f"{row.at:%H%M}")
    assert {key(tagged, Row(on("2027-03-19", hour)), "2027-03-19") for hour in (9, 15)} == {
        "2027-03-19/1/0900",
        "2027-03-19/1/1500",
    }


def test_a_deadline_at_midnight_belongs_to_the_day_before():
    assert last_day(dt.datetime(2027, 3, 20, 0, 0, tzinfo=ZONE)) == dt.date(2027, 3, 19)
    assert last_day(CLOSES) == dt.date(2027, 3, 19)


@pytest.mark.parametrize(
    ("days", "times"), [(6, None), (7, 1), (13, 1), (14, 2), (21, 3), (30, 3)], ids=lambda value: str(value)
)
def test_every_week_and_three_times(days, times):
    day = dt.date(2027, 2, 1) + dt.timedelta(days=days)
    assert key(EVERY, Row(on("2027-02-01", 1)), day) == (f"2027-02-01/{times}" if times else "")


def test_every_week_until_a_day():
    row = Row(on("2027-02-01"), told=on("2027-02-10"))
    assert [key(EVERY, row, day) for day in ("2027-02-10", "2027-02-11")] == ["2027-02-01/1", ""]


# --- What a declaration must say ----------------------------------------------------------------------


WHOLE = {
    "name": "exchange.test",
    "template": "exchange/merge_asked",
    "action": "test.remind",
    "offsets": (BEFORE,),
    "rows": list,
    "people": lambda row: [],
    "context": lambda row, person: {},
}
WRONG = {
    "no such template": (
        {"template": "exchange/none"},
        "no message templates/emails/exchange/none.txt",
    ),
    "no day": ({"offsets": ()}, "add `offsets`"),
    "no days before": ({"offsets": (Before((), of=lambda row: None),)}, "add the `days`"),
    "no end": ({"offsets": (Every("days", since=lambda row: None, times=0),)}, "no end: add how many `times`"),
    "no record": ({"claim": lambda row, occasion: None}, "add `was_sent`"),
}


@pytest.fixture
def none_declared(monkeypatch):
    monkeypatch.setattr(reminders, "_declared", {})


@pytest.mark.parametrize("wrong", WRONG)
def test_a_declaration_that_cannot_be_right_is_refused_with_what_to_add(wrong, none_declared):
    fields, told = WRONG[wrong]
    with pytest.raises(ImproperlyConfigured, match=told):
        reminders.declare(Reminder(**WHOLE | fields))
    assert reminders.keys() == set()


@pytest.mark.parametrize("missing", WHOLE)
def test_a_declaration_without_its_parts_is_refused_with_their_names(missing):
    with pytest.raises(TypeError, match=missing):
        Reminder(**{name: value for name, value in WHOLE.items() if name != missing})


def test_two_of_one_name_are_refused(none_declared):
    reminders.declare(Reminder(**WHOLE))
    with pytest.raises(ImproperlyConfigured, match=r"exchange\.test: another has this name"):
        reminders.declare(Reminder(**WHOLE))
