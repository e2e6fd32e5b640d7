"""Actions on uploads: receive a file whole with the form or in pieces over a poor connection, remove it, open it.

A complete file has the state `received`; then `actions.upload_check` keeps or refuses it, in a task.
"""

import functools
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions import draft, fields, help, upload_quota
from applications.base import file_kinds
from applications.base.sections import questions_by_key, unknown_question
from applications.models import Application, Cycle, IncomingUpload, Question, Upload
from exchange.background import dispatch
from exchange.base import access, audit
from exchange.base.access import Opening
from exchange.base.errors import RuleViolation
from exchange.base.outage import AwayError
from exchange.files import storage
from exchange.files.storage import no_orphans
from exchange.models import AccessRecord, User
from exchange.reference import facts

PIECES = "incoming"  # a folder in the storage
EXPIRES = timedelta(hours=24)  # an unfinished upload is deleted after this time
PIECES_MAX = 2000  # a hostile client could send ten million pieces of one byte
UNFINISHED_MAX = 20  # per application; the oldest is dropped
NAME_MAX = 100
LIMITS = ("upload.megabytes", "upload.megapixels")


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that passed `look`: the kind is by its content, and the name is safe to show."""

    name: str
    content: bytes
    content_type: str


def look(name: str, content: bytes) -> ReceivedFile:
    """The cheap part of the check, during the request. Raises RuleViolation: a value of `Upload.Refusal`, or empty."""
    limits = facts.numbers(*LIMITS)
    if not content:
        raise RuleViolation("empty", _("This file is empty. Choose it again, or take a photo of it."))
    try:
        kind = file_kinds.look(
            content, megabytes=float(limits["upload.megabytes"]), megapixels=float(limits["upload.megapixels"])
        )
    except file_kinds.FileRefused as refused:
        raise RuleViolation(refused.reason, refusal(refused.reason, len(content), limits)) from refused
    return ReceivedFile(shown_name(name, kind), content, kind)


def refusal(reason: str, size: int, limits: Mapping[str, int | Decimal] | None = None) -> str:
    """Why a file is refused, in words for the student, with the limit that it exceeds."""
    limits = limits or facts.numbers(*LIMITS)
    texts = {
        "wrong_type": _("We take photos (JPEG, PNG, HEIC, WebP) and PDFs. This file is something else."),
        "too_large": _("This file is %(size).1f MB. The limit is %(megabytes)g MB."),
        "too_many_pixels": _("This picture is too large to open. The limit is %(megapixels)g megapixels."),
        "unreadable": _("We couldn’t open this file. Take the photo or save the file again, without a password."),
    }
    return texts[reason] % {
        "size": size / file_kinds.MEGABYTE,
        "megabytes": limits["upload.megabytes"],
        "megapixels": limits["upload.megapixels"],
    }


def shown_name(name: str, kind: str) -> str:
    """A file's name without folders and without deceptive characters, with the extension of its real kind."""
    words = unicodedata.normalize("NFC", re.split(r"[/\\]", name.replace("\0", ""))[-1])
    # Cc, Cf, Cs, Co, Cn: control characters, marks that reverse the text direction, surrogates
    words = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in words)
    stem = " ".join(re.sub(r"\.[^.\s]{0,8}$", "", words.strip()).split())[:NAME_MAX].strip(" .")
    return (stem or "file") + Upload.EXTENSIONS[kind]


# --- In pieces --------------------------------------------------------------------------------------


@transaction.atomic
def begin(
    application: Application,
    key: str,
    *,
    name: str,
    size: int,
    by: User | None,
    network: str = "",
    picked_at: datetime | None = None,
) -> IncomingUpload:
    """Start an upload in pieces, of `size` bytes. Nothing has been read yet, so a wrong size costs nothing.

    `network`: the sender's, for the visitors' quota. `picked_at`: when the person chose the file, by our clock; if that
    was before the deadline, it may arrive in the grace period. Raises RuleViolation: empty, too_large,
    unknown_question, part_not_open, too_many_files, too_many_for_now, not_open_for_editing, closed.
    """
    limits = facts.numbers(*LIMITS)
    if size < 1:
        raise RuleViolation("empty", _("This file is empty. Choose it again, or take a photo of it."))
    if size > limits["upload.megabytes"] * file_kinds.MEGABYTE:
        raise RuleViolation("too_large", refusal("too_large", size, limits))
    now = timezone.now()
    locked = draft.lock_to_write(application, late=draft.is_in_time(application, picked_at or now))
    question = _question(locked, key)
    _check_room(locked, question)
    upload_quota.spend(locked, network, 1, by=by)
    for old in locked.incoming_uploads.filter(upload=None).order_by("-started_at")[UNFINISHED_MAX - 1 :]:
        drop_incoming(old)
    return IncomingUpload.objects.create(
        code=secrets.token_hex(16),
        application=locked,
        question=question,
        # `finish` sets the extension, from the content
        original_name=name[:NAME_MAX].replace("\0", ""),
        size=size,
        # in the grace period: a time before the deadline, because `finish` checks that it started in time
        started_at=now if locked.accepts_changes else locked.closes_at - timedelta(seconds=1),
    )


