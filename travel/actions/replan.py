"""Opening a checklist, and planning its dates again whenever a fact, a trip or the day has moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import batched

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.states import Status
from exchange import audit, messages
from exchange.errors import RuleViolation
from exchange.models import User
from travel import planning, timeline
from travel.models import ChecklistItem, ChecklistStep, PassportCase, Placement
from travel.planning import Rules
from travel.states import PassportStage

PLAN_FIELDS = (
    "service",
    "order_certificate_by",
    "documents_by",
    "apply_by",
    "in_hand_by",
    "last_safe_on",
    "urgency",
)
# what a student is told of: the urgency alone is on their page
TOLD_FIELDS = frozenset({"service", "apply_by", "in_hand_by"})
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Recomputed:
    seen: int
    changed: int


@transaction.atomic
def open_for(placement: Placement, *, by: User, rules: Rules | None = None) -> PassportCase:
    """Give a placed student the passport case and every duty of the cycle, dated. Safe to repeat.

    Raises ImproperlyConfigured when a Fact is missing. Hand over `rules` when opening many.
    """
    trip = placement.trip
    rules = rules or Rules.load([trip])
    case, is_new = PassportCase.objects.get_or_create(placement=placement)
    plan = planning.plan_case(case, trip, rules, timezone.localdate())
    _write_plan(case, plan)
    have = set(placement.checklist_items.values_list("step_id", flat=True))
    steps = [step for step in trip.cycle.checklist_steps.all() if step.pk not in have]
    ChecklistItem.objects.bulk_create(
        ChecklistItem(placement=placement, step=step, **planning.item_dates(step, trip, plan, rules)._asdict())
        for step in steps
        if planning.applies(step, trip, rules)
    )
    if is_new:
        audit.record("checklist.open", placement, by=by)
    return case


@transaction.atomic
def recompute(case: PassportCase, *, by: User | None, rules: Rules | None = None, tell: bool = False) -> bool:
    """Plan one student's dates again. With `tell` the student hears of it when a passport date moved.

    Returns whether anything changed; writes an Event only then.
    """
    today = timezone.localdate()
    case = locked(case)
    trip = case.placement.trip
    rules = rules or Rules.load([trip])
    before = {name: getattr(case, name) for name in PLAN_FIELDS}
    plan = planning.plan_case(case, trip, rules, today)
    changes = _write_plan(case, plan)
    moved = _write_items(case.placement, plan, rules)
    if not changes and not moved:
        return False
    audit.record(
        "checklist.recompute",
        case.placement,
        by=by,
        changes={name: [str(before[name]), str(getattr(case, name))] for name in sorted(changes)},
    )
    if tell and (moved or changes & TOLD_FIELDS) and case.stage != PassportStage.CHECKED:
        messages.queue(
            "travel/dates_moved",
            to=case.placement.application.person,
            context={"placement": case.placement, "trip": trip},
        )
    return True


def recompute_all(*, by: User | None = None, dry_run: bool = False) -> Recomputed:
    """Plan everyone who has not left yet again, and tell only those whose dates moved.

    Safe to repeat: a second run finds nothing to change. Only changed rows are locked and written.
    """
    seen = changed = 0
    for placements in _waiting_to_leave():
        rules = Rules.load([placement.trip for placement in placements])
        for placement in placements:
            seen += 1
            if not _is_outdated(placement, rules):
                continue
            changed += 1
            if not dry_run:
                recompute(placement.passport_case, by=by, rules=rules, tell=True)
    return Recomputed(seen, changed)


def _waiting_to_leave() -> Iterator[list[Placement]]:
    waiting = (
        Placement.objects.active()
        .filter(trip__departed_at__isnull=True, passport_case__isnull=False)
        .select_related("passport_case", "trip")
        .prefetch_related("checklist_items__step")
        .order_by("pk")
    )
    for batch in batched(waiting.iterator(chunk_size=CHUNK), CHUNK):
        yield list(batch)


def _is_outdated(placement: Placement, rules: Rules) -> bool:
    case = placement.passport_case
    plan = planning.plan_case(case, placement.trip, rules, timezone.localdate())
    wanted = _fields_of(plan)
    if any(getattr(case, name) != value for name, value in wanted.items()):
        return True
    return any(_is_moved(item, placement, plan, rules) for item in placement.checklist_items.all())


def _is_moved(item: ChecklistItem, placement: Placement, plan: timeline.PassportPlan, rules: Rules) -> bool:
    dates = planning.item_dates(item.step, placement.trip, plan, rules)
    return item.done_at is None and dates != (item.do_by, item.last_safe_on)


def _fields_of(plan: timeline.PassportPlan) -> dict[str, str | date | None]:
    return {
        "service": str(plan.service or ""),
        "order_certificate_by": plan.order_certificate_by,
        "documents_by": plan.documents_by,
        "apply_by": plan.apply_by,
        "in_hand_by": plan.in_hand_by,
        "last_safe_on": plan.last_safe_on,
        "urgency": str(plan.level),
    }


def _write_plan(case: PassportCase, plan: timeline.PassportPlan) -> set[str]:
    """Save the plan's dates; returns the names of the fields that changed."""
    changes = {name for name, value in _fields_of(plan).items() if getattr(case, name) != value}
    for name, value in _fields_of(plan).items():
        setattr(case, name, value)
    if changes:
        case.save(update_fields=sorted(changes))
    return changes


