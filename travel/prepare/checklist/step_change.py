"""What a change of one step does to students who have a list already: who, and how their dates move. Reads only."""

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Cycle
from exchange.base.errors import RuleViolation
from travel.models import ChecklistItem, ChecklistStep, PassportCase, Placement, Trip
from travel.models.checklist import StepFields
from travel.passport.plan import planning, step_order
from travel.passport.plan.planning import PlanRules


class How(TextChoices):
    """What a change does to students who have the step."""

    EVERYONE = "everyone", gettext_lazy("Change it for everyone and move their dates")
    NEW = "new", gettext_lazy("Only for students placed from now on; the others keep the step as it is")
    AGAIN = "again", gettext_lazy("Change it for everyone, and ask again those who’ve done it")


@dataclass(frozen=True, slots=True)
class Move:
    """One step of one student gets another date. `is_past`: the new one has passed, so the student sees today."""

    placement: Placement
    title: str
    was: date
    will: date
    is_past: bool


@dataclass(slots=True)
class Effect:
    """What a change does. `moves` can be of other steps too, which follow the changed one."""

    open: list[Placement] = field(default_factory=list)
    done: list[Placement] = field(default_factory=list)
    gains: list[Placement] = field(default_factory=list)
    loses: list[Placement] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)

    @property
    def students(self) -> int:
        """How many have the step or get it."""
        return len(self.open) + len(self.done) + len(self.gains)


def changed(step: ChecklistStep, values: Mapping[str, Any], trips: Collection[Trip]) -> ChecklistStep:
    """The step as it would be, unsaved."""
    new = copy.copy(step)
    for name, value in values.items():
        setattr(new, name, value)
    new.only_on = tuple(trips)
    return new


def effect_of(step: ChecklistStep, values: Mapping[str, Any], trips: Collection[Trip]) -> Effect:
    """Compares every placed student's list before and after, as of today. A constant number of queries, except that
    one for each student reads a date of birth if the step asks for it.
    """
    new, effect, today = changed(step, values, trips), Effect(), timezone.localdate()
    cases = _cases(step.cycle)
    rules = PlanRules.load([placement.trip for placement, _case in cases])
    for placement, case in cases:
        items = [item for item in placement.checklist_items.all() if item.closed_at is None]
        own = next((item for item in items if item.step_id == step.pk), None)
        is_for = bool(planning.steps_for(placement.application, [new], placement.trip, rules))
        _sort(effect, placement, own, is_for)
        if own and is_for:
            effect.moves += _moves(placement, case, items, new, rules, today)
    return effect


def _sort(effect: Effect, placement: Placement, own: ChecklistItem | None, is_for: bool) -> None:
    if own and own.done_at:
        effect.done.append(placement)
    elif own:
        (effect.open if is_for else effect.loses).append(placement)
    elif is_for:
        effect.gains.append(placement)


def _moves(
    placement: Placement,
    case: PassportCase,
    items: list[ChecklistItem],
    new: ChecklistStep,
    rules: PlanRules,
    today: date,
) -> Iterable[Move]:
    plan = planning.plan_case(case, placement.trip, rules, today)
    steps = [new if item.step_id == new.pk else item.step for item in items]
    done_on = {item.step.key: timezone.localdate(item.done_at) for item in items if item.done_at}
    dates = planning.list_dates(steps, placement.trip, plan, rules, done_on)
    for item in items:
        will = dates[item.step.key].do_by
        if item.is_open and will != item.do_by:
            title = new.title if item.step_id == new.pk else item.step.title
            yield Move(placement, title, item.do_by, will, is_past=will < today)


def _cases(cycle: Cycle) -> list[tuple[Placement, PassportCase]]:
    there = Placement.objects.active().filter(trip__cycle=cycle, trip__departed_at__isnull=True)
    there = there.filter(application__passport_case__isnull=False).with_people()
    rows = there.prefetch_related("checklist_items__step").order_by("application__student__full_name", "pk")
    return [(placement, placement.passport_case) for placement in rows]


# --- The order of steps -----------------------------------------------------------------------------


def needs(steps: Iterable[StepFields]) -> dict[str, list[str]]:
    """Each step's key -> the keys it follows or waits for."""
    return {step.key: [*([step.after] if step.after else []), *step.waits_for] for step in steps}


def check_order(cycle: Cycle, values: Mapping[str, Any], step: ChecklistStep | None = None) -> None:
    """RuleViolation("circular"), with the steps of the circle, if these values make steps wait for each other."""
    there = {each.key: each for each in cycle.checklist_steps.in_use()}
    key = step.key if step else values["key"]
    new = changed(step or there.get(key) or ChecklistStep(key=key), values, ())
    found = step_order.circle(needs({**there, key: new}.values()))
    if found:
        titles = {**{each.key: each.title for each in there.values()}, key: new.title}
        names = " → ".join(titles[name] for name in [*found, found[0]])
        raise RuleViolation("circular", _("These steps would wait for each other: %(names)s.") % {"names": names})


def needing(step: ChecklistStep) -> list[ChecklistStep]:
    """Steps in use that follow this one or wait for it."""
    others = step.cycle.checklist_steps.in_use().exclude(pk=step.pk)
    return [other for other in others if step.key in (other.after, *other.waits_for)]
