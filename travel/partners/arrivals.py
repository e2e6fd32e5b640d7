"""What a host may know about a group: when it arrives, how many people, what they need, as counts. No names."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import ngettext

from exchange.models import Language
from travel.models import Access, Diet, Placement, PracticalNeeds, Trip
from travel.models.placement import PlacementQuerySet


@dataclass(frozen=True, slots=True)
class Need:
    """One need, and how many in the group have it."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`at_most`: people, if every seat of the trip is taken. `read`: whole sentences, by language.

    `needs`: what students eat and need, among the `told` who have answered.
    """

    students: int
    leaders: int
    at_most: int
    read: list[Need]
    needs: list[Need]
    told: int

    @property
    def people(self) -> int:
        return self.students + self.leaders


def arrivals_of(trip: Trip) -> Arrivals:
    going = Placement.objects.active().filter(trip=trip)
    read = _languages(going)
    students, leaders = sum(need.count for need in read), trip.leaders.count()
    said: Any = list(PracticalNeeds.objects.filter(placement__in=going.order_by()).values_list("needs", flat=True))
    return Arrivals(
        students=students,
        leaders=leaders,
        at_most=max(students, trip.seats) + leaders,
        read=read,
        needs=_needs(said),
        told=len(said),
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


def _needs(said: list[dict[str, list[str]]]) -> list[Need]:
    """One line per need, in a fixed order, so that one person's needs don't stand together."""
    counts = Counter(key for row in said for keys in row.values() for key in keys)
    return [Need(str(each.label), counts[each.value]) for each in (*Diet, *Access) if counts[each.value]]
