"""Bounces and complaints, posted by the mail provider, and the button that takes reminders again."""

import base64
import logging
from importlib import import_module

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, tracking
from anymail.webhooks.base import AnymailCoreWebhookView
from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_not_required
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from exchange.messages import mailboxes
from exchange.web.shortcuts import me

log = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
def mail_events(request: HttpRequest) -> HttpResponse:
    """200 if the report was handled or needs nothing, 403 without our secret, 400 if it can't be read.

    404 unless the provider of EMAIL_BACKEND reports such events and ANYMAIL has a WEBHOOK_SECRET.
    """
    view, secret = _view(), settings.ANYMAIL.get("WEBHOOK_SECRET", "")
    if view is None or not secret:
        raise Http404
    # before the body is read; anymail asks again, and of signed reports for the signature, too
    if request.method == "POST" and not constant_time_compare(_credentials(request), secret):
        log.warning("refused at /mail/events/: wrong or no credentials")
        return HttpResponse(status=403)
    try:
        response: HttpResponse = view.as_view()(request)
    except (AnymailError, AnymailWebhookValidationFailure, ValueError, KeyError, TypeError) as error:
        log.warning("refused at /mail/events/: %s", error)
        return HttpResponse(status=400)
    return response


def _view() -> type[AnymailCoreWebhookView] | None:
    """The view of anymail for the provider that sends our mail, such as AmazonSESTrackingWebhookView."""
    path = settings.EMAIL_BACKEND_PATH.split(".")
    if path[:2] != ["anymail", "backends"]:
        return None
    module = import_module(f"anymail.webhooks.{path[2]}")
    endings = ("TrackingWebhookView", "CombinedWebhookView")
    return next((each for name, each in vars(module).items() if name.endswith(endings)), None)


def _credentials(request: HttpRequest) -> str:
    """user:password of the request's basic authentication, "" without."""
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    try:
        return base64.b64decode(given, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:  # not Base64, not even ASCII, or not UTF-8 inside
        return ""


@receiver(tracking)
def hear(sender: object, event: AnymailTrackingEvent, **kwargs: object) -> None:
    mailboxes.hear(event)


@require_POST
def reminders_again(request: HttpRequest) -> HttpResponse:
    mailboxes.take_reminders(me(request))
    flash.success(request, _("You’ll get reminders by email again."))
    return redirect("home")
