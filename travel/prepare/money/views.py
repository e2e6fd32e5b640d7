"""The office's pages of money: what's promised in a cycle and on a trip, receipts, and payment lists."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Cycle
from exchange.base.errors import RuleViolation
from exchange.files import spreadsheets
from exchange.web.edited import refusal_in
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel import permissions
from travel.base.actions import fingerprint
from travel.models import MoneyPromise, MoneyRule, Payment, Placement, Receipt, Trip
from travel.models.money import MoneyPromiseQuerySet
from travel.prepare.money import actions, payments, receipts
from travel.prepare.money import promise as money
from travel.prepare.money.forms import ApproveForm, PaidForm, ReasonForm
from travel.prepare.money.promise import Totals
from travel.prepare.money.rows import expected_on, rules_of, sums_of

SHOWN = 100  # receipts, and lists


# --- A cycle ----------------------------------------------------------------------------------------


@require_safe
def money_office(request: HttpRequest) -> HttpResponse:
    """Totals by trip, receipts to look at, what can be paid, and the lists."""
    require(permissions.can_keep_money(request.user))
    cycles = list(Cycle.objects.visible_to(request.user).filter(money_rules__isnull=False).distinct())
    cycle = next((each for each in cycles if each.code == request.GET.get("cycle")), next(iter(cycles), None))
    promises = _promises(request).filter(placement__trip__cycle=cycle)
    rows = list(promises)
    waiting = Receipt.objects.visible_to(request.user).to_judge().filter(promise__placement__trip__cycle=cycle)
    lists = Payment.objects.visible_to(request.user).filter(lines__promise__placement__trip__cycle=cycle).distinct()
    page = page_of([row for row in map(_row, rows) if row["sums"].payable], request, SHOWN)
    context = {
        "cycle": cycle,
        "tabs": [{"label": each.name, "href": f"?cycle={each.code}", "current": each == cycle} for each in cycles],
        "trips": _by_trip(rows),
        "page_obj": page,
        "payable": sum(row["sums"].payable for row in page.object_list),
        "waiting": waiting.select_related("promise__rule", "promise__placement__application__student")[:SHOWN],
        "lists": lists.with_sums()[:SHOWN],
        "query": query_without_page(request),
    }
    return render(request, "travel/prepare/money_office.html", context)


def _promises(request: HttpRequest) -> MoneyPromiseQuerySet:
    return MoneyPromise.objects.visible_to(request.user).with_sums().with_people()


def _row(row: MoneyPromise) -> dict[str, Any]:
    return {"promise": row, "sums": sums_of(row), "expected": expected_on(row)}


def _by_trip(rows: list[MoneyPromise]) -> list[dict[str, Any]]:
    """Totals of each trip, and of all at the end. `trip` None: all together."""
    sums: dict[int, Totals] = {}
    trips: dict[int, Trip] = {}
    for row in rows:
        trip = row.placement.trip
        trips[trip.pk] = trip
        sums[trip.pk] = sums.get(trip.pk, Totals()) + money.totals([sums_of(row)])
    ordered = sorted(trips.values(), key=lambda trip: (trip.leaves_on, trip.pk))
    found: list[dict[str, Any]] = [{"trip": trip, "totals": sums[trip.pk]} for trip in ordered]
    everything = Totals()
    for each in sums.values():
        everything += each
    return [*found, {"trip": None, "totals": everything}] if found else []


# --- A trip and a promise ---------------------------------------------------------------------------


@require_safe
def trip_money(request: HttpRequest, code: str) -> HttpResponse:
    trip = _trip(request, code)
    rows = list(_promises(request).filter(placement__trip=trip).order_by(*BY_PERSON))
    some = rules_of(trip).promised().filter(is_for_everyone=False).exclude(kind=MoneyRule.Kind.VOUCHER)
    going = Placement.objects.visible_to(request.user).active().filter(trip=trip)
    context = {
        "trip": trip,
        "rows": [_row(row) for row in rows],
        "totals": money.totals(map(sums_of, rows)),
        "rules": some,
        "going": going.with_people().order_by("application__student__full_name", "pk") if some else [],
        "form": ReasonForm(),
        "can_cancel_all": trip.closed_at and any(sums_of(row).free > 0 for row in rows),
    }
    return render(request, "travel/prepare/trip_money.html", context)


BY_PERSON = ("placement__application__student__full_name", "placement", "rule__order", "pk")


def _trip(request: HttpRequest, code: str) -> Trip:
    require(permissions.can_keep_money(request.user))
    return get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "cycle"), code=code)


@require_POST
def money_give(request: HttpRequest, code: str) -> HttpResponse:
    trip = _trip(request, code)
    seats = Placement.objects.visible_to(request.user).filter(trip=trip)
    placement = get_object_or_404(seats, code=request.POST.get("student", ""))
    rule = get_object_or_404(trip.cycle.money_rules, code=request.POST.get("rule", ""))
    with rule_message(request, success=_("Promised. The student sees it on their page.")):
        actions.give(placement, rule, by=me(request))
    return redirect("travel:trip-money", code=trip.code)


@require_POST
def trip_money_cancel(request: HttpRequest, code: str) -> HttpResponse:
    trip = _trip(request, code)
    with rule_message(request, success=_("Everything open is canceled. Students read your reason.")):
        actions.cancel_trip(trip, reason=request.POST.get("reason", ""), by=me(request))
    return redirect("travel:trip-money", code=trip.code)


def _promise(request: HttpRequest, code: str) -> MoneyPromise:
    require(permissions.can_keep_money(request.user))
    return get_object_or_404(_promises(request), code=code)


@require_safe
def money_promise(request: HttpRequest, code: str) -> HttpResponse:
    promise = _promise(request, code)
    context = {
        "promise": promise,
        "sums": sums_of(promise),
        "expected": expected_on(promise, promise.receipts.all()),
        "receipts": promise.receipts.select_related("decided_by"),
        "lines": promise.lines.select_related("payment"),
        "voucher": receipts.voucher_for(promise),
        "form": ReasonForm(),
        "is_own": promise.placement.application.student_id == me(request).pk,
        "seen": fingerprint(promise, actions.UNDONE),
    }
    return render(request, "travel/prepare/money_promise.html", context)


@require_POST
def money_cancel(request: HttpRequest, code: str) -> HttpResponse:
    promise = _promise(request, code)
    with rule_message(request, success=_("Canceled. The student reads your reason.")):
        actions.cancel(promise, reason=request.POST.get("reason", ""), by=me(request))
    return redirect(promise)


@require_POST
def money_restore(request: HttpRequest, code: str) -> HttpResponse:
    promise = _promise(request, code)
    with rule_message(request, success=_("It’s open again.")):
        actions.restore(promise, seen=request.POST.get("seen", ""), by=me(request))
    return redirect(promise)


# --- A receipt --------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def receipt_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Look at a receipt, then approve it or return it with a reason."""
    require(permissions.can_keep_money(request.user))
    rows = Receipt.objects.visible_to(request.user).select_related("decided_by")
    receipt = get_object_or_404(rows, code=code)
    promise = _promises(request).get(pk=receipt.promise_id)
    sums = sums_of(promise)
    is_return = "return" in request.POST
    approve = ApproveForm(
        request.POST if request.method == "POST" and not is_return else None,
        initial={"cents": min(receipt.cents, sums.room) or None, "is_last": True},
        prefix="approve",
    )
    back = ReasonForm(request.POST if is_return else None, prefix="back")
    if request.method == "POST" and _judged(request, receipt, back if is_return else approve):
        return redirect("travel:money-office")
    context = {
        "receipt": receipt,
        "promise": promise,
        "sums": sums,
        "approve": approve,
        "back": back,
        "shown": back if is_return else approve,
        "voucher": receipts.voucher_for(promise),
        "may_judge": receipt.decision == Receipt.Decision.WAITING and receipt.state == "kept",
        "may_undo": receipt.decision in (Receipt.Decision.APPROVED, Receipt.Decision.RETURNED),
        "seen": fingerprint(receipt, receipts.JUDGED),
    }
    return render(request, "travel/prepare/receipt_detail.html", context)


