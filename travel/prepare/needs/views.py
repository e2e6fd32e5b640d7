"""Views of needs and emergency contacts: the student's answers, the trip's cards, the office's note of a talk."""

import time
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.base.opening import What, opened
from applications.standing import Act, may
from exchange.base import roles
from exchange.base.errors import RuleViolation
from exchange.reference import facts
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.sources import Source
from travel.base.trip_stage import placed_standing
from travel.models import EmergencyContact, HealthRule, NeedsPart, Placement, PracticalNeeds, Trip
from travel.prepare.needs import actions, contacts
from travel.prepare.needs import opening as cards
from travel.prepare.needs.contact_forms import ContactForm
from travel.prepare.needs.forms import PART_FORMS, AllergyForms, ArrangedForm, PurposeForm, initial_of

KEEP_DAYS = "needs.keep_days"
KNOWN = "needs_known"  # session key: by page, when this session proved who it is there or wrote the first answer
TYPING_SECONDS = 3600  # a form that was opened with a proof may be sent for so long


@never_cache
@require_safe
def placement_needs(request: HttpRequest, code: str) -> HttpResponse:
    """The parts to answer, who reads them and why, and who did. Shows no answer."""
    placement = _own(request, code)
    if not may(placed_standing(placement), Act.NEEDS):
        return redirect(placement)
    context = {
        "placement": placement,
        "trip": placement.trip,
        "people": _people(request, placement),
        "parts": _parts(request, placement),
        "leaders": placement.trip.leaders.all(),
        "keep_days": facts.number(KEEP_DAYS),
        "looks": cards.looks_at(placement),
    }
    return render(request, "travel/prepare/placement_needs.html", context)


def _people(request: HttpRequest, placement: Placement) -> list[dict[str, str]]:
    rows = EmergencyContact.objects.visible_to(request.user).filter(placement=placement).defer("said")
    saved = {row.number for row in rows}
    titles = {1: _("The first person to call"), 2: _("The second person to call")}
    return [
        {
            "title": titles[number],
            "href": reverse("travel:placement-contact", args=[placement.code, which]),
            **_state(number in saved),
        }
        for which, number in EmergencyContact.NUMBERS.items()
    ]


def _parts(request: HttpRequest, placement: Placement) -> list[dict[str, str]]:
    row = PracticalNeeds.objects.visible_to(request.user).filter(placement=placement).first()
    return [
        {
            "title": str(part.label),
            "href": reverse("travel:placement-needs-part", args=[placement.code, part.value]),
            **_state(row is not None and row.is_said(part)),
        }
        for part in NeedsPart
    ]


