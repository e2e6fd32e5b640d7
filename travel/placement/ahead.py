"""The trips a student may be matched with, and whether any is still ahead, for pages of `applications`. Reads only."""

from django.urls import reverse
from django.utils import timezone

from applications.models import Application, Cycle
from applications.release.trips_ahead import PossibleTrip, TripsAhead
from applications.states import Status
from travel.models import Placement, Trip


def ahead_of(application: Application) -> TripsAhead:
    """The student's own trip, once there is one; else the cycle's trips to cities the student ranked above the line
    "I would rather stay home", or all of them where nothing is ranked. At most three queries."""
    if application.status == Status.CONFIRMED:
        seat = Placement.objects.active().filter(application=application).select_related("trip__city").first()
        if seat:
            return TripsAhead((_possible(seat.trip, seat.rank),), is_set=True)
    trips = Trip.objects.filter(
        cycle=application.cycle_id, departed_at=None, closed_at=None, leaves_on__gt=timezone.localdate()
    )
    by_city = {trip.city_id: trip for trip in trips.select_related("city")}
    ranked = [line.city_id for line in application.city_preferences.all()]
    if not ranked:
        return TripsAhead(tuple(_possible(trip, 0) for trip in by_city.values()))
    wanted = ranked[: ranked.index(None)] if None in ranked else ranked
    chosen = [(choice, by_city[city]) for choice, city in enumerate(wanted, start=1) if city in by_city]
    return TripsAhead(tuple(_possible(trip, choice) for choice, trip in chosen))


def have_left(cycle: Cycle) -> bool:
    """Whether the cycle has trips that take place, and all of them have left."""
    trips = Trip.objects.filter(cycle=cycle)
    return trips.filter(closed_at=None).exists() and not trips.ahead().exists()


def _possible(trip: Trip, choice: int) -> PossibleTrip:
    city = trip.city
    href = reverse("travel:city-detail", kwargs={"code": city.code})
    return PossibleTrip(city.name, city.country, trip.leaves_on, trip.returns_on, choice, href)