def _judged(request: HttpRequest, receipt: Receipt, form: ApproveForm | ReasonForm) -> bool:
    if not form.is_valid():
        return False
    try:
        if isinstance(form, ApproveForm):
            receipts.approve(receipt, **form.cleaned_data, by=me(request))
        else:
            receipts.send_back(receipt, reason=form.cleaned_data["reason"], by=me(request))
    except RuleViolation as violation:
        form.add_error(None, violation.message)
        return False
    said = (
        _("Approved. It’s ready to be paid.") if isinstance(form, ApproveForm) else _("Returned. We told the student.")
    )
    messages.success(request, said)
    return True


@require_POST
def receipt_undo(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_keep_money(request.user))
    receipt = get_object_or_404(Receipt.objects.visible_to(request.user), code=code)
    with rule_message(request, success=_("Undone. The receipt waits to be looked at.")):
        receipts.undo(receipt, seen=request.POST.get("seen", ""), by=me(request))
    return redirect(receipt)


# --- Payment lists ----------------------------------------------------------------------------------


@require_POST
def payment_make(request: HttpRequest) -> HttpResponse:
    require(permissions.can_keep_money(request.user))
    try:
        payment = payments.make(request.POST.getlist("promise")[:1000], by=me(request))
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return redirect("travel:money-office")
    return redirect(payment)


