"""How many are placed on a trip, free seats, and students with a seat who want one of them. Reads only."""

from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from applications.models import CityPreference, Cycle
from travel.models import FeasibleCities, Placement, Trip


def how_many(rows: QuerySet[Any], trip: str) -> Coalesce:
    """For each trip by itself: a join would carry the columns of trip, city and host along for every student."""
    counted = rows.filter(**{trip: OuterRef("pk")}).order_by().values(trip).annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


PLACED = how_many(Placement.objects.active(), "trip")  # wherever a page says how many of a trip's seats are taken


def trips_with_room(cycle: Cycle) -> QuerySet[Trip]:
    """Trips that can still be filled and have a free seat."""
    return cycle.trips.filter(departed_at=None, closed_at=None).alias(placed=PLACED).filter(seats__gt=F("placed"))


def asked_for(cycle: Cycle) -> QuerySet[Placement]:
    """Placements of students whose upgrade wish still runs and could be met: a higher choice has room.

    A run decides who gets it; kept seats and other students who wait aren't considered here.
    """
    marked = FeasibleCities.objects.filter(application=OuterRef("application"))
    can_be = Q(is_everywhere=True) | Q(cities=OuterRef("city"))
    higher = CityPreference.objects.filter(
        Exists(marked.filter(can_be)),
        application=OuterRef("application"),
        rank__lt=OuterRef("rank"),
        city__in=trips_with_room(cycle).values("city"),
    )
    still = Placement.objects.active().filter(
        trip__in=Trip.objects.filter(cycle=cycle, departed_at=None), upgrade_until__gte=timezone.localdate()
    )
    return still.filter(Exists(higher))
