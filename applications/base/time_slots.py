"""Times in a row, for interviews and passport days. Pure: plain values in, moments out.

A row is counted in minutes that pass, so it has neither a gap nor an overlap on the day the clocks change.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def in_a_row(day: date, begin: time, end: time, zone: tzinfo, *, minutes: int, pause: int) -> list[datetime]:
    """When each of them starts, as moments in UTC: as many as fit whole between the two times of the place.

    Nothing where `end` is not after `begin`. ValueError: minutes below 1, or a pause below 0.
    """
    if minutes < 1 or pause < 0:
        raise ValueError("it takes a minute at least, and a pause is not negative")
    at, last = (datetime.combine(day, moment, zone).astimezone(UTC) for moment in (begin, end))
    starts = []
    while at + timedelta(minutes=minutes) <= last:
        starts.append(at)
        at += timedelta(minutes=minutes + pause)
    return starts
