"""The packing list of one trip, and which of two taps counts. `merged` and `taps` are pure; the rest only reads."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from travel.models import PackingItem, PackingMark, PackingWeather, Placement, Trip
from travel.models.packing import PackingFields

Group, Weather = PackingFields.Group, PackingFields.Weather


@dataclass(frozen=True, slots=True)
class Mark:
    """A tap on one line: packed or not, and when."""

    is_packed: bool
    at: datetime


LONGEST = 1e11  # ms that a phone may have waited: three years
type Marks = Mapping[str, Mark]  # by the `code` of the line


def merged(one: Marks, other: Marks) -> dict[str, Mark]:
    """Line by line the later tap counts, on whichever phone; of two at the same moment, "packed" does."""
    return {
        key: max((marks[key] for marks in (one, other) if key in marks), key=lambda mark: (mark.at, mark.is_packed))
        for key in {**one, **other}
    }


def taps(said: object, now: datetime, known: Collection[str]) -> dict[str, Mark]:
    """What a phone sent, {code: [packed, ms ago]}, with times by our clock; anything else in it is left out.

    A phone says how long ago, because its clock may be wrong by hours.
    """
    found = {}
    for key, value in said.items() if isinstance(said, dict) else ():
        if key not in known or not (isinstance(value, list) and len(value) == 2):
            continue
        is_packed, ago = value
        if isinstance(is_packed, bool) and type(ago) in (int, float) and 0 <= ago < LONGEST:
            found[key] = Mark(is_packed, now - timedelta(milliseconds=ago))
    return found


@dataclass(frozen=True, slots=True)
class Line:
    item: PackingItem
    is_packed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Lines under one heading; with `weather`, only for that weather."""

    title: str
    weather: str
    lines: list[Line]


def items_of(trip: Trip) -> list[PackingItem]:
    """The lines of this trip in order, of the weather it packs for. Four queries."""
    rows = PackingItem.objects.filter(cycle=trip.cycle_id).prefetch_related("trips", "left_out")
    kinds = weather_of(trip)
    return [row for row in rows if row.is_for(trip) and (not row.weather or kinds is None or row.weather in kinds)]


def weather_of(trip: Trip) -> list[str] | None:
    """None if nobody has said: then the list names the weather of a line. One query."""
    row = PackingWeather.objects.filter(trip=trip).first()
    return list(row.kinds) if row else None


def marks_of(placement: Placement) -> dict[str, Mark]:
    """One query."""
    rows = PackingMark.objects.filter(placement=placement).select_related("item")
    return {row.item.code: Mark(row.is_packed, row.marked_at) for row in rows}


def parts(items: Iterable[PackingItem], marks: Marks, *, names_weather: bool = False) -> list[Part]:
    """Under their headings, in order."""
    found: dict[tuple[int, int], Part] = {}
    groups, weathers = list(Group), list(Weather)
    for item in items:
        weather = Weather(item.weather) if names_weather else Weather.ANY
        place = groups.index(Group(item.group)), weathers.index(weather)
        title = str(Group(item.group).label)
        part = found.setdefault(place, Part(title, str(weather.label) if weather else "", []))
        part.lines.append(Line(item, item.code in marks and marks[item.code].is_packed))
    return [found[place] for place in sorted(found)]
