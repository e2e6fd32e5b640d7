"""Opens passport cases and checklists; judges and replans them when a fact, a trip or the day has changed."""

import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.background import dispatch, jobs
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Job, Message, User
from travel.models import ChecklistItem, PassportCase, Placement, Trip
from travel.passport.case import no_way, passport_fit
from travel.passport.case import way as passport_way
from travel.passport.case.stage import follow_stage
from travel.passport.plan import planning, timeline
from travel.passport.plan.planning import OF_THE_PASSPORT, PlanRules
from travel.states import HELPED, SEEN

PLAN_FIELDS = ("service", *planning.DATE_FIELDS, "urgency")
# a change of these is told to the student; urgency alone is shown on their page
TOLD_FIELDS = frozenset({"service", "apply_by", "in_hand_by"})
# related rows a plan needs
NEEDED = (
    "application__city_preferences",
    "application__feasible_cities__cities",
    "application__placement__checklist_items__step",
)
CHUNK = 500
# The name under which `exchange.background.jobs` runs `recompute_all`.
JOB = "travel.replan"


@dataclass(frozen=True, slots=True)
class Recomputed:
    seen: int
    changed: int


@transaction.atomic
def open_case(application: Application, *, by: User | None) -> PassportCase:
    """Open a passport case, which can be before there is a seat. Safe to repeat.

    RuleViolation("not_helped") for a student without a result that can lead to a trip.
    """
    if application.status not in HELPED:
        raise RuleViolation("not_helped", _("This starts once you’re selected or waitlisted. Nothing was changed."))
    case, is_new = PassportCase.objects.get_or_create(application=application)
    if is_new:
        audit.record("passport.open", application, by=by)
        recompute(case, by=by)
        case.refresh_from_db()
    return case


def open_cases() -> int:
    """Open a case for every student who was told they're selected or waitlisted. Returns how many are new."""
    waiting = Application.objects.real().filter(
        status__in=HELPED, passport_case__isnull=True, cycle__closed_out_at__isnull=True
    )
    applications = list(waiting.order_by("pk"))
    for application in applications:
        open_case(application, by=None)
    return len(applications)


def open_soon(_cycle: object) -> None:
    """Open the cases of those who were just told; beat does it where this is lost."""
    dispatch.send("travel.open_passports")


@transaction.atomic
def open_for(placement: Placement, *, by: User | None, rules: PlanRules | None = None) -> PassportCase:
    """Give a placed student every item of the cycle's checklist, with dates, and a passport case if there is none.

    Safe to repeat. Raises ImproperlyConfigured when a Fact is missing. Pass `rules` when opening many.
    """
    trip = placement.trip
    rules = rules or PlanRules.load([trip])
    case, is_new = PassportCase.objects.get_or_create(application=placement.application)
    plan = planning.plan_case(case, trip, rules, timezone.localdate())
    _write_plan(case, trip, plan)
    have = set(placement.checklist_items.values_list("step__key", flat=True))
    steps = trip.cycle.checklist_steps.in_use().prefetch_related("trips")
    theirs = planning.steps_for(placement.application, steps, trip, rules)
    dates = planning.list_dates(theirs, trip, plan, rules, _done_on(placement))
    ChecklistItem.objects.bulk_create(
        ChecklistItem(placement=placement, step=step, **dates[step.key]._asdict())
        for step in theirs
        if step.key not in have
    )
    placement.checklist_items.filter(closed_at__isnull=False, step__in=theirs).update(closed_at=None)
    follow_stage(case, by=by)
    if planning.fit(case, placement, rules) != planning.Fit.GOOD:
        recompute(case, by=by, rules=rules)
    if is_new or (theirs and not have):
        audit.record("checklist.open", placement, by=by)
    return case


def _done_on(placement: Placement) -> dict[str, date]:
    """The days on which steps of this list were done, by key."""
    done = placement.checklist_items.filter(done_at__isnull=False).values_list("step__key", "done_at")
    return {key: timezone.localdate(when) for key, when in done}


def follow_done(placement_id: int, keys: Collection[str]) -> None:
    """Replan, after this transaction, a list in which steps follow those that were just done, or are open again."""
    followers = ChecklistItem.objects.open().filter(placement=placement_id, step__after__in=keys)
    if followers.exists():
        transaction.on_commit(functools.partial(_replan_one, placement_id), robust=True)


