"""The dated list of one student who doesn't exist: what a cycle's steps come to for a day of departure. Reads only."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from applications.models import Cycle
from travel.models import ChecklistStep, PassportCase, Trip
from travel.passport.plan import planning
from travel.passport.plan.planning import PlanRules
from travel.passport.plan.timeline import ItemDates


@dataclass(frozen=True, slots=True)
class PreviewLine:
    step: ChecklistStep
    dates: ItemDates
    is_past: bool  # on the day the student gets the list
    waits_for: list[str]  # titles


@dataclass(frozen=True, slots=True)
class Preview:
    lines: list[PreviewLine]
    left_out: list[ChecklistStep]

    @property
    def past(self) -> int:
        return sum(line.is_past for line in self.lines)


def preview(cycle: Cycle, trip: Trip | None, leaves_on: date, *, is_minor: bool) -> Preview:
    """For a student who gets the list today, has no passport, and goes on this trip but leaves on this day."""
    today = timezone.localdate()
    city = trip.city if trip else None
    shown = Trip(pk=trip.pk if trip else None, cycle=cycle, city=city, leaves_on=leaves_on, returns_on=leaves_on)
    shown.returns_on += timedelta(days=trip.length if trip else 1)
    rules = PlanRules.load([shown])
    plan = planning.plan_case(PassportCase(), shown, rules, today)
    steps = list(cycle.checklist_steps.in_use().prefetch_related("trips"))
    money = cycle.money_rules.in_use().promised().stipends()
    has_stipend = (money.of_trip(trip) if trip else money).filter(is_for_everyone=True).exists()
    said = {"is_minor": is_minor, "has_stipend": has_stipend}
    theirs = [step for step in steps if planning.applies(step, shown, rules, **said)]
    dates = planning.list_dates(theirs, shown, plan, rules)
    titles = {step.key: step.title for step in theirs}
    lines = [
        PreviewLine(
            step,
            dates[step.key],
            is_past=dates[step.key].do_by < today,
            waits_for=[titles[key] for key in step.waits_for if key in titles],
        )
        for step in theirs
    ]
    lines.sort(key=lambda line: (line.dates.do_by, line.step.order))
    return Preview(lines, [step for step in steps if step not in theirs])
