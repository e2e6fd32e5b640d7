"""The leader's pages of a trip: roll call, the list of travelers with what a leader needs, and a copy for the phone."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from applications.base.opening import opened
from exchange.base import links
from exchange.base.access import What
from exchange.base.errors import RuleViolation
from exchange.base.office import office
from exchange.models import User
from exchange.web.workers import worker
from travel.abroad import leading as leaders
from travel.abroad.actions import leader_link
from travel.abroad.card import help_of
from travel.abroad.incident_forms import ReportForm
from travel.abroad.leading import Leading, for_anyone, for_leaders
from travel.abroad.views.leader_incident import incident_page, report_form
from travel.abroad.views.roll_call import board_of
from travel.models import CheckIn, CheckInPerson, Contact, LeaderLink
from travel.models.check_in import CheckInPersonQuerySet
from travel.models.roster import roster_ends
from travel.prepare.needs import opening as cards
from travel.prepare.rooms.rows import place_of, with_places

# no declared private link (docs/adr/0007): it opens nothing, and says whose copy on a phone asks whether it's to go
COPY = "travel.roster_copy"
WORKER = "exchange/js/roster-worker.js"
FILES = ("exchange/css/app.css", "exchange/css/roster.css", "exchange/js/roster.js", "exchange/js/kept.js")


@for_leaders
def roster(request: HttpRequest, leading: Leading) -> HttpResponse:
    """What a leader does there: the roll call, departure and return, and the way to everything else."""
    context = {
        "leading": leading,
        "trip": leading.trip,
        "board": board_of(leading),
        "check_ins": list(CheckIn.objects.open().filter(people__in=_asked(leading)).distinct()),
    }
    return render(request, "travel/abroad/roster.html", context)


def _asked(leading: Leading) -> CheckInPersonQuerySet:
    return CheckInPerson.objects.on([leading.trip.pk])


@for_leaders
def roster_people(request: HttpRequest, leading: Leading) -> HttpResponse:
    """Needs, contacts and how to reach everyone; each opening is recorded. At most ten queries at any size."""
    leaders.require_proof(request, leading)
    context = {**_people(request, leading), "may_keep": not leading.is_office}
    return render(request, "travel/abroad/roster_people.html", context)


@for_leaders
def roster_keep(request: HttpRequest, leading: Leading) -> HttpResponse:
    """POST: what the phone encrypts and keeps, as JSON: html, until (milliseconds), alive (asks if it may stay)."""
    leaders.require_proof(request, leading)
    if request.method != "POST" or leading.is_office:
        return redirect("travel:roster-people", key=leading.key)
    context = {**_people(request, leading), "board": board_of(leading), "office": office()}
    context["help"] = help_of(leading.trip)
    context["incident"] = {"form": _blank(leading), "action": incident_page(leading)}
    signed = links.sign(COPY, f"{leading.contact.code}:{leading.user.pk if leading.user else 'link'}")  # type: ignore[union-attr]
    return JsonResponse(
        {
            "html": render_to_string("travel/abroad/_roster_copy.html", context),
            "until": int(roster_ends(leading.trip).timestamp() * 1000),
            "alive": reverse("travel:roster-copy", args=[signed]),
            "shell": reverse("travel:roster-offline"),
        }
    )


def _people(request: HttpRequest, leading: Leading) -> dict[str, Any]:
    found = list(with_places(leading.travelers()).select_related("application__college"))
    for each in found:
        opened(request, each.application, What.CARD, is_leader=not leading.is_office)
    shown = cards.open_roster(found, by=leading.user, leader=leading.leader)
    return {
        "leading": leading,
        "trip": leading.trip,
        "cards": [replace(card, place=place_of(card.placement)) for card in shown],
        "now": timezone.now(),
    }


def _blank(leading: Leading) -> ReportForm:
    """Without a day and a time: it's filled in whenever there is no signal."""
    form = report_form(None, leading)
    form.initial = {"on": None, "time": None}
    return form


@for_anyone
def roster_code(request: HttpRequest, key: str) -> HttpResponse:
    """The code that opens a leader's link: sent to their phone, then typed here."""
    link = leaders.open_link(request, key)
    if isinstance(link, HttpResponse):
        return link
    error = ""
    if request.method == "POST" and "send" in request.POST:
        if not (error := _refusal_to_send(request, link)):
            messages.success(request, _("We’ve texted you a code."))
            return redirect("travel:roster-code", key=key)
    elif request.method == "POST":
        if not leaders.may_guess(request, link):
            error = _("There were too many wrong codes on this network. Wait ten minutes, or use another connection.")
        elif leader_link.try_code(link, request.POST.get("code", "")):
            leaders.remember(request, link)
            return redirect("travel:roster", key=key)
        else:
            error = _("That isn’t the code we sent last, or it’s too old. Check it, or ask for a new one.")
    context = {"link": link, "error": error, "phone": str(link.contact.phone)[-2:] if link.contact else ""}
    return render(request, "travel/abroad/roster_code.html", context)


def _refusal_to_send(request: HttpRequest, link: LeaderLink) -> str:
    """Send a code; "" if it was sent."""
    if not leaders.may_ask(request, link, dry_run=True):
        return _("This network has asked for too many codes today. Use another connection, or call our office.")
    try:
        leader_link.send_code(link)
    except RuleViolation as violation:
        return violation.message
    leaders.may_ask(request, link)
    return ""


@for_anyone
def roster_leave(request: HttpRequest, key: str) -> HttpResponse:
    """POST: this phone is asked for a code again."""
    link = LeaderLink.find(key)
    if link is None:
        raise Http404
    if request.method == "POST":
        leaders.forget(request, link)
        messages.success(request, _("Signed out. The list is off this phone."))
    return redirect("travel:roster-code", key=key)


# --- The copy on a phone ------------------------------------------------------------------------------


@for_anyone
def roster_copy(request: HttpRequest, signed: str) -> HttpResponse:
    """Whether a copy may stay on its phone: 204, or 410 for a former leader, an ended link, and after the trip."""
    said = links.token_of(COPY, signed)
    if said is None:
        raise Http404
    return HttpResponse(status=204 if _may_stay(said) else 410)


def _may_stay(said: str) -> bool:
    code, _colon, by = said.partition(":")
    contact = Contact.objects.select_related("trip", "leader_link").filter(code=code, trip__isnull=False).first()
    if contact is None or contact.trip is None:
        return False
    ends = roster_ends(contact.trip)
    if by == "link":
        link: LeaderLink | None = getattr(contact, "leader_link", None)
        if link is None:
            return False
        link.trip, link.contact = contact.trip, contact
        return link.opens
    user = User.objects.filter(pk=int(by), is_active=True).first() if by.isdigit() else None
    return user is not None and contact.user_id == user.pk and not contact.trip.closed_at and timezone.now() <= ends


@login_not_required
@require_safe
def roster_offline(request: HttpRequest) -> HttpResponse:
    """The page that opens a copy without a connection. It has no data and is the same for everyone."""
    return render(request, "travel/abroad/roster_offline.html")


@login_not_required
@require_safe
@never_cache
def roster_worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the roster, which has to do with no other page."""
    offline = _("There’s no signal, and the list isn’t on this phone. Open it once while you’re online.")
    return worker(WORKER, [static(name) for name in FILES], OFFLINE=offline)
