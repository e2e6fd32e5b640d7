"""Reassigning the files of a reader who is late or has left, after a preview of who takes what."""

import hashlib
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from applications.base.edit_lock import check
from applications.models import Application, Assignment, Cycle
from applications.reading import digests, readers
from applications.reading.actions import assigning
from applications.reading.assignment import AssignmentPlan
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User


@dataclass(frozen=True, slots=True)
class Move:
    """One application and its new reader."""

    application: Application
    before: Assignment
    to: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class MovePlan:
    moves: tuple[Move, ...]
    seed: int
    fingerprint: str


def unread_of(cycle: Cycle, reader: User) -> list[Assignment]:
    """This person's released assignments that are not locked, of applications still in the running. Drafts are left
    out, because they are changed on their own page."""
    rows = readers.given(cycle).filter(reader=reader, released_at__isnull=False).unread()
    return list(rows.select_related("application__college", "review", "reader").order_by("application__code"))


def plan_move(cycle: Cycle, reader: User, *, seed: int) -> MovePlan:
    """The plan of who would take which file. The same state and seed give the same plan.

    RuleViolation: nothing_to_move, not_enough_readers (the message says what is missing).
    """
    pool = readers.pool_of(cycle)
    moved, plan = _drawn(cycle, pool, reader, seed)
    takers: dict[str, list[User]] = {}
    for code, taker in plan.added:
        takers.setdefault(code, []).append(pool.members[taker].person)
    moves = tuple(Move(each.application, each, tuple(takers.get(each.application.code, ()))) for each in moved)
    return MovePlan(moves, seed, _fingerprint(plan.added))


def _drawn(cycle: Cycle, pool: readers.Pool, reader: User, seed: int) -> tuple[list[Assignment], AssignmentPlan]:
    moved = unread_of(cycle, reader)
    if not moved:
        raise RuleViolation("nothing_to_move", _("This reader doesn’t have anything left to read."))
    only = {each.application.code for each in moved}
    without = {(code, reader.code) for code in only}
    return moved, assigning.plan_for(pool, cycle.reads_each, seed=seed, only=only, without=without)


def _fingerprint(pairs: object) -> str:
    return hashlib.sha256(repr(pairs).encode()).hexdigest()[:16]


@transaction.atomic
def move_unread(cycle: Cycle, reader: User, *, by: User, seed: int, seen: str) -> int:
    """Carry out the plan with this seed and fingerprint (`seen`). Each new reader gets one message, and the former
    reader a friendly one.

    Returns how many files moved. RuleViolation: nothing_to_move, not_enough_readers, changed_meanwhile (nothing moves).
    """
    cycle = assigning.lock(cycle)
    assigning.hold(each.application_id for each in unread_of(cycle, reader))
    pool = readers.pool_of(cycle)
    moved, plan = _drawn(cycle, pool, reader, seed)
    check(seen, _fingerprint(plan.added))
    for each in moved:
        assigning.unassign(each, by=by, reason="moved")
    rows = assigning.write(plan, pool, by=by, is_released=True)
    digests.tell(cycle, {row.reader.pk: row.reader for row in rows}.values())
    if reader.is_active:
        outbox.queue("applications/readings_moved", to=reader, context={"cycle": cycle, "count": len(moved)})
    changes = {"reader": reader.code, "count": len(moved), "seed": seed}
    audit.record("review.move_unread", cycle, by=by, changes=changes)
    return len(moved)
