"""The estimated minutes for a reader: from their own pace without pauses, and none from too few reviews."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from applications.reading.reader_stack import minutes_each

DAY = dt.datetime(2027, 2, 8, 9, tzinfo=dt.UTC)
USUAL, MOST = 15, 60


def pace(*minutes, gap=0):
    """Consecutive reviews that took so many minutes each, oldest first."""
    spans, now = [], DAY
    for each in minutes:
        spans.append((now, now + dt.timedelta(minutes=each)))
        now += dt.timedelta(minutes=each + gap)
    return minutes_each(spans[::-1], usual=USUAL, most=MOST)


def test_too_few_to_tell():
    assert pace(9, 11) == USUAL
    assert pace(9, 11, 300) == USUAL


def test_the_own_pace():
    assert pace(8, 10, 12) == 10
    assert pace(0, 0, 0) == 1


def test_a_pause_within_or_between_does_not_count():
    assert pace(8, 10, 12, 300) == 10
    assert pace(8, 10, 12, gap=900) == 10


def test_a_slow_reader_is_not_told_the_usual():
    assert pace(70, 80, 90, 12, 65, 100, 75) == MOST


def test_pages_opened_ahead_count_once():
    opened = [(DAY, DAY + dt.timedelta(minutes=minutes)) for minutes in (30, 20, 10)]
    assert minutes_each(opened, usual=USUAL, most=MOST) == 10


@given(st.lists(st.integers(0, 59), min_size=3, max_size=40))
def test_an_estimate_stands_between_the_quickest_and_the_slowest(minutes):
    recent = minutes[-20:]
    assert min(max(1, each) for each in recent) <= pace(*minutes) <= max(1, *recent)


@given(st.lists(st.integers(1, 500), max_size=30))
def test_never_less_than_a_minute_nor_more_than_the_most(minutes):
    assert 1 <= pace(*minutes) <= MOST
