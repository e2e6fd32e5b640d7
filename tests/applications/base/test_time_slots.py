"""Consecutive time slots, also across a daylight saving change, and calendar files according to RFC 5545."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from applications.base.time_slots import in_a_row
from exchange.base.calendar import Entry, calendar_file

ZONE = ZoneInfo("America/Los_Angeles")
NOON = dt.datetime(2027, 3, 9, 20, 0, tzinfo=dt.UTC)
clocks = st.times(min_value=dt.time(0), max_value=dt.time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))


def entry(**more):
    said = {"uid": "interview-K7MFQ2@example.gov", "sequence": 1, "changed_at": NOON, "summary": "Interview"}
    return Entry(**{**said, "organizer": "office@example.gov", "starts_at": NOON, "minutes": 20} | more)


def local(starts):
    return [f"{at.astimezone(ZONE):%H:%M}" for at in starts]


def read(written):
    """The calendar's own properties, and those of its event."""
    (event,) = (calendar := Calendar.from_ical(written)).walk("VEVENT")
    return calendar, event


# --- In a row ---------------------------------------------------------------------------------------


def test_as_many_as_fit_whole():
    starts = in_a_row(dt.date(2027, 3, 9), dt.time(9), dt.time(10, 30), ZONE, minutes=20, pause=10)
    assert local(starts) == ["09:00", "09:30", "10:00"]
    assert local(in_a_row(dt.date(2027, 3, 9), dt.time(9), dt.time(10, 20), ZONE, minutes=20, pause=10))[-1] == "10:00"
    assert local(in_a_row(dt.date(2027, 3, 9), dt.time(9), dt.time(10, 19), ZONE, minutes=20, pause=10))[-1] == "09:30"


def test_the_row_goes_on_over_the_hour_that_is_left_out():
    starts = in_a_row(dt.date(2027, 3, 14), dt.time(1), dt.time(4), ZONE, minutes=30, pause=0)
    assert local(starts) == ["01:00", "01:30", "03:00", "03:30"]


def test_the_hour_that_comes_twice_is_used_twice():
    starts = in_a_row(dt.date(2027, 11, 7), dt.time(0), dt.time(3), ZONE, minutes=60, pause=0)
    assert local(starts) == ["00:00", "01:00", "01:00", "02:00"]


def test_an_end_before_the_beginning_gives_none():
    assert in_a_row(dt.date(2027, 3, 9), dt.time(10), dt.time(9), ZONE, minutes=20, pause=0) == []


@pytest.mark.parametrize("wrong", [{"minutes": 0, "pause": 0}, {"minutes": 20, "pause": -1}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match="minute"):
        in_a_row(dt.date(2027, 3, 9), dt.time(9), dt.time(10), ZONE, **wrong)


@given(
    day=st.dates(dt.date(2026, 1, 1), dt.date(2030, 12, 31)),
    begin=clocks,
    end=clocks,
    minutes=st.integers(5, 240),
    pause=st.integers(0, 120),
)
def test_none_overlap_and_all_lie_within(day, begin, end, minutes, pause):
    starts = in_a_row(day, begin, end, ZONE, minutes=minutes, pause=pause)
    first = dt.datetime.combine(day, begin, ZONE).astimezone(dt.UTC)
    last = dt.datetime.combine(day, end, ZONE).astimezone(dt.UTC)
    length, step = dt.timedelta(minutes=minutes), dt.timedelta(minutes=minutes + pause)
    assert all(later - earlier == step for earlier, later in zip(starts, starts[1:], strict=False))
    assert all(first <= at and at + length <= last for at in starts)
    next_one = starts[-1] + step if starts else first
    assert next_one + length > last


# --- The calendar file ------------------------------------------------------------------------------


def test_a_booked_time_says_when_in_utc():
    calendar, event = read(calendar_file(entry(place="City Hall, room 1060; left door")))

    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("PUBLISH", "CONFIRMED", 1)
    assert (event.start, event.end) == (NOON, NOON + dt.timedelta(minutes=20))
    assert event["LOCATION"] == "City Hall, room 1060; left door"
    assert event["UID"] == "interview-K7MFQ2@example.gov"


def test_one_that_is_called_off_keeps_its_name_and_rises():
    calendar, event = read(calendar_file(entry(sequence=3, starts_at=None)))

    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 3)
    assert event["UID"] == "interview-K7MFQ2@example.gov"
    assert "DTSTART" not in event


# what a text may contain: no control characters and no lone surrogates
texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\\;,")).filter(bool)


@given(summary=texts, text=texts)
def test_whatever_is_written_comes_back_and_no_line_is_too_long(summary, text):
    written = calendar_file(entry(summary=summary, text=text))
    _calendar, event = read(written)

    assert (event["SUMMARY"], event["DESCRIPTION"]) == (summary, text)
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
