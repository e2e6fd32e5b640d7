"""The demo's sign-in page and its outbox. Neither exists outside demo mode."""

import functools
from collections.abc import Callable
from email.header import decode_header, make_header
from typing import Any, Concatenate
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST

from exchange.base.office import sender
from exchange.models import Message, User
from exchange.people.sign_in.demo_people import DEMO_PEOPLE, FAMILY, family_link
from exchange.templatetags.ui import clock, short_day
from exchange.web.shortcuts import page_of

MESSAGES_PER_PAGE = 30
# An email is shown in a frame, because it has inline styles, which our pages' CSP forbids.
PAGE_WITH_FRAME: dict[str, Any] = {**settings.SECURE_CSP, "frame-src": [CSP.SELF]}
MAIL_IN_FRAME: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:"],
    "frame-ancestors": [CSP.SELF],
}
STATES = {
    "sent": (_("sent"), "good"),
    "failed": (_("failed"), "stop"),
    "queued": (_("waiting to be sent"), "wait"),
    "dropped": (_("no longer needed"), "neutral"),
}


def demo_only[**Given](
    view: Callable[Concatenate[HttpRequest, Given], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """Decorator: 404 outside demo mode, even if the URL exists; open to people who are not signed in."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return login_not_required(guarded)


@demo_only
def demo(request: HttpRequest) -> HttpResponse:
    users = {user.email: user for user in User.objects.filter(email__in=[p.email for p in DEMO_PEOPLE])}
    people = [{"person": p, "user": users[p.email]} for p in DEMO_PEOPLE if p.email in users]
    context = {"people": people, "family": FAMILY, "family_href": family_link() if people else None}
    return render(request, "exchange/people/demo.html", context)


@demo_only
@require_POST
def demo_sign_in(request: HttpRequest, key: str) -> HttpResponse:
    email = next((person.email for person in DEMO_PEOPLE if person.key == key), None)
    user = get_object_or_404(User, email=email)
    # no code has confirmed the address, but the account page must work as if one had
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    adapter = get_adapter(request)
    adapter.logout(request)  # nothing of the previous person may stay in the session
    adapter.login(request, user)
    response: HttpResponse = adapter.post_login(
        request,
        user,
        email_verification="none",
        signal_kwargs=None,
        email=user.email,
        signup=False,
        redirect_url=None,
    )
    return response


@demo_only
def demo_outbox(request: HttpRequest) -> HttpResponse:
    who = request.GET.get("who", "").strip()
    found = Message.objects.select_related("recipient")
    if who:
        found = found.filter(
            Q(address__icontains=who)
            | Q(recipient__full_name__icontains=who)
            | Q(recipient__preferred_name__icontains=who)
        )
    page = page_of(found, request, MESSAGES_PER_PAGE)
    rows = [{"message": message, **_state(message)} for message in page]
    context = {"page_obj": page, "rows": rows, "who": who, "query": urlencode({"who": who}) if who else ""}
    return render(request, "exchange/people/outbox.html", context)


@demo_only
def demo_message(request: HttpRequest, code: str) -> HttpResponse:
    message = get_object_or_404(Message.objects.select_related("recipient"), code=code)
    if "mail" in request.GET:
        return _mail(request, message)
    return _message_page(request, message)


@csp_override(PAGE_WITH_FRAME)
def _message_page(request: HttpRequest, message: Message) -> HttpResponse:
    context = {"message": message, "from_address": _readable(sender()), **_state(message)}
    return render(request, "exchange/people/outbox_message.html", context)


def _readable(header: str) -> str:
    """An address as a mail program shows it: with a name beyond ASCII decoded."""
    return str(make_header(decode_header(header)))


@xframe_options_sameorigin
@csp_override(MAIL_IN_FRAME)
def _mail(request: HttpRequest, message: Message) -> HttpResponse:
    # links open outside the frame, as they would outside a mail program
    return HttpResponse(message.html.replace("<head>", '<head><base target="_top">', 1))


def _state(message: Message) -> dict[str, object]:
    name = "sent" if message.sent_at else "failed" if message.failed_at else "queued"
    if message.dropped_at:
        name = "dropped"
    label: str | Promise
    label, tone = STATES[name]
    if name == "queued" and message.send_after and message.send_after > timezone.now():
        label = _("waiting until %(day)s, %(time)s") % {
            "day": short_day(message.send_after),
            "time": clock(message.send_after),
        }
    return {"state_label": label, "state_tone": tone}