def take(incoming: IncomingUpload, content: bytes, *, offset: int) -> IncomingUpload:
    """Store the piece at `offset`. Raises RuleViolation: gone, wrong_offset, too_much, too_many_pieces."""
    if not content:
        return incoming
    with no_orphans() as note:
        # of two requests at once each has a file of its own: a bucket would let the later one write over the first
        name = f"{_folder(incoming)}/{offset:010d}-{secrets.token_hex(4)}"
        name = default_storage.save(name, ContentFile(content))
        note(default_storage, name)
        return _append(incoming, name, len(content), offset)


@transaction.atomic
def _append(incoming: IncomingUpload, name: str, length: int, offset: int) -> IncomingUpload:
    locked = IncomingUpload.objects.select_for_update(of=("self",)).filter(pk=incoming.pk).first()
    if locked is None:  # another request found that it can't be finished, and dropped it
        raise _gone()
    if locked.received != offset:  # two requests at once, or a late one: the first counts
        raise wrong_offset()
    if offset + length > locked.size:
        raise too_much()
    if len(locked.pieces) >= PIECES_MAX:
        raise RuleViolation("too_many_pieces", _("This file came in too many pieces. Start again."))
    locked.pieces.append(name)
    locked.received += length
    locked.save(update_fields=["pieces", "received"])
    return locked


def finish(incoming: IncomingUpload, application: Application, *, by: User | None) -> Upload:
    """Join the pieces, `look` at the file and queue its check. A second call returns the same upload.

    `application`: the current one, because the draft may have been merged into another meanwhile. Raises
    RuleViolation as `look` and `begin` do; then the pieces are deleted.
    """
    if incoming.upload:
        return incoming.upload
    try:
        file = look(incoming.original_name, _joined(incoming))
        # if it was started in time, it may arrive in the grace period
        late = draft.is_in_time(application, incoming.started_at)
        key = incoming.question.key
        return _add(application, key, [(file, incoming.code)], by=by, late=late, incoming=incoming)[0]
    except (RuleViolation, FileNotFoundError) as error:
        if there := Upload.objects.filter(code=incoming.code).first():
            return there  # the last piece was sent twice at once
        drop_incoming(incoming)
        if isinstance(error, RuleViolation):
            raise
        raise _gone() from error


def wrong_offset() -> RuleViolation:
    return RuleViolation("wrong_offset", _("Part of this file is missing. Ask where to continue."))


def too_much() -> RuleViolation:
    return RuleViolation("too_much", _("More arrived than this file should have. Send it again."))


def _gone() -> RuleViolation:
    return RuleViolation("gone", _("This file didn’t arrive complete. Send it again."))


def _joined(incoming: IncomingUpload) -> bytes:
    parts = []
    for name in incoming.pieces:
        with default_storage.open(name) as piece:
            parts.append(piece.read())
    return b"".join(parts)


def drop_incoming(incoming: IncomingUpload) -> None:
    """Delete the row and its pieces, also pieces that a failed request left in the folder."""
    IncomingUpload.objects.filter(pk=incoming.pk).delete()
    transaction.on_commit(functools.partial(_delete_folder, incoming))


def drop_orphans() -> int:
    """Delete the pieces of uploads whose row was deleted with an abandoned draft. Returns the number of uploads."""
    orphans = [code for code in _listed(PIECES)[0] if not IncomingUpload.objects.filter(code=code).exists()]
    for code in orphans:
        _delete_folder(IncomingUpload(code=code))
    return len(orphans)


def _folder(incoming: IncomingUpload) -> str:
    return f"{PIECES}/{incoming.code}"


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _delete_folder(incoming: IncomingUpload) -> None:
    folder = _folder(incoming)
    with suppress(AwayError):  # `drop_orphans` finds it once the storage is back
        _folders, names = _listed(folder)
        for name in names:
            default_storage.delete(f"{folder}/{name}")
        default_storage.delete(folder)  # does nothing in a bucket, which has no folders


# --- Whole ------------------------------------------------------------------------------------------


def add(
    application: Application, key: str, files: Sequence[ReceivedFile], *, by: User | None, network: str = ""
) -> list[Upload]:
    """Add files sent with the form, also in the grace period, like the page's answers. RuleViolation: as `begin`, and
    storage_away.
    """
    upload_quota.spend(application, network, len(files), by=by)
    with storage.taking_files():
        return _add(application, key, [(file, secrets.token_hex(16)) for file in files], by=by, late=True)


def _stored(file: ReceivedFile, *, code: str) -> Upload:
    """An unsaved row whose file is in the storage: writing to a bucket takes longer than a lock should be held."""
    upload = Upload(
        code=code,
        original_name=file.name,
        content_type=file.content_type,
        size=len(file.content),
    )
    upload.file.save("file", ContentFile(file.content), save=False)
    return upload


