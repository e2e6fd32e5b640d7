"""Quiet hours: when a text that nobody is waiting for may be sent. Pure: times in, times out."""

from datetime import datetime, timedelta, tzinfo


def is_quiet(hour: int, quiet_from: int, quiet_to: int) -> bool:
    """Whether an hour of the day (0 to 23) is in the quiet hours `quiet_from` to `quiet_to`.

    They may include midnight (21 to 8) or not (0 to 7); with the same hour twice there are none.
    """
    if quiet_from <= quiet_to:
        return quiet_from <= hour < quiet_to
    return hour >= quiet_from or hour < quiet_to


def first_moment(now: datetime, quiet_from: int, quiet_to: int, zone: tzinfo) -> datetime:
    """`now`, or if that is in the quiet hours, the time at which they end in `zone`.

    In wall-clock time, so that a night with a clock change ends at the same hour as any other.
    """
    local = now.astimezone(zone)
    if not is_quiet(local.hour, quiet_from, quiet_to):
        return now
    day = local.date() if local.hour < quiet_to else local.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, quiet_to, tzinfo=zone)
