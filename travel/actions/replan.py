"""Opening a passport case and a checklist, and planning dates again whenever a fact, a trip or the day has moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import batched

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange import audit, messages
from exchange.errors import RuleViolation
from exchange.models import User
from travel import planning, timeline
from travel.models import ChecklistItem, ChecklistStep, PassportCase, Placement, Trip
from travel.planning import Rules
from travel.states import BEFORE_APPLYING, HAS_PASSPORT, HELPED, SEEN

DATE_FIELDS = ("order_certificate_by", "documents_by", "apply_by", "in_hand_by", "last_safe_on")
PLAN_FIELDS = ("service", *DATE_FIELDS, "urgency")
# what a student is told of: the urgency alone is on their page
TOLD_FIELDS = frozenset({"service", "apply_by", "in_hand_by"})
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Recomputed:
    seen: int
    changed: int


@transaction.atomic
def open_case(application: Application, *, by: User | None) -> PassportCase:
    """Begin the way to a passport, before there is a seat. Safe to repeat.

    RuleViolation("not_helped") for whoever has no result that leads to a trip.
    """
    if application.status not in HELPED:
        raise RuleViolation("not_helped", _("This begins once you are selected. Nothing was changed."))
    case, is_new = PassportCase.objects.get_or_create(application=application)
    if is_new:
        audit.record("passport.open", application, by=by)
        recompute(case, by=by)
        case.refresh_from_db()
    return case


def open_cases() -> int:
    """Begin it for everybody who was told that they are selected or on the waiting list. Returns how many are new."""
    waiting = Application.objects.real().filter(
        status__in=HELPED, passport_case__isnull=True, cycle__closed_out_at__isnull=True
    )
    applications = list(waiting.order_by("pk"))
    for application in applications:
        open_case(application, by=None)
    return len(applications)


@transaction.atomic
def open_for(placement: Placement, *, by: User, rules: Rules | None = None) -> PassportCase:
    """Give a placed student every duty of the cycle, dated, and the passport case where there is none yet.

    Safe to repeat. Raises ImproperlyConfigured when a Fact is missing. Hand over `rules` when opening many.
    """
    trip = placement.trip
    rules = rules or Rules.load([trip])
    case, is_new = PassportCase.objects.get_or_create(application=placement.application)
    plan = planning.plan_case(case, trip, rules, timezone.localdate())
    _write_plan(case, trip, plan)
    have = set(placement.checklist_items.values_list("step_id", flat=True))
    steps = [step for step in trip.cycle.checklist_steps.all() if step.pk not in have]
    ChecklistItem.objects.bulk_create(
        ChecklistItem(placement=placement, step=step, **planning.item_dates(step, trip, plan, rules)._asdict())
        for step in steps
        if planning.applies(step, trip, rules)
    )
    follow_stage(case, by=by)
    if is_new or (steps and not have):
        audit.record("checklist.open", placement, by=by)
    return case


def follow_trip(placement: Placement, *, by: User, rules: Rules | None = None) -> PassportCase:
    """After a move to another trip: duties that it does not ask for go, those it does come, all dates are anew."""
    trip = placement.trip
    rules = rules or Rules.load([trip])
    for item in placement.checklist_items.select_related("step").filter(done_at__isnull=True):
        if not planning.applies(item.step, trip, rules):
            item.delete()
    case = open_for(placement, by=by, rules=rules)
    recompute(case, by=by, rules=rules)
    return case


@transaction.atomic
def recompute(case: PassportCase, *, by: User | None, rules: Rules | None = None, tell: bool = False) -> bool:
    """Plan one student's dates again. With `tell` the student hears of it when a passport date moved.

    Returns whether anything changed; writes an Event only then.
    """
    case = locked(case)
    trips = _trips([case])
    rules = rules or Rules.load(trips)
    trip = planning.trip_for(case.application, trips, rules)
    before = {name: getattr(case, name) for name in PLAN_FIELDS}
    plan = planning.plan_case(case, trip, rules, timezone.localdate()) if trip else None
    changes = _write_plan(case, trip, plan)
    moved = _write_items(case.placement, plan, rules) if case.placement and plan else False
    if not changes and not moved:
        return False
    audit.record(
        "checklist.recompute",
        case.placement or case.application,
        by=by,
        changes={name: [str(before[name]), str(getattr(case, name))] for name in sorted(changes)},
    )
    if tell and (moved or changes & TOLD_FIELDS) and case.stage not in SEEN:
        page = reverse("travel:checklist-detail", kwargs={"code": case.placement.code}) if case.placement else ""
        context = {"path": page or case.get_absolute_url()}
        messages.queue("travel/dates_moved", to=case.application.person, context=context)
    return True


def recompute_all(*, by: User | None = None, dry_run: bool = False) -> Recomputed:
    """Plan everyone who has not left yet again, and tell only those whose dates moved.

    Safe to repeat: a second run finds nothing to change. Only changed rows are locked and written.
    """
    seen = changed = 0
    for cases in _waiting_to_leave():
        trips = _trips(cases)
        rules = Rules.load(trips)
        for case in cases:
            seen += 1
            if not _is_outdated(case, trips, rules):
                continue
            changed += 1
            if not dry_run:
                recompute(case, by=by, rules=rules, tell=True)
    return Recomputed(seen, changed)


def _waiting_to_leave() -> Iterator[list[PassportCase]]:
    waiting = (
        PassportCase.objects.filter(application__status__in=HELPED, application__cycle__closed_out_at__isnull=True)
        .exclude(application__placement__isnull=False, trip__departed_at__isnull=False)
        .with_people()
        .prefetch_related(
            *("application__city_preferences", "application__feasible_cities__cities"),
            "application__placement__checklist_items__step",
        )
        .order_by("pk")
    )
    for batch in batched(waiting.iterator(chunk_size=CHUNK), CHUNK):
        yield list(batch)


def _trips(cases: list[PassportCase]) -> list[Trip]:
    """Every trip of the cycles of these students."""
    cycles = {case.application.cycle_id for case in cases}
    return list(Trip.objects.filter(cycle__in=cycles).select_related("city").order_by("pk"))


def _is_outdated(case: PassportCase, trips: list[Trip], rules: Rules) -> bool:
    trip = planning.trip_for(case.application, [each for each in trips if _is_of(each, case)], rules)
    plan = planning.plan_case(case, trip, rules, timezone.localdate()) if trip else None
    wanted = _fields_of(trip, plan)
    if any(getattr(case, name) != value for name, value in wanted.items()):
        return True
    placement = case.placement
    if placement is None or plan is None:
        return False
    return any(_is_moved(item, placement.trip, plan, rules) for item in placement.checklist_items.all())


def _is_of(trip: Trip, case: PassportCase) -> bool:
    return trip.cycle_id == case.application.cycle_id


def _is_moved(item: ChecklistItem, trip: Trip, plan: timeline.PassportPlan, rules: Rules) -> bool:
    dates = planning.item_dates(item.step, trip, plan, rules)
    return item.done_at is None and dates != (item.do_by, item.last_safe_on)


def _fields_of(trip: Trip | None, plan: timeline.PassportPlan | None) -> dict[str, str | date | int | None]:
    """Without a trip there are no dates: none of the cycle is planned yet, or none that the student can go to."""
    dates = {name: getattr(plan, name) if plan else None for name in DATE_FIELDS}
    service, level = (str(plan.service or ""), str(plan.level)) if plan else ("", str(timeline.Level.ON_TIME))
    return {"service": service, **dates, "urgency": level, "trip_id": trip.pk if trip else None}


def _write_plan(case: PassportCase, trip: Trip | None, plan: timeline.PassportPlan | None) -> set[str]:
    """Save the plan's dates; returns the names of the fields of PLAN_FIELDS that changed."""
    wanted = _fields_of(trip, plan)
    changes = {name for name, value in wanted.items() if getattr(case, name) != value}
    for name, value in wanted.items():
        setattr(case, name, value)
    if changes:
        case.save(update_fields=sorted(changes))
    return changes & set(PLAN_FIELDS)


