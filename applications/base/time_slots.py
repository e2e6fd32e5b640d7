"""Consecutive time slots for interviews and passport days. Pure: plain values in, datetimes out.

Slots are computed in elapsed time, so there is neither a gap nor an overlap on the day the clocks change.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def in_a_row(day: date, begin: time, end: time, zone: tzinfo, *, minutes: int, pause: int) -> list[datetime]:
    """The start of each slot, in UTC: as many slots as fit completely between the two local times.

    Empty if `end` is not after `begin`. Raises ValueError for minutes below 1 or a pause below 0.
    """
    if minutes < 1 or pause < 0:
        raise ValueError("it takes a minute at least, and a pause is not negative")
    at, last = (datetime.combine(day, moment, zone).astimezone(UTC) for moment in (begin, end))
    starts = []
    while at + timedelta(minutes=minutes) <= last:
        starts.append(at)
        at += timedelta(minutes=minutes + pause)
    return starts
