"""A briefing: one page about a partner city, a consulate, a sponsor or a council district, from released figures only.

Where nothing is published there is no briefing; where everything about the subject is too small, it says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

from applications.models import Lever
from exchange.base.office import office
from exchange.figures.counts import Key, Range
from exchange.files.documents import for_print
from exchange.models import PartnerCity
from travel.models import Sponsor, Trip
from travel.outcomes import impact
from travel.outcomes.measures import title_of
from travel.outcomes.population import COUNTED, IN_GROUPS, By, stage_key
from travel.outcomes.published import Outcomes, Report, stages_of
from travel.outcomes.words import count_text

DISTRICT = Lever.Kind.DISTRICT.value


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
class Briefing:
    """`table`: the figures about the subject; without rows there are too few people to show any."""

    subject: Subject
    title: str
    stays: list[str] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


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
            return _of_cities(outcomes, subject, PartnerCity.objects.filter(code=subject.code), subject.name)
        case Kind.CONSULATE:
            title = _("Students in %(country)s") % {"country": subject.name}
            return _of_cities(outcomes, subject, PartnerCity.objects.filter(country_code=subject.code), title)
        case Kind.SPONSOR:
            trips = Trip.objects.filter(contributions__sponsor__code=subject.code, cycle__in=found.cycles)
            lines = Trip.objects.filter(budget_lines__sponsor__code=subject.code, cycle__in=found.cycles)
            cities = {*trips.values_list("city", flat=True), *lines.values_list("city", flat=True)}
            title = _("What %(sponsor)s made possible") % {"sponsor": subject.name}
            return _of_cities(outcomes, subject, PartnerCity.objects.filter(pk__in=cities), title)
        case Kind.DISTRICT:
            return _of_district(found, subject)


def _of_cities(outcomes: Outcomes, subject: Subject, cities: Iterable[PartnerCity], title: str) -> Briefing:
    """The figures that were published of these cities; a city whose figures are all hidden has no row."""
    been = sorted((city for city in cities if city.code in outcomes.cities), key=lambda city: city.name)
    rows = []
    for city in been:
        counts = []
        for mark in COUNTED:
            parts = {part.group: part.count for part in outcomes.parts.get((mark, By.CITY), ())}
            counts.append(parts.get(city.code))
        if any(count is not None for count in counts):
            rows.append([city.name, *(count_text(count) for count in counts)])
    return Briefing(
        subject,
        title,
        stays=[f"{city.name}, {city.country}: {impact.years_text(outcomes.years[city.code])}" for city in been],
        head=[_("City"), *(title_of(mark) for mark in COUNTED)],
        rows=rows,
    )


def _of_district(found: Report, subject: Subject) -> Briefing:
    """By cycle: how many of the district started, submitted, were selected, and confirmed."""
    rows = []
    for cycle in reversed(found.cycles):
        if _is_told(found.told, cycle.code, subject.code):
            stages = stages_of(cycle.code, found.told, DISTRICT, subject.code)
            own = (found.told.get(stage_key(cycle.code, stage, DISTRICT, subject.code)) for stage in sorted(IN_GROUPS))
            shown = [stages.get(stage) if told else None for stage, told in zip(sorted(IN_GROUPS), own, strict=True)]
            rows.append([cycle.name, *(count_text(count) for count in shown)])
    return Briefing(
        subject,
        subject.name,
        head=[_("Cycle"), *(title_of(stage) for stage in sorted(IN_GROUPS))],
        rows=rows,
    )


def _is_told(told: Mapping[Key, Range | None], cycle: str, district: str) -> bool:
    return any(told.get(stage_key(cycle, stage, DISTRICT, district)) for stage in IN_GROUPS)


def html_of(found: Report, subject: Subject) -> str:
    """One page for print, in the active language."""
    outcomes = found.outcomes
    if outcomes is None:
        raise LookupError("nothing published")
    about = briefing(found, subject)
    context = {
        "briefing": about,
        "table": {"head": about.head, "rows": about.rows},
        "program": impact.title_of(outcomes),
        "figures": impact.figures_of(outcomes),
        "report": found,
        "office": office(),
    }
    return for_print("travel/outcomes/briefing.html", context)
