"""No text is sent at night, by local time, also in the nights when clocks change."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.messages.quiet import first_moment, is_quiet

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
HOURS = st.integers(0, 23)
FIRST, LAST = dt.datetime(2026, 1, 1), dt.datetime(2028, 1, 1)  # noqa: DTZ001 -- the zone is added
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(dt.UTC))


def los_angeles(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day).replace(tzinfo=LOS_ANGELES)


@given(MOMENTS, HOURS, HOURS)
@example(dt.datetime(2026, 3, 8, 9, 59, tzinfo=dt.UTC), 21, 2)  # 2 am does not exist in the night of March 8
@example(dt.datetime(2026, 11, 1, 8, 30, tzinfo=dt.UTC), 21, 1)  # 1 am comes twice in the night of November 1
def test_what_waits_goes_out_at_the_first_moment_that_is_not_night(now, quiet_from, quiet_to):
    first = first_moment(now, quiet_from, quiet_to, LOS_ANGELES).astimezone(dt.UTC)

    assert first >= now
    if first == now:
        assert not is_quiet(now.astimezone(LOS_ANGELES).hour, quiet_from, quiet_to)
        return
    assert first - now <= dt.timedelta(hours=25)
    assert first.astimezone(LOS_ANGELES).hour in (quiet_to, quiet_to + 1)  # one hour later if that hour is skipped
    between = now
    while between < first - dt.timedelta(minutes=1):
        assert is_quiet(between.astimezone(LOS_ANGELES).hour, quiet_from, quiet_to)
        between += dt.timedelta(minutes=7)


@given(MOMENTS, HOURS)
def test_the_same_hour_twice_is_no_night(now, hour):
    assert first_moment(now, hour, hour, LOS_ANGELES) == now


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-12-11T20:59", "2026-12-11T20:59"),
        ("2026-12-11T21:00", "2026-12-12T08:00"),
        ("2026-12-12T07:59", "2026-12-12T08:00"),
        ("2026-12-12T08:00", "2026-12-12T08:00"),
        ("2026-03-07T23:00", "2026-03-08T08:00"),  # the night with 23 hours
        ("2026-10-31T23:00", "2026-11-01T08:00"),  # the night with 25 hours
    ],
)
def test_the_night_from_9_pm_to_8_am(now, first):
    assert first_moment(los_angeles(now), 21, 8, LOS_ANGELES) == los_angeles(first)
