"""Failed messages: the office sees to whom they were, and sends them again once the cause is fixed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exchange.base import roles
from exchange.messages import outbox
from exchange.models import Message
from exchange.web.shortcuts import me, page_of, require, rule_message


@require_safe
def message_failed(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    failed = Message.objects.visible_to(request.user).failed().select_related("recipient").order_by("-failed_at")
    waits_for_day, dropped = Message.objects.visible_to(request.user).quiet_counts()
    context = {"page_obj": page_of(failed, request), "waits_for_day": waits_for_day, "dropped": dropped}
    return render(request, "exchange/messages/message_failed.html", context)


@require_POST
def message_send_again(request: HttpRequest, code: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    message = get_object_or_404(Message.objects.visible_to(request.user).filter(is_secret=False), code=code)
    with rule_message(request, success=_("Sent again. If it fails, it’ll come back to this list.")):
        outbox.send_again(message, by=me(request))
    return redirect("message-failed")
