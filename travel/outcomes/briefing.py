"""A briefing: one page about a partner city, a consulate, a sponsor or a council district, from released figures only.

Where nothing is published there is no briefing. What can't be told of the subject is told of the next wider thing that
can, and the page says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from applications.models import Cycle, Lever
from exchange.base.office import office
from exchange.files.documents import for_print
from exchange.models import Language, PartnerCity
from exchange.templatetags.ui import day_year, dollars, zone_city
from travel.models import BudgetLine, Contribution, Sponsor
from travel.outcomes import impact, now
from travel.outcomes.measures import title_of
from travel.outcomes.population import COUNTED, IN_GROUPS, By, Stage, stage_key, travelers_key
from travel.outcomes.published import Outcomes, Report, stages_of
from travel.outcomes.trips import TripSeen
from travel.outcomes.words import count_text
from travel.reflection.stories import Audience, Told, stories

DISTRICT = Lever.Kind.DISTRICT.value
ROWS, AHEAD = 6, 3  # of trips, so that everything fits on one page
type Been = list[tuple[TripSeen, int]]  # with how many students it left


class Kind(StrEnum):
    CITY = "city"
    CONSULATE = "consulate"
    SPONSOR = "sponsor"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a briefing can be about. `code`: of a city, a country, a sponsor, or a district's number."""

    kind: Kind
    code: str
    name: str

    @property
    def value(self) -> str:
        return f"{self.kind}:{self.code}"


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Briefing:
    """`lead`: what can be said of the subject in sentences. `tables`: its figures. `wider`: why the figures below them
    are of more people than the subject's, if none of its own are shown. `ahead`: what comes next."""

    subject: Subject
    title: str
    lead: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    wider: str = ""
    ahead: list[str] = field(default_factory=list)
    quote: Told | None = None


def subjects(found: Report) -> dict[Kind, list[Subject]]:
    """Everything that a briefing can be about, by kind. Two queries."""
    outcomes = found.outcomes
    if outcomes is None:
        return {}
    cities = sorted(PartnerCity.objects.filter(code__in=outcomes.cities), key=lambda city: city.name)
    countries = {city.country_code: city.country for city in cities}
    districts = {key.group for key in found.told if key.by == DISTRICT and key.group.isdecimal()}
    return {
        Kind.CITY: [Subject(Kind.CITY, city.code, city.name) for city in cities],
        Kind.CONSULATE: [Subject(Kind.CONSULATE, code, name) for code, name in sorted(countries.items())],
        Kind.SPONSOR: [Subject(Kind.SPONSOR, each.code, each.name) for each in Sponsor.objects.all()],
        Kind.DISTRICT: [
            Subject(Kind.DISTRICT, each, _("Council district %(number)s") % {"number": each})
            for each in sorted(districts, key=int)
        ],
    }


def briefing(found: Report, subject: Subject) -> Briefing:
    """The report must have outcomes."""
    outcomes = found.outcomes
    if outcomes is None:
        raise LookupError("nothing published")
    match subject.kind:
        case Kind.CITY:
            trips = [trip for trip in found.trips if trip.city.code == subject.code]
            return _of_trips(found, outcomes, subject, trips)
        case Kind.CONSULATE:
            trips = [trip for trip in found.trips if trip.city.country_code == subject.code]
            return _of_trips(found, outcomes, subject, trips)
        case Kind.SPONSOR:
            return _of_sponsor(found, subject)
        case Kind.DISTRICT:
            return _of_district(found, subject)


def _of_trips(found: Report, outcomes: Outcomes, subject: Subject, trips: Sequence[TripSeen]) -> Briefing:
    """Who came and when, the figures that were published of these cities, and when the next group comes."""
    been = _been(found, trips)
    students = sum(count for _trip, count in been)
    title = ngettext(
        "%(count)s student from %(city)s traveled to %(place)s",
        "%(count)s students from %(city)s traveled to %(place)s",
        students,
    )
    rows = [[*_place_and_day(trip), str(count)] for trip, count in been[-ROWS:]]
    shown = _marks(outcomes, {trip.city.code: trip.city.name for trip, _count in been})
    tables = [
        Table(_("When they came"), [_("City"), _("Left on"), _("Students")], rows),
        Table(_("Figures"), [_("City"), *(str(title_of(mark)) for mark in COUNTED)], shown),
    ]
    return Briefing(
        subject,
        title % {"count": students, "city": zone_city(), "place": subject.name},
        tables=[table for table in tables if table.rows],
        wider="" if shown else _too_small(subject.name, outcomes),
        ahead=_ahead(trips),
        quote=_quote(trips, found.cycles),
    )


def _of_sponsor(found: Report, subject: Subject) -> Briefing:
    """Money promised and received, the trips that it went to with what they cost, and their students."""
    lines = BudgetLine.objects.filter(sponsor__code=subject.code)
    gifts = Contribution.objects.filter(sponsor__code=subject.code)
    own = {code for rows in (lines, gifts) for code in rows.values_list("trip__code", flat=True)}
    trips = [trip for trip in found.trips if trip.code in own]
    been = _been(found, trips)
    head = [_("City"), _("Left on"), _("Students"), _("From you"), _("The trip cost")]
    return Briefing(
        subject,
        _("What %(sponsor)s made possible") % {"sponsor": subject.name},
        lead=[_students_of(been), *_given(gifts)],
        tables=[Table(_("Where your money went"), head, _costs(subject.name, been))] if been else [],
        ahead=_ahead(trips),
        quote=_quote(trips, found.cycles),
    )


