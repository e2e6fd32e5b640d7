"""Notes of the office on a student: written, followed up as a task, edited, taken back by their author."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.models import Application, StaffNote, StaffNoteVersion
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
def edit(note: StaffNote, body: str, *, seen: str, by: User) -> StaffNote:
    """Replace a note's words, also a colleague's; those before stay in its history. The same words change nothing.

    RuleViolation: gone, changed_meanwhile.
    """
    locked = StaffNote.objects.select_for_update(of=("self",)).select_related("application").filter(pk=note.pk).first()
    if locked is None:
        raise RuleViolation("gone", _("This note was removed while you were writing. Add a new one if it’s needed."))
    if locked.body == body:
        return locked
    edit_lock.check(seen, fingerprint(locked))
    before = {"written_at": locked.edited_at or locked.written_at, "by_id": locked.edited_by_id or locked.author_id}
    StaffNoteVersion.objects.create(note=locked, body=locked.body, **before)
    locked.body, locked.edited_at, locked.edited_by = body, timezone.now(), by
    locked.save(update_fields=["body", "edited_at", "edited_by"])
    OfficeTask.objects.open().filter(source=key_of(locked)).update(params={"body": body})
    audit.record("staff_note.edit", locked.application, by=by)
    return locked


def fingerprint(note: StaffNote) -> str:
    return edit_lock.fingerprint(note, ("body",))


@transaction.atomic
def take_back(note: StaffNote, *, by: User, seen: str = "") -> None:
    """Delete one's own note, and its task if nobody has done it. A second call changes nothing.

    `seen`: fingerprint of the note as the page with the button showed it. RuleViolation: changed_meanwhile.
    """
    locked = StaffNote.objects.select_for_update(of=("self",)).filter(pk=note.pk, author=by).first()
    if locked is None:
        return
    if seen and seen != fingerprint(locked):
        text = _("Someone has edited this note since you opened the page, so it wasn’t removed. This is how it is now.")
        raise RuleViolation("changed_meanwhile", text)
    office_tasks.drop(key_of(locked), by=by)
    OfficeTask.objects.filter(source=key_of(locked)).update(params={"body": "—"})  # its words go with it
    audit.record("staff_note.take_back", locked.application, by=by)
    locked.delete()
