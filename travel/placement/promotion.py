"""Until when a seat can be offered to a waitlisted student: by trip, at their passport's stage. Reads only."""

from collections import defaultdict
from collections.abc import Collection

from applications.models import Application
from applications.release.promotions import LastDay, Outlook
from travel.models import Trip
from travel.passport.plan import planning
from travel.states import STAGE_TONES, PassportStage


def outlooks(applications: Collection[Application]) -> dict[int, Outlook]:
    """For `applications.release.promotions`: only trips that the student ranked and can go to."""
    people = Application.objects.filter(pk__in=[each.pk for each in applications])
    people = people.select_related("passport_case").prefetch_related("city_preferences", "feasible_cities__cities")
    ahead = Trip.objects.filter(
        cycle__in={each.cycle_id for each in applications}, departed_at__isnull=True, closed_at__isnull=True
    )
    trips: dict[int, list[Trip]] = defaultdict(list)
    for trip in ahead.select_related("city"):
        trips[trip.cycle_id].append(trip)
    if not trips:
        return {}
    rules = planning.PlanRules.load(trip for some in trips.values() for trip in some)
    return {each.pk: _outlook(each, trips[each.cycle_id], rules) for each in people}


def _outlook(application: Application, trips: list[Trip], rules: planning.PlanRules) -> Outlook:
    case = getattr(application, "passport_case", None)
    possible = planning.possible_trips(application, trips)
    days = sorted(
        (LastDay(trip.city.name, planning.latest_start(case, trip, rules)) for trip in possible),
        key=lambda day: (day.on, day.trip),
    )
    stage = PassportStage(case.stage) if case else PassportStage.NOT_STARTED
    is_open = getattr(application, "feasible_cities", None) is None
    return Outlook(str(stage.label), STAGE_TONES[stage], days, is_open)
