"""Makes calendar files (.ics), of one appointment or of many. Pure: plain values in, bytes out.

Times are in UTC, so the file needs no time zone table; each calendar program shows them in its own zone.

Source: RFC 5545 (iCalendar), RFC 5546 (PUBLISH and CANCEL, the same UID and a higher SEQUENCE for each change).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

REFRESH = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Entry:
    """One calendar event. `sequence` must rise with each change. `day`: it lasts all of that day and has no time.

    With neither `starts_at` nor `day` it was canceled.
    """

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
    day: date | None = None

    @property
    def is_cancelled(self) -> bool:
        return self.starts_at is None and self.day is None


def calendar_file(entry: Entry) -> bytes:
    """The file, with METHOD PUBLISH for an appointment or CANCEL for one that calendars should remove."""
    calendar = _calendar()
    calendar.add("method", "CANCEL" if entry.is_cancelled else "PUBLISH")
    calendar.add_component(_event(entry))
    file: bytes = calendar.to_ical()
    return file


def calendar_feed(entries: Iterable[Entry], *, name: str) -> bytes:
    """A calendar that programs subscribe to: what is no longer in it is gone from theirs. `name`: what they call it."""
    calendar = _calendar()
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH)
    calendar.add("x-published-ttl", REFRESH)
    for entry in entries:
        calendar.add_component(_event(entry))
    file: bytes = calendar.to_ical()
    return file


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Exchange//Appointments//EN")
    return calendar


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("organizer", f"mailto:{entry.organizer}")
    event.add("summary", entry.summary)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    if entry.day:
        event.add("dtstart", entry.day)
    elif entry.starts_at:
        event.add("dtstart", entry.starts_at.astimezone(UTC))
        event.add("dtend", entry.starts_at.astimezone(UTC) + timedelta(minutes=entry.minutes))
    for name, value in (("location", entry.place or entry.link), ("url", entry.link), ("description", entry.text)):
        if value:
            event.add(name, value)
    return event
