"""Actions on payment lists: made from what can be paid, downloaded for the finance office, marked as paid, undone."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import disclosures, edit_lock
from applications.models import Disclosure
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.files.spreadsheets import Cell
from exchange.messages import outbox
from exchange.models import Event, User
from travel.base.actions import check_shown
from travel.models import MoneyPromise, Payment, PaymentLine
from travel.prepare.money import promise as money
from travel.prepare.money import steps as money_steps
from travel.prepare.money.promise import NotPossible
from travel.prepare.money.rows import sums_of

REFERENCE_MAX = 60
PAID = ("paid_on", "reference")  # what an undo takes back


@transaction.atomic
def make(promises: Collection[str], *, by: User) -> Payment:
    """A list that pays everything payable of these promises, by code. RuleViolation: none, own.

    What somebody else has put on a list meanwhile is left out.
    """
    rows = MoneyPromise.objects.select_for_update(of=("self",)).filter(code__in=promises).order_by("pk")
    locked = list(rows.values_list("pk", flat=True))
    mine = MoneyPromise.objects.filter(pk__in=locked, placement__application__student=by)
    if mine.exists():
        raise RuleViolation("own", _("This is your own money. Someone else has to do this."))
    payment = Payment(made_by=by)
    lines = []
    for row in MoneyPromise.objects.filter(pk__in=locked).with_sums().select_related("rule"):
        try:
            _after, cents = money.put_on_list(sums_of(row))
        except NotPossible:
            continue
        lines.append(PaymentLine(payment=payment, promise=row, cents=cents))
    if not lines:
        raise RuleViolation("none", _("Choose what to pay. What’s on a list already isn’t paid twice."))
    payment.save()
    PaymentLine.objects.bulk_create(lines)
    total = sum(line.cents for line in lines)
    audit.record("payment.make", payment, by=by, changes={"lines": len(lines), "cents": total})
    return payment


@transaction.atomic
def note_export(payment: Payment, *, by: User) -> None:
    """Write down that the list left the portal, for each student on it."""
    payment = _locked(payment)
    payment.exported_at = timezone.now()
    payment.save(update_fields=["exported_at"])
    about = payment.lines.order_by().values_list("promise__placement__application", flat=True).distinct()
    disclosures.record(about, Disclosure.Kind.PAYMENTS, by=by)
    audit.record("payment.export", payment, by=by)


def file_rows(payment: Payment) -> Iterator[list[Cell]]:
    """A header and a line for each traveler and promise; no account and no address: the city has its own way."""
    yield [
        *(_("List"), _("Line"), _("Name"), _("Email"), _("Amount"), _("Currency")),
        *(_("For"), _("Trip"), _("Who pays")),
    ]
    related = "promise__rule", "promise__placement__application__student", "promise__placement__trip__city"
    for number, line in enumerate(payment.lines.select_related(*related), start=1):
        promise = line.promise
        placement, rule = promise.placement, promise.rule
        student = placement.application.person
        yield [
            *(payment.code, number, student.full_name, student.email or "", money.decimal(line.cents)),
            *(settings.CURRENCY, str(rule.title), str(placement.trip), rule.fund),
        ]


@transaction.atomic
def mark_paid(payment: Payment, *, paid_on: date, reference: str, by: User, seen: str = "") -> Payment:
    """The city has paid the list. Each student is told. Safe to repeat.

    RuleViolation: no_reference, in_future; changed_meanwhile, if somebody has taken a line off.
    """
    payment = _locked(payment)
    if payment.paid_on:
        return payment
    edit_lock.check_button(seen, mark_of(payment))
    reference = " ".join(reference.replace("\0", "").split())
    if not reference or len(reference) > REFERENCE_MAX:
        raise RuleViolation("no_reference", _("Enter the finance office’s reference, up to 60 characters."))
    if paid_on > timezone.localdate():
        raise RuleViolation("in_future", _("This day is in the future. Enter the day it was paid."))
    payment.paid_on, payment.reference, payment.paid_by = paid_on, reference, by
    payment.save(update_fields=["paid_on", "reference", "paid_by"])
    lines = list(payment.lines.select_related("promise__rule", "promise__placement__application__student"))
    audit.record("payment.mark_paid", payment, by=by, changes={"reference": reference, "lines": len(lines)})
    _tell(payment, lines)
    _follow(payment, by=by)
    return payment


def _tell(payment: Payment, lines: list[PaymentLine]) -> None:
    """One message for each student, with the sum of their lines."""
    sums: dict[int, int] = {}
    seats = {}
    for line in lines:
        seat = line.promise.placement
        seats[seat.pk] = seat
        sums[seat.pk] = sums.get(seat.pk, 0) + line.cents
    for pk, seat in seats.items():
        context = {"placement": seat, "cents": sums[pk], "payment": payment}
        outbox.queue("travel/money_paid", to=seat.application.person, context=context)


@transaction.atomic
def undo_paid(payment: Payment, *, by: User, seen: str = "") -> Payment:
    """Not paid after all: the list stays, to be paid or taken apart. Safe to repeat. RuleViolation: changed_meanwhile,
    if it was undone and marked as paid anew."""
    payment = _locked(payment)
    if payment.paid_on:
        check_shown(payment, PAID, seen)
        before = {"paid_on": payment.paid_on.isoformat(), "reference": payment.reference}
        payment.paid_on, payment.reference, payment.paid_by = None, "", None
        payment.save(update_fields=["paid_on", "reference", "paid_by"])
        audit.record("payment.undo_paid", payment, by=by, changes=before)
        _follow(payment, by=by)
    return payment


@transaction.atomic
def remove_line(payment: Payment, line: PaymentLine, *, by: User, seen: str = "") -> None:
    """Take one line off a list that isn't paid; without lines the list goes. Safe to repeat.

    RuleViolation: paid; changed_meanwhile, if somebody has taken the file, or another line off.
    """
    _refuse_paid(payment)
    if payment.lines.filter(pk=line.pk).exists():
        edit_lock.check_button(seen, mark_of(payment, ("exported_at",)))
    gone = PaymentLine.objects.filter(pk=line.pk, payment=payment)
    if gone.delete()[0]:
        audit.record("payment.remove_line", payment, by=by, changes={"cents": line.cents})
    if not payment.lines.exists():
        discard(payment, by=by)


@transaction.atomic
def discard(payment: Payment, *, by: User, seen: str = "") -> None:
    """Delete a list that isn't paid: everything on it can be paid by another. Safe to repeat.

    RuleViolation: paid; changed_meanwhile, as for a line.
    """
    there = Payment.objects.filter(pk=payment.pk).first()
    if there is None:
        return
    _refuse_paid(there)
    edit_lock.check_button(seen, mark_of(there, ("exported_at",)))
    audit.record("payment.discard", there, by=by, changes={"lines": there.lines.count(), "code": there.code})
    there.delete()


def mark_of(payment: Payment, names: Iterable[str] = ()) -> str:
    """What the page shows of the list's lines, and these columns."""
    lines = payment.lines.order_by("pk").values_list("pk", flat=True)
    return edit_lock.fingerprint(Payment.objects.get(pk=payment.pk), names, list(lines))


def was_discarded(code: str) -> bool:
    """Whether there was a list with this code."""
    return Event.objects.filter(action="payment.discard", changes__code=code).exists()


def _follow(payment: Payment, *, by: User) -> None:
    money_steps.follow(payment.lines.values_list("promise__placement", flat=True), by=by)


def _refuse_paid(payment: Payment) -> None:
    if _locked(payment).paid_on:
        raise RuleViolation("paid", _("This list is marked as paid. Undo that first."))


def _locked(payment: Payment) -> Payment:
    return Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
