"""Actions on the steps of a cycle's checklist: standard ones or a copy of last year's, then what the office changes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from applications.cycle.parts import Need
from applications.models import Cycle
from exchange.base import audit
from exchange.models import User
from travel.base import actions as rows
from travel.models import ChecklistStep, Placement, StandardStep, Trip
from travel.models.checklist import StepFields
from travel.passport.actions.replan import open_for, replan_later
from travel.passport.planning import PlanRules

Timing = ChecklistStep.Timing
PAGE = "travel:cycle-preparation"
FIELDS = tuple(field.name for field in StandardStep._meta.fields if not field.primary_key)
PLANNED_WITH = frozenset({"timing", "days_before"})
# without them, nothing says when the passport or the visa is due
NEEDED = tuple(timing for timing in ChecklistStep.Timing if timing not in (Timing.BEFORE_DEPARTURE, Timing.AFTER_STEP))


@transaction.atomic
def create_steps(cycle: Cycle, by: User) -> list[ChecklistStep]:
    """Give the cycle the standard steps, unless it has steps already. Students with a seat get them at once."""
    return _fill(cycle, StandardStep.objects.all(), "checklist.create_steps", by=by)


@transaction.atomic
def copy_steps(source: Cycle, cycle: Cycle, by: User) -> list[ChecklistStep]:
    """Copy last year's steps; if it had none, the standard ones."""
    theirs = source.checklist_steps.in_use()
    return _fill(cycle, theirs, "checklist.copy_steps", by=by) if theirs else create_steps(cycle, by)


def _fill(cycle: Cycle, steps: Iterable[StepFields], action: str, *, by: User) -> list[ChecklistStep]:
    cycle = rows.lock(cycle)
    if there := list(cycle.checklist_steps.all()):
        return there
    made = ChecklistStep.objects.bulk_create(
        ChecklistStep(cycle=cycle, **{name: getattr(step, name) for name in FIELDS}) for step in steps
    )
    audit.record(action, cycle, by=by, changes={"steps": [step.key for step in made]})
    _give_to_placed(cycle, by=by)
    return made


@transaction.atomic
def add_step(cycle: Cycle, values: Mapping[str, Any], *, by: User) -> ChecklistStep:
    """Add a step. Students with a seat get it at once. RuleViolation: not_possible."""
    step = rows.add(ChecklistStep, {**values, "cycle": cycle}, under=cycle, by=by)
    _give_to_placed(cycle, by=by)
    return step


@transaction.atomic
def change_step(step: ChecklistStep, values: Mapping[str, Any], *, seen: str, by: User) -> ChecklistStep:
    """Change a step, and replan everyone if its day changed. RuleViolation: changed_meanwhile, not_possible."""
    moves = bool(PLANNED_WITH & set(rows.differing(step, values)))
    step = rows.change(step, values, seen=seen, by=by)
    if moves:
        replan_later(by=by)
    return step


@transaction.atomic
def remove_step(step: ChecklistStep, *, by: User) -> None:
    """Remove a step that no student has. RuleViolation: in_use."""
    rows.remove_unused(step, _("Students already have this step on their checklist, so it stays."), by=by)


def _give_to_placed(cycle: Cycle, *, by: User) -> None:
    there = Placement.objects.active().filter(trip__cycle=cycle, trip__departed_at__isnull=True)
    placed = list(there.select_related("trip__cycle", "application"))
    if placed:
        rules = PlanRules.load(list(Trip.objects.filter(cycle=cycle)))
        for placement in placed:
            open_for(placement, by=by, rules=rules)


def needs_of(cycle: Cycle) -> Iterator[Need]:
    """What the cycle's checklist lacks."""
    timings = set(cycle.checklist_steps.in_use().order_by().values_list("timing", flat=True))
    if not timings:
        yield Need("checklist", _("Add a checklist of what students do before departure."), PAGE)
        return
    for timing in NEEDED:
        if timing not in timings:
            text = _("The checklist is missing a step: %(when)s.") % {"when": timing.label}
            yield Need("checklist", text, PAGE, stops=False)
