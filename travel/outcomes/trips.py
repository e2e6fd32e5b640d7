"""The trips of published cycles, for the mayor's office: where, when, how many, and if everyone is accounted for.

How many travel is known to everybody. Without names, and without how many are missing: one person missing from one trip
would be somebody. Reads only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from applications.states import Status
from exchange.models import PartnerCity
from travel.models import CheckIn, CheckInPerson, GoDecision, Placement, RollCall, Trip, TripChange

DRILL = CheckIn.Kind.DRILL


@dataclass(frozen=True, slots=True)
class TripSeen:
    """`seats`: students with a spot; `went`: those who left with the group. `cycle`: its code."""

    code: str
    cycle: str
    city: PartnerCity
    leaves_on: date
    seats: int
    went: int
    is_away: bool
    is_ahead: bool
    is_undecided: bool
    is_asked: bool
    everyone_asked: bool
    is_missing: bool


@dataclass(frozen=True, slots=True)
class Abroad:
    """Trips that are away, what roll calls and real check-ins say, and how many trips wait for a decision.

    `everyone_asked`: nobody who is away was left out of the check-ins.
    """

    trips: tuple[TripSeen, ...]
    is_asked: bool
    everyone_asked: bool
    all_found: bool
    decisions: int

    @property
    def travelers(self) -> int:
        return sum(trip.went for trip in self.trips)


def trips_seen() -> list[TripSeen]:
    """All, in the order of departure. One query."""
    return [
        TripSeen(
            code=trip.code,
            cycle=trip.cycle.code,
            city=trip.city,
            leaves_on=trip.leaves_on,
            seats=trip.seated,
            went=trip.went,
            is_away=trip.departed_at is not None and trip.returned_at is None and trip.closed_at is None,
            is_ahead=trip.departed_at is None and trip.closed_at is None,
            is_undecided=trip.is_undecided,
            is_asked=trip.is_asked,
            everyone_asked=not trip.is_left_out,
            is_missing=trip.is_missing,
        )
        for trip in _trips()
    ]


def abroad(trips: Sequence[TripSeen]) -> Abroad:
    return Abroad(
        tuple(trip for trip in trips if trip.is_away),
        is_asked=any(trip.is_asked for trip in trips),
        everyone_asked=all(trip.everyone_asked for trip in trips if trip.is_away),
        all_found=not any(trip.is_missing for trip in trips),
        decisions=sum(trip.is_undecided for trip in trips),
    )


def _trips() -> Iterable[Any]:
    real = Q(placements__application__is_test=False)
    went = Q(placements__travelled_at__isnull=False) | Q(placements__returned_at__isnull=False)
    # a trip whose cancellation is drafted and whose advisory waits is one decision
    open_decision = Exists(GoDecision.objects.open().filter(trip=OuterRef("pk"))) | Exists(
        TripChange.objects.drafted().filter(trip=OuterRef("pk"))
    )
    is_going_on = Q(closed_at__isnull=True, returned_at__isnull=True)
    people = _people()
    not_there = Exists(RollCall.objects.unresolved().filter(trip=OuterRef("pk")))
    found: QuerySet[Trip] = Trip.objects.filter(cycle__published_at__isnull=False).select_related("city", "cycle")
    return cast(
        Iterable[Any],
        found.annotate(
            seated=Count("placements", filter=real & Q(placements__application__status=Status.CONFIRMED)),
            went=Count("placements", filter=real & went),
            is_undecided=open_decision & is_going_on,
            is_asked=Exists(people) | not_there,
            is_left_out=Exists(_with_the_group().exclude(pk__in=_asked())),
            is_missing=Exists(people.exclude(state__in=["safe", "seen"])) | not_there,
        ).order_by("leaves_on", "code"),
    )


def _with_the_group() -> QuerySet[Placement]:
    with_it = Placement.objects.active().filter(trip=OuterRef("pk"), travelled_at__isnull=False, returned_at=None)
    return with_it.exclude(application__is_test=True)


def _asked() -> QuerySet[CheckInPerson, Any]:
    asked = CheckInPerson.objects.filter(check_in__closed_at__isnull=True, placement__isnull=False)
    return asked.exclude(check_in__kind=DRILL).values("placement")


def _people() -> QuerySet[CheckInPerson]:
    """Travelers and leaders of a trip in check-ins that are open and no drill."""
    asked = CheckInPerson.objects.filter(check_in__closed_at__isnull=True).exclude(check_in__kind=DRILL)
    return asked.filter(Q(placement__trip=OuterRef("pk")) | Q(leads=OuterRef("pk")))
