"""The public impact page: what was published of all cycles together, as one sentence, figures, a map and stories.

Everything here is public. Counts come from released figures only; stories from `travel.reflection.stories`, asked
each time, so that one that was taken back is gone at the next request.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from applications.models import Cycle
from exchange.models import PartnerCity
from exchange.templatetags.ui import zone_city
from travel.base import world_map
from travel.base.charts import Place as Dot
from travel.base.maps import home, place_of
from travel.outcomes.cards import FigureCard, cards_of
from travel.outcomes.earlier import EarlierYear, published_years
from travel.outcomes.following.results import FollowUpResult, results
from travel.outcomes.measures import Place, marks_at
from travel.outcomes.now import now
from travel.outcomes.population import Mark
from travel.outcomes.published import ALL, Outcomes, report
from travel.outcomes.side_by_side import SideBySide, side_by_side
from travel.outcomes.spent import cost_cards, spent
from travel.reflection.stories import Audience, Told, stories

FIGURES, FEW, STORIES, STUDIES = 4, 3, 2, 2


@dataclass(frozen=True, slots=True)
class Stay:
    """A city that groups went to. `years`: of their departures, as text."""

    name: str
    country: str
    years: str


@dataclass(frozen=True, slots=True)
class Next:
    """What somebody can apply for: the open cycle that closes first, and the next one that opens. zone: a city."""

    open: Cycle | None = None
    opening: Cycle | None = None
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Impact:
    """`title`: one sentence. Without anything published, `figures`, `map` and `stays` are empty."""

    title: str
    years: str
    threshold: int
    as_of: datetime | None
    next: Next
    figures: list[FigureCard] = field(default_factory=list)
    map_title: str = ""
    map: SafeString | str = ""
    stays: list[Stay] = field(default_factory=list)
    stories: list[Told] = field(default_factory=list)
    studies: list[FollowUpResult] = field(default_factory=list)
    others: SideBySide | None = None
    earlier: list[EarlierYear] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return self.as_of is None


def impact() -> Impact:
    """For the page, in the active language."""
    found, language = report(ALL), (get_language() or "en")[:2]
    told = stories(Audience.PUBLIC, language)[:STORIES]
    years_before = published_years(found.told)
    if found.outcomes is None:
        empty = Impact(title_of(None), "", found.threshold, None, next_cycles(found.public), stories=told)
        return replace(empty, earlier=years_before)
    stays, svg = _map(found.outcomes, home())
    years, bills = years_text(day.year for day in found.outcomes.departures), now()
    return Impact(
        title=title_of(found.outcomes),
        years=years,
        threshold=found.threshold,
        as_of=found.as_of,
        next=next_cycles(found.public),
        figures=[*figures_of(found.outcomes)[:FIGURES], *cost_cards(spent(found, bills.money if bills else ()))],
        map_title=_map_title(stays, years),
        map=svg,
        stays=stays,
        stories=told,
        studies=[each for each in results(found) if each.finding][:STUDIES],
        others=side_by_side(found, public_only=True),
        earlier=years_before,
    )


def card() -> Impact:
    """For the embedded card: without map and stories."""
    found = report(ALL)
    outcomes = found.outcomes
    if outcomes is None:
        return Impact(title_of(None), "", found.threshold, None, next_cycles(found.public))
    years = years_text(day.year for day in outcomes.departures)
    return Impact(
        title_of(outcomes),
        years,
        found.threshold,
        found.as_of,
        next_cycles(found.public),
        figures=figures_of(outcomes)[:FEW],
    )


def next_cycles(public: Iterable[Cycle], at: datetime | None = None) -> Next:
    at = at or timezone.now()
    ahead = [each for each in public if not each.closed_out_at and each.closes_at > at]
    ahead.sort(key=lambda cycle: cycle.closes_at)
    opening = sorted((each for each in ahead if each.opens_at > at), key=lambda cycle: cycle.opens_at)
    return Next(next((each for each in ahead if each.opens_at <= at), None), next(iter(opening), None), zone_city())


def years_text(years: Iterable[int]) -> str:
    """2026, or 2024 to 2026 if there's no year between them without one, else each: 2024 and 2026."""
    known = sorted(set(years))
    if len(known) < 2 or known[-1] - known[0] >= len(known):  # noqa: PLR2004 -- one year or none
        return get_text_list([str(year) for year in known], _("and"))
    return _("%(first)s to %(last)s") % {"first": known[0], "last": known[-1]}


def title_of(outcomes: Outcomes | None) -> str:
    if outcomes is None:
        return _("Community college students go abroad with the city of %(city)s.") % {"city": zone_city()}
    students = outcomes.travelers
    abroad = outcomes.shares[Mark.ABROAD].count
    if abroad is not None and abroad.low * 2 > students:
        return ngettext(
            "%(count)s college student went abroad with the city, for the first time.",
            "%(count)s college students went abroad with the city, most of them for the first time.",
            students,
        ) % {"count": students}
    return ngettext(
        "%(count)s college student went abroad with the city.",
        "%(count)s college students went abroad with the city.",
        students,
    ) % {"count": students}


def figures_of(outcomes: Outcomes) -> list[FigureCard]:
    """Those that are shown, each with how many of how many."""
    return [card for card in cards_of(outcomes, marks_at(Place.PUBLIC)) if not card.hidden]


def _map_title(stays: list[Stay], years: str) -> str:
    return ngettext("%(count)s city, %(years)s", "%(count)s cities, %(years)s", len(stays)) % {
        "count": len(stays),
        "years": years,
    }


def _map(outcomes: Outcomes, start: Dot) -> tuple[list[Stay], SafeString]:
    cities = sorted(PartnerCity.objects.filter(code__in=outcomes.cities), key=lambda city: city.name)
    stays = [Stay(city.name, city.country, years_text(outcomes.years[city.code])) for city in cities]
    names = ", ".join(f"{stay.name} ({stay.country})" for stay in stays)
    svg = world_map.draw(
        start,
        [place_of(city) for city in cities],
        title=_("Where students went"),
        description=_("Lines on a world map from %(home)s to: %(cities)s.") % {"home": start.label, "cities": names},
    )
    return stays, svg