def _replan_one(placement_id: int) -> None:
    case = PassportCase.objects.filter(application__placement=placement_id, application__status__in=HELPED).first()
    if case:
        recompute(case, by=None)


def follow_trip(placement: Placement, *, by: User, rules: PlanRules | None = None) -> PassportCase:
    """Adapt the checklist to another trip: close the open items it doesn't need, add those it does, and replan. On the
    way back the same items are open again.
    """
    trip = placement.trip
    rules = rules or PlanRules.load([trip])
    items = list(placement.checklist_items.open().select_related("step").prefetch_related("step__trips"))
    theirs = planning.steps_for(placement.application, (item.step for item in items), trip, rules)
    gone = [item.pk for item in items if item.step not in theirs]
    ChecklistItem.objects.filter(pk__in=gone).update(closed_at=timezone.now())
    case = open_for(placement, by=by, rules=rules)
    recompute(case, by=by, rules=rules)
    return case


@transaction.atomic
def follow_person(placement: Placement, *, by: User | None) -> None:
    """Adapt the checklist to what the student is, said or was promised: close steps that aren't for them, and give
    those that are.

    A list that fits stays as it is, with its dates.
    """
    rules = PlanRules.load([placement.trip])
    items = list(placement.checklist_items.select_related("step").prefetch_related("step__trips"))
    in_use = list(placement.trip.cycle.checklist_steps.in_use().prefetch_related("trips"))
    steps = [*in_use, *(item.step for item in items)]
    theirs = planning.steps_for(placement.application, steps, placement.trip, rules)
    gone = [item.pk for item in items if item.is_open and item.step not in theirs]
    ChecklistItem.objects.filter(pk__in=gone).update(closed_at=timezone.now())
    have = {item.step.key for item in items if item.closed_at is None}
    if any(step in theirs and step.key not in have for step in in_use):
        open_for(placement, by=by, rules=rules)


@transaction.atomic
def recompute(
    case: PassportCase,
    *,
    by: User | None,
    rules: PlanRules | None = None,
    tell: bool = False,
    told: Collection[str] = (),
) -> bool:
    """Replan one student's dates. With `tell`, the student gets a message when a passport date moved.

    Returns whether anything changed; writes an Event only then.
    """
    case = locked(case)
    prefetch_related_objects([case], *NEEDED)
    trips = _trips([case])
    rules = rules or PlanRules.load(trips)
    was_judged = passport_fit.judge(case, rules, by=by) or passport_way.judge(case, rules, by=by)
    change = _change(case, trips, rules)
    if change is None:
        return was_judged
    # a student told of another passport or another way finds the new dates behind the same link
    _write([change], by=by, tell=tell and not was_judged, told=told)
    return True


def recompute_all(
    *, by: User | None = None, dry_run: bool = False, progress: Callable[[int, int], None] | None = None
) -> Recomputed:
    """Replan everyone who hasn't left yet, and tell only those whose dates moved.

    Safe to repeat: a second run finds nothing to change. Only changed rows are locked and written, in bulk. Each
    batch is its own transaction, so a run that is stopped loses nothing.
    """
    seen = changed = 0
    told = _told_by_their_trip()
    total = _waiting_to_leave().count() if progress else 0
    for cases in _in_batches():
        seen += len(cases)
        trips = _trips(cases)
        rules = PlanRules.load(trips)
        changes, judged = _sort(cases, trips, rules)
        changed += len(changes) + len(judged) if dry_run else _replan(changes, by=by, told=told)
        if not dry_run:
            changed += sum(recompute(case, by=by, tell=True, told=told) for case in judged)
        if progress:
            progress(seen, total)
    return Recomputed(seen, changed)


def on_fact(key: str, by: User | None) -> None:
    """Replan where the fact is one of a plan."""
    if key in planning.KEYS:
        replan_later(by=by)


def replan_later(*, by: User | None) -> None:
    """Replan everyone after this transaction: a fact, an entry rule or a trip's date has changed."""
    transaction.on_commit(functools.partial(_start, by), robust=True)


