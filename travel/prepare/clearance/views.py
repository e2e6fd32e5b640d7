"""Views of who may lead a trip: the list, and what the office has seen of one person."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base import actions as rows
from travel.models import Clearance, Contact, Trip
from travel.prepare.clearance import actions
from travel.prepare.clearance.forms import ProofForm
from travel.prepare.clearance.lacking import Proof, cleared, cleared_of

Kind = Clearance.Kind


@require_safe
def trip_leaders(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "cycle"), code=code)
    people = Contact.objects.visible_to(request.user).filter(trip=trip).select_related("trip", "candidate_for")
    candidates = people.model.objects.visible_to(request.user).filter(candidate_for=trip)
    context = {
        "trip": trip,
        "leaders": cleared_of(people),
        "candidates": cleared_of(candidates.select_related("trip", "candidate_for")),
    }
    return render(request, "travel/prepare/trip_leaders.html", context)


@require_http_methods(["GET", "POST"])
def clearance(request: HttpRequest, code: str) -> HttpResponse:
    """POST records one proof: `kind` says which."""
    contact = _contact(request, code)
    kind = next((each for each in Kind if each.value == request.POST.get("kind")), None)
    forms = {each: ProofForm(request.POST if each == kind else None, kind=each) for each in Kind}
    if kind and forms[kind].is_valid():
        done_on = forms[kind].cleaned_data["done_on"]
        with rule_message(request, _("Recorded.")):
            actions.record(contact, kind, done_on, by=me(request))
        return redirect("travel:clearance", code=code)
    state = cleared(contact)
    context: dict[str, Any] = {
        "contact": contact,
        "state": state,
        "proofs": [(proof, forms[proof.kind], _seen(proof)) for proof in state.proofs],
        "back": _back(contact),
    }
    return render(request, "travel/prepare/clearance.html", context)


def _seen(proof: Proof) -> str:
    return rows.fingerprint(proof.row, actions.SEEN) if proof.row else ""


def _back(contact: Contact) -> tuple[str, str]:
    trip = contact.trip or contact.candidate_for
    if trip:
        return reverse("travel:trip-leaders", args=[trip.code]), _("Group leaders")
    return reverse("travel:contact-edit", args=[contact.code]), contact.name


@require_POST
def clearance_take_back(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    contact = _contact(request, code)
    if kind not in Kind.values:
        raise Http404
    with rule_message(request, _("Undone.")):
        actions.take_back(contact, kind, seen=request.POST.get("seen", ""), by=me(request))
    return redirect("travel:clearance", code=code)


@require_POST
def clearance_ask(request: HttpRequest, code: str) -> HttpResponse:
    contact = _contact(request, code)
    with rule_message(request, _("The link is on its way to %(name)s.") % {"name": contact.name}):
        actions.ask_to_sign(contact, by=me(request))
    return redirect("travel:clearance", code=code)


@require_POST
def leader_assign(request: HttpRequest, code: str) -> HttpResponse:
    contact = _contact(request, code)
    with rule_message(request, _("%(name)s leads the trip now.") % {"name": contact.name}):
        actions.assign(contact, by=me(request))
    return redirect("travel:clearance", code=code)


@require_POST
def leader_take_off(request: HttpRequest, code: str) -> HttpResponse:
    contact = _contact(request, code)
    with rule_message(request, _("%(name)s no longer leads the trip.") % {"name": contact.name}):
        actions.take_off(contact, by=me(request))
    return redirect("travel:clearance", code=code)


def _contact(request: HttpRequest, code: str) -> Contact:
    """A leader, a candidate or somebody at a host."""
    require(permissions.can_manage_partners(request.user))
    found = Contact.objects.visible_to(request.user).filter(consulate=None, sponsor=None)
    return get_object_or_404(found.select_related("trip__city", "candidate_for__city", "host"), code=code)
