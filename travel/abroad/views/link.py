"""The page on which a student makes, replaces and ends the private link to their trip."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exchange.models.private_link import WORKS
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.abroad.actions import link as actions
from travel.models import AbroadLink, Placement
from travel.models.abroad import window_of


@require_safe
def abroad_link(request: HttpRequest, code: str) -> HttpResponse:
    placement = _placement(request, code)
    is_own = permissions.can_work_on_checklist(request.user, placement)
    require(is_own or permissions.can_place(request.user))
    link = AbroadLink.objects.filter(placement=placement).first()
    if link:
        link.placement = placement
    state = link.state if link else None
    works = state in WORKS
    opens_at, ends_at = window_of(placement.trip)
    context = {
        "placement": placement,
        "is_own": is_own,
        "works": works,
        "state": state,
        # only the student sees the link itself
        "address": settings.SITE_URL + link.href if link and works and is_own else "",
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