def _start(by: User | None) -> None:
    """Start a job owned by the person who made the change, so that they see its progress. Commands have no owner."""
    if by is None:
        dispatch.keep_and_send("travel.recompute_checklists")
    # a job that hasn't begun will read the new rows anyway
    elif not Job.objects.filter(kind=JOB, state=Job.State.WAITING).exists():
        jobs.start(JOB, jobs.key_of(by.pk, timezone.now()), by=by)


def _sort(
    cases: Sequence[PassportCase], trips: list[Trip], rules: PlanRules
) -> tuple[list["_Change"], list[PassportCase]]:
    """Split into (changes to write in bulk, cases to judge one by one).

    Judged are those whose passport no longer fits the trip, and those whose way to one is another one today.
    """
    today = passport_way.Judge.of(cases, rules)
    judged = [
        case
        for case in cases
        if planning.fit(case, case.placement, rules) != planning.Fit.GOOD or today.finds(case) is not None
    ]
    others = [case for case in cases if case not in judged] if judged else cases
    return [change for case in others if (change := _change(case, trips, rules))], judged


@dataclass(frozen=True, slots=True)
class _Change:
    """What to write for one student. `fields`: name -> (old, new); `items`: checklist items with their new dates."""

    case: PassportCase
    fields: Mapping[str, tuple[Any, Any]]
    items: Sequence[tuple[ChecklistItem, timeline.ItemDates]]

    @property
    def planned(self) -> dict[str, tuple[Any, Any]]:
        return {name: pair for name, pair in self.fields.items() if name in PLAN_FIELDS}

    @property
    def is_told(self) -> bool:
        """Whether an open item has another date, or the passport has one before staff have seen it."""
        if self.case.stage in SEEN:
            return any(item.step.timing not in OF_THE_PASSPORT for item, _dates in self.items)
        return bool(self.items or TOLD_FIELDS & self.fields.keys())

    def is_of(self, trips: Collection[str]) -> bool:
        placement = self.case.placement
        return placement is not None and placement.trip.code in trips


def _told_by_their_trip() -> frozenset[str]:
    """Codes of trips whose travelers were told of the new dates (`trip.change`), while the plans still follow."""
    jobs_ahead = Job.objects.filter(kind=JOB, state__in=(Job.State.WAITING, Job.State.RUNNING))
    return frozenset(code for params in jobs_ahead.values_list("params", flat=True) if (code := params.get("trip")))


@transaction.atomic
def _replan(changes: Sequence[_Change], *, by: User | None, told: Collection[str] = ()) -> int:
    """Write these changes under lock, replanning cases that changed meanwhile. Returns how many were written.

    `told`: codes of trips whose travelers already know why their dates changed.
    """
    if not changes:
        return 0
    ids = [change.case.pk for change in changes]
    rows = PassportCase.objects.filter(pk__in=ids, application__status__in=HELPED)
    now = {case.pk: case for case in rows.select_for_update(of=("self",)).order_by("pk")}
    as_seen = [change for change in changes if change.case.pk in now and _is_same(change.case, now[change.case.pk])]
    _write(as_seen, by=by, tell=True, told=told)
    moved = now.keys() - {change.case.pk for change in as_seen}
    return len(as_seen) + sum(recompute(now[pk], by=by, tell=True, told=told) for pk in sorted(moved))


def _is_same(seen: PassportCase, now: PassportCase) -> bool:
    names = [field.attname for field in PassportCase._meta.concrete_fields]
    return all(getattr(seen, name) == getattr(now, name) for name in names)


def _change(case: PassportCase, trips: list[Trip], rules: PlanRules) -> _Change | None:
    """What must be written so that the dates are today's; None if they already are."""
    found = planning.plan_of(case, [each for each in trips if _is_of(each, case)], rules, timezone.localdate())
    fields = {
        name: (getattr(case, name), value)
        for name, value in planning.fields_of(found).items()
        if getattr(case, name) != value
    }
    placement, items = case.placement, []
    if placement is not None and found is not None:
        _trip, plan = found
        there = [item for item in placement.checklist_items.all() if item.closed_at is None]
        done_on = {item.step.key: timezone.localdate(item.done_at) for item in there if item.done_at}
        dates = planning.list_dates((item.step for item in there), placement.trip, plan, rules, done_on)
        for item in there:
            if item.is_open and dates[item.step.key] != (item.do_by, item.last_safe_on):
                items.append((item, dates[item.step.key]))
    return _Change(case, fields, items) if fields or items else None


