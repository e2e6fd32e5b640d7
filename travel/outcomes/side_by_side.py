"""Our published figures beside those of other cities that the office loaded. Reads only what each of them published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from exchange.figures.counts import Range
from travel.models import OtherCity, OtherCityFigure
from travel.outcomes.measures import TRAVELED, Place, marks_at, title_of
from travel.outcomes.open_data import our_city
from travel.outcomes.published import WIDEST, Report
from travel.outcomes.words import count_text, share_words

type Counts = Mapping[tuple[str, str], Range | None]  # (cycle, measure) -> what was published about everybody


@dataclass(frozen=True, slots=True)
class City:
    """A column. `cells`: for travelers and each headline figure, what is shown and of how many."""

    name: str
    as_of: date | datetime | None
    source: str
    version: str
    cells: tuple[tuple[str, str], ...]
    other: OtherCity | None = None


@dataclass(frozen=True, slots=True)
class SideBySide:
    cities: list[City]
    names: list[str]

    @property
    def lines(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return [(name, [city.cells[place] for city in self.cities]) for place, name in enumerate(self.names)]


def side_by_side(ours: Report, *, public_only: bool) -> SideBySide | None:
    """None if there is no other city to show. One query."""
    rows = OtherCityFigure.objects.filter(group_by="").select_related("city")
    if public_only:
        rows = rows.filter(city__is_public=True)
    others: dict[OtherCity, dict[tuple[str, str], Range | None]] = {}
    for row in rows.order_by("city__city", "pk"):
        known = None if row.low is None or row.high is None else Range(row.low, row.high)
        others.setdefault(row.city, {})[row.cycle, row.measure] = known
    if not others:
        return None
    public = {cycle.code for cycle in ours.cycles}
    own = {(key.subject, key.name): range_ for key, range_ in ours.told.items() if not key.by and key.subject in public}
    cities = [City(our_city(), ours.as_of, "", "", _cells(own))]
    cities += [
        City(city.city, city.as_of, city.source, city.schema_version, _cells(counts), city)
        for city, counts in others.items()
    ]
    return SideBySide(cities, [_("Students who traveled"), *(title_of(mark) for mark in marks_at(Place.CITIES))])


def _cells(counts: Counts) -> tuple[tuple[str, str], ...]:
    """Over all cycles whose number of travelers is published exactly, as on our own pages."""
    travelers = {
        cycle: found.low
        for (cycle, name), found in counts.items()
        if name == TRAVELED and found is not None and found.is_exact
    }
    of = sum(travelers.values())
    cells = [(str(of), "")] if of else [(_("not shown"), "")]
    for mark in marks_at(Place.CITIES):
        cells.append(_share(of, (counts.get((cycle, mark)) or Range(0, number) for cycle, number in travelers.items())))
    return tuple(cells)


def _share(of: int, ranges: Iterable[Range]) -> tuple[str, str]:
    told = list(ranges)
    count = Range(sum(each.low for each in told), min(of, sum(each.high for each in told)))
    if not of or count.low > of or count.high - count.low > WIDEST * of:
        return _("not shown"), ""
    words = share_words(count, of)
    return words.in_full, _("%(count)s of %(of)s") % {"count": count_text(count), "of": of}
