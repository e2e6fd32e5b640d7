"""Stores a file that somebody sends with its row; a task scans and cleans it before anyone can open it (docs/adr/0011).

Used for agreements with partners, receipts and files of the checklist. Their actions say what a row may be, and what
follows once its file is checked.
"""

import functools
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from applications.apply.actions import upload_quota
from applications.apply.actions.upload import ReceivedFile, shown_name
from applications.models import Upload
from exchange.files import storage
from exchange.files.storage import no_orphans
from exchange.models import User
from travel.models.checked_file import CheckedFile

if TYPE_CHECKING:
    from applications.apply.actions.upload_check import CheckResult

LOST_AFTER = timedelta(minutes=5)
State = Upload.State


def columns_of(received: ReceivedFile) -> dict[str, Any]:
    """The columns of a new row, for a file that `upload.look` accepted."""
    return {
        "code": secrets.token_hex(16),
        "original_name": received.name,
        "content_type": received.content_type,
        "size": len(received.content),
        "digest": hashlib.sha256(received.content).hexdigest(),
    }


def store[T: CheckedFile](row: T, received: ReceivedFile, write: Callable[[T], T], *, by: User) -> T:
    """Save the file, then the row by `write`, which returns the row that counts: this one, or an older one with the
    same file. What `write` refuses leaves no file. RuleViolation: too_many_for_now, storage_away.
    """
    upload_quota.spend_of(by)
    with storage.taking_files(), no_orphans() as note:
        row.file.save("file", ContentFile(received.content), save=False)
        note(row.file.storage, row.file.name)
        kept = write(row)
    if kept.pk != row.pk:
        row.file.storage.delete(str(row.file.name))
    return kept


def check[T: CheckedFile](
    rows: QuerySet[T], settle: Callable[[T], None], *, lock_first: Callable[[T], object] | None = None
) -> T | None:
    """Scan and clean the file of one row, then keep or refuse it; None if there was nothing to do. May run twice.

    `settle` is called with the saved row, in the transaction that locks it; `lock_first` before it's locked.
    `upload_check.CANNOT_SCAN`: the scanner can't be reached; the file waits.
    """
    row = _unchecked(rows).first()
    if row is None:
        return None
    from applications.apply.actions.upload_check import examine  # noqa: PLC0415 -- heavy: only the worker opens files

    raw = str(row.file.name)
    with row.file.open("rb") as file:
        found = examine(file.read(), row.content_type)
    with no_orphans() as note:
        kept = ""
        if not found.refused:
            row.content_type = found.kind
            row.file.save("file", ContentFile(found.content), save=False)
            kept = str(row.file.name)
            note(row.file.storage, kept)
        with transaction.atomic():
            if lock_first:
                lock_first(row)
            there = _unchecked(rows).select_for_update(of=("self",)).first()
            if there is not None:
                _record(there, found, kept)
                settle(there)
    if there is None:  # another worker was faster, or the file was removed
        if kept:
            row.file.storage.delete(kept)
    elif kept != raw:
        transaction.on_commit(functools.partial(storage.delete, raw))
    return there


def _unchecked[T: CheckedFile](rows: QuerySet[T]) -> QuerySet[T]:
    return rows.filter(state=State.RECEIVED).exclude(file="")


def _record(row: CheckedFile, found: "CheckResult", kept: str) -> None:
    row.file.name, row.checked_at, row.scanned_at = kept, timezone.now(), found.scanned_at
    row.state, row.refused_because = State.REFUSED if found.refused else State.KEPT, found.refused
    if kept:
        row.content_type, row.size = found.kind, len(found.content)
        row.original_name = shown_name(row.original_name, found.kind)
    row.save()


def send_again(rows: QuerySet[Any], send: Callable[[int], object], *, limit: int) -> int:
    """Start the task again for files that none has checked: `send` takes their primary key. Returns how many."""
    lost = _unchecked(rows).filter(uploaded_at__lt=timezone.now() - LOST_AFTER)
    ids = list(lost.values_list("pk", flat=True)[:limit])
    for pk in ids:
        send(pk)
    return len(ids)


def oldest_waiting(_now: datetime) -> datetime | None:
    """Since when the oldest file of any kind waits for its check."""
    files = [_unchecked(each._default_manager.all()) for each in CheckedFile.__subclasses__()]
    moments = [rows.aggregate(at=Min("uploaded_at"))["at"] for rows in files]
    return min((at for at in moments if at), default=None)


def delete_later(row: CheckedFile) -> None:
    """Delete the stored file once this transaction is committed."""
    transaction.on_commit(storage.deletion(row.file))
