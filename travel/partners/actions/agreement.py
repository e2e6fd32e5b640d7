"""Actions for agreements: their terms, their signed documents, and the reminder before they end."""

import functools
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.apply.actions.upload import ReceivedFile
from exchange.background import dispatch
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages.reminders import Before, Reminder
from exchange.models import PartnerCity, User
from exchange.templatetags.ui import day_year
from travel.base import actions as rows
from travel.base import checked_files
from travel.models import Agreement, AgreementFile

REMIND_DAYS = "agreement.remind_days"
FILES_MAX = 10


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


REMINDER = Reminder[Agreement](
    name="travel.agreement",
    template="travel/agreement_ends",
    action="agreement.remind",
    offsets=(Before((REMIND_DAYS,), of=lambda row: row.ends_on),),
    rows=lambda: Agreement.objects.filter(is_over=False).select_related("city").order_by("ends_on"),
    people=lambda row: list(roles.coordinators()),
    context=lambda row, _person: {"agreement": row},
    about=lambda row: (
        _("agreement with %(city)s, which ends on %(day)s") % {"city": row.city, "day": day_year(row.ends_on)}
    ),
    who=gettext_lazy("the office"),
    count=lambda row: 1,
    mark="reminded_at",
    is_one_a_day=False,
)


# --- Signed documents -------------------------------------------------------------------------------


def add_file(agreement: Agreement, received: ReceivedFile, *, by: User) -> AgreementFile:
    """Store a document that `upload.look` accepted; a task checks it. The same document twice is stored once.

    RuleViolation: too_many_files.
    """
    paper = AgreementFile(agreement=agreement, uploaded_by=by, **checked_files.columns_of(received))
    return checked_files.store(paper, received, functools.partial(_add_file, by=by), by=by)


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
    """Scan and clean one document, then keep or refuse it, as `checked_files.check`."""
    return checked_files.check(AgreementFile.objects.filter(pk=file_id), _settle)


def _settle(paper: AgreementFile) -> None:
    audit.record(f"agreement.{paper.state}_file", paper.agreement, by=None)


def look_after_files(limit: int = 100) -> int:
    """Send again the documents that no task has checked."""
    rows = AgreementFile.objects.all()
    return checked_files.send_again(rows, _check_again, limit=limit)


def _check_again(pk: int) -> None:
    dispatch.send("travel.check_agreement_file", file_id=pk)


@transaction.atomic
def open_file(paper: AgreementFile, *, by: User) -> None:
    audit.record("agreement.open_file", paper.agreement, by=by)


@transaction.atomic
def remove_file(paper: AgreementFile, *, by: User) -> None:
    """Delete a document for good. Safe to repeat."""
    locked = AgreementFile.objects.select_for_update(of=("self",)).filter(pk=paper.pk).first()
    if locked is None:
        return
    checked_files.delete_later(locked)
    audit.record("agreement.remove_file", locked.agreement, by=by)
    locked.delete()
