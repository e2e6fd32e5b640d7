"""The office's page of a trip that is away: where the group is, its last roll call, and the links of its leaders."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.abroad.actions import leader_link as actions
from travel.models import Contact, LeaderLink, RollCall, Trip
from travel.models.roster import roster_ends


@require_safe
def trip_abroad(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city"), code=code)
    roll_calls = RollCall.objects.visible_to(request.user).filter(trip=trip)
    ends = roster_ends(trip)
    rows = []
    for contact in trip.leaders.select_related("leader_link"):
        link = getattr(contact, "leader_link", None)
        seen = actions.mark_of(link)
        if link:
            link.trip = trip
            link.contact = contact
        address = settings.SITE_URL + link.href if link and link.opens else ""
        rows.append({"contact": contact, "link": link, "address": address, "seen": seen})
    former = LeaderLink.objects.visible_to(request.user).filter(trip=trip, contact__trip=None)
    context = {
        "trip": trip,
        "last_roll_call": roll_calls.order_by("-on", "-number").first(),
        "rows": rows,
        "former": former,
        "ends": ends,
    }
    return render(request, "travel/abroad/trip_abroad.html", context)


@require_POST
def leader_link_make(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    leaders = Contact.objects.visible_to(request.user).select_related("trip").filter(trip__isnull=False)
    contact = get_object_or_404(leaders, code=code)
    with rule_message(request, success=_("The link is ready.")):
        actions.make(contact, by=me(request), seen=request.POST.get("seen", ""))
    return redirect("travel:trip-abroad", code=contact.trip.code if contact.trip else "")


@require_POST
def leader_link_end(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    link = get_object_or_404(LeaderLink.objects.visible_to(request.user).select_related("trip"), code=code)
    with rule_message(request, success=_("The link no longer works.")):
        actions.end(link, by=me(request))
    return redirect("travel:trip-abroad", code=link.trip.code)