def _write_items(placement: Placement, plan: timeline.PassportPlan, rules: Rules) -> bool:
    """Save the dates of what is not done yet; returns whether any moved. A later date is reminded of anew."""
    items = placement.checklist_items.select_related("step").select_for_update(of=("self",)).open()
    moved = [item for item in items if _is_moved(item, placement, plan, rules)]
    for item in moved:
        dates = planning.item_dates(item.step, placement.trip, plan, rules)
        if dates.do_by > item.do_by:
            item.reminded_at = None
        item.do_by, item.last_safe_on = dates
    ChecklistItem.objects.bulk_update(moved, ["do_by", "last_safe_on", "reminded_at"])
    return bool(moved)


def locked(case: PassportCase) -> PassportCase:
    """The row as it is now, held until the transaction ends, with what its plan needs."""
    related = "placement__trip__city", "placement__application__student", "placement__trip__cycle"
    case = PassportCase.objects.select_for_update(of=("self",)).select_related(*related).get(pk=case.pk)
    refuse_withdrawn(case.placement)
    return case


def refuse_withdrawn(placement: Placement) -> None:
    """RuleViolation("withdrawn") for a student who no longer goes: the checklist stays as it was, to be read."""
    if placement.application.status != Status.CONFIRMED:
        raise RuleViolation("withdrawn", _("This student no longer goes on the trip. Nothing was changed."))


def follow_stage(case: PassportCase, *, by: User) -> None:
    """Duties that are one with the passport are done when its stage says so, and open again when it goes back."""
    timing, now = ChecklistStep.Timing, timezone.now()
    reached = {timing.APPLY: case.stage not in planning.BEFORE_APPLYING, timing.IN_HAND: _has_passport(case)}
    items = ChecklistItem.objects.filter(placement=case.placement_id)
    for each, is_done in reached.items():
        if is_done:
            items.filter(step__timing=each, done_at__isnull=True).update(done_at=now, done_by=by)
        else:
            items.filter(step__timing=each).update(done_at=None, done_by=None, verified_at=None, verified_by=None)
    if reached[timing.APPLY]:
        items.filter(step__timing=timing.DOCUMENTS, done_at__isnull=True).update(done_at=now, done_by=by)
    seen = {"verified_at": now, "verified_by": by} if case.stage == PassportStage.CHECKED else {}
    items.filter(step__timing=timing.IN_HAND, done_at__isnull=False).update(
        **(seen or {"verified_at": None, "verified_by": None})
    )


def _has_passport(case: PassportCase) -> bool:
    return case.stage in {PassportStage.IN_HAND, PassportStage.CHECKED}
