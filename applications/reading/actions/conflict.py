"""Conflicts of interest: a reader says "I know this student", and another reader gets the application within the same
rules. Or the office knows it beforehand, and the reader never gets the application.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Assignment, ConflictOfInterest, Rating
from applications.reading import digests, readers
from applications.reading.actions import assigning
from applications.reading.actions.review import work_out_scores
from applications.states import Status
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, User

DECLARE, UNDO = "review.declare_conflict", "review.undo_conflict"
KEEP_AWAY, LIFT = "review.keep_away", "review.lift_conflict"
KNOWN = "known"
UNDO_WITHIN = timedelta(hours=1)  # for a mistaken tap; after that, only the office can lift the conflict


@dataclass(frozen=True, slots=True)
class Declared:
    """The result of a declaration. replaced: another reader has it now. was_locked: locked scores no longer count."""

    conflict: ConflictOfInterest
    replaced: bool
    was_locked: bool


@transaction.atomic
def declare(assignment: Assignment, *, relation: str = ConflictOfInterest.Relation.KNOWS, by: User) -> Declared:
    """Record that this reader must not read this application, now or later. Their reading is deleted, and its scores
    no longer count.

    A new reader is drawn at once within the same rules, and told by the daily message; if the application lacked more
    readers, as many as possible are drawn. The office is told if it still lacks one, or if locked scores were removed.
    A second tap changes nothing.
    RuleViolation: not_yours (it was moved to another reader meanwhile).
    """
    application = _lock(assignment)
    conflict, is_new = ConflictOfInterest.objects.get_or_create(
        application=application, reader=assignment.reader, defaults={"relation": relation, "declared_by": by}
    )
    current = Assignment.objects.filter(pk=assignment.pk, reader=assignment.reader).select_related("review").first()
    if current is None:
        if is_new:
            raise RuleViolation(
                "not_yours", _("Another reader already has this application. You don’t need to do anything.")
            )
        return Declared(conflict, replaced=True, was_locked=False)
    was_locked, changes = current.is_locked, _of_record(current)
    current.delete()
    if was_locked:
        work_out_scores(application)
    seed = secrets.randbelow(2**31)
    found = _replace(application, seed=seed, by=by)
    changes |= {"relation": relation, "seed": seed, "replacement": found[0].reader.code if found else ""}
    audit.record(DECLARE, application, by=by, changes=changes)
    is_lacking = readers.lacking_readers(application.cycle).filter(pk=application.pk).exists()
    if was_locked or is_lacking:
        _tell_the_office(application, reader=assignment.reader, was_locked=was_locked, is_lacking=is_lacking)
    return Declared(conflict, replaced=bool(found), was_locked=was_locked)


def _lock(assignment: Assignment) -> Application:
    # lock the cycle first, as a draw does: two replacements at once cannot both take a reader's last free place
    assigning.lock(assignment.application.cycle)
    rows = Application.objects.select_for_update(of=("self",)).select_related("cycle", "college", "student")
    return rows.get(pk=assignment.application_id)


def _of_record(assignment: Assignment) -> dict[str, object]:
    """What the audit log keeps of a deleted reading: its code and locked points, no text."""
    changes: dict[str, object] = {"reader": assignment.reader.code, "assignment": assignment.code}
    changes["is_interview"] = assignment.is_interview
    if assignment.is_started and assignment.review.locked_at:
        points = Rating.objects.filter(review=assignment.review).values_list("criterion__key", "points")
        changes |= {"points": dict(points), "locked_at": assignment.review.locked_at.isoformat()}
    return changes


def _replace(application: Application, *, seed: int, by: User, is_released: bool = True) -> list[Assignment]:
    """Draw as many of the missing readers as can be found: if two are missing and one is free, that one."""
    if application.status != Status.SUBMITTED:
        return []
    pool = readers.pool_of(application.cycle)
    there = sum(code == application.code for code, _reader in pool.lawful)
    for number in range(application.cycle.reads_each, there, -1):
        try:
            plan = assigning.plan_for(pool, number, seed=seed, only={application.code})
        except RuleViolation:
            continue
        rows = assigning.write(plan, pool, by=by, is_released=is_released)
        if is_released:
            digests.tell(application.cycle, [row.reader for row in rows])
        return rows
    return []


def _tell_the_office(application: Application, *, reader: User, was_locked: bool, is_lacking: bool) -> None:
    context = {
        "application": application,
        "reader": reader,
        "was_locked": was_locked,
        "is_lacking": is_lacking,
    }
    for person in roles.coordinators():
        outbox.queue("applications/reading_put_aside", to=person, context=context)


# --- Known to the office ----------------------------------------------------------------------------


def known_about(application: Application) -> QuerySet[ConflictOfInterest]:
    """The conflicts recorded for this application."""
    rows = ConflictOfInterest.objects.filter(application=application).select_related("reader", "declared_by")
    return rows.order_by("declared_at", "pk")


@transaction.atomic
def keep_away(application: Application, reader: User, *, relation: str, by: User) -> ConflictOfInterest:
    """Record that this person must not read this application. If they have it, it goes to another reader, and they
    are told; a draft assignment is drawn again as a draft. A second call changes nothing.

    RuleViolation: meets (the person holds the interview).
    """
    assigning.lock(application.cycle)
    there = Assignment.objects.filter(application=application, reader=reader).select_related("application", "reader")
    assignment = there.first()
    if assignment and assignment.is_interview:
        raise RuleViolation("meets", _("This person is interviewing the student. Change the interview first."))
    if assignment and assignment.released_at:
        if reader.is_active and not assignment.is_locked:
            context = {"cycle": application.cycle, "count": 1}
            outbox.queue("applications/readings_moved", to=reader, context=context)
        return declare(assignment, relation=relation, by=by).conflict
    conflict, is_new = ConflictOfInterest.objects.get_or_create(
        application=application, reader=reader, defaults={"relation": relation, "declared_by": by}
    )
    if assignment:
        assigning.unassign(assignment, by=by, reason=KNOWN)
        _replace(application, seed=secrets.randbelow(2**31), by=by, is_released=False)
    if is_new:
        audit.record(KEEP_AWAY, application, by=by, changes={"reader": reader.code, "relation": relation})
    return conflict


@transaction.atomic
def lift(application: Application, reader: User, *, by: User) -> bool:
    """Delete a conflict recorded by mistake, so that the person can be drawn again. Returns no reading to them. A
    second call changes nothing."""
    deleted, _rows = ConflictOfInterest.objects.filter(application=application, reader=reader).delete()
    if deleted:
        audit.record(LIFT, application, by=by, changes={"reader": reader.code})
    return bool(deleted)


# --- A mistaken tap ---------------------------------------------------------------------------------


def declared_by(user: User, code: str) -> Event | None:
    """The event of this reader's declaration about the assignment that had this code; None if there is none, or if it
    was undone."""
    said = Event.objects.filter(action=DECLARE, by=user, changes__assignment=code).order_by("-pk").first()
    if said is None:
        return None
    pair = {"application": said.target_id, "reader": user}
    return said if ConflictOfInterest.objects.filter(**pair, declared_by=user).exists() else None


def can_undo(said: Event) -> bool:
    """Whether the reader can undo the declaration: once, within UNDO_WITHIN, if the reading was not locked. `undo`
    also checks that the new reader has not begun."""
    is_soon = said.at > timezone.now() - UNDO_WITHIN
    before = Event.objects.filter(action=UNDO, by=said.by, target_model=said.target_model, target_id=said.target_id)
    return is_soon and "points" not in said.changes and not before.exists()


@transaction.atomic
def undo(said: Event, *, by: User) -> Assignment:
    """Undo a mistaken declaration: the reader gets the application back, without their earlier scores.

    RuleViolation: too_late (an hour is over, it was undone before, the new reader has begun, or it lacks nobody).
    """
    application = Application.objects.select_related("cycle").get(pk=said.target_id)
    assigning.lock(application.cycle)
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    conflict = ConflictOfInterest.objects.filter(application=application, reader=by, declared_by=by).first()
    too_late = RuleViolation("too_late", _("It’s too late to undo this here. Write to the office."))
    if conflict is None or not can_undo(said):
        raise too_late
    replacement = Assignment.objects.filter(
        application=application, reader__code=said.changes["replacement"], assigned_by=by
    ).first()
    if replacement and replacement.is_started:
        raise RuleViolation("too_late", _("Someone else has started reading it, so they’ll keep it."))
    if replacement:
        assigning.unassign(replacement, by=by, reason="undo")
    if not readers.lacking_readers(application.cycle).filter(pk=application.pk).exists():
        raise too_late  # the office has given it to another reader by now
    conflict.delete()
    again = Assignment.objects.create(
        code=said.changes["assignment"],
        application=application,
        reader=by,
        assigned_by=by,
        released_at=timezone.now(),
        is_interview=said.changes["is_interview"],
    )
    audit.record(UNDO, application, by=by, changes={"reader": by.code})
    return again
