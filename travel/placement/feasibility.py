"""Which cities are feasible for which students: only the list, never a reason. Reads only."""

from collections.abc import Collection

from applications.models import Application, CityPreference
from travel.models import FeasibleCities


def open_codes(applications: Collection[int]) -> set[str]:
    """Codes of the applications, given by primary key, whose list is still open; they can't be placed."""
    waiting = Application.objects.filter(pk__in=applications, feasible_cities__isnull=True)
    return set(waiting.values_list("code", flat=True))


def feasible_pairs(applications: Collection[int]) -> set[tuple[str, str]]:
    """(application code, city code) of every feasible ranked city; none for students whose list is open."""
    marked = FeasibleCities.objects.filter(application__in=applications)
    everywhere = marked.filter(is_everywhere=True).values("application")
    ranked = CityPreference.objects.filter(application__in=everywhere, city__isnull=False).order_by()
    listed = marked.filter(is_everywhere=False, cities__isnull=False).order_by()
    return {
        *ranked.values_list("application__code", "city__code"),
        *listed.values_list("application__code", "cities__code"),
    }
