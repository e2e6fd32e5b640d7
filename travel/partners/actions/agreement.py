"""Actions for agreements: their terms, their signed documents, and the reminder before they end."""

import functools
import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions.upload import ReceivedFile, shown_name
from applications.models import Upload
from exchange.background import dispatch
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.files.storage import no_orphans
from exchange.messages import outbox
from exchange.models import PartnerCity, User
from exchange.reference import facts
from travel.base import actions as rows
from travel.models import Agreement, AgreementFile

if TYPE_CHECKING:
    from applications.apply.actions.upload_check import CheckResult

REMIND_DAYS = "agreement.remind_days"
FILES_MAX = 10
LOST_AFTER = timedelta(minutes=5)
State = Upload.State


# --- Terms ------------------------------------------------------------------------------------------


def add(city: PartnerCity, values: Mapping[str, Any], *, by: User) -> Agreement:
    """RuleViolation: not_possible."""
    return rows.add(Agreement, {"city": city, **values}, under=city, by=by)


@transaction.atomic
def change(agreement: Agreement, values: Mapping[str, Any], *, seen: str, by: User) -> Agreement:
    """Change the terms. A new last day is reminded of again. RuleViolation: not_possible, changed_meanwhile."""
    before = rows.lock(agreement).ends_on
    agreement = rows.change(agreement, values, seen=seen, by=by)
    if agreement.ends_on != before and agreement.reminded_at:
        agreement.reminded_at = None
        agreement.save(update_fields=["reminded_at"])
    return agreement


def remind_due() -> int:
    """Tell the office once of each agreement that ends soon; returns how many.

    Each row is claimed before its messages are written, so a second run sends nothing twice.
    """
    by_day = timezone.localdate() + timedelta(days=int(facts.number(REMIND_DAYS)))
    due = Agreement.objects.filter(is_over=False, reminded_at=None, ends_on__lte=by_day)
    return sum(_remind(pk) for pk in list(due.order_by("ends_on").values_list("pk", flat=True)))


@transaction.atomic
def _remind(pk: int) -> bool:
    if not Agreement.objects.filter(pk=pk, reminded_at=None, is_over=False).update(reminded_at=timezone.now()):
        return False
    agreement = Agreement.objects.select_related("city").get(pk=pk)
    for person in roles.coordinators():
        outbox.queue("travel/agreement_ends", to=person, context={"agreement": agreement})
    audit.record("agreement.remind", agreement, by=None)
    return True


# --- Signed documents -------------------------------------------------------------------------------


def add_file(agreement: Agreement, received: ReceivedFile, *, by: User) -> AgreementFile:
    """Store a document that `upload.look` accepted; a task checks it. The same document twice is stored once.

    RuleViolation: too_many_files.
    """
    digest = hashlib.sha256(received.content).hexdigest()
    paper = AgreementFile(
        code=secrets.token_hex(16),
        agreement=agreement,
        original_name=received.name,
        content_type=received.content_type,
        size=len(received.content),
        digest=digest,
        uploaded_by=by,
    )
    with no_orphans() as note:
        paper.file.save("file", ContentFile(received.content), save=False)
        note(paper.file.storage, paper.file.name)
        kept = _add_file(paper, by=by)
    if kept.pk != paper.pk:
        paper.file.storage.delete(str(paper.file.name))
    return kept


@transaction.atomic
def _add_file(paper: AgreementFile, *, by: User) -> AgreementFile:
    agreement = rows.lock(paper.agreement)
    if same := agreement.files.filter(digest=paper.digest).first():
        return same
    if agreement.files.count() >= FILES_MAX:
        raise RuleViolation(
            "too_many_files", _("There are already %(count)s documents. Remove one first.") % {"count": FILES_MAX}
        )
    paper.save()
    audit.record("agreement.add_file", agreement, by=by, changes={"size": paper.size})
    dispatch.send_after_commit("travel.check_agreement_file", file_id=paper.pk)
    return paper


def check_file(file_id: int) -> AgreementFile | None:
    """Scan and clean one document, then keep or refuse it; None if there was nothing to do. May run twice.

    `upload_check.CANNOT_SCAN`: the scanner can't be reached; the document waits.
    """
    paper = AgreementFile.objects.filter(pk=file_id, state=State.RECEIVED).first()
    if paper is None:
        return None
    from applications.apply.actions.upload_check import examine  # noqa: PLC0415 -- heavy: only the worker opens files

    raw = str(paper.file.name)
    with paper.file.open("rb") as file:
        found = examine(file.read(), paper.content_type)
    with no_orphans() as note:
        kept = ""
        if not found.refused:
            paper.content_type = found.kind
            paper.file.save("file", ContentFile(found.content), save=False)
            kept = str(paper.file.name)
            note(paper.file.storage, kept)
        locked = _record_check(paper, found, kept)
    if locked is None:  # another worker was faster, or the document was removed
        if kept:
            paper.file.storage.delete(kept)
    elif kept != raw:
        transaction.on_commit(functools.partial(paper.file.storage.delete, raw))
    return locked


@transaction.atomic
def _record_check(paper: AgreementFile, found: "CheckResult", kept: str) -> AgreementFile | None:
    locked = AgreementFile.objects.select_for_update(of=("self",)).filter(pk=paper.pk, state=State.RECEIVED).first()
    if locked is None:
        return None
    locked.file.name, locked.checked_at, locked.scanned_at = kept, timezone.now(), found.scanned_at
    locked.state, locked.refused_because = State.REFUSED if found.refused else State.KEPT, found.refused
    if kept:
        locked.content_type, locked.size = found.kind, len(found.content)
        locked.original_name = shown_name(locked.original_name, found.kind)
    locked.save()
    audit.record(f"agreement.{locked.state}_file", locked.agreement, by=None)
    return locked


def look_after_files(limit: int = 100) -> int:
    """Send again the documents that no task has checked."""
    lost = AgreementFile.objects.filter(state=State.RECEIVED, uploaded_at__lt=timezone.now() - LOST_AFTER)
    ids = list(lost.values_list("pk", flat=True)[:limit])
    for pk in ids:
        dispatch.send("travel.check_agreement_file", file_id=pk)
    return len(ids)


@transaction.atomic
def open_file(paper: AgreementFile, *, by: User) -> None:
    audit.record("agreement.open_file", paper.agreement, by=by)


@transaction.atomic
def remove_file(paper: AgreementFile, *, by: User) -> None:
    """Delete a document for good. Safe to repeat."""
    locked = AgreementFile.objects.select_for_update(of=("self",)).filter(pk=paper.pk).first()
    if locked is None:
        return
    if name := str(locked.file.name or ""):
        transaction.on_commit(functools.partial(locked.file.storage.delete, name))
    audit.record("agreement.remove_file", locked.agreement, by=by)
    locked.delete()