def _students_of(been: Been) -> str:
    if not been:
        return _("No group whose trip you help to pay for has come home yet.")
    students = sum(count for _trip, count in been)
    cities = sorted({trip.city.name for trip, _count in been})
    return ngettext(
        "%(count)s student traveled to %(cities)s on trips that you helped to pay for.",
        "%(count)s students traveled to %(cities)s on trips that you helped to pay for.",
        students,
    ) % {"count": students, "cities": get_text_list(cities, _("and"))}


def _ahead(trips: Iterable[TripSeen]) -> list[str]:
    ahead = [trip for trip in trips if trip.is_ahead and trip.leaves_on >= timezone.localdate()]
    return [
        _("The next group leaves for %(city)s on %(day)s.") % {"city": trip.city.name, "day": day_year(trip.leaves_on)}
        for trip in ahead[:AHEAD]
    ]


def _been(found: Report, trips: Iterable[TripSeen]) -> Been:
    """Oldest first: those whose number of travelers is published."""
    counts = [(trip, found.told.get(travelers_key(trip.cycle, trip.city.code))) for trip in trips if trip.went]
    return [(trip, count.low) for trip, count in counts if count and count.is_exact]


def _place_and_day(trip: TripSeen) -> list[str]:
    return [trip.city.name, day_year(trip.leaves_on)]


def _marks(outcomes: Outcomes, cities: Mapping[str, str]) -> list[list[str]]:
    """The figures that were published of these cities; a city whose figures are all hidden has no row."""
    rows = []
    for code, name in sorted(cities.items(), key=lambda each: each[1]):
        parts = ({part.group: part.count for part in outcomes.parts.get((mark, By.CITY), ())} for mark in COUNTED)
        counts = [of_cities.get(code) for of_cities in parts]
        if any(count is not None for count in counts):
            rows.append([name, *map(count_text, counts)])
    return rows


def _too_small(name: str, outcomes: Outcomes) -> str:
    return ngettext(
        "For %(name)s alone, the groups are too small to say more. The figures below are of the %(count)s student who"
        " traveled in all.",
        "For %(name)s alone, the groups are too small to say more. The figures below are of all %(count)s students who"
        " traveled.",
        outcomes.travelers,
    ) % {"name": name, "count": outcomes.travelers}


def _quote(trips: Iterable[TripSeen], cycles: Iterable[Cycle]) -> Told | None:
    """Of somebody who was in one of their cities."""
    cities = {trip.city.name for trip in trips}
    keys = [cycle.pk for cycle in cycles]
    told = stories(Audience.PUBLIC, (get_language() or Language.ENGLISH)[:2], cycles=keys)
    return next((each for each in told if each.city in cities), None)


def _given(gifts: QuerySet[Contribution]) -> list[str]:
    """What was promised in money and has come, and what was given in kind, in sentences."""
    promised, received, things = Decimal(0), Decimal(0), []
    for gift in gifts:
        if gift.kind == Contribution.Kind.IN_KIND:
            things.append(gift.what)
        else:
            promised += gift.amount or 0
            received += (gift.amount or 0) if gift.received_on else 0
    words = {"received": dollars(received), "promised": dollars(promised)}
    said = [_("%(received)s of the %(promised)s that you promised has come.") % words] if promised else []
    return [*said, *([_("You also gave: %(things)s.") % {"things": ", ".join(things)}] if things else [])]


def _costs(sponsor: str, been: Been) -> list[list[str]]:
    """A row for each of the newest of these groups; what isn't paid yet counts as planned."""
    bills = list(now.money())
    rows = []
    for trip, count in been[-ROWS:]:
        spent = [(row.fund, row.actual if row.is_whole else row.planned) for row in bills if row.trip == trip.code]
        own = sum(cents for fund, cents in spent if fund == sponsor)
        whole = sum(cents for _fund, cents in spent)
        rows.append([*_place_and_day(trip), str(count), *(dollars(Decimal(cents) / 100) for cents in (own, whole))])
    return rows


def _of_district(found: Report, subject: Subject) -> Briefing:
    """By cycle: how many of the district started, submitted, were selected, and confirmed; else of all districts."""
    stages, head = sorted(IN_GROUPS), [_("Cycle"), *(title_of(stage) for stage in sorted(IN_GROUPS))]
    cycles = list(reversed(found.cycles))
    own = [
        cycle
        for cycle in cycles
        if any(found.told.get(stage_key(cycle.code, stage, DISTRICT, subject.code)) for stage in stages)
    ]
    by = (DISTRICT, subject.code) if own else ("", "")
    rows = [[cycle.name, *shown] for cycle in own or cycles if any(shown := _in_stages(found, cycle, stages, *by))]
    wider = _(
        "Few students come from one district, and we never show a group of fewer than %(least)s people. So the figures"
        " below are of all districts together."
    )
    return Briefing(
        subject,
        subject.name,
        lead=[] if own else [wider % {"least": found.threshold}],
        tables=[Table(_("Figures"), head, [[cell or count_text(None) for cell in row] for row in rows])]
        if rows
        else [],
    )


def _in_stages(found: Report, cycle: Cycle, stages: Iterable[Stage], by: str, group: str) -> list[str]:
    """What is shown of each of these stages, "" for what isn't."""
    told = stages_of(cycle.code, found.told, by, group)
    shown = (told.get(stage) if found.told.get(stage_key(cycle.code, stage, by, group)) else None for stage in stages)
    return [count_text(count) if count else "" for count in shown]


def html_of(found: Report, about: Briefing) -> str:
    """One page for print, in the active language."""
    outcomes = found.outcomes
    if outcomes is None:
        raise LookupError("nothing published")
    context = {
        "briefing": about,
        "program": impact.title_of(outcomes),
        "figures": impact.figures_of(outcomes)[: impact.FEW],
        "report": found,
        "office": office(),
    }
    return for_print("travel/outcomes/briefing.html", context)