def _state(is_saved: bool) -> dict[str, str]:
    return {"status_label": _("saved"), "tone": "good"} if is_saved else {"status_label": _("to do"), "tone": "wait"}


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def placement_needs_part(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """One part, saved by itself. What was saved before is shown only after a fresh proof of who it is."""
    placement = _own(request, code)
    if part not in NeedsPart.values:
        raise Http404
    row = PracticalNeeds.objects.visible_to(request.user).filter(placement=placement).first()
    if row and row.answers(part):
        _require_proof(request, part)
    if part == NeedsPart.ALLERGIES:
        return _allergies(request, placement, row)
    if part == NeedsPart.ARRANGED:
        return _arranged(request, placement, row)
    form = PART_FORMS[part](request.POST if request.method == "POST" else None, initial=initial_of(row, part))
    if request.method == "POST" and form.is_valid():
        return _saved(request, placement, part, form.cleaned_data)
    return _part_page(request, placement, part, form=form)


def _allergies(request: HttpRequest, placement: Placement, row: PracticalNeeds | None) -> HttpResponse:
    said = row.answers(NeedsPart.ALLERGIES).get("allergies", []) if row else []
    forms_: Any = AllergyForms(request.POST if request.method == "POST" else None, initial=said, prefix="allergy")
    if request.method == "POST" and forms_.is_valid():
        response = _saved(request, placement, NeedsPart.ALLERGIES, {"allergies": forms_.said})
        if "more" not in request.POST:
            return response
        return redirect("travel:placement-needs-part", code=placement.code, part=NeedsPart.ALLERGIES.value)
    return _part_page(request, placement, NeedsPart.ALLERGIES, forms=forms_)


def _arranged(request: HttpRequest, placement: Placement, row: PracticalNeeds | None) -> HttpResponse:
    """What the city asks, and on which day the student has arranged it."""
    rules = list(HealthRule.objects.filter(Q(city=None) | Q(city=placement.trip.city)))
    arranged = row.answers(NeedsPart.ARRANGED).get("arranged", {}) if row else {}
    form = ArrangedForm(request.POST if request.method == "POST" else None, rules=rules, initial=arranged)
    if request.method == "POST" and form.is_valid():
        return _saved(request, placement, NeedsPart.ARRANGED, form.cleaned_data)
    return _part_page(request, placement, NeedsPart.ARRANGED, form=form, sources=_sources(rules))


def _sources(rules: list[HealthRule]) -> list[Source]:
    """Each source once."""
    return list(dict.fromkeys(Source.of(rule) for rule in rules))


def _saved(request: HttpRequest, placement: Placement, part: str, answers: dict[str, Any]) -> HttpResponse:
    with rule_message(request, success=_("Saved.")):
        actions.say(placement, part, **answers, by=me(request))
        _remember(request, part)
    return redirect("travel:placement-needs", code=placement.code)


def _part_page(
    request: HttpRequest,
    placement: Placement,
    part: str,
    form: forms.Form | None = None,
    forms: Any = None,
    sources: Any = (),
) -> HttpResponse:
    if not may(placed_standing(placement), Act.NEEDS):
        return redirect(placement)
    title = NeedsPart(part).label
    context = {
        "placement": placement,
        "trip": placement.trip,
        "title": title,
        "form": form,
        "forms": forms,
        "sources": sources,
    }
    return render(request, "travel/prepare/placement_needs_part.html", context)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def placement_contact(request: HttpRequest, code: str, which: str) -> HttpResponse:
    """The first or second person to call. Naming one needs no fresh proof; reading or changing one does."""
    placement = _own(request, code)
    if which not in EmergencyContact.NUMBERS:
        raise Http404
    number = EmergencyContact.NUMBERS[which]
    saved = EmergencyContact.objects.visible_to(request.user).filter(placement=placement, number=number).first()
    if saved:
        _require_proof(request, f"contact {which}")
    form = ContactForm(request.POST if request.method == "POST" else None, initial=saved.words if saved else {})
    if request.method == "POST" and form.is_valid():
        try:
            contacts.save(placement, number, said=form.said, by=me(request))
        except RuleViolation as violation:
            form.add_error("phone" if violation.code.endswith("_phone") else None, violation.message)
        else:
            _remember(request, f"contact {which}")
            messages.success(request, _("Saved."))
            return redirect("travel:placement-needs", code=placement.code)
    if not may(placed_standing(placement), Act.NEEDS):
        return redirect(placement)
    context = {"placement": placement, "trip": placement.trip, "form": form, "number": number, "is_saved": bool(saved)}
    return render(request, "travel/prepare/placement_contact.html", context)


@require_POST
def placement_talked(request: HttpRequest, code: str) -> HttpResponse:
    """The office has called a student who wanted to talk."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_note_talk(request.user))
    with rule_message(request, success=_("Saved.")):
        actions.note_talk(placement, by=me(request))
    return redirect("travel:trip-travelers", code=placement.trip.code)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def trip_cards(request: HttpRequest, code: str) -> HttpResponse:
    """Needs and emergency contacts for the office and the trip's leaders. Asks what for; each opening is recorded."""
    trip = get_object_or_404(Trip.objects.opened_by(request.user).select_related("city"), code=code)
    going = Placement.objects.active().filter(trip=trip).with_people()
    placements = list(going.order_by("application__student__full_name", "pk"))
    form = PurposeForm(request.POST if request.method == "POST" else None, placements=placements)
    context = {
        "trip": trip,
        "form": form,
        "keep_days": facts.number(KEEP_DAYS),
        "may_open_trip": permissions.can_list_trips(request.user),
    }
    if request.method == "POST" and form.is_valid():
        require_fresh(request)
        return _cards(request, trip, form, context)
    return render(request, "travel/prepare/trip_cards.html", context)


def _cards(request: HttpRequest, trip: Trip, form: PurposeForm, context: dict[str, Any]) -> HttpResponse:
    by, purpose, one = me(request), form.cleaned_data["purpose"], form.one
    found = (
        [cards.open_emergency_card(one, by=by, purpose=purpose)]
        if one
        else cards.open_emergency_cards(trip, by=by, purpose=purpose)
    )
    is_leader = not roles.is_coordinator(request.user)
    for card in found:
        opened(request, card.placement.application, What.CARD, is_leader=is_leader)
    what_for = dict(form.fields["purpose"].choices)[purpose]  # type: ignore[attr-defined]
    return render(request, "travel/prepare/trip_cards.html", {**context, "cards": found, "what_for": what_for})


def _require_proof(request: HttpRequest, page: str) -> None:
    """Ask for a fresh proof before saved answers are shown or changed, except right after this session wrote them.

    A form that was open for longer than a proof counts is still saved: what was typed isn't kept in the session.
    """
    known_at: float = request.session.get(KNOWN, {}).get(page, 0)
    lasts = TYPING_SECONDS if request.method == "POST" else settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    if time.time() - known_at >= lasts:
        require_fresh(request)
        _remember(request, page)


def _remember(request: HttpRequest, page: str) -> None:
    request.session[KNOWN] = {**request.session.get(KNOWN, {}), page: time.time()}


def _own(request: HttpRequest, code: str) -> Placement:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_say_needs(request.user, placement))
    return placement
