"""The student's money for the trip: what was promised, what's paid, what's open, and receipts from the phone."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Upload
from applications.states import Status
from exchange.base import roles
from exchange.files import storage
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.fee_promises import ended_for
from travel.base.trip_stage import Tense
from travel.models import MoneyPromise, PaymentLine, Placement, Receipt
from travel.prepare.money import promise as money
from travel.prepare.money import receipts as actions
from travel.prepare.money.follow import office_decides
from travel.prepare.money.forms import ReceiptForm
from travel.prepare.money.promise import Promise
from travel.prepare.money.rows import expected_on, is_of, rules_of, sums_of
from travel.states import BEFORE_APPLYING

LINK_SECONDS = "upload.link_seconds"


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One promise as its student reads it. `late`: the day by which the rest should have been there has passed.

    `was_for`: the cities whose travelers get it, where the student is on another one by now.
    """

    promise: MoneyPromise
    sums: Promise
    receipts: list[Receipt]
    payments: list[PaymentLine]
    expected: date | None
    late: bool
    was_for: str

    @property
    def waits(self) -> bool:
        """Whether the office has a receipt to look at, and nothing else is due."""
        waiting = any(each.decision == Receipt.Decision.WAITING for each in self.receipts)
        return waiting and not (self.sums.payable or self.sums.listed)

    @property
    def may_send(self) -> bool:
        return self.promise.rule.is_refund and self.sums.room > 0


@require_safe
def own_money(request: HttpRequest, code: str) -> HttpResponse:
    placement = _seat(request, code)
    lines = _lines(request, placement)
    promised = [line.promise.rule_id for line in lines]
    is_ahead = placement.tense == Tense.BEFORE and placement.application.status == Status.CONFIRMED
    # a voucher pays for a passport that is still to be applied for
    case = getattr(placement.application, "passport_case", None)
    still_applies = is_ahead and (case is None or case.stage in BEFORE_APPLYING)
    rules = list(rules_of(placement.trip).filter(is_for_everyone=True))
    of_another = any(line.was_for for line in lines)
    context = {
        "placement": placement,
        "trip": placement.trip,
        "lines": lines,
        "totals": money.totals(line.sums for line in lines),
        "unknown": [rule for rule in rules if not rule.published_at and rule.pk not in promised],
        "vouchers": [rule for rule in rules if rule.published_at and rule.is_voucher and still_applies],
        "ended": ended_for(placement) if is_ahead else [],
        "is_decided_on": of_another and office_decides(placement),
        "states": Upload.State,
    }
    return render(request, "travel/prepare/own_money.html", context)


def _seat(request: HttpRequest, code: str) -> Placement:
    seats = Placement.objects.visible_to(request.user).with_people()
    placement = get_object_or_404(seats, code=code)
    require(permissions.can_open_own_money(request.user, placement))
    return placement


def _lines(request: HttpRequest, placement: Placement) -> list[MoneyLine]:
    found = MoneyPromise.objects.visible_to(request.user).filter(placement=placement)
    rows = list(found.with_sums().with_people().prefetch_related("receipts", "lines__payment", "rule__trips__city"))
    return [_line(row) for row in rows]


def _line(row: MoneyPromise) -> MoneyLine:
    sums, receipts = sums_of(row), list(row.receipts.all())
    expected = expected_on(row, receipts)
    paid = [line for line in row.lines.all() if line.payment.paid_on]
    late = bool(expected and expected < timezone.localdate() and (sums.payable or sums.listed))
    is_theirs = is_of(row.rule, row.placement.trip_id)
    was_for = "" if is_theirs else ", ".join(str(trip.city.name) for trip in row.rule.trips.all())
    return MoneyLine(row, sums, receipts, paid, expected, late, was_for)


@require_http_methods(["GET", "POST"])
def receipt_send(request: HttpRequest, code: str) -> HttpResponse:
    """`code`: of the promise. A receipt from the phone, in one form that works without script."""
    promises = MoneyPromise.objects.visible_to(request.user).with_sums().with_people()
    promise = get_object_or_404(promises, code=code)
    require(permissions.can_open_own_money(request.user, promise.placement))
    form = ReceiptForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with refusal_in(form):
            actions.send(promise, said["file"], cents=said["cents"], spent_on=said["spent_on"], by=me(request))
            messages.success(request, _("We have your receipt. You’ll see here when the office has looked at it."))
            return redirect("travel:money", code=promise.placement.code)
    context = {
        "form": form,
        "promise": promise,
        "left": sums_of(promise).room,
        "megabytes": facts.number("upload.megabytes"),
    }
    return render(request, "travel/prepare/receipt_send.html", context)


@require_POST
def receipt_withdraw(request: HttpRequest, code: str) -> HttpResponse:
    receipt = _receipt(request, code)
    require(permissions.can_open_own_money(request.user, receipt.promise.placement))
    with rule_message(request, success=_("You took this receipt back. Its photo is deleted.")):
        actions.withdraw(receipt, by=me(request))
    return redirect("travel:money", code=receipt.promise.placement.code)


@require_safe
def receipt_file(request: HttpRequest, code: str) -> HttpResponseBase:
    """The checked photo or PDF, for its student and the office; each opening by the office is recorded."""
    receipt = _receipt(request, code)
    if receipt.state != Upload.State.KEPT or not receipt.file:
        raise Http404
    if roles.is_coordinator(request.user):
        actions.open_file(receipt, by=me(request))
    seconds = int(facts.number(LINK_SECONDS))
    return storage.send(receipt.file, receipt.original_name, content_type=receipt.content_type, seconds=seconds)


def _receipt(request: HttpRequest, code: str) -> Receipt:
    rows = Receipt.objects.visible_to(request.user).select_related("promise__placement__application")
    return get_object_or_404(rows, code=code)
