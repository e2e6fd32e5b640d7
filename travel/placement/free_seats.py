"""Free seats, and students with a seat who want one of them. Reads only."""

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from applications.models import CityPreference, Cycle
from applications.states import Status
from travel.models import FeasibleCities, Placement, Trip


def trips_with_room(cycle: Cycle) -> QuerySet[Trip]:
    """Trips that can still be filled and have a free seat."""
    going = Count("placements", filter=Q(placements__application__status=Status.CONFIRMED))
    return cycle.trips.filter(departed_at=None, closed_at=None).annotate(going=going).filter(seats__gt=F("going"))


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
