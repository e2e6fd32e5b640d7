"""Students who are moved from one trip to another: who has a spot where."""

from tests.factories import PartnerCityFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import FeasibleCitiesFactory, PlacementFactory, TripFactory
from travel.models import Placement
from travel.passport.case import replan


def trip_to(cycle, code, name_en, name_es, *, seats):
    city = PartnerCityFactory(code=code, name_en=name_en, name_es=name_es)
    return TripFactory(cycle=cycle, seats=seats, city=city)


def seated(trip, other, name, **fields):
    """A student with a spot on `trip`, their second choice; `other` is their first."""
    application = ApplicationFactory(
        confirmed=True, cycle=trip.cycle, cities=[other.city, trip.city], student__full_name=name, **fields
    )
    FeasibleCitiesFactory(application=application)
    seat = PlacementFactory(
        trip=trip, application=application, rank=2, explanation=[{"city": "paris", "rank": 1, "reason": "no_seats"}]
    )
    replan.open_for(seat, by=seat.placed_by)
    return seat


def trips(*seats):
    return [Placement.objects.get(pk=seat.pk).trip.city.code for seat in seats]
