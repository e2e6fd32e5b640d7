"""Actions on receipts: sent by the student, checked by a task, approved or returned by the office."""

import functools
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions.upload import ReceivedFile
from applications.base.costs import dollars
from applications.models import Upload
from exchange.background import dispatch
from exchange.base import access, audit
from exchange.base.access import Opening
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import AccessRecord, User
from travel.base import checked_files
from travel.base.actions import check_shown
from travel.models import FeeVoucher, MoneyPromise, Receipt
from travel.prepare.money import promise as money
from travel.prepare.money.actions import Why, cancel_open, checked_reason, locked, refuse_own, restore_canceled
from travel.prepare.money.promise import NotPossible
from travel.prepare.money.rows import sums_now
from travel.states import VoucherState

RECEIPTS_MAX = 10  # of one promise that count
State, Decision = Upload.State, Receipt.Decision
COUNTS = (Decision.WAITING, Decision.APPROVED)
JUDGED = ("decision", "approved_cents", "decided_at")  # what an undo takes back


# --- The student ------------------------------------------------------------------------------------


def send(promise: MoneyPromise, received: ReceivedFile, *, cents: int, spent_on: date, by: User) -> Receipt:
    """Store a receipt that `upload.look` accepted; a task checks it. The same photo twice is stored once.

    RuleViolation: no_refund, nothing_open, too_many_files.
    """
    receipt = Receipt(promise=promise, cents=cents, spent_on=spent_on, **checked_files.columns_of(received))
    return checked_files.store(receipt, received, functools.partial(_send, by=by), by=by)


@transaction.atomic
def _send(receipt: Receipt, *, by: User) -> Receipt:
    promise = locked(receipt.promise)
    there = promise.receipts.filter(decision__in=COUNTS)
    if same := there.filter(digest=receipt.digest).first():
        return same
    if not promise.rule.is_refund:
        raise RuleViolation("no_refund", _("You don’t need a receipt for this."))
    if sums_now(promise).room <= 0:
        raise RuleViolation("nothing_open", _("Nothing of this is open, so we can’t take another receipt."))
    if there.count() >= RECEIPTS_MAX:
        text = _("You’ve sent %(count)s receipts for this. Take one back first.")
        raise RuleViolation("too_many_files", text % {"count": RECEIPTS_MAX})
    receipt.save()
    audit.record("receipt.send", receipt, by=by, changes={"cents": receipt.cents, "size": receipt.size})
    dispatch.send_after_commit("travel.check_receipt", receipt_id=receipt.pk)
    return receipt


@transaction.atomic
def withdraw(receipt: Receipt, *, by: User) -> None:
    """Take back a receipt that nobody has decided on: its file goes. Safe to repeat. RuleViolation("decided")."""
    receipt = _locked(receipt)
    if receipt.decision == Decision.WITHDRAWN:
        return
    if receipt.decision != Decision.WAITING:
        raise RuleViolation("decided", _("The office has already looked at this receipt. Nothing was changed."))
    checked_files.delete_later(receipt)
    receipt.file.name, receipt.decision, receipt.decided_at = "", Decision.WITHDRAWN, timezone.now()
    receipt.save(update_fields=["file", "decision", "decided_at"])
    audit.record("receipt.withdraw", receipt, by=by)


# --- The file's check -------------------------------------------------------------------------------


def check_file(receipt_id: int) -> Receipt | None:
    """Scan and clean one file, then keep or refuse it, as `checked_files.check`."""
    return checked_files.check(Receipt.objects.filter(pk=receipt_id), _settle)


def _settle(receipt: Receipt) -> None:
    if receipt.state == State.REFUSED:
        receipt.decision, receipt.decided_at = Decision.WITHDRAWN, timezone.now()
        receipt.save(update_fields=["decision", "decided_at"])
    audit.record(f"receipt.{receipt.state}_file", receipt, by=None)


def look_after_files(limit: int = 100) -> int:
    """Send again the files that no task has checked."""
    return checked_files.send_again(Receipt.objects.all(), _check_again, limit=limit)


# --- The office -------------------------------------------------------------------------------------


@transaction.atomic
def open_file(receipt: Receipt, *, by: User) -> None:
    """Record that the office opens it, in the audit log and in the student's list of who opened what."""
    application = receipt.promise.placement.application
    audit.record("receipt.open_file", receipt, by=by)
    if application.student_id:
        opening = Opening(application.student_id, application.code, application.college_id, AccessRecord.What.FILE)
        access.record([opening], by=by)


