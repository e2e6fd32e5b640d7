"""Times for interviews in a row, and the calendar file of one. Pure: plain values in, moments and text out.

A row is counted in minutes that pass, so it has neither a gap nor an overlap on the day the clocks change. A calendar
file says moments in UTC and needs no table of zones; each program shows them on the clocks of its place.

Source: RFC 5545 (iCalendar), RFC 5546 (PUBLISH and CANCEL, the same UID and a higher SEQUENCE for each change).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

LINE_BYTES = 75


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


def calendar_file(entry: Entry) -> str:
    """The file: METHOD PUBLISH with the time, or CANCEL for one that every calendar then strikes out."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Exchange//Interviews//EN",
        f"METHOD:{'CANCEL' if entry.is_cancelled else 'PUBLISH'}",
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{_moment(entry.changed_at)}",
        f"ORGANIZER:mailto:{entry.organizer}",
        f"SUMMARY:{_escaped(entry.summary)}",
        f"STATUS:{'CANCELLED' if entry.is_cancelled else 'CONFIRMED'}",
    ]
    if entry.starts_at:
        lines.append(f"DTSTART:{_moment(entry.starts_at)}")
        lines.append(f"DTEND:{_moment(entry.starts_at + timedelta(minutes=entry.minutes))}")
    if place := entry.place or entry.link:
        lines.append(f"LOCATION:{_escaped(place)}")
    if entry.link:
        lines.append(f"URL:{entry.link}")
    if entry.text:
        lines.append(f"DESCRIPTION:{_escaped(entry.text)}")
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """No line longer than 75 bytes; a long one goes on after a line break and a space, never inside a character."""
    parts, rest = [], line
    while len(rest.encode()) > LINE_BYTES:
        cut = min(len(rest), LINE_BYTES)
        while len(rest[:cut].encode()) > LINE_BYTES:
            cut -= 1
        parts.append(rest[:cut])
        rest = f" {rest[cut:]}"
    return "\r\n".join([*parts, rest])
