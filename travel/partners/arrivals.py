"""What a host may know about a group: when it arrives, how many people, and what they need, as counts.

A name stands beside a need only if that student said so.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.models import Language
from travel.models import Access, Allergen, Diet, Placement, PracticalNeeds, Severity, Trip
from travel.models.placement import PlacementQuerySet
from travel.partners.needs_words import told_by_name


@dataclass(frozen=True, slots=True)
class Need:
    """One need, and how many in the group have it."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class NamedNeeds:
    """What one student wants the host to know together with the name."""

    name: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`at_most`: people, if every seat of the trip is taken. `read`: whole sentences, by language.

    `needs`: what students eat and need, among the `told` who have answered. `named`: of those who said yes to it.
    """

    students: int
    leaders: int
    at_most: int
    read: list[Need]
    needs: list[Need]
    told: int
    named: list[NamedNeeds]

    @property
    def people(self) -> int:
        return self.students + self.leaders


def arrivals_of(trip: Trip) -> Arrivals:
    going = Placement.objects.active().filter(trip=trip)
    read = _languages(going)
    students, leaders = sum(need.count for need in read), trip.leaders.count()
    rows = PracticalNeeds.objects.filter(placement__in=going.order_by()).select_related(
        "placement__application__student"
    )
    told = list(rows.order_by("placement__application__student__full_name", "pk"))
    said: Any = [row.needs for row in told]
    return Arrivals(
        students=students,
        leaders=leaders,
        at_most=max(students, trip.seats) + leaders,
        read=read,
        needs=_needs(said),
        told=len(told),
        named=_named(told),
    )


def _languages(going: PlacementQuerySet) -> list[Need]:
    rows = going.order_by().values_list("application__student__language").annotate(number=Count("pk"))
    return [Need(_reads(number, language), number) for language, number in sorted(rows, key=lambda row: -row[1])]


def _reads(number: int, language: str) -> str:
    if language == Language.SPANISH:
        text = ngettext(
            "%(count)s student prefers to read in Spanish", "%(count)s students prefer to read in Spanish", number
        )
    else:
        text = ngettext(
            "%(count)s student prefers to read in English", "%(count)s students prefer to read in English", number
        )
    return text % {"count": number}


def _needs(said: list[dict[str, Any]]) -> list[Need]:
    """One line per need, in a fixed order, so that one person's needs don't stand together."""
    counts = Counter(key for row in said for part in ("diet", "access") for key in row.get(part, ()))
    lines = [Need(str(each.label), counts[each.value]) for each in (*Diet, *Access) if counts[each.value]]
    return lines + _allergies(said)


def _allergies(said: list[dict[str, Any]]) -> list[Need]:
    """Counted by what and how bad; a student's own words for something rare would tell who it is."""
    counts = Counter((each["what"], each["severity"]) for row in said for each in row.get("allergies", ()))
    found = []
    for allergen in Allergen:
        for severity in reversed(Severity):
            words = _("Severe allergy: %(what)s") if severity == Severity.SEVERE else _("Mild allergy: %(what)s")
            if number := counts[allergen.value, severity.value]:
                found.append(Need(words % {"what": allergen.label}, number))
    return found


def _named(told: list[PracticalNeeds]) -> list[NamedNeeds]:
    named = [NamedNeeds(str(row.placement.application.student), told_by_name(_answers(row))) for row in told]
    return [each for each in named if each.lines]


def _answers(row: PracticalNeeds) -> dict[str, Any]:
    answers: dict[str, Any] = row.needs
    return answers