@transaction.atomic
def approve(receipt: Receipt, *, cents: int, is_last: bool, reason: str = "", by: User) -> Receipt:
    """Approve all or part of a receipt. `is_last`: nothing else comes, so the rest of the promise is canceled.

    Safe to repeat. RuleViolation: decided, own, voucher, too_much, no_reason (for less than the receipt).
    """
    promise = locked(receipt.promise)
    receipt = _locked(receipt)
    if receipt.decision == Decision.APPROVED and receipt.approved_cents == cents:
        return receipt
    _refuse_decided(receipt)
    refuse_own(promise.placement, by)
    _refuse_voucher(promise)
    before = sums_now(promise)
    try:
        if cents > receipt.cents:
            raise NotPossible("too_much")
        after = money.approve(before, cents)
    except NotPossible as problem:
        most = dollars(money.decimal(min(before.room, receipt.cents)))
        raise RuleViolation("too_much", _("You can approve up to %(amount)s.") % {"amount": most}) from problem
    reason = checked_reason(reason) if cents < min(receipt.cents, before.room) or reason.strip() else ""
    receipt.approved_cents = cents
    _decide(receipt, Decision.APPROVED, reason, by=by)
    if is_last and after.room:
        cancel_open(promise, Why.SPENT_LESS, by=by, keep=after.payable)
    return receipt


@transaction.atomic
def send_back(receipt: Receipt, *, reason: str, by: User) -> Receipt:
    """Return a receipt with a reason, of which the student is told. Safe to repeat. RuleViolation: decided, own,
    no_reason."""
    promise = locked(receipt.promise)
    receipt = _locked(receipt)
    if receipt.decision == Decision.RETURNED:
        return receipt
    _refuse_decided(receipt)
    refuse_own(promise.placement, by)
    _decide(receipt, Decision.RETURNED, checked_reason(reason), by=by)
    context = {"promise": promise, "receipt": receipt, "placement": promise.placement}
    outbox.queue("travel/receipt_returned", to=promise.placement.application.person, context=context)
    return receipt


@transaction.atomic
def undo(receipt: Receipt, *, by: User, seen: str = "") -> Receipt:
    """Take a decision back, with what was canceled by it. Safe to repeat. RuleViolation: own, too_late, changed,
    changed_meanwhile."""
    promise = locked(receipt.promise)
    receipt = _locked(receipt)
    refuse_own(promise.placement, by)
    if receipt.decision not in (Decision.APPROVED, Decision.RETURNED):
        return receipt
    check_shown(receipt, JUDGED, seen)
    if receipt.decision == Decision.APPROVED:
        try:
            money.disapprove(sums_now(promise), receipt.approved_cents or 0)
        except NotPossible as problem:
            text = _("This is on a payment list or paid. Take it off the list first.")
            raise RuleViolation(problem.code, text) from problem
        if promise.canceled_why == Why.SPENT_LESS:
            restore_canceled(promise, by=by)
    elif promise.receipts.filter(decision__in=COUNTS, digest=receipt.digest).exists():
        raise RuleViolation("changed", _("The student has sent this receipt again. Look at that one."))
    receipt.approved_cents = None
    receipt.decision, receipt.reason, receipt.decided_at, receipt.decided_by = Decision.WAITING, "", None, None
    receipt.save(update_fields=DECIDED)
    audit.record("receipt.undo", receipt, by=by)
    return receipt


DECIDED = ["approved_cents", "decision", "reason", "decided_at", "decided_by"]


def _decide(receipt: Receipt, decision: str, reason: str, *, by: User) -> None:
    receipt.decision, receipt.reason, receipt.decided_at, receipt.decided_by = decision, reason, timezone.now(), by
    receipt.save(update_fields=DECIDED)
    changes = {"cents": receipt.approved_cents} if receipt.approved_cents else {}
    audit.record(f"receipt.{decision}", receipt, by=by, reason=reason, changes=changes)


def _refuse_decided(receipt: Receipt) -> None:
    if receipt.decision != Decision.WAITING or receipt.state != State.KEPT:
        raise RuleViolation("decided", _("Someone has already looked at this receipt, or the student withdrew it."))


def voucher_for(promise: MoneyPromise) -> FeeVoucher | None:
    """The voucher with which the city has paid this fee for this student, or is about to."""
    held = FeeVoucher.objects.filter(state__in=(VoucherState.GIVEN, VoucherState.USED))
    whose = promise.placement.application_id
    return held.filter(application=whose, fee=promise.rule.fee).first() if promise.rule.fee else None


def _refuse_voucher(promise: MoneyPromise) -> None:
    if voucher := voucher_for(promise):
        text = _("The city pays this fee with voucher %(number)s. Return the receipt, or take the voucher back first.")
        raise RuleViolation("voucher", text % {"number": voucher.number})


def _locked(receipt: Receipt) -> Receipt:
    return Receipt.objects.select_for_update(of=("self",)).get(pk=receipt.pk)


def _check_again(pk: int) -> None:
    dispatch.send("travel.check_receipt", receipt_id=pk)
