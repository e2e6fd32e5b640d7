"""“I know this student”: said by a reader in one tap, and somebody else reads it within the same rules.

Or known to the office beforehand: then this reader never gets it.
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
UNDO_WITHIN = timedelta(hours=1)  # for a mistaken tap; later the office can put the reader back


@dataclass(frozen=True, slots=True)
class Declared:
    """What came of it. replaced: somebody else reads it now. was_locked: scores were put aside."""

    conflict: ConflictOfInterest
    replaced: bool
    was_locked: bool


@transaction.atomic
def declare(assignment: Assignment, *, relation: str = ConflictOfInterest.Relation.KNOWS, by: User) -> Declared:
    """This reader does not read this application, now or later. Their reading goes, its scores count no more.

    Somebody else gets it at once, drawn within the same rules, and is told by the daily message; if it lacked more
    readers than this one, whoever can be found gets it, too. Where it lacks one afterwards, or scores were put aside,
    the office is told. A second tap changes nothing.
    RuleViolation: not_yours (it was moved to somebody else meanwhile).
    """
    application = _lock(assignment)
    conflict, is_new = ConflictOfInterest.objects.get_or_create(
        application=application, reader=assignment.reader, defaults={"relation": relation, "declared_by": by}
    )
    current = Assignment.objects.filter(pk=assignment.pk, reader=assignment.reader).select_related("review").first()
    if current is None:
        if is_new:
            raise RuleViolation("not_yours", _("This application has another reader already. Nothing is left to do."))
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
    # the cycle first, as whoever draws does: two who are replaced at once never get the same last place
    assigning.lock(assignment.application.cycle)
    rows = Application.objects.select_for_update(of=("self",)).select_related("cycle", "college", "student")
    return rows.get(pk=assignment.application_id)


def _of_record(assignment: Assignment) -> dict[str, object]:
    """What the record keeps of a reading that goes: its address, and points that were locked. No word of it."""
    changes: dict[str, object] = {"reader": assignment.reader.code, "assignment": assignment.code}
    changes["is_interview"] = assignment.is_interview
    if assignment.is_started and assignment.review.locked_at:
        points = Rating.objects.filter(review=assignment.review).values_list("criterion__key", "points")
        changes |= {"points": dict(points), "locked_at": assignment.review.locked_at.isoformat()}
    return changes


def _replace(application: Application, *, seed: int, by: User, is_released: bool = True) -> list[Assignment]:
    """As many of the readers it lacks as there are: where two are missing and one is free, that one has it."""
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
    """Who is kept away from it because somebody said so."""
    rows = ConflictOfInterest.objects.filter(application=application).select_related("reader", "declared_by")
    return rows.order_by("declared_at", "pk")


@transaction.atomic
def keep_away(application: Application, reader: User, *, relation: str, by: User) -> ConflictOfInterest:
    """This person never gets this application. What they have of it goes to somebody else, and they are told.

    What is only drawn is drawn anew in the draft. A second call changes nothing.
    RuleViolation: meets (the person holds the interview).
    """
    assigning.lock(application.cycle)
    there = Assignment.objects.filter(application=application, reader=reader).select_related("application", "reader")
    assignment = there.first()
    if assignment and assignment.is_interview:
        raise RuleViolation("meets", _("This person interviews the student. Change the interview first."))
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
    """It was a mistake: the person may be drawn again. Gives nothing back. A second call changes nothing."""
    deleted, _rows = ConflictOfInterest.objects.filter(application=application, reader=reader).delete()
    if deleted:
        audit.record(LIFT, application, by=by, changes={"reader": reader.code})
    return bool(deleted)


# --- A mistaken tap ---------------------------------------------------------------------------------


def declared_by(user: User, code: str) -> Event | None:
    """What this reader said about the reading that had this code; None if nothing, or if it was taken back."""
    said = Event.objects.filter(action=DECLARE, by=user, changes__assignment=code).order_by("-pk").first()
    if said is None:
        return None
    pair = {"application": said.target_id, "reader": user}
    return said if ConflictOfInterest.objects.filter(**pair, declared_by=user).exists() else None


def can_undo(said: Event) -> bool:
    """Once, soon, for what was not locked yet; whether the new reader has begun is looked at when it happens."""
    is_soon = said.at > timezone.now() - UNDO_WITHIN
    before = Event.objects.filter(action=UNDO, by=said.by, target_model=said.target_model, target_id=said.target_id)
    return is_soon and "points" not in said.changes and not before.exists()


@transaction.atomic
def undo(said: Event, *, by: User) -> Assignment:
    """It was a mistaken tap: the reader has the application again, without what they had scored.

    RuleViolation: too_late (an hour is over, it was undone before, the new reader has begun, or it lacks nobody).
    """
    application = Application.objects.select_related("cycle").get(pk=said.target_id)
    assigning.lock(application.cycle)
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    conflict = ConflictOfInterest.objects.filter(application=application, reader=by, declared_by=by).first()
    too_late = RuleViolation("too_late", _("It is too late to take this back here. Write to the office."))
    if conflict is None or not can_undo(said):
        raise too_late
    replacement = Assignment.objects.filter(
        application=application, reader__code=said.changes["replacement"], assigned_by=by
    ).first()
    if replacement and replacement.is_started:
        raise RuleViolation("too_late", _("Somebody else has begun to read it, so it stays with them."))
    if replacement:
        assigning.unassign(replacement, by=by, reason="undo")
    if not readers.lacking_readers(application.cycle).filter(pk=application.pk).exists():
        raise too_late  # somebody else has it by now, through the office
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
