"""The plan of a trip as entries with a time: what is next, and what belongs to which day. Pure.

Hosts and the office write a day as lines of text. A line that begins with a clear time is an entry. A time that could
be morning or evening ("2:30") is not read as one, because a guess makes somebody miss a bus: the line stays words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

# "8:30 am", "8 p. m.", "14:30", "08:30"; then what happens
LINE = re.compile(
    r"\s*(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>[ap]\.?\s?m\b\.?)?\s*[,:–—-]?\s+(?P<title>\S.*?)\s*$",
    re.IGNORECASE,
)
NOON = 12
HOURS = 24


@dataclass(frozen=True, slots=True)
class Entry:
    """`starts_at`, `ends_at`: in UTC. `zone`: IANA name of the clock it's told by. `language`: if not the page's."""

    starts_at: datetime
    zone: str
    title: str
    note: str = ""
    icon: str = "map-pin"
    ends_at: datetime | None = None
    language: str = ""

    @property
    def local(self) -> datetime:
        return self.starts_at.astimezone(ZoneInfo(self.zone))

    @property
    def day(self) -> date:
        """By the calendar of the place."""
        return self.local.date()


def time_of(line: str) -> tuple[time, str] | None:
    """The clear time a line begins with, and the words after it. None if there is none."""
    found = LINE.match(line)
    if found is None:
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "")[:1].lower()
    if minute >= 60:
        return None
    if half:
        if not 1 <= hour <= NOON:
            return None
        return time(hour % NOON + (NOON if half == "p" else 0), minute), found["title"]
    is_clear = found["minute"] is not None and (hour > NOON or found["hour"].startswith("0"))
    return (time(hour, minute), found["title"]) if is_clear and hour < HOURS else None


def read_day(day: date, text: str, zone: str, *, language: str = "") -> tuple[list[Entry], list[str]]:
    """The entries in the words of one day, in order of time, and its lines without a clear time, as written."""
    entries, words = [], []
    place = ZoneInfo(zone)
    for line in filter(str.strip, text.splitlines()):
        if said := time_of(line):
            starts_at = datetime.combine(day, said[0], place).astimezone(UTC)
            entries.append(Entry(starts_at, zone, said[1], language=language))
        else:
            words.append(line.strip())
    return in_order(entries), words


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.starts_at, entry.ends_at or entry.starts_at, entry.title))


def next_of(entries: Iterable[Entry], now: datetime) -> Entry | None:
    """The first entry that begins after `now`."""
    return next((entry for entry in in_order(entries) if entry.starts_at > now), None)


def current_of(entries: Iterable[Entry], now: datetime) -> Entry | None:
    """The entry that goes on: the last one that has begun, unless it has ended."""
    begun = [entry for entry in in_order(entries) if entry.starts_at <= now]
    return begun[-1] if begun and (begun[-1].ends_at is None or begun[-1].ends_at > now) else None
