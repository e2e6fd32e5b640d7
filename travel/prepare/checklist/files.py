"""Actions on the files that show that a step of the checklist is done: sent, checked by a task, opened, returned."""

import functools
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import standing
from applications.apply.actions.upload import ReceivedFile
from applications.models import Upload
from applications.models.hold import is_held
from applications.standing import Act
from applications.states import Status
from exchange.background import dispatch
from exchange.base import access, audit
from exchange.base.access import Opening
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import AccessRecord, User
from travel.base import checked_files
from travel.base.trip_stage import placed_standing
from travel.models import ChecklistItem, Placement, StepFile
from travel.prepare.checklist import actions as checklist

FILES_MAX = 5  # of one step that count: both sides of a card, the pages of a letter
REASON_MAX = 500
State = Upload.State


def send(item: ChecklistItem, received: ReceivedFile, *, by: User) -> StepFile:
    """Store a file that `upload.look` accepted; a task checks it, and then the step is done. The same file twice is
    stored once, and what was refused or returned before goes.

    RuleViolation: no_file_asked, verified, closed, waits, not_now, too_many_files.
    """
    row = StepFile(item=item, uploaded_by=by, **checked_files.columns_of(received))
    return checked_files.store(row, received, functools.partial(_send, by=by), by=by)


@transaction.atomic
def _send(row: StepFile, *, by: User) -> StepFile:
    item = row.item = checklist.lock(row.item)
    if not item.step.asks_file:
        raise RuleViolation("no_file_asked", _("This step doesn’t need a file. Nothing was changed."))
    _refuse_seen(item)
    standing.check(placed_standing(item.placement), Act.CHECKLIST)
    if item.done_at is None:
        checklist.refuse_waiting(item)
    there = item.files.that_count()
    if same := there.filter(digest=row.digest).first():
        if same.is_kept and item.is_open:
            checklist.fulfil_items([item], by=by)
        return same
    if there.count() >= FILES_MAX:
        text = _("You’ve sent %(count)s files for this step. Remove one first.")
        raise RuleViolation("too_many_files", text % {"count": FILES_MAX})
    for old in item.files.dropped():
        _delete(old)
    row.save()
    audit.record("checklist.send_file", item, by=by, changes={"size": row.size})
    dispatch.send_after_commit("travel.check_step_file", file_id=row.pk)
    return row


@transaction.atomic
def remove(file: StepFile, *, by: User) -> None:
    """Delete a file for good; without another one, the step is open again. Safe to repeat. RuleViolation: verified,
    not_now."""
    item = checklist.lock(file.item)
    there = item.files.filter(pk=file.pk).first()
    if there is None:
        return
    _refuse_seen(item)
    standing.check(placed_standing(item.placement), Act.CHECKLIST)
    _delete(there)
    audit.record("checklist.remove_file", item, by=by)
    if item.done_at and not item.files.that_count().exists():
        checklist.reopen(item, by=by)


@transaction.atomic
def return_file(file: StepFile, *, reason: str, by: User) -> StepFile:
    """Staff ask for another one. The student is told why, and without another file the step is open again.

    Safe to repeat. RuleViolation: no_reason, too_long, verified, not_returnable for a file that isn't a student's or
    hasn't been checked.
    """
    item = checklist.lock(file.item)
    file = StepFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if file.returned_at:
        return file
    reason = reason.replace("\0", "").strip()
    if not reason:
        raise RuleViolation("no_reason", _("Say why, so that the student knows what to send. Nothing was changed."))
    if len(reason) > REASON_MAX:
        limit = _("That’s too long. Keep it under %(count)s characters. Nothing was changed.")
        raise RuleViolation("too_long", limit % {"count": REASON_MAX})
    if not (item.step.is_students and file.is_kept):
        raise RuleViolation("not_returnable", _("This file can’t be returned. Nothing was changed."))
    _refuse_seen(item)
    file.returned_at, file.returned_by, file.returned_because = timezone.now(), by, reason
    file.save(update_fields=["returned_at", "returned_by", "returned_because"])
    audit.record("checklist.return_file", item, by=by, reason=reason)
    if item.done_at and not item.files.that_count().exists():
        checklist.unfulfil_items([item], by=by)
    _tell(item, file)
    return file


@transaction.atomic
def open_file(file: StepFile, *, by: User) -> None:
    """Record that somebody opens it, in the audit log and in the student's list of who opened what."""
    application = file.item.placement.application
    audit.record("checklist.open_file", file.item, by=by)
    if application.student_id:
        opening = Opening(application.student_id, application.code, application.college_id, AccessRecord.What.FILE)
        access.record([opening], by=by)


# --- The check --------------------------------------------------------------------------------------


def check_file(file_id: int) -> StepFile | None:
    """Scan and clean one file, as `checked_files.check`. If it's kept, the step is done."""
    return checked_files.check(StepFile.objects.filter(pk=file_id), _settle, lock_first=_lock_item)


def _lock_item(file: StepFile) -> object:
    """Items come before their files, as in the other actions."""
    return ChecklistItem.objects.select_for_update(of=("self",)).get(pk=file.item_id)


def _settle(file: StepFile) -> None:
    item = ChecklistItem.objects.select_related("step", "placement__application").get(pk=file.item_id)
    audit.record(f"checklist.{file.state}_file", item, by=None)
    if file.is_kept and item.is_open:
        checklist.fulfil_items([item], by=file.uploaded_by)
    elif file.state == State.REFUSED and item.step.is_students:
        _tell(item, file)


def look_after_files(limit: int = 100) -> int:
    """Send again the files that no task has checked."""
    return checked_files.send_again(StepFile.objects.all(), _check_again, limit=limit)


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete files so many days after the group is home, and at once of who doesn't go; the step stays as it is.

    Returns how many. Safe to repeat.
    """
    before = timezone.now() - timedelta(days=days)
    over = Placement.objects.filter(
        Q(trip__returned_at__lte=before) | ~Q(application__status=Status.CONFIRMED), ~is_held("application__")
    )
    files = list(StepFile.objects.filter(item__placement__in=over).select_related("item").order_by("pk"))
    if not dry_run:
        for file in files:
            audit.record("checklist.forget_file", file.item, by=None)
            _delete(file)
    return len(files)


# --- What they have in common -----------------------------------------------------------------------


def _delete(file: StepFile) -> None:
    checked_files.delete_later(file)
    file.delete()


def _refuse_seen(item: ChecklistItem) -> None:
    if item.verified_at is not None:
        raise RuleViolation("verified", _("Your advisor has already seen this. Ask them to change it."))


def _tell(item: ChecklistItem, file: StepFile) -> None:
    """To the student: the step needs another file, because the check refused this one or staff returned it."""
    placement = item.placement
    context = {"placement": placement, "item": item, "file": file}
    outbox.queue("travel/step_file_returned", to=placement.application.person, context=context)


def _check_again(pk: int) -> None:
    dispatch.send("travel.check_step_file", file_id=pk)
