"""Views of a student's own itinerary: the trip hour by hour, in local times."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications.base.opening import What, opened
from applications.standing import Act, may
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base import itinerary
from travel.base.trip_stage import placed_standing
from travel.models import Placement
from travel.prepare.itinerary import steps as itinerary_steps


@require_safe
def own_itinerary(request: HttpRequest, code: str) -> HttpResponse:
    """What was published for this student; staff who may see the placement read the same."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    opened(request, placement.application, What.TRIP)
    found = itinerary.legs_of(placement)
    is_own = permissions.can_work_on_checklist(request.user, placement)
    context = {
        "placement": placement,
        "trip": placement.trip,
        "is_own": is_own,
        "is_asked": is_own
        and bool(found)
        and may(placed_standing(placement), Act.CHECKLIST)
        and itinerary_steps.is_asked(placement),
        "seen": itinerary.fingerprint(found),
        "days": itinerary.days(found),
        "next_code": itinerary.next_code(found),
    }
    return render(request, "travel/prepare/itinerary.html", context)


@require_POST
def itinerary_confirm(request: HttpRequest, code: str) -> HttpResponse:
    """The student says that what they saw is right, which checks the step off."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_work_on_checklist(request.user, placement))
    with rule_message(request, success=_("Thank you. This step is checked off.")):
        itinerary_steps.confirm(placement, seen=request.POST.get("seen", ""), by=me(request))
        return redirect("travel:checklist-detail", code=placement.code)
    return redirect("travel:itinerary", code=placement.code)
