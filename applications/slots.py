"""Times for interviews in a row, and the calendar file of one. Pure: plain values in, moments and text out.

A row is counted in minutes that pass, so it has neither a gap nor an overlap on the day the clocks change. A calendar
file says moments in UTC and needs no table of zones; each program shows them on the clocks of its place.

Source: RFC 5545 (iCalendar), RFC 5546 (PUBLISH and CANCEL, the same UID and a higher SEQUENCE for each change).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from icalendar import Calendar, Event


def in_a_row(day: date, begin: time, end: time, zone: tzinfo, *, minutes: int, pause: int) -> list[datetime]:
    """When each interview starts, as moments in UTC: as many as fit whole between the two times of the place.

    Nothing where `end` is not after `begin`. ValueError: minutes below 1, or a pause below 0.
    """
    if minutes < 1 or pause < 0:
        raise ValueError("an interview takes a minute at least, and a pause is not negative")
    at, last = (datetime.combine(day, moment, zone).astimezone(UTC) for moment in (begin, end))
    starts = []
    while at + timedelta(minutes=minutes) <= last:
        starts.append(at)
        at += timedelta(minutes=minutes + pause)
    return starts


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a calendar. `sequence` rises with each change; `starts_at` None: called off, its time is gone."""

    uid: str
    sequence: int
    changed_at: datetime
    summary: str
    organizer: str
    starts_at: datetime | None = None
    minutes: int = 0
    place: str = ""
    link: str = ""
    text: str = ""

    @property
    def is_cancelled(self) -> bool:
        return self.starts_at is None


def calendar_file(entry: Entry) -> bytes:
    """The file: METHOD PUBLISH with the time, or CANCEL for one that every calendar then strikes out."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("organizer", f"mailto:{entry.organizer}")
    event.add("summary", entry.summary)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    if entry.starts_at:
        event.add("dtstart", entry.starts_at.astimezone(UTC))
        event.add("dtend", entry.starts_at.astimezone(UTC) + timedelta(minutes=entry.minutes))
    for name, value in (("location", entry.place or entry.link), ("url", entry.link), ("description", entry.text)):
        if value:
            event.add(name, value)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Exchange//Interviews//EN")
    calendar.add("method", "CANCEL" if entry.is_cancelled else "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()
