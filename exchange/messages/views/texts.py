"""Texts: consent on the person's own page and by the office, what comes in, and what became of those we sent."""

import json
import logging
from collections.abc import Callable

from django import forms
from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base import roles
from exchange.messages import consent, deliveries, inbound, outbox, sns, texts, unknown_list
from exchange.messages.consent import How
from exchange.messages.forms import UnknownFilterForm
from exchange.messages.phone_numbers import PhoneField, to_e164
from exchange.models import IncomingText, User
from exchange.web.shortcuts import me, page_of, require
from exchange.web.worklist import worklist

log = logging.getLogger(__name__)
LARGEST = 256 * 1024  # bytes; the most that SNS sends


# --- The person's own page ---------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def account_texts(request: HttpRequest) -> HttpResponse:
    user = me(request)
    number = user.phone.as_e164 if user.phone and user.phone_verified_at else ""
    if request.method != "POST":
        context = {"number": number and user.phone.as_international, "agreed": consent.allows(number, user)}
        return render(request, "account/texts.html", context)
    if number and request.POST.get("wish") == "start":
        _start(request, user, number)
    elif number and request.POST.get("wish") == "stop":
        consent.stop(number, how=How.PAGE, by=user, user=user)
        flash.success(request, _("We’ll stop texting you, except for sign-in codes you ask for."))
    return redirect("account-texts")


def _start(request: HttpRequest, user: User, number: str) -> None:
    if consent.allows(number, user):
        return
    try:
        texts.opt_in(number)
    except OSError as error:
        log.warning("the provider did not take an opt-in: %s", type(error).__name__)
        flash.warning(request, _("Your phone company is still blocking our texts. Text START to our number too."))
    with transaction.atomic():
        consent.agree(number, how=How.PAGE, by=user, user=user)
        outbox.queue(inbound.STARTED, to=user, address=number)
    flash.success(request, _("You’ll get texts from us now. Reply STOP to any of them to stop."))


# --- The office --------------------------------------------------------------------------------------


class ConsentForm(forms.Form):
    phone = PhoneField()
    wish = forms.ChoiceField(
        label=gettext_lazy("What did they say?"),
        choices=[
            ("agree", gettext_lazy("Yes, text me")),
            ("stop", gettext_lazy("No, stop texting me")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what they said.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("How did they tell you?"),
        help_text=gettext_lazy("For example: called Tuesday, gave the number and said yes. We keep this as proof."),
        max_length=300,
        error_messages={"required": gettext_lazy("Say how they told you.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def texts_record(request: HttpRequest) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    form = ConsentForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "exchange/messages/texts_record.html", {"form": form})
    number = form.cleaned_data["phone"]
    act = consent.agree if form.cleaned_data["wish"] == "agree" else consent.stop
    user = User.objects.filter(phone=number, phone_verified_at__isnull=False).first()
    act(number, how=How.OFFICE, by=me(request), user=user, reason=form.cleaned_data["reason"])
    flash.success(request, _("Recorded."))
    return redirect("texts-record")


@require_safe
def texts_unknown(request: HttpRequest) -> HttpResponse:
    """Texts from numbers that no student has confirmed, the oldest first."""
    require(roles.is_coordinator(request.user))
    form = UnknownFilterForm(request.GET)
    found = unknown_list.found(
        IncomingText.objects.visible_to(request.user),
        typed=form.chosen("q"),
        whose=form.chosen("whose"),
        user=me(request),
    )
    title, columns = _("Texts from numbers we don’t know"), unknown_list.COLUMNS
    page = page_of(columns.sorted(found, form.chosen("sort")).select_related("user"), request)
    context = {
        "list": worklist(request, title=title, columns=columns, form=form, page=page, has_peek=True),
        "page_obj": page,
        "clear_href": reverse("texts-unknown"),
    }
    return render(request, "exchange/messages/texts_unknown.html", context)


@require_safe
def texts_unknown_detail(request: HttpRequest, code: str) -> HttpResponse:
    """All that one of them says, and who may have written it."""
    return _unknown(request, code, "exchange/messages/texts_unknown_detail.html")


@require_safe
def texts_unknown_peek(request: HttpRequest, code: str) -> HttpResponse:
    """The same beside the list: a part of a page, which list.js puts there."""
    return _unknown(request, code, "exchange/messages/texts_unknown_peek.html")


def _unknown(request: HttpRequest, code: str, template: str) -> HttpResponse:
    require(roles.is_coordinator(request.user))
    rows = IncomingText.objects.visible_to(request.user).filter(went_to=IncomingText.WentTo.OFFICE)
    text = get_object_or_404(rows.select_related("user"), code=code)
    if text.handled_at:
        flash.info(request, _("A colleague has taken care of this text, and its words are deleted."))
        return redirect(_unknown_list(request.GET))
    context = {
        "text": text,
        "facts": unknown_list.facts_of(text),
        "query": request.GET.urlencode(),
        "back_href": _unknown_list(request.GET),
    }
    return render(request, template, context)


@require_POST
def texts_unknown_done(request: HttpRequest, code: str) -> HttpResponse:
    """`query`: of the list on which the button was pressed."""
    require(roles.is_coordinator(request.user))
    inbound.handle(get_object_or_404(IncomingText.objects.visible_to(request.user), code=code), by=me(request))
    flash.success(request, _("Done. The text is off the list, and its words are deleted."))
    return redirect(_unknown_list(QueryDict(request.POST.get("query", "")[:2000])))


def _unknown_list(query: QueryDict) -> str:
    return reverse("texts-unknown") + (f"?{query.urlencode()}" if query else "")


# --- Incoming texts, posted by Amazon SNS --------------------------------------------------------


@csrf_exempt
@login_not_required
@require_POST
def texts_inbound(request: HttpRequest) -> HttpResponse:
    """A text that came in."""
    return _posted(request, settings.TEXT_INBOUND_TOPIC_ARN, _receive)


@csrf_exempt
@login_not_required
@require_POST
def texts_events(request: HttpRequest) -> HttpResponse:
    """What became of a text that we sent."""
    return _posted(request, settings.TEXT_EVENTS_TOPIC_ARN, _hear)


def _posted(request: HttpRequest, topic: str, handle: Callable[[sns.Envelope], None]) -> HttpResponse:
    """200 if the message was handled or needs nothing, 403 if it is not from Amazon; after 5xx, SNS sends it again."""
    if not topic:
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        envelope = sns.open_envelope(request.body, topic)
    except sns.NotFromSNS as refused:
        log.warning("refused at %s: %s", request.path, refused)
        return HttpResponse(status=403)
    if envelope.type == "SubscriptionConfirmation":
        texts.confirm_subscription(topic, envelope.token)
    elif envelope.type == "Notification":
        handle(envelope)
    return HttpResponse(status=200)


def _receive(envelope: sns.Envelope) -> None:
    try:
        content = json.loads(envelope.message)
        number, body = to_e164(content["originationNumber"]), str(content["messageBody"])
    except (ValueError, TypeError, KeyError):
        log.warning("a notification of another kind was published to the topic of incoming texts")
        return
    if number:
        inbound.receive(number, body, message_id=envelope.message_id, sent_at=envelope.sent_at)


def _hear(envelope: sns.Envelope) -> None:
    try:
        event = json.loads(envelope.message)
    except ValueError:
        event = None
    if isinstance(event, dict):
        deliveries.hear(event)
    else:
        log.warning("a notification of another kind was published to the topic of text events")
