"""Views of fee vouchers for the office: who has which, what each fund has paid, and the ledger as a file."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from applications.base import costs, disclosures
from applications.models import Application, Disclosure
from exchange.files import spreadsheets
from exchange.web.edited import refusal_in
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel import permissions
from travel.base.actions import fingerprint
from travel.models import FeeVoucher, Trip, VoucherEntry
from travel.passport.vouchers import actions
from travel.passport.vouchers import ledger as vouchers
from travel.passport.vouchers.forms import GiveForm, IssueForm, MarkForm, VoucherFilterForm
from travel.states import VOUCHER_MOVES, VOUCHER_TONES, VoucherState

MARKS = {"used": actions.use, "returned": actions.take_back, "lost": actions.lose}


def _filtered(request: HttpRequest) -> tuple[VoucherFilterForm, QuerySet[FeeVoucher]]:
    visible = FeeVoucher.objects.visible_to(request.user)
    funds = list(visible.order_by("fund").values_list("fund", flat=True).distinct())
    trips = Trip.objects.visible_to(request.user).filter(vouchers__isnull=False).distinct().select_related("city")
    form = VoucherFilterForm(request.GET or None, funds=funds, trips=trips)
    chosen = form.cleaned_data if form.is_valid() else {}
    return form, visible.filter(**{name: value for name, value in chosen.items() if value})


@require_GET
def voucher_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_keep_vouchers(request.user))
    form, rows = _filtered(request)
    sums = vouchers.totals(rows)
    page = page_of(rows.select_related("application__student", "trip__city"), request)
    context = {
        "form": form,
        "page_obj": page,
        "sums": [*sums, vouchers.together(sums)],
        "tones": VOUCHER_TONES,
        "query": query_without_page(request),
        "today": timezone.localdate(),
    }
    return render(request, "travel/passport/voucher_list.html", context)


@require_GET
def voucher_ledger(request: HttpRequest) -> HttpResponseBase:
    """Every ledger line of the filtered vouchers, as CSV."""
    require(permissions.can_keep_vouchers(request.user))
    if not is_fresh(request):
        return ask_for_proof(request, then=f"{reverse('travel:voucher-list')}?{request.GET.urlencode()}")
    _form, rows = _filtered(request)
    entries = VoucherEntry.objects.visible_to(request.user).filter(voucher__in=rows)
    told_of = entries.filter(application__isnull=False).order_by().values_list("application", flat=True).distinct()
    disclosures.record(told_of, Disclosure.Kind.VOUCHERS, by=me(request))
    response = StreamingHttpResponse(
        spreadsheets.csv_pieces(vouchers.ledger_rows(entries)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="vouchers-{timezone.localdate()}.csv"'
    return response


@require_http_methods(["GET", "POST"])
def voucher_issue(request: HttpRequest) -> HttpResponse:
    require(permissions.can_keep_vouchers(request.user))
    form = IssueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form, "number"):
            new = actions.issue(numbers=form.numbers, by=me(request), **form.values)
            text = ngettext("%(count)s voucher added.", "%(count)s vouchers added.", len(new))
            messages.success(request, text % {"count": len(new)})
            return redirect("travel:voucher-list")
    return render(request, "travel/passport/voucher_issue.html", {"form": form})


@require_GET
def voucher_detail(request: HttpRequest, code: str) -> HttpResponse:
    voucher = _voucher(request, code)
    following = VOUCHER_MOVES[VoucherState(voucher.state)]
    entries = VoucherEntry.objects.visible_to(request.user).filter(voucher=voucher)
    context = {
        "voucher": voucher,
        "amount": costs.dollars(voucher.amount),
        "tone": VOUCHER_TONES[VoucherState(voucher.state)],
        "entries": entries.select_related("application__student", "by"),
        "give_form": GiveForm(fee=voucher.fee) if VoucherState.GIVEN in following else None,
        "mark_form": MarkForm(),
        "seen": fingerprint(voucher, actions.SHOWN),
        "may_use": VoucherState.USED in following,
        "may_return": VoucherState.OFFICE in following,
        "may_lose": VoucherState.LOST in following,
    }
    return render(request, "travel/passport/voucher_detail.html", context)


@require_POST
def voucher_give(request: HttpRequest, code: str) -> HttpResponse:
    voucher = _voucher(request, code)
    application = get_object_or_404(Application.objects.visible_to(request.user), code=request.POST.get("student", ""))
    with rule_message(request, _("Saved. The student will see it next to the cost.")):
        actions.give(voucher, application, by=me(request))
    return redirect(voucher)


@require_POST
def voucher_mark(request: HttpRequest, code: str) -> HttpResponse:
    voucher = _voucher(request, code)
    act = MARKS.get(request.POST.get("act", ""))
    form = MarkForm(request.POST)
    if act and form.is_valid():
        with rule_message(request, _("Recorded in the ledger.")):
            act(voucher, note=form.cleaned_data["note"], by=me(request), seen=request.POST.get("seen", ""))
    return redirect(voucher)


def _voucher(request: HttpRequest, code: str) -> FeeVoucher:
    require(permissions.can_keep_vouchers(request.user))
    rows = FeeVoucher.objects.visible_to(request.user).select_related("application__student", "trip__city")
    return get_object_or_404(rows, code=code)
