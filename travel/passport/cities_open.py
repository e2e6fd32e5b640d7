"""Whose list of cities is still open, and who can go nowhere. Counts and rows, never a reason. Reads only."""

from django.db.models import Exists, OuterRef

from applications.models import CityPreference
from applications.models.application import ApplicationQuerySet
from travel.models import FeasibleCities
from travel.states import HELPED


def helped(people: ApplicationQuerySet) -> ApplicationQuerySet:
    """On the way to a trip of a cycle that goes on, without a seat so far: a seat says where somebody goes."""
    return people.real().filter(
        status__in=HELPED, cycle__closed_out_at__isnull=True, placement__isnull=True, passport_case__isnull=False
    )


def still_open(people: ApplicationQuerySet) -> ApplicationQuerySet:
    return helped(people).filter(feasible_cities__isnull=True)


def nowhere(people: ApplicationQuerySet) -> ApplicationQuerySet:
    """A list was marked, and none of the cities that the student ranked is on it."""
    ranked = CityPreference.objects.filter(
        application=OuterRef("feasiblecities__application"), city=OuterRef("partnercity")
    )
    possible = FeasibleCities.cities.through.objects.filter(feasiblecities__application=OuterRef("pk"))
    possible = possible.filter(Exists(ranked))
    return helped(people).filter(feasible_cities__is_everywhere=False).filter(~Exists(possible))
