"""Failed messages: the office sees to whom they were and why, corrects an address, and sends them again."""

from urllib.parse import urlencode

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.messages.forms import AddressForm
from exchange.models import Message
from exchange.models.record import MessageQuerySet
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message


@require_safe
def message_failed(request: HttpRequest) -> HttpResponse:
    """All that have failed, or with ?batch= those of one act."""
    require(roles.is_coordinator(request.user))
    batch = request.GET.get("batch", "")
    failed = _failed(request, batch).select_related("recipient").order_by("-failed_at")
    waits_for_day, dropped = Message.objects.visible_to(request.user).quiet_counts()
    context = {
        "page_obj": page_of(failed, request),
        "query": query_without_page(request),
        "waits_for_day": waits_for_day,
        "dropped": dropped,
        "batch": batch,
    }
    return render(request, "exchange/messages/message_failed.html", context)


def _failed(request: HttpRequest, batch: str) -> MessageQuerySet:
    failed = Message.objects.visible_to(request.user).for_a_person()
    return failed.filter(batch=batch) if batch else failed


def _list(batch: str) -> str:
    return reverse("message-failed") + (f"?{urlencode({'batch': batch})}" if batch else "")


@require_POST
def message_send_again(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    message = get_object_or_404(Message.objects.visible_to(request.user).filter(is_secret=False), code=code)
    with rule_message(request, success=_("It’s on its way again. If it fails, it’ll come back to this list.")):
        outbox.send_again(message, by=me(request))
    return redirect(_list(request.POST.get("batch", "")))


@require_POST
def message_send_all_again(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    batch = request.POST.get("batch", "")
    try:
        count = outbox.send_all_again(_failed(request, batch), by=me(request))
    except RuleViolation as violation:
        flash.error(request, violation.message)
    else:
        done = ngettext(
            "%(count)s message is on its way again. If it fails, it’ll come back to this list.",
            "%(count)s messages are on their way again. Any that fail will come back to this list.",
            count,
        )
        flash.success(request, done % {"count": count})
    return redirect(_list(batch))


@require_http_methods(["GET", "HEAD", "POST"])
def message_address(request: HttpRequest, code: str) -> HttpResponse:
    """Where one failed email should have gone. Asks for a fresh proof: messages hold private links."""
    require(roles.is_coordinator(request.user))
    emails = Message.objects.visible_to(request.user).filter(channel=Message.Channel.EMAIL, is_secret=False)
    message = get_object_or_404(emails.select_related("recipient"), code=code)
    if not message.failed_at:
        flash.info(request, _("This message is already on its way."))
        return redirect(_list(message.batch))
    require_fresh(request)
    form = AddressForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "message": message, "back_href": _list(message.batch)}
        return render(request, "exchange/messages/message_address.html", context)
    with rule_message(request, success=_("It’s on its way to the new address.")):
        outbox.correct_address(
            message, form.cleaned_data["address"], reason=form.cleaned_data["reason"], by=me(request)
        )
    return redirect(_list(message.batch))
