"""The page of a trip behind a private link, and the page on which the student makes, replaces and ends that link."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exchange.base.links import for_guests
from exchange.base.office import office
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.abroad import actions
from travel.models import AbroadLink, Placement
from travel.models.abroad import token_of, window_of
from travel.partners.programme import shown_days


@for_guests()
def abroad_card(request: HttpRequest, token: str) -> HttpResponse:
    """Dates, flights, where, whom to call, each day, what to bring. No name, nothing about the student.

    Opening it changes nothing and is not noted.
    """
    found = token_of(token)
    links = AbroadLink.objects.select_related("placement__application__student", "placement__trip__city")
    link = links.select_related("placement__trip__host").filter(token=found).first() if found else None
    student = link.placement.application.student if link else None
    if student and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(student.language)
    state = link.state() if link else None
    if link is None or state != AbroadLink.State.OPEN:
        return _not_open(request, link, state)
    trip = link.placement.trip
    context = {
        "trip": trip,
        "leaders": trip.leaders.all(),
        "days": shown_days(trip),
        "office": office(),
        "steps": [item.step for item in link.placement.checklist_items.select_related("step").order_by("step__order")],
    }
    return render(request, "travel/abroad/abroad_card.html", context)


def _not_open(request: HttpRequest, link: AbroadLink | None, state: str | None) -> HttpResponse:
    opens_at = window_of(link.placement.trip)[0] if link and state == AbroadLink.State.EARLY else None
    context = {"opens_at": opens_at, "office": office()}
    return render(request, "travel/abroad/abroad_closed.html", context, status=410 if link else 404)


@require_safe
def abroad_link(request: HttpRequest, code: str) -> HttpResponse:
    placement = _placement(request, code)
    is_own = permissions.can_work_on_checklist(request.user, placement)
    require(is_own or permissions.can_place(request.user))
    link = AbroadLink.objects.filter(placement=placement).first()
    if link:
        link.placement = placement
    state = link.state() if link else None
    works = state in (AbroadLink.State.OPEN, AbroadLink.State.EARLY)
    opens_at, ends_at = window_of(placement.trip)
    context = {
        "placement": placement,
        "is_own": is_own,
        "works": works,
        "state": state,
        # only the student sees the link itself
        "address": settings.SITE_URL + reverse("travel:abroad-card", args=[link.link])
        if link and works and is_own
        else "",
        "opens_at": opens_at,
        "ends_at": ends_at,
    }
    return render(request, "travel/abroad/abroad_link.html", context)


@require_POST
def abroad_link_make(request: HttpRequest, code: str) -> HttpResponse:
    placement = _placement(request, code)
    require(permissions.can_work_on_checklist(request.user, placement))
    with rule_message(request, success=_("Here’s your link. Save it on your phone.")):
        actions.make(placement, by=me(request))
    return redirect("travel:abroad-link", code=code)


@require_POST
def abroad_link_end(request: HttpRequest, code: str) -> HttpResponse:
    placement = _placement(request, code)
    require(permissions.can_work_on_checklist(request.user, placement) or permissions.can_place(request.user))
    with rule_message(request, success=_("The link no longer works.")):
        actions.end(get_object_or_404(AbroadLink, placement=placement), by=me(request))
    return redirect("travel:abroad-link", code=code)


def _placement(request: HttpRequest, code: str) -> Placement:
    return get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
