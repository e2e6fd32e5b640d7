"""Notes of the office on a student: written, followed up as a task, taken back by their author."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, StaffNote
from exchange.base import audit, office_tasks, roles
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.models import OfficeTask, User

TASK = "applications.note"
SAME_TAP = timedelta(minutes=10)


@transaction.atomic
def write(
    application: Application, body: str, *, by: User, due_on: date | None = None, owner: User | None = None
) -> StaffNote:
    """Add a note; with a due date, also a task for `owner`, or for anyone of the office. Ignores a double tap.

    RuleViolation: in_the_past, not_staff.
    """
    Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    since = timezone.now() - SAME_TAP
    if same := StaffNote.objects.filter(application=application, author=by, body=body, written_at__gt=since).first():
        return same
    if due_on and due_on < timezone.localdate():
        raise RuleViolation("in_the_past", _("That day has passed. Choose today or a later day."))
    if owner is not None and not (owner.is_active and roles.is_coordinator(owner)):
        raise RuleViolation("not_staff", _("Choose someone from the office."))
    note = StaffNote.objects.create(application=application, author=by, body=body)
    if due_on:
        note.task = office_tasks.open(
            key_of(note),
            TASK,
            due_on=due_on,
            path=f"{application.get_absolute_url()}#notes",
            person=application.student,
            params={"body": body},
            source=key_of(note),
            owner=owner,
            by=by,
        )
        note.save(update_fields=["task"])
    audit.record("staff_note.write", application, by=by)
    return note


@transaction.atomic
def take_back(note: StaffNote, *, by: User) -> None:
    """Delete one's own note, and its task if nobody has done it. A second call changes nothing."""
    locked = StaffNote.objects.select_for_update(of=("self",)).filter(pk=note.pk, author=by).first()
    if locked is None:
        return
    office_tasks.drop(key_of(locked), by=by)
    OfficeTask.objects.filter(source=key_of(locked)).update(params={"body": "—"})  # its words go with it
    audit.record("staff_note.take_back", locked.application, by=by)
    locked.delete()
