"""The calendar file of one appointment. Pure: plain values in, text out.

It says moments in UTC and needs no table of zones; each program shows them on the clocks of its place.

Source: RFC 5545 (iCalendar), RFC 5546 (PUBLISH and CANCEL, the same UID and a higher SEQUENCE for each change).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event


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
    calendar.add("prodid", "-//Exchange//Appointments//EN")
    calendar.add("method", "CANCEL" if entry.is_cancelled else "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()
