"""The itinerary of a trip as plain values: local times, durations, overlaps, and what's next at an instant. Pure.

A leg is one line of an itinerary: a flight, a ride, a stay or a meeting. Instants are aware datetimes; a local time is
a naive one together with an IANA time zone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any, Self
from zoneinfo import ZoneInfo


class Kind(StrEnum):
    FLIGHT = "flight"
    RIDE = "ride"
    STAY = "stay"
    MEETING = "meeting"


MOVES = frozenset({Kind.FLIGHT, Kind.RIDE})
CONNECTS_WITHIN = timedelta(hours=24)


class NoSuchTime(ValueError):
    """The clocks of this zone skip this local time, because daylight saving begins."""


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def instant(local: datetime, zone: str, *, after: datetime | None = None) -> datetime:
    """The instant in UTC of a local time. NoSuchTime if clocks skip it.

    A time that comes twice, because daylight saving ends, is the first of the two, unless only the second comes later
    than `after`.
    """
    place = zone_of(zone)
    first, second = (local.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(place).replace(tzinfo=None) != local:
        raise NoSuchTime(f"{local} in {zone}")
    return second if after is not None and first <= after < second else first


@dataclass(frozen=True, slots=True)
class Leg:
    """`ends_at` is None for a meeting, which has only a time to be there. `version` counts what travelers were told."""

    code: str
    kind: Kind
    starts_at: datetime
    start_zone: str
    ends_at: datetime | None = None
    end_zone: str = ""
    carrier: str = ""
    number: str = ""
    from_code: str = ""
    from_name: str = ""
    to_code: str = ""
    to_name: str = ""
    address: str = ""
    address_local: str = ""
    phone: str = ""
    note_en: str = ""
    note_es: str = ""
    version: int = 0

    @property
    def local_start(self) -> datetime:
        return self.starts_at.astimezone(zone_of(self.start_zone))

    @property
    def local_end(self) -> datetime | None:
        return self.ends_at.astimezone(zone_of(self.end_zone)) if self.ends_at else None

    @property
    def duration(self) -> timedelta | None:
        """By the clock of the traveler, not by the clocks on the walls."""
        return self.ends_at - self.starts_at if self.ends_at else None

    @property
    def days_later(self) -> int:
        """Calendar days from start to end, each by its own calendar; -1 over the date line to the east."""
        return (self.local_end.date() - self.local_start.date()).days if self.local_end else 0

    def is_news(self, other: "Leg") -> bool:
        """Whether people who know one of the two have to be told of the other."""
        return any(getattr(self, name) != getattr(other, name) for name in TOLD)

    def as_json(self) -> dict[str, Any]:
        times = {name: value.astimezone(UTC).isoformat() if (value := getattr(self, name)) else None for name in TIMES}
        return {**asdict(self), "kind": self.kind.value, **times}

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Self:
        """Keys that this version doesn't know are left out; a missing one has its default."""
        known = {field.name: said[field.name] for field in fields(cls) if field.name in said}
        times = {name: datetime.fromisoformat(said[name]) for name in TIMES if said.get(name)}
        return cls(**{**known, "kind": Kind(said["kind"]), **times})


TIMES = ("starts_at", "ends_at")
# a corrected phone number or note isn't worth a message
TOLD = (
    *TIMES,
    "start_zone",
    "end_zone",
    "carrier",
    "number",
    "from_code",
    "from_name",
    "to_code",
    "to_name",
    "address",
)


def in_order(legs: Iterable[Leg]) -> list[Leg]:
    return sorted(legs, key=lambda leg: (leg.starts_at, leg.ends_at or leg.starts_at, leg.code))


def overlaps(legs: Iterable[Leg]) -> Iterator[tuple[Leg, Leg]]:
    """Flights and rides of one person that take place at the same time, each with the next one."""
    for one, next_one in pairwise(leg for leg in in_order(legs) if leg.kind in MOVES):
        if one.ends_at and next_one.starts_at < one.ends_at:
            yield one, next_one


# --- On the way: what is next -----------------------------------------------------------------------


def zone_at(legs: Sequence[Leg], moment: datetime, home: str) -> str:
    """The time zone of the place where the traveler is; while under way, of the place they are going to."""
    zone = home
    for leg in in_order(legs):
        if leg.starts_at > moment:
            break
        zone = leg.end_zone if leg.kind in MOVES else leg.start_zone
    return zone


def next_leg(legs: Iterable[Leg], moment: datetime) -> Leg | None:
    """The first leg that begins after this instant."""
    return next((leg for leg in in_order(legs) if leg.starts_at > moment), None)


def today(legs: Sequence[Leg], moment: datetime, home: str) -> list[Leg]:
    """Legs that begin, end or go on during the traveler's day, by the calendar of the place where they are."""
    day = moment.astimezone(zone_of(zone_at(legs, moment, home))).date()
    return [leg for leg in in_order(legs) if _days_of(leg)[0] <= day <= _days_of(leg)[1]]


def _days_of(leg: Leg) -> tuple[date, date]:
    first = leg.local_start.date()
    last = leg.local_end.date() if leg.local_end else first
    return min(first, last), max(first, last)


def by_day(legs: Iterable[Leg]) -> list[tuple[date, list[Leg]]]:
    """Legs in order under the local day on which they begin. A day comes twice if the date line lies between."""
    days: list[tuple[date, list[Leg]]] = []
    for leg in in_order(legs):
        day = leg.local_start.date()
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append(leg)
    return days


# --- There and back ---------------------------------------------------------------------------------


def journeys(legs: Iterable[Leg]) -> list[list[Leg]]:
    """The flights of one person, those that connect together: within 24 hours, as airlines count."""
    flights = [leg for leg in in_order(legs) if leg.kind == Kind.FLIGHT]
    found: list[list[Leg]] = []
    for flight in flights:
        last = found[-1][-1].ends_at if found else None
        if last is None or flight.starts_at - last >= CONNECTS_WITHIN:
            found.append([])
        found[-1].append(flight)
    return found


def arrival(legs: Iterable[Leg]) -> Leg | None:
    """The flight that lands at the destination: the last one of the way there."""
    ways = journeys(legs)
    return ways[0][-1] if ways else None


def departure(legs: Iterable[Leg]) -> Leg | None:
    """The flight that leaves the destination: the first one of the way home."""
    ways = journeys(legs)
    return ways[-1][0] if len(ways) > 1 else None
