"""Students whose feasible cities aren't marked, and students with none. Counts and rows, never a reason. Reads only."""

from django.db.models import Exists, OuterRef, Q

from applications.models import CityPreference
from applications.models.application import ApplicationQuerySet
from travel.models import FeasibleCities
from travel.models.placement import without_seat
from travel.states import HELPED, Urgency


def helped(people: ApplicationQuerySet) -> ApplicationQuerySet:
    """Students who get help in a cycle that isn't closed out and have no seat: a seat already says where they go."""
    return people.real().filter(
        without_seat(), status__in=HELPED, cycle__closed_out_at__isnull=True, passport_case__isnull=False
    )


def still_open(people: ApplicationQuerySet) -> ApplicationQuerySet:
    return helped(people).filter(feasible_cities__isnull=True)


def nowhere(people: ApplicationQuerySet) -> ApplicationQuerySet:
    """Students who can go to none of the cities they ranked: by their list, or because no passport is in time."""
    ranked = CityPreference.objects.filter(
        application=OuterRef("feasiblecities__application"), city=OuterRef("partnercity")
    )
    possible = FeasibleCities.cities.through.objects.filter(feasiblecities__application=OuterRef("pk"))
    possible = possible.filter(Exists(ranked))
    by_list = Q(feasible_cities__is_everywhere=False) & ~Exists(possible)
    return helped(people).filter(by_list | Q(passport_case__urgency=Urgency.NOT_FEASIBLE))