def _add(
    application: Application,
    key: str,
    files: Sequence[tuple[ReceivedFile, str]],
    *,
    by: User | None,
    late: bool,
    incoming: IncomingUpload | None = None,
) -> list[Upload]:
    """Store the files, each with its code, and write their rows; both or neither."""
    with no_orphans() as note:
        uploads = []
        for file, code in files:
            uploads.append(_stored(file, code=code))
            note(uploads[-1].file.storage, uploads[-1].file.name)
        return _write(application, key, uploads, by, late, incoming)


@transaction.atomic
def _write(
    application: Application,
    key: str,
    uploads: list[Upload],
    by: User | None,
    late: bool,
    incoming: IncomingUpload | None,
) -> list[Upload]:
    locked = draft.lock_to_write(application, late=late)
    help.require_running(locked, by=by)
    question = _question(locked, key)
    if incoming:
        row = IncomingUpload.objects.select_for_update(of=("self",)).select_related("upload").get(pk=incoming.pk)
        if row.upload:
            raise RuleViolation("arrived", _("We already have this file."))
    _check_room(locked, question, len(uploads))
    if question.files_max == 1:
        # a student who sends another file has seen the surplus ones
        locked.uploads.filter(question=question).update(is_surplus=False)
        _drop(locked.uploads.filter(question=question).exclude(state=Upload.State.KEPT))
    refused = locked.uploads.filter(question=question, state=Upload.State.REFUSED)
    _drop(refused.order_by("-uploaded_at")[question.files_max :])  # so that refused files don't accumulate
    for upload in uploads:
        upload.application, upload.question = locked, question
        upload.delete_after = delete_after(locked.cycle)
        upload.save()
        changes = {"key": question.key, "size": upload.size}
        audit.record("application.save_upload", locked, by=by, changes=changes)
        dispatch.send_after_commit("applications.check_upload", upload_id=upload.pk)
    if incoming:
        row.upload, row.pieces = uploads[0], []
        row.save(update_fields=["upload", "pieces"])
        transaction.on_commit(functools.partial(_delete_folder, incoming))
    fields.mark_saved(locked)
    return uploads


def _question(application: Application, key: str) -> Question:
    key = key[:40].replace("\0", "")
    question = questions_by_key(application, [key]).get(key)
    if question is None or question.kind != Question.Kind.FILE:
        raise unknown_question()
    if not application.opens_section(question.section.key):
        raise RuleViolation("part_not_open", _("This part isn’t open. You can only change what we asked you to fix."))
    return question


def _check_room(application: Application, question: Question, more: int = 1) -> None:
    """Of a question for one file, a new one replaces it; of several files, one must be removed first."""
    there = 0
    if question.files_max > 1:
        there = application.uploads.filter(question=question).exclude(state=Upload.State.REFUSED).count()
    if there + more > question.files_max:
        raise RuleViolation(
            "too_many_files",
            _("You can send up to %(count)s files here. Remove one before you send another.")
            % {"count": question.files_max},
        )


def delete_after(cycle: Cycle) -> date:
    """The last day on which files of this cycle are kept."""
    return cycle.decisions_on + timedelta(days=int(facts.number("upload.keep_days")))


# --- Remove, open -----------------------------------------------------------------------------------


@transaction.atomic
def remove(upload: Upload, *, by: User | None, late: bool = False) -> None:
    """Delete the upload. `late`: allow it in the grace period. Raises RuleViolation: part_not_open,
    not_open_for_editing, closed.
    """
    locked = draft.lock_to_write(upload.application, late=late)
    help.require_running(locked, by=by)
    question = _question(locked, upload.question.key)
    if _drop(locked.uploads.filter(pk=upload.pk)):
        fields.mark_saved(locked)
        audit.record("application.remove_upload", locked, by=by, changes={"key": question.key})


def _drop(uploads: Iterable[Upload]) -> int:
    rows = list(uploads)
    for upload in rows:
        transaction.on_commit(fields.deletion(upload))
        upload.delete()
    return len(rows)


@transaction.atomic
def open_upload(upload: Upload, *, by: User) -> Upload:
    """Record in the audit log, and in the student's list of who opened what, that somebody reads a file."""
    application = upload.application
    audit.record("application.open_upload", application, by=by, changes={"key": upload.question.key})
    if application.student_id:
        opening = Opening(application.student_id, application.code, application.college_id, AccessRecord.What.FILE)
        access.record([opening], by=by)
    return upload


def save_files(
    application: Application,
    key: str,
    files: Iterable[ReceivedFile],
    *,
    removed: Iterable[str] = (),
    by: User | None,
    network: str = "",
) -> list[Upload]:
    """Apply the form's changes to one question's files: remove some, add some. RuleViolation: as `begin`, `remove`."""
    for upload in application.uploads.filter(question__key=key, code__in=list(removed)).select_related("question"):
        remove(upload, by=by, late=True)
    files = list(files)
    return add(application, key, files, by=by, network=network) if files else []
