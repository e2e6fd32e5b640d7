"""Views of a student's own itinerary: the trip hour by hour, in local times."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from applications.base.opening import What, opened
from travel import permissions
from travel.base import itinerary
from travel.models import Placement


@require_safe
def own_itinerary(request: HttpRequest, code: str) -> HttpResponse:
    """What was published for this student; staff who may see the placement read the same."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    opened(request, placement.application, What.TRIP)
    found = itinerary.legs_of(placement)
    context = {
        "placement": placement,
        "trip": placement.trip,
        "is_own": permissions.can_work_on_checklist(request.user, placement),
        "days": itinerary.days(found),
        "next_code": itinerary.next_code(found),
    }
    return render(request, "travel/prepare/itinerary.html", context)
