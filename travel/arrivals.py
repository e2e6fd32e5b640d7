"""What a host may know of a group: when it comes, how many they are, what they need, as numbers. No names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import ngettext

from exchange.models import Language
from travel.models import Placement, Trip


@dataclass(frozen=True, slots=True)
class Need:
    """So many of the group. `label` is a whole sentence."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`at_most`: people, should every seat of the trip be taken."""

    students: int
    leaders: int
    at_most: int
    needs: list[Need]

    @property
    def people(self) -> int:
        return self.students + self.leaders


def arrivals_of(trip: Trip) -> Arrivals:
    going = Placement.objects.active().filter(trip=trip)
    students, leaders = going.count(), trip.leaders.count()
    return Arrivals(
        students=students,
        leaders=leaders,
        at_most=max(students, trip.seats) + leaders,
        needs=[need for counted in COUNTED for need in counted(going)],
    )


def _languages(going) -> list[Need]:
    rows = going.order_by().values_list("application__student__language").annotate(number=Count("pk"))
    return [Need(_reads(number, language), number) for language, number in sorted(rows, key=lambda row: -row[1])]


def _reads(number: int, language: str) -> str:
    if language == Language.SPANISH:
        text = ngettext("%(count)s student likes to read Spanish", "%(count)s students like to read Spanish", number)
    else:
        text = ngettext("%(count)s student likes to read English", "%(count)s students like to read English", number)
    return text % {"count": number}


# Each counts one kind of need over those who go. Diets and access belong here once students tell us of them.
COUNTED: Sequence[Callable[..., list[Need]]] = (_languages,)
