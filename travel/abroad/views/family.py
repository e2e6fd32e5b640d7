"""The trip for a student's family, behind a private link: what is now and whom to call first, then the rest."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from exchange.base.home import home_zone
from exchange.base.links import for_guests
from exchange.base.office import office
from exchange.guests import pages
from travel.abroad.account import Seen, last_seen
from travel.abroad.card import plan_of
from travel.abroad.views.card import card_worker
from travel.base import itinerary
from travel.base.legs import Kind
from travel.base.trip_stage import Tense
from travel.models import FamilyLink, Placement
from travel.models.trip_change import told_change
from travel.partners.programme import shown_days
from travel.prepare.family.views import is_canceled
from travel.prepare.signing.required import forms_of

Part = FamilyLink.Part


@for_guests()
def family_page(request: HttpRequest, token: str) -> HttpResponse:
    """Only what the student checked, as it is today. Opening it changes nothing and is not noted."""
    link = pages.look_up(request, FamilyLink, token)
    if link and is_canceled(link):
        return _canceled(request, link)
    if link is None or not link.opens:
        return pages.ended(request, FamilyLink, link)
    return render(request, "travel/abroad/family_page.html", _context(link))


def _context(link: FamilyLink) -> dict[str, Any]:
    placement, parts = link.placement, link.parts
    trip, is_away = placement.trip, placement.tense == Tense.DURING
    legs = itinerary.legs_of(placement) if {Part.DATES, Part.HOTEL} & set(parts) else []
    context: dict[str, Any] = {
        "trip": trip,
        "shows": parts,
        "change": told_change(trip, link.made_at),
        "office": office(),
        "moves": [leg for leg in legs if leg.leg.kind != Kind.STAY],
        "stays": [leg for leg in legs if leg.leg.kind == Kind.STAY],
        "is_away": is_away,
        "now": timezone.now(),
        "home_zone": home_zone().key,
    }
    if Part.LEADERS in parts:
        context["leaders"] = trip.leaders.all()
    if Part.INSURANCE in parts:
        context["policies"] = trip.policies.all()
    if Part.DAYS in parts:
        context["days"] = shown_days(trip)
        if is_away:
            context |= {"plan": plan_of(trip), "seen": _seen(placement, parts)}
    if Part.FORMS in parts:
        context["forms"] = forms_of(placement).for_guardian
    return context


def _seen(placement: Placement, parts: list[str]) -> Seen | None:
    """Only of who left with the group and is there; the leader's name only if leaders are shown."""
    found = last_seen(placement.trip) if placement.travelled_at and not placement.returned_at else None
    return found if found is None or Part.LEADERS in parts else replace(found, by="")


def _canceled(request: HttpRequest, link: FamilyLink) -> HttpResponse:
    trip = link.placement.trip
    context = {"trip": trip, "change": told_change(trip, link.placement.placed_at), "office": office()}
    return render(request, "travel/prepare/family_canceled.html", context)


@login_not_required
@require_safe
@never_cache
def family_worker(request: HttpRequest) -> HttpResponse:
    """The same as of the card, for the pages in its own folder."""
    return card_worker(request)
