"""What a host may know about a group: when it arrives, how many people, and what they need, as counts.

A name stands beside a need only if that student said so.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.models import Language
from travel.models import Access, Allergen, Diet, Placement, PracticalNeeds, Room, Severity, Trip
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
    `rooms`: how many share each, never who.
    """

    students: int
    leaders: int
    at_most: int
    read: list[Need]
    needs: list[Need]
    told: int
    named: list[NamedNeeds]
    rooms: list[Room]

    @property
    def people(self) -> int:
        return self.students + self.leaders


def arrivals_of(trip: Trip) -> Arrivals:
    going = Placement.objects.active().filter(trip=trip)
    people = going.select_related("application__student", "practical_needs")
    there = list(people.order_by("application__student__full_name", "pk"))
    read = _languages(there)
    students, leaders = len(there), trip.leaders.count()
    told: list[PracticalNeeds] = [row for each in there if (row := getattr(each, "practical_needs", None))]
    said: Any = [row.needs for row in told]
    return Arrivals(
        students=students,
        leaders=leaders,
        at_most=max(students, trip.seats) + leaders,
        read=read,
        needs=_needs(said),
        told=len(told),
        named=_named(told),
        rooms=_rooms(trip, going),
    )


def _rooms(trip: Trip, going: PlacementQuerySet) -> list[Room]:
    """The rooms, each with `people`: how many share it. None until the office has published them."""
    rooms = Room.objects.filter(trip=trip, kind=Room.Kind.ROOM, trip__room_plan__published_at__isnull=False)
    here = Count("seats", filter=Q(seats__placement__in=going.order_by()))
    return list(rooms.annotate(people=here).order_by("number"))


def _languages(people: list[Placement]) -> list[Need]:
    rows = sorted(Counter(each.application.person.language for each in people).items())
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
