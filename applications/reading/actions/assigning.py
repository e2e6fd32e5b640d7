"""Assigning readers: drawn as a draft that only the office sees, changed by hand, and released at once.

Each action locks the cycle's row first. So if two people of the office draw, change or release at the same time, the
second waits and sees what the first did.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base.edit_lock import check
from applications.models import Application, Assignment, Cycle
from applications.models.review import AssignmentQuerySet
from applications.reading import assignment as drawing
from applications.reading import comparability, digests, readers, shortage
from applications.reading.readers import TIES, Pool
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User


@dataclass(frozen=True, slots=True)
class Released:
    """How many assignments were released, to how many readers, and how many were dropped, because they had become
    forbidden since the draw."""

    count: int
    readers: int
    left_out: int


def lock(cycle: Cycle) -> Cycle:
    return Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)


def hold(applications: Iterable[int]) -> None:
    """Lock these applications' rows, so that nobody scores them until the transaction ends: a reading locked at the
    same moment is either seen here or refused."""
    list(Application.objects.select_for_update(of=("self",)).filter(pk__in=list(applications)).order_by("pk"))


def draft_of(cycle: Cycle) -> AssignmentQuerySet:
    return readers.given(cycle).filter(released_at__isnull=True)


def draft_fingerprint(cycle: Cycle) -> str:
    """A fingerprint of the current draft, so that the office releases exactly the draft it has seen."""
    pairs = draft_of(cycle).order_by("application", "reader").values_list("application", "reader")
    return hashlib.sha256(repr(list(pairs)).encode()).hexdigest()[:16]


# --- Drawing ----------------------------------------------------------------------------------------


@transaction.atomic
def draw_readers(cycle: Cycle, *, by: User, seed: int | None = None) -> drawing.AssignmentPlan:
    """Draw draft assignments for all submitted applications of the cycle that lack readers. Sends no message.

    Keeps existing assignments, except those that are forbidden by now and not begun. The seed is random unless given,
    and is recorded. RuleViolation: no_rubric, not_enough_readers (nothing is drawn; the message says what is missing).
    """
    return _draw(lock(cycle), by=by, seed=seed)


def _draw(cycle: Cycle, *, by: User, seed: int | None) -> drawing.AssignmentPlan:
    if not cycle.criteria.exists():
        raise RuleViolation("no_rubric", _("This cycle doesn’t have a rubric yet, so no one can score. Add one first."))
    seed = secrets.randbelow(2**31) if seed is None else seed
    pool = readers.pool_of(cycle)
    plan = plan_for(pool, cycle.reads_each, seed=seed)
    _take_back(pool, by=by)
    write(plan, pool, by=by, is_released=False)
    if plan.added:
        changes = {"seed": seed, "added": len(plan.added), "loads": dict(plan.loads), "groups": len(plan.groups)}
        changes["apart"] = str(plan.apart or "")
        audit.record("review.assign_readers", cycle, by=by, changes=changes)
    return plan


def plan_for(
    pool: Pool,
    reads_each: int,
    *,
    seed: int,
    only: Collection[str] | None = None,
    without: Collection[drawing.Pair] = frozenset(),
) -> drawing.AssignmentPlan:
    """The plan of a draw. `only`: the applications that get readers. `without`: assignments that end and must not be
    drawn again.

    RuleViolation: not_enough_readers.
    """
    try:
        return drawing.assign(
            pool.candidates,
            pool.readers,
            reads_each,
            conflicts={*pool.ties, *without},
            existing=pool.lawful - set(without),
            seed=seed,
            only=only,
        )
    except drawing.NotEnoughReaders as short:
        raise RuleViolation("not_enough_readers", shortage.explain(short, pool)) from short


@transaction.atomic
def add_readings(cycle: Cycle, *, by: User) -> int:
    """Add draft assignments with which scores can be adjusted: more readers than required for some applications.

    Returns how many. RuleViolation: nothing_to_add, where none are needed or where they need people who don't read yet;
    still_calculating.
    """
    cycle = lock(cycle)
    pool = readers.pool_of(cycle)
    found = comparability.outlook(cycle, pool=pool)
    if found and found.lacks:
        raise RuleViolation("still_calculating", _("This is still being calculated. Try again in a minute."))
    pairs = [pair for pair in found.reads if pair[0] in pool.applications] if found else []
    if not found or not pairs:
        raise RuleViolation("nothing_to_add", _("There are no readings to add with the readers you have."))
    rows = _drafts(pairs, pool, by=by)
    audit.record("review.add_readings", cycle, by=by, changes={"added": len(rows), "kept_before": found.kept})
    return len(rows)


def _drafts(pairs: Iterable[drawing.Pair], pool: Pool, *, by: User) -> list[Assignment]:
    rows = [
        Assignment(application=pool.applications[code], reader=pool.members[reader].person, assigned_by=by)
        for code, reader in pairs
    ]
    return Assignment.objects.bulk_create(rows, batch_size=2000)


def write(plan: drawing.AssignmentPlan, pool: Pool, *, by: User, is_released: bool) -> list[Assignment]:
    released_at = timezone.now() if is_released else None
    rows = [
        Assignment(
            application=pool.applications[code],
            reader=pool.members[reader].person,
            assigned_by=by,
            released_at=released_at,
        )
        for code, reader in plan.added
    ]
    return Assignment.objects.bulk_create(rows, batch_size=2000)


def _take_back(pool: Pool, *, by: User) -> None:
    """Delete assignments that are forbidden by now and not begun: the student's college changed, or a reader turned
    out to know the student."""
    barred = {each.pk: pair for pair, each in pool.kept.items() if pair in pool.ties and not each.is_started}
    if not barred:
        return
    hold({pool.applications[code].pk for code, _reader in barred.values()})
    for assignment in Assignment.objects.filter(pk__in=barred, review__isnull=True).select_related(
        "application", "reader"
    ):
        unassign(assignment, by=by, reason=str(pool.ties[barred[assignment.pk]]))


def unassign(assignment: Assignment, *, by: User | None, reason: str) -> None:
    changes = {"reader": assignment.reader.code}
    audit.record("review.unassign", assignment.application, by=by, reason=reason, changes=changes)
    assignment.delete()


# --- The draft --------------------------------------------------------------------------------------


@transaction.atomic
def discard_draft(cycle: Cycle, *, by: User) -> int:
    """Delete the draft; released assignments stay. Returns how many were deleted."""
    cycle = lock(cycle)
    count, _rows = draft_of(cycle).delete()
    if count:
        audit.record("review.discard_draft", cycle, by=by, changes={"count": count})
    return count


@transaction.atomic
def draw_again(cycle: Cycle, *, by: User, seed: int | None = None) -> drawing.AssignmentPlan:
    """Replace the draft by a new one; if none can be drawn, the old one stays."""
    cycle = lock(cycle)
    draft_of(cycle).delete()
    return _draw(cycle, by=by, seed=seed)


@transaction.atomic
def change_reader(assignment: Assignment, to: User, *, by: User) -> Assignment:
    """Give one draft assignment to another reader, within the rules.

    RuleViolation: draft_gone, released, same_reader, reads_it_already, tied, not_in_spanish, at_limit.
    """
    cycle = lock(assignment.application.cycle)
    current = Assignment.objects.select_related("application", "reader").filter(pk=assignment.pk).first()
    if current is None:
        raise RuleViolation("draft_gone", _("This draft was drawn again or deleted. Check the current one."))
    if current.released_at:
        raise RuleViolation("released", _("This reading has already been assigned. Move it from the list of readers."))
    pool = readers.pool_of(cycle)
    if refusal := why_not(pool, current, to):
        raise refusal
    changes = {"from": current.reader.code, "to": to.code}
    current.reader, current.assigned_by, current.assigned_at = to, by, timezone.now()
    current.save(update_fields=["reader", "assigned_by", "assigned_at"])
    audit.record("review.change_reader", current.application, by=by, changes=changes)
    return current


def why_not(pool: Pool, assignment: Assignment, to: User) -> RuleViolation | None:
    """Why this person cannot take over this assignment; None if they can."""
    code = assignment.application.code
    member = pool.members.get(to.code)
    if code not in pool.applications:
        return RuleViolation("not_in_the_running", _("This application is no longer being read."))
    if to == assignment.reader:
        return RuleViolation("same_reader", _("They’re the current reader."))
    if member is None or not member.is_reading:
        return RuleViolation("not_reading", _("They’re not taking more applications."))
    if (code, to.code) in pool.kept:
        return RuleViolation("reads_it_already", _("They’re already reading it."))
    if tie := pool.ties.get((code, to.code)):
        return RuleViolation("tied", str(TIES[tie]))
    if readers.language_of(pool.applications[code]) not in {"", *member.languages}:
        return RuleViolation("not_in_spanish", _("It’s in Spanish, and they don’t read Spanish."))
    if pool.loads[to.code] >= pool.room_of(to.code):
        return RuleViolation("at_limit", _("They’ve reached their limit."))
    return None


# --- Giving out -------------------------------------------------------------------------------------


@transaction.atomic
def release_draft(cycle: Cycle, *, by: User, seen: str = "") -> Released:
    """Release the draft: each reader sees their assignments, and gets one message about all of them.

    Assignments that have become forbidden since the draw are dropped, so those applications lack a reader again.
    `seen`: the `draft_fingerprint` of the draft that the office has seen.
    RuleViolation: nothing_to_release, changed_meanwhile.
    """
    cycle = lock(cycle)
    if not draft_of(cycle).exists():
        raise RuleViolation("nothing_to_release", _("There’s no draft. It was already assigned or deleted."))
    check(seen, draft_fingerprint(cycle))
    pool = readers.pool_of(cycle)
    draft = {pair: each for pair, each in pool.kept.items() if each.released_at is None}
    barred = [pair for pair in draft if pair in pool.ties or not pool.members[pair[1]].is_reading]
    for pair in barred:
        tie = pool.ties.get(pair)
        unassign(draft.pop(pair), by=by, reason=str(tie or "takes no more"))
    # assignments of applications that were withdrawn meanwhile
    gone, _rows = draft_of(cycle).exclude(pk__in=[each.pk for each in draft.values()]).delete()
    people = {each.reader.pk: each.reader for each in draft.values()}
    draft_of(cycle).update(released_at=timezone.now())
    digests.tell(cycle, people.values())
    changes = {"count": len(draft), "readers": len(people), "left_out": len(barred) + gone}
    audit.record("review.release_readers", cycle, by=by, changes=changes)
    return Released(len(draft), len(people), len(barred) + gone)


@transaction.atomic
def record_download(cycle: Cycle, *, rows: int, query: str, by: User) -> None:
    """The list of readers leaves the portal as a file. `query`: the filters of the list."""
    audit.record("review.download_readers", cycle, by=by, changes={"query": query, "rows": rows})