def _write_items(placement: Placement, plan: timeline.PassportPlan, rules: Rules) -> bool:
    """Save the dates of what is not done yet; returns whether any moved. A later date is reminded of anew."""
    items = placement.checklist_items.select_related("step").select_for_update(of=("self",)).open()
    moved = [item for item in items if _is_moved(item, placement.trip, plan, rules)]
    for item in moved:
        dates = planning.item_dates(item.step, placement.trip, plan, rules)
        if dates.do_by > item.do_by:
            item.reminded_at = None
        item.do_by, item.last_safe_on = dates
    ChecklistItem.objects.bulk_update(moved, ["do_by", "last_safe_on", "reminded_at"])
    return bool(moved)


def locked(case: PassportCase) -> PassportCase:
    """The row as it is now, held until the transaction ends, with what its plan needs."""
    rows = PassportCase.objects.select_for_update(of=("self",)).with_people()
    case = rows.get(pk=case.pk)
    refuse_ended(case.application)
    return case


def refuse_ended(application: Application) -> None:
    """RuleViolation("withdrawn") for a student who no longer goes: all stays as it was, to be read."""
    if application.status not in HELPED:
        raise RuleViolation("withdrawn", _("This student no longer goes on the trip. Nothing was changed."))


def follow_stage(case: PassportCase, *, by: User | None) -> None:
    """Duties that are one with the passport are done when its stage says so, and open again when it goes back."""
    timing, now = ChecklistStep.Timing, timezone.now()
    reached = {timing.APPLY: case.stage not in BEFORE_APPLYING, timing.IN_HAND: case.stage in HAS_PASSPORT}
    items = ChecklistItem.objects.filter(placement__application=case.application_id)
    for each, is_done in reached.items():
        if is_done:
            items.filter(step__timing=each, done_at__isnull=True).update(done_at=now, done_by=by)
        else:
            items.filter(step__timing=each).update(done_at=None, done_by=None, verified_at=None, verified_by=None)
    if reached[timing.APPLY]:
        items.filter(step__timing=timing.DOCUMENTS, done_at__isnull=True).update(done_at=now, done_by=by)
    seen = {"verified_at": now, "verified_by": by} if case.stage in SEEN else {}
    items.filter(step__timing=timing.IN_HAND, done_at__isnull=False).update(
        **(seen or {"verified_at": None, "verified_by": None})
    )
