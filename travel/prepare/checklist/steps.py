"""Actions on the steps of a cycle's checklist: standard ones or a copy of last year's, then what the office changes."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.cycle.parts import Need
from applications.models import Cycle
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import actions as rows
from travel.base import form_words
from travel.models import ChecklistItem, ChecklistStep, Placement, StandardStep, Trip
from travel.models.checklist import NOT_DONE, StepFields
from travel.models.placement import PlacementQuerySet
from travel.passport.case.replan import open_for, replan_later
from travel.passport.plan import planning, step_times
from travel.passport.plan.planning import PlanRules
from travel.prepare.checklist import step_change
from travel.prepare.checklist.actions import settle
from travel.prepare.checklist.step_change import How

Timing = ChecklistStep.Timing
PAGE = "travel:cycle-preparation"
FIELDS = tuple(field.name for field in StandardStep._meta.fields if not field.primary_key)
PLANNED_WITH = frozenset({"timing", "days_before", "after", "days_after"})
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
    steps = list(steps)
    made = ChecklistStep.objects.bulk_create(
        ChecklistStep(cycle=cycle, **{name: getattr(step, name) for name in FIELDS}) for step in steps
    )
    audit.record(action, cycle, by=by, changes={"steps": [step.key for step in made]})
    _give_to_placed(cycle, by=by)
    return made


@transaction.atomic
def add_step(cycle: Cycle, values: Mapping[str, Any], *, by: User, trips: Collection[Trip] = ()) -> ChecklistStep:
    """Add a step. Students with a seat get it at once. RuleViolation: not_possible, circular."""
    cycle = rows.lock(cycle)
    step_change.check_order(cycle, values)
    step = rows.add(ChecklistStep, {**values, "cycle": cycle, "retired_at": None}, under=None, by=by)
    step.trips.set(trips)
    _give_to_placed(cycle, by=by)
    return step


@transaction.atomic
def change_step(
    step: ChecklistStep,
    values: Mapping[str, Any],
    *,
    seen: str,
    by: User,
    trips: Collection[Trip] | None = None,
    how: How = How.EVERYONE,
) -> ChecklistStep:
    """Change a step: for everyone, whose dates move; for new students only; or asking again those who have done it.

    For new students, the step as it was is retired and stays on the lists that have it. RuleViolation:
    changed_meanwhile, not_possible, circular.
    """
    rows.lock(step.cycle)
    step = rows.lock(step)
    step_change.check_order(step.cycle, values, step)
    there = set(step.trips.all())
    wanted = there if trips is None else set(trips)
    if not rows.differing(step, values) and wanted == there:
        return step
    if how == How.NEW:
        edit_lock.check(seen, rows.fingerprint(step, values))
        return _replace(step, values, wanted, by=by)
    moves = bool(PLANNED_WITH & set(rows.differing(step, values)))
    step = rows.change(step, values, seen=seen, by=by)
    step.trips.set(wanted)
    _follow_audience(step, by=by)
    if how == How.AGAIN:
        _ask_again(step, by=by)
    if moves:
        replan_later(by=by)
    return step


def _replace(step: ChecklistStep, values: Mapping[str, Any], trips: Collection[Trip], *, by: User) -> ChecklistStep:
    """A new version for students who come later."""
    step.retired_at = timezone.now()
    step.save(update_fields=["retired_at"])
    kept = {name: getattr(step, name) for name in FIELDS}
    new = rows.add(ChecklistStep, {**kept, **values, "cycle": step.cycle, "retired_at": None}, under=None, by=by)
    new.trips.set(trips)
    audit.record("checkliststep.change", new, by=by, changes={"fields": rows.differing(step, values), "for": How.NEW})
    return new


def _ask_again(step: ChecklistStep, *, by: User) -> None:
    """Open again what people have checked off by hand or shown by a file."""
    done = step.items.filter(done_at__isnull=False, placement__in=_placed(step.cycle))
    asked = list(done.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    again = {**NOT_DONE, "asked_again_at": timezone.now(), "reminded_at": None}
    ChecklistItem.objects.filter(pk__in=asked).update(**again)
    audit.record("checklist.ask_again", step, by=by, changes={"students": len(asked)})


def _follow_audience(step: ChecklistStep, *, by: User) -> None:
    """Close the step for students it's no longer for, and give it to those it's now for."""
    rules = PlanRules.load(list(Trip.objects.filter(cycle=step.cycle)))
    open_items = step.items.open().filter(placement__in=_placed(step.cycle))
    gone = [
        item.pk
        for item in open_items.select_related("placement__trip", "placement__application")
        if not planning.steps_for(item.placement.application, [step], item.placement.trip, rules)
    ]
    ChecklistItem.objects.filter(pk__in=gone).update(closed_at=timezone.now())
    _give_to_placed(step.cycle, by=by)


@transaction.atomic
def move_step(step: ChecklistStep, *, up: bool, by: User) -> None:
    """Move a step one place up or down in its list; does nothing at the end of it."""
    rows.lock(step.cycle)
    there = list(step.cycle.checklist_steps.in_use())
    place = next((number for number, each in enumerate(there) if each.pk == step.pk), None)
    to = None if place is None else place - 1 if up else place + 1
    if place is None or to is None or not 0 <= to < len(there):
        return
    there[place], there[to] = there[to], there[place]
    for number, each in enumerate(there, start=1):
        each.order = number
    ChecklistStep.objects.bulk_update(there, ["order"])
    audit.record("checklist.move_step", step, by=by, changes={"order": to + 1})


@transaction.atomic
def remove_step(step: ChecklistStep, *, by: User) -> None:
    """Remove a step that no student has. One that students have is retired: who has done it stays on record, and it's
    closed for the others. RuleViolation("in_use"): another step follows it or waits for it.
    """
    rows.lock(step.cycle)
    if needing := step_change.needing(step):
        titles = ", ".join(each.title for each in needing)
        raise RuleViolation(
            "in_use", _("Other steps depend on this one: %(titles)s. Change them first.") % {"titles": titles}
        )
    items = ChecklistItem.objects.filter(step__cycle=step.cycle, step__key=step.key)
    if not items.exists():
        rows.remove(step, by=by)
        return
    closed = items.open().update(closed_at=timezone.now())
    step.retired_at = timezone.now()
    step.save(update_fields=["retired_at"])
    audit.record("checklist.retire_step", step, by=by, changes={"closed": closed})


def _placed(cycle: Cycle) -> PlacementQuerySet:
    """Students with a seat whose group hasn't left."""
    return Placement.objects.active().filter(trip__cycle=cycle, trip__departed_at__isnull=True)


def _give_to_placed(cycle: Cycle, *, by: User) -> None:
    placed = list(_placed(cycle).select_related("trip__cycle", "application"))
    if placed:
        rules = PlanRules.load(list(Trip.objects.filter(cycle=cycle)))
        for placement in placed:
            open_for(placement, by=by, rules=rules)
            settle(placement, by=by)


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
    if missing := list(form_words.without_text(cycle)):
        text = _("Write these steps and prompts in both languages, with what to write: %(steps)s.")
        yield Need("checklist", text % {"steps": ", ".join(missing)}, PAGE)
    for text in step_times.problems(cycle, Trip.objects.ahead().filter(cycle=cycle).select_related("city")):
        yield Need("checklist", text, PAGE, stops=False)