def _write(changes: Sequence[_Change], *, by: User | None, tell: bool, told: Collection[str] = ()) -> None:
    """Save, record and tell, in the caller's transaction, which has locked the rows. A later date is reminded of again.

    Students of one trip with one plan get the same dates, so one UPDATE serves all of them.
    """
    cases, items = defaultdict(list), defaultdict(list)
    for change in changes:
        wanted = {name: value for name, (_was, value) in change.fields.items()}
        for name, value in wanted.items():
            setattr(change.case, name, value)
        if wanted:
            cases[tuple(wanted.items())].append(change.case.pk)
        for item, dates in change.items:
            anew = (("reminded_at", None),) if dates.do_by > item.do_by else ()
            items[(*dates._asdict().items(), *anew)].append(item.pk)
    for fields, ids in cases.items():
        PassportCase.objects.filter(pk__in=ids).update(**dict(fields))
    for fields, ids in items.items():
        ChecklistItem.objects.open().filter(pk__in=ids).update(**dict(fields))
    audit.record_many("checklist.recompute", [_recorded(change) for change in changes], by=by)
    no_way.hand_over([change.case for change in changes if "urgency" in change.fields])
    if tell:
        outbox.queue_many([_told(change) for change in changes if change.is_told and not change.is_of(told)])


def _recorded(change: _Change) -> tuple[Model, dict[str, Any]]:
    target = change.case.placement or change.case.application
    return target, {name: [str(was), str(value)] for name, (was, value) in sorted(change.planned.items())}


def _told(change: _Change) -> tuple[User, list[Message]]:
    case, placement = change.case, change.case.placement
    page = reverse("travel:checklist-detail", kwargs={"code": placement.code}) if placement else ""
    person = case.application.person
    return person, outbox.drafts("travel/dates_moved", person, {"path": page or case.get_absolute_url()})


def _waiting_to_leave() -> QuerySet[PassportCase]:
    waiting = PassportCase.objects.with_people().filter(
        application__status__in=HELPED, application__cycle__closed_out_at__isnull=True
    )
    return waiting.exclude(application__placement__isnull=False, trip__departed_at__isnull=False)


def _in_batches() -> Iterator[list[PassportCase]]:
    rows = _waiting_to_leave().prefetch_related(*NEEDED).order_by("pk")
    for batch in batched(rows.iterator(chunk_size=CHUNK), CHUNK):
        yield list(batch)


def _trips(cases: list[PassportCase]) -> list[Trip]:
    """Every trip of these students' cycles."""
    cycles = {case.application.cycle_id for case in cases}
    return list(Trip.objects.filter(cycle__in=cycles).select_related("city").order_by("pk"))


def _is_of(trip: Trip, case: PassportCase) -> bool:
    return trip.cycle_id == case.application.cycle_id


def _write_plan(case: PassportCase, trip: Trip, plan: timeline.PassportPlan) -> None:
    """Save the plan's dates; a person is told when nothing fits any longer."""
    wanted = planning.fields_of((trip, plan))
    changes = {name for name, value in wanted.items() if getattr(case, name) != value}
    for name, value in wanted.items():
        setattr(case, name, value)
    if changes:
        case.save(update_fields=sorted(changes))
    if "urgency" in changes:
        no_way.hand_over([case])


def locked(case: PassportCase) -> PassportCase:
    """The case's current row, locked until the end of the transaction, with what its plan needs."""
    rows = PassportCase.objects.select_for_update(of=("self",)).with_people()
    case = rows.get(pk=case.pk)
    refuse_ended(case.application)
    return case


def refuse_ended(application: Application) -> None:
    """RuleViolation("withdrawn") for a student who no longer goes: their rows can be read but not changed."""
    if application.status not in HELPED:
        raise RuleViolation("withdrawn", _("This student is no longer on the trip. Nothing was changed."))
