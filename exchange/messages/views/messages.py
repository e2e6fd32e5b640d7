"""Failed messages: the office sees to whom they were and why, corrects an address, and sends them again."""

from dataclasses import dataclass

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.messages import failed_list, outbox
from exchange.messages.forms import AddressForm, FailedFilterForm
from exchange.models import Message
from exchange.models.record import MessageQuerySet
from exchange.web.list_files import asked_file
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, page_of, require, rule_message
from exchange.web.worklist import FILE_ROWS, Acts, worklist

PLACE = "message-failed"


@dataclass(frozen=True, slots=True)
class SendingAgain:
    """What can be done with the messages that are checked."""

    key: str = "again"
    label: Promise | str = gettext_lazy("Send again")


@require_safe
def message_failed(request: HttpRequest) -> HttpResponse:
    """Those that have failed and that the filters find; with ?batch= only of one act, such as a release."""
    require(roles.is_coordinator(request.user))
    form = FailedFilterForm(request.GET)
    page = page_of(_failed(request, request.GET).select_related("recipient"), request)
    waits_for_day, dropped = Message.objects.visible_to(request.user).quiet_counts()
    batch = form.chosen("batch")
    context = {
        "list": worklist(
            request,
            title=_("Messages that weren’t sent"),
            columns=failed_list.COLUMNS,
            form=form,
            page=page,
            kept=("batch",),
            acts=Acts(PLACE, reverse("message-send-all-again"), [SendingAgain()]),
            has_peek=True,
        ),
        "page_obj": page,
        "waits_for_day": waits_for_day,
        "dropped": dropped,
        "batch": batch,
        "clear_href": _list(QueryDict(f"batch={batch}") if batch else QueryDict()),
    }
    return render(request, "exchange/messages/message_failed.html", context)


@require_POST
def message_failed_file(request: HttpRequest) -> HttpResponseBase:
    """What the list has, as a file without what the messages say. `query`: its address; `format`: csv or xlsx."""
    require(roles.is_coordinator(request.user))
    asked = asked_file(request, reverse("message-failed"))
    if isinstance(asked, HttpResponse):
        return asked
    rows = list(_failed(request, asked.query).select_related("recipient").defer("body", "html")[:FILE_ROWS])
    failed_list.record_download(rows, query=asked.recorded, by=me(request))
    return failed_list.COLUMNS.file(rows, asked.form, name=_("failed messages"))


def _failed(request: HttpRequest, query: QueryDict) -> MessageQuerySet:
    """Those that the list with this address has, in its order."""
    form = FailedFilterForm(query)
    rows = failed_list.found(
        Message.objects.visible_to(request.user),
        typed=form.chosen("q"),
        channel=form.chosen("channel"),
        reason=form.chosen("reason"),
        batch=form.chosen("batch"),
        user=me(request),
    )
    return failed_list.COLUMNS.sorted(rows, form.chosen("sort"))


def _query(request: HttpRequest) -> QueryDict:
    """The filters of the list on which a button was pressed."""
    return QueryDict(request.POST.get("query", "")[:2000])


def _list(query: QueryDict) -> str:
    return reverse("message-failed") + (f"?{query.urlencode()}" if query else "")


def _back(request: HttpRequest, message: Message) -> str:
    """The list from which the page of one message was opened, with its filters; else that of the same act."""
    query = request.GET.copy()
    if not query and message.batch:
        query["batch"] = message.batch
    return _list(query)


@require_safe
def message_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One message: to whom it was, why it failed, and what can be done; not what it says."""
    return _shown(request, code, "exchange/messages/message_detail.html")


@require_safe
def message_peek(request: HttpRequest, code: str) -> HttpResponse:
    """The same beside the list: a part of a page, which list.js puts there."""
    return _shown(request, code, "exchange/messages/message_peek.html")


def _shown(request: HttpRequest, code: str, template: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    message = _one(request, code)
    context = {
        "message": message,
        "what": failed_list.what(message),
        "facts": failed_list.facts_of(message),
        "query": request.GET.urlencode(),
        "back_href": _back(request, message),
    }
    return render(request, template, context)


def _one(request: HttpRequest, code: str) -> Message:
    rows = Message.objects.visible_to(request.user).filter(is_secret=False).defer("body", "html")
    return get_object_or_404(rows.select_related("recipient"), code=code)


@require_POST
def message_send_again(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    message = _one(request, code)
    with rule_message(request, success=_("It’s on its way again. If it fails, it’ll come back to this list.")):
        outbox.send_again(message, by=me(request))
    return redirect(_list(_query(request)))


@require_POST
def message_send_all_again(request: HttpRequest) -> HttpResponse:
    """All that the filters find or, from the foot of the list, those that are checked there."""
    require(roles.is_coordinator(request.user))
    query = _query(request)
    chosen = _failed(request, query)
    if "place" in request.POST and "all" not in request.POST:
        chosen = chosen.filter(code__in=request.POST.getlist("row"))
        if "row" not in request.POST:
            flash.error(request, _("Check at least one message."))
            return redirect(_list(query))
    try:
        count = outbox.send_all_again(chosen, by=me(request))
    except RuleViolation as violation:
        flash.error(request, violation.message)
    else:
        done = ngettext(
            "%(count)s message is on its way again. If it fails, it’ll come back to this list.",
            "%(count)s messages are on their way again. Any that fail will come back to this list.",
            count,
        )
        flash.success(request, done % {"count": count})
    return redirect(_list(query))


@require_http_methods(["GET", "HEAD", "POST"])
def message_address(request: HttpRequest, code: str) -> HttpResponse:
    """Where one failed email should have gone. Asks for a fresh proof: messages hold private links."""
    require(roles.is_coordinator(request.user))
    emails = Message.objects.visible_to(request.user).filter(channel=Message.Channel.EMAIL, is_secret=False)
    message = get_object_or_404(emails.select_related("recipient"), code=code)
    back_href = _back(request, message)
    if not message.failed_at:
        flash.info(request, _("This message is already on its way."))
        return redirect(back_href)
    require_fresh(request)
    form = AddressForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "message": message, "back_href": back_href}
        return render(request, "exchange/messages/message_address.html", context)
    with rule_message(request, success=_("It’s on its way to the new address.")):
        outbox.correct_address(
            message, form.cleaned_data["address"], reason=form.cleaned_data["reason"], by=me(request)
        )
    return redirect(back_href)
