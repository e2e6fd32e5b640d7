"""The check of a received file: scan it, clean it, then keep or refuse it; and the deletion of old files.

The check runs without a lock and may run twice; only the worker that finds the row still `received` writes it.
Nothing of a file is shown before that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from applications.apply import file_cleaning
from applications.apply.actions import fields
from applications.apply.actions.upload import EXPIRES, drop_incoming, drop_orphans, shown_name
from applications.base.file_kinds import FileRefused
from applications.models import Application, IncomingUpload, Upload
from applications.models.hold import is_held
from exchange.background import dispatch
from exchange.base import audit
from exchange.files import antivirus
from exchange.files.storage import no_orphans
from exchange.messages import outbox
from exchange.reference import facts

CLAIM_LASTS = 5 * 60  # seconds; longer than a check takes, and frees the claim of a worker that was killed
TASK_LOST_AFTER = timedelta(minutes=5)  # the task's own retries are over by then
CANNOT_SCAN = antivirus.ScannerError
State = Upload.State


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of the check: the content to keep, or the reason of a refusal."""

    content: bytes = b""
    kind: str = ""
    refused: str = ""
    scanned_at: datetime | None = None


def check(upload_id: int) -> Upload | None:
    """Keep or refuse one file, and message the student about a refusal. None if there was nothing to do.

    Raises CANNOT_SCAN if the scanner cannot be reached; the file stays `received`.
    """
    claim = f"upload-check-{upload_id}"
    if not cache.add(claim, True, CLAIM_LASTS):  # another worker has it; this only saves work, the row is safe anyway
        return None
    try:
        upload = Upload.objects.filter(pk=upload_id, state=State.RECEIVED).first()
        if upload is None:
            return None
        found = examine(_content(upload), upload.content_type)
        return _refuse(upload, found) if found.refused else _keep(upload, found)
    finally:
        cache.delete(claim)


def examine(content: bytes, kind: str) -> CheckResult:
    """Scan the file as it was sent, before anything of ours opens it; then clean it."""
    scanned_at = None
    if antivirus.is_configured():
        name = antivirus.scan(content)
        scanned_at = timezone.now()
        if name:
            return CheckResult(refused="infected", scanned_at=scanned_at)
    megapixels = float(facts.number("upload.megapixels"))
    try:
        cleaned, kept_kind = file_cleaning.clean_in_subprocess(content, kind, megapixels=megapixels)
    except FileRefused as refused:
        return CheckResult(refused=refused.reason, scanned_at=scanned_at)
    return CheckResult(cleaned, kept_kind, scanned_at=scanned_at)


def _content(upload: Upload) -> bytes:
    try:
        with upload.file.open("rb") as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError:  # removed meanwhile, or lost
        return b""


def _keep(upload: Upload, found: CheckResult) -> Upload | None:
    raw, raw_name = fields.deletion(upload), upload.file.name
    upload.content_type = found.kind
    with no_orphans() as note:
        upload.file.save("file", ContentFile(found.content), save=False)
        if upload.file.name != raw_name:
            note(upload.file.storage, upload.file.name)
        locked = _keep_row(upload, found)
    if locked is None:
        upload.file.storage.delete(str(upload.file.name))
    elif upload.file.name != raw_name:
        transaction.on_commit(raw)
    return locked


@transaction.atomic
def _keep_row(upload: Upload, found: CheckResult) -> Upload | None:
    locked = _still_received(upload)
    if locked is None:
        return None
    locked.file.name = upload.file.name
    locked.content_type, locked.size = found.kind, len(found.content)
    locked.original_name = shown_name(locked.original_name, found.kind)
    locked.state = State.KEPT
    _written(locked, found, "application.keep_upload")
    if locked.question.files_max == 1 and not locked.is_surplus:  # only now does it replace the earlier file
        older = Q(uploaded_at__lt=locked.uploaded_at) | Q(uploaded_at=locked.uploaded_at, pk__lt=locked.pk)
        drop(locked.application.uploads.filter(older, question=locked.question, is_surplus=False))
    return locked


@transaction.atomic
def _refuse(upload: Upload, found: CheckResult) -> Upload | None:
    locked = _still_received(upload)
    if locked is None:
        return None
    transaction.on_commit(fields.deletion(upload))
    locked.file.name = ""
    locked.state, locked.refused_because = State.REFUSED, found.refused
    _written(locked, found, "application.refuse_upload")
    application = locked.application
    if application.student and not application.is_test:
        context = {"application": application, "upload": locked}
        outbox.queue("applications/upload_refused", to=application.student, context=context)
    return locked


def _still_received(upload: Upload) -> Upload | None:
    rows = Upload.objects.select_for_update(of=("self",)).select_related("question", "application__student")
    return rows.filter(pk=upload.pk, state=State.RECEIVED).first()


def _written(upload: Upload, found: CheckResult, action: str) -> None:
    upload.checked_at, upload.scanned_at = timezone.now(), found.scanned_at
    upload.save()
    changes = {"key": upload.question.key, "size": upload.size, "refused": upload.refused_because}
    audit.record(action, upload.application, by=None, changes={key: value for key, value in changes.items() if value})


def drop(uploads: Iterable[Upload]) -> int:
    """Delete the rows now, and their files after the commit."""
    rows = list(uploads)
    for row in rows:
        transaction.on_commit(fields.deletion(row))
        row.delete()
    return len(rows)


# --- Periodic tasks ---------------------------------------------------------------------------------


def look_after(limit: int = 200) -> dict[str, int]:
    """Queue again the files whose check was lost, and drop expired unfinished uploads. Returns how many of each."""
    now = timezone.now()
    handed = []
    if not antivirus.is_configured() or antivirus.answers():  # else each run would add tasks that only wait
        lost = Upload.objects.filter(state=State.RECEIVED, uploaded_at__lt=now - TASK_LOST_AFTER)
        handed = list(lost.order_by("uploaded_at").values_list("pk", flat=True)[:limit])
    for pk in handed:
        dispatch.send("applications.check_upload", upload_id=pk)
    expired = list(IncomingUpload.objects.filter(started_at__lt=now - EXPIRES)[:limit])
    for incoming in expired:
        drop_incoming(incoming)
    return {"checked": len(handed), "forgotten": len(expired)}


def oldest_waiting(_now: datetime) -> datetime | None:
    """Since when the oldest file waits for its check."""
    waiting = Upload.objects.filter(state=State.RECEIVED).exclude(file="")
    found: datetime | None = waiting.aggregate(at=Min("uploaded_at"))["at"]
    return found


def remove_old(*, dry_run: bool = False) -> list[Upload]:
    """Delete files past their last day, unless `dry_run`. If a cycle's decision date moved, the later day counts."""
    today = timezone.localdate()
    decided_before = today - timedelta(days=int(facts.number("upload.keep_days")))
    old = Upload.objects.filter(
        Q(delete_after__lt=today) | Q(delete_after__isnull=True), application__cycle__decisions_on__lt=decided_before
    )
    old = old.filter(~is_held("application__"))
    uploads = list(old.select_related("question", "application__cycle").order_by("application_id", "pk"))
    if not dry_run:
        for application_id in dict.fromkeys(upload.application_id for upload in uploads):
            _remove([upload for upload in uploads if upload.application_id == application_id])
        drop_orphans()
    return uploads


@transaction.atomic
def _remove(uploads: list[Upload]) -> None:
    application: Application = uploads[0].application
    keys = sorted({upload.question.key for upload in uploads})
    if drop(uploads):
        audit.record("application.remove_old_uploads", application, by=None, changes={"keys": keys})
