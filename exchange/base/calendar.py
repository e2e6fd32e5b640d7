"""Makes the calendar file (.ics) of one appointment. Pure: plain values in, bytes out.

Times are in UTC, so the file needs no time zone table; each calendar program shows them in its own zone.

Source: RFC 5545 (iCalendar), RFC 5546 (PUBLISH and CANCEL, the same UID and a higher SEQUENCE for each change).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event


@dataclass(frozen=True, slots=True)
class Entry:
    """One calendar event. `sequence` must rise with each change; `starts_at` is None if it was canceled."""

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
    """The file, with METHOD PUBLISH for an appointment or CANCEL for one that calendars should remove."""
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
    file: bytes = calendar.to_ical()
    return file
