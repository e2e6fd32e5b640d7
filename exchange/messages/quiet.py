"""Quiet hours: when a text that nobody is waiting for may go out. Pure: time in, time out."""

from datetime import datetime, timedelta, tzinfo


def is_quiet(hour: int, quiet_from: int, quiet_to: int) -> bool:
    """Whether an hour of the day (0 to 23) belongs to the night that begins and ends at these hours.

    The night may go over midnight (21 to 8) or not (0 to 7); the same hour twice means that there is none.
    """
    if quiet_from <= quiet_to:
        return quiet_from <= hour < quiet_to
    return hour >= quiet_from or hour < quiet_to


def first_moment(now: datetime, quiet_from: int, quiet_to: int, zone: tzinfo) -> datetime:
    """`now` by day; at night the moment at which the night ends on the clocks of the place.

    Counted on the wall clock, so a night in which the clocks change ends at the same hour as every other.
    """
    local = now.astimezone(zone)
    if not is_quiet(local.hour, quiet_from, quiet_to):
        return now
    day = local.date() if local.hour < quiet_to else local.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, quiet_to, tzinfo=zone)