def _payment(request: HttpRequest, code: str) -> Payment:
    require(permissions.can_keep_money(request.user))
    return get_object_or_404(Payment.objects.visible_to(request.user), code=code)


@require_http_methods(["GET", "POST"])
def payment_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One list. Sent, it says that the city has paid it."""
    payment = _payment(request, code)
    form = PaidForm(request.POST or None, initial={"paid_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            payments.mark_paid(payment, **form.cleaned_data, by=me(request), seen=request.POST.get("seen", ""))
            messages.success(request, _("Marked as paid. We told each student."))
            return redirect(payment)
    related = "promise__rule", "promise__placement__application__student", "promise__placement__trip__city"
    lines = list(payment.lines.select_related(*related))
    count = ngettext("%(count)s line", "%(count)s lines", len(lines)) % {"count": len(lines)}
    context = {
        "payment": payment,
        "lines": lines,
        "count": count,
        "cents": sum(line.cents for line in lines),
        "form": form,
        "seen": fingerprint(payment, payments.PAID),
        "seen_lines": payments.mark_of(payment),
        "seen_file": payments.mark_of(payment, ("exported_at",)),
    }
    return render(request, "travel/prepare/payment_detail.html", context)


@require_POST
def payment_file(request: HttpRequest, code: str) -> HttpResponseBase:
    """The list for the city's finance office, as CSV, after a fresh proof; each student can see that it left.

    By POST, because the list is marked as downloaded: a link that somebody follows must not do that.
    """
    payment = _payment(request, code)
    if not is_fresh(request):
        return ask_for_proof(request, then=payment.get_absolute_url())
    payments.note_export(payment, by=me(request))
    rows = spreadsheets.csv_pieces(payments.file_rows(payment))
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="payments-{payment.code.lower()}.csv"'
    return response


@require_POST
def payment_undo(request: HttpRequest, code: str) -> HttpResponse:
    payment = _payment(request, code)
    with rule_message(request, success=_("Undone. The list isn’t marked as paid.")):
        payments.undo_paid(payment, seen=request.POST.get("seen", ""), by=me(request))
    return redirect(payment)


@require_POST
def payment_line_remove(request: HttpRequest, code: str, promise: str) -> HttpResponse:
    payment = _payment_or_gone(request, code)
    if payment is None:
        return redirect("travel:money-office")
    with rule_message(request, success=_("Taken off the list.")):
        if row := payment.lines.filter(promise__code=promise).first():  # otherwise a second tap
            payments.remove_line(payment, row, by=me(request), seen=request.POST.get("seen", ""))
    there = Payment.objects.visible_to(request.user).filter(pk=payment.pk).exists()
    return redirect(payment) if there else redirect("travel:money-office")


@require_POST
def payment_discard(request: HttpRequest, code: str) -> HttpResponse:
    if payment := _payment_or_gone(request, code):
        with rule_message(request, success=_("The list is gone. Everything on it can be paid by another list.")):
            payments.discard(payment, by=me(request), seen=request.POST.get("seen", ""))
            return redirect("travel:money-office")
    return redirect(payment) if payment else redirect("travel:money-office")


def _payment_or_gone(request: HttpRequest, code: str) -> Payment | None:
    """For what deletes a list: a second tap, or another person's, finds it gone and is told so."""
    require(permissions.can_keep_money(request.user))
    payment = Payment.objects.visible_to(request.user).filter(code=code).first()
    if payment is None:
        if not payments.was_discarded(code):
            raise Http404
        messages.info(request, _("This list was deleted before. Everything on it can be paid by another list."))
    return payment
