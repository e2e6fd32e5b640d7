"""Actions for fee vouchers. Each writes one line in the ledger, and no line is ever changed."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base.actions import check_shown
from travel.models import FeeVoucher, PassportCase, VoucherEntry
from travel.states import HELPED, VOUCHER_MOVES, VoucherState

Kind = VoucherEntry.Kind
SHOWN = ("state", "application")


@transaction.atomic
def issue(*, numbers: Sequence[str], amount: Decimal, fee: str, method: str, fund: str, by: User) -> list[FeeVoucher]:
    """Enter new vouchers of one kind by their numbers. RuleViolation: none, number_taken (then none is entered)."""
    if not numbers:
        raise RuleViolation("none", _("Enter the number of the first voucher."))
    taken = FeeVoucher.objects.filter(number__in=numbers).order_by("number").first()
    if taken or len(set(numbers)) != len(numbers):
        number = taken.number if taken else numbers[0]
        raise RuleViolation(
            "number_taken", _("There’s already a voucher with the number %(number)s.") % {"number": number}
        )
    vouchers = [
        FeeVoucher.objects.create(number=number, amount=amount, fee=fee, method=method, fund=fund) for number in numbers
    ]
    for voucher in vouchers:
        _write(voucher, Kind.ISSUED, by=by)
    return vouchers


@transaction.atomic
def give(voucher: FeeVoucher, application: Application, *, by: User) -> FeeVoucher:
    """Give a voucher to a student. Giving it to the same one twice is the same as once.

    RuleViolation: not_here, not_helped, own, has_one for the same fee.
    """
    voucher = _locked(voucher)
    if voucher.state == VoucherState.GIVEN and voucher.application_id == application.pk:
        return voucher
    if application.status not in HELPED:
        raise RuleViolation("not_helped", _("This student isn’t getting ready for a trip."))
    _not_own(application, by)
    _move(voucher, VoucherState.GIVEN)
    # locked, so that two vouchers for the same fee wait for each other
    Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if FeeVoucher.objects.held().filter(application=application, fee=voucher.fee).exists():
        raise RuleViolation("has_one", _("This student already has a voucher for that fee."))
    case = PassportCase.objects.filter(application=application).select_related("trip").first()
    voucher.application, voucher.trip = application, case.trip if case else None
    voucher.save(update_fields=["state", "application", "trip"])
    _write(voucher, Kind.GIVEN, by=by)
    return voucher


@transaction.atomic
def use(voucher: FeeVoucher, *, note: str = "", by: User, seen: str = "") -> FeeVoucher:
    """Record that the voucher paid the fee. RuleViolation: used_already, not_given."""
    voucher = _locked(voucher)
    _not_own(voucher.application, by)
    if voucher.state == VoucherState.USED:
        raise RuleViolation("used_already", _("This voucher has already been used. It only works once."))
    if voucher.state != VoucherState.GIVEN:
        raise RuleViolation("not_given", _("No student has this voucher, so it can’t have been used."))
    _move(voucher, VoucherState.USED, seen)
    voucher.save(update_fields=["state"])
    _write(voucher, Kind.USED, note=note, by=by)
    return voucher


@transaction.atomic
def take_back(voucher: FeeVoucher, *, note: str = "", by: User, seen: str = "") -> FeeVoucher:
    """Return a voucher to the office, which may give it to another student. RuleViolation: used_already.

    Safe to repeat.
    """
    voucher = _locked(voucher)
    _not_own(voucher.application, by)
    if voucher.state == VoucherState.OFFICE:
        return voucher
    _move(voucher, VoucherState.OFFICE, seen)
    application = voucher.application
    voucher.application = voucher.trip = None
    voucher.save(update_fields=["state", "application", "trip"])
    _write(voucher, Kind.RETURNED, note=note, application=application, by=by)
    return voucher


@transaction.atomic
def lose(voucher: FeeVoucher, *, note: str = "", by: User, seen: str = "") -> FeeVoucher:
    """Mark a voucher as lost, so that it can't pay. Safe to repeat. RuleViolation: used_already."""
    voucher = _locked(voucher)
    _not_own(voucher.application, by)
    if voucher.state == VoucherState.LOST:
        return voucher
    _move(voucher, VoucherState.LOST, seen)
    voucher.save(update_fields=["state"])
    _write(voucher, Kind.LOST, note=note, by=by)
    return voucher


def _not_own(application: Application | None, by: User) -> None:
    if application is not None and application.student_id == by.pk:
        raise RuleViolation("own", _("This voucher is your own. Someone else has to record what happens to it."))


def _locked(voucher: FeeVoucher) -> FeeVoucher:
    return FeeVoucher.objects.select_for_update(of=("self",)).select_related("application").get(pk=voucher.pk)


def _move(voucher: FeeVoucher, state: VoucherState, seen: str = "") -> None:
    check_shown(voucher, SHOWN, seen)
    if state in VOUCHER_MOVES[VoucherState(voucher.state)]:
        voucher.state = state
        return
    if voucher.state == VoucherState.USED:
        raise RuleViolation("used_already", _("This voucher has already been used. It only works once."))
    if voucher.state == VoucherState.GIVEN:
        raise RuleViolation("not_here", _("Another student has this voucher. Mark it as returned first."))
    raise RuleViolation("not_here", _("This voucher is lost. Mark it as found first."))


def _write(
    voucher: FeeVoucher, kind: VoucherEntry.Kind, *, by: User, note: str = "", application: Application | None = None
) -> None:
    whose = application or voucher.application
    VoucherEntry.objects.create(voucher=voucher, kind=kind, amount=voucher.amount, application=whose, note=note, by=by)
    audit.record(f"voucher.{kind}", voucher, by=by, changes={"number": voucher.number})
