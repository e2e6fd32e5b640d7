"""Whether every step of a cycle's list is due in time for what it's for: the departure, and the steps that wait for it.

Judged for a student without a passport who begins in time. Reads only.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.utils.translation import gettext as _

from applications.models import Cycle
from exchange.templatetags.ui import day_year
from travel.models import ChecklistStep, PassportCase, Trip
from travel.passport.plan import planning, step_order
from travel.passport.plan.planning import PlanRules
from travel.passport.plan.timeline import ItemDates

EARLY = timedelta(days=500)


def dates_on(trip: Trip, steps: Iterable[ChecklistStep], rules: PlanRules) -> dict[str, ItemDates]:
    """By key, of everyone's steps on this trip and of those for people under 18."""
    theirs = [step for step in steps if planning.applies(step, trip, rules, is_minor=True, has_stipend=True)]
    plan = planning.plan_case(PassportCase(), trip, rules, trip.leaves_on - EARLY)
    return planning.list_dates(theirs, trip, plan, rules)


def problems(cycle: Cycle, trips: Iterable[Trip]) -> list[str]:
    """In sentences for the office, each step once. Needs the city of each trip."""
    there = list(trips)
    if not there:
        return []
    steps = {step.key: step for step in cycle.checklist_steps.in_use().prefetch_related("trips")}
    rules, found = PlanRules.load(there), dict[str, str]()
    for trip in there:
        dates = dates_on(trip, steps.values(), rules)
        needs = {key: steps[key].waits_for for key in dates}
        for key, other in step_order.too_late(needs, dates, trip.leaves_on):
            found.setdefault(key, _words(trip, steps, dates, key, other))
    return list(found.values())


def _words(trip: Trip, steps: Mapping[str, ChecklistStep], dates: Mapping[str, ItemDates], key: str, other: str) -> str:
    said = {"step": steps[key].title, "day": day_year(dates[key].do_by), "city": trip.city.name}
    if not other:
        text = _("“%(step)s” is due on %(day)s, but the trip to %(city)s leaves on %(leaves)s.")
        return text % (said | {"leaves": day_year(trip.leaves_on)})
    text = _("“%(step)s” is due on %(day)s, after “%(other)s” on %(other_day)s, which waits for it (trip to %(city)s).")
    return text % (said | {"other": steps[other].title, "other_day": day_year(dates[other].do_by)})
