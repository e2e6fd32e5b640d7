"""Pages that travelers keep on their phone, the first-flight guide and the packing list: signed in, or by link."""

import json
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from exchange.guests import pages
from exchange.web.shortcuts import require
from travel import permissions
from travel.abroad.card import is_home
from travel.abroad.views.card import ask, own_ways, phone_key, write_line
from travel.base.itinerary import legs_of
from travel.models import AbroadLink, Placement
from travel.prepare.guide import pages as guide
from travel.prepare.packing import actions
from travel.prepare.packing import lists as packing
from travel.prepare.packing.lists import Mark


@dataclass(frozen=True, slots=True)
class Opened:
    """Whose page it is, and where its back link leads."""

    placement: Placement
    back: tuple[str, str]


def own(request: HttpRequest, code: str) -> Opened:
    """For the signed-in student, in the language of the page."""
    rows = Placement.objects.visible_to(request.user).select_related(
        "application__student", "trip__city", "trip__cycle", "trip__host"
    )
    placement = get_object_or_404(rows, code=code)
    require(permissions.can_work_on_checklist(request.user, placement))
    if is_home(placement):
        return Opened(placement, (own_ways(placement).card, placement.trip.city.name))
    return Opened(placement, (reverse("travel:checklist-detail", kwargs={"code": code}), _("Your checklist")))


def by_link(link: AbroadLink) -> Opened:
    return Opened(link.placement, (link.href, link.placement.trip.city.name))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_help(request: HttpRequest, code: str) -> HttpResponse:
    placement = own(request, code).placement
    return ask(request, placement, own_ways(placement))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("text")
def own_line(request: HttpRequest, code: str) -> HttpResponse:
    placement = own(request, code).placement
    return write_line(request, placement, own_ways(placement))


@never_cache
@require_safe
def own_guide(request: HttpRequest, code: str) -> HttpResponse:
    return _guide(request, own(request, code))


@pages.behind(AbroadLink)
def abroad_guide(request: HttpRequest, link: AbroadLink) -> HttpResponse:
    return _guide(request, by_link(link))


def _guide(request: HttpRequest, opened: Opened) -> HttpResponse:
    trip = opened.placement.trip
    screens = guide.screens(guide.tips_of(trip), legs_of(opened.placement))
    context = {"screens": screens, "back": opened.back, "city": trip.city.name}
    return render(request, "travel/abroad/guide.html", context)


# --- The packing list -------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
def own_packing(request: HttpRequest, code: str) -> HttpResponse:
    return _packing(request, own(request, code))


@pages.behind(AbroadLink)
def abroad_packing(request: HttpRequest, link: AbroadLink) -> HttpResponse:
    return _packing(request, by_link(link))


def _packing(request: HttpRequest, opened: Opened) -> HttpResponse:
    """POST merges taps: from the page's script as JSON, answered with {code: packed}; or the form, without script."""
    placement = opened.placement
    items = packing.items_of(placement.trip)
    if request.method == "POST":
        marks = actions.mark(placement, _taps(request, {item.code for item in items}))
        if request.headers.get("Accept") == "application/json":
            now = {code: mark.is_packed for code, mark in marks.items()}
            return JsonResponse({"at": _milliseconds(), "marks": now})
        messages.success(request, _("Saved."))
        return redirect(request.path)
    parts = packing.parts(items, packing.marks_of(placement), names_weather=packing.weather_of(placement.trip) is None)
    lines = [line for part in parts for line in part.lines]
    context = {
        "parts": parts,
        "packed": sum(line.is_packed for line in lines),
        "total": len(lines),
        "back": opened.back,
        "city": placement.trip.city.name,
        "action": request.path,
        "at": _milliseconds(),
        "key": phone_key("travel.packing", placement),
    }
    return render(request, "travel/abroad/packing.html", context)


def _taps(request: HttpRequest, known: set[str]) -> dict[str, Mark]:
    now = timezone.now()
    if "marks" in request.POST:
        try:
            return packing.taps(json.loads(request.POST["marks"]), now, known)
        except (ValueError, RecursionError):
            return {}
    packed, was = set(request.POST.getlist("packed")), set(request.POST.getlist("was"))
    return {code: Mark(code in packed, now) for code in (packed ^ was) & known}


def _milliseconds() -> int:
    return int(timezone.now().timestamp() * 1000)
