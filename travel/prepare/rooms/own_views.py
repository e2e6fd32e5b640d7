"""The student's page about rooms: wishes and needs before it's published, room mates and group afterwards."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from applications.standing import Act, may
from exchange.reference import facts
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require
from travel import permissions
from travel.base.trip_stage import placed_standing
from travel.models import Placement, Room, RoomWish
from travel.prepare.rooms import actions
from travel.prepare.rooms.forms import RoomWishForm
from travel.prepare.rooms.rows import going, layout_of, plan_for, short_name


@require_http_methods(["GET", "POST"])
def own_room(request: HttpRequest, code: str) -> HttpResponse:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_say_needs(request.user, placement))
    trip = placement.trip
    plan = plan_for(trip)
    people = going(trip)
    said = RoomWish.objects.visible_to(request.user).filter(placement=placement).first()
    others = sorted((short_name(each), each.code) for each in people if each.pk != placement.pk)
    form = RoomWishForm(
        request.POST if request.method == "POST" else None,
        plan=plan,
        people=[(key, name) for name, key in others],
        language=(get_language() or "en")[:2],
        initial=said.said if said else None,
    )
    may_say = may(placed_standing(placement), Act.CHECKLIST)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.say(placement, **form.said, by=me(request))
            messages.success(request, _("Saved. You can change it until rooms are published."))
            return redirect("travel:room", code=placement.code)
    context = {
        "placement": placement,
        "trip": trip,
        "form": form,
        "may_say": may_say,
        "is_over": not may(placed_standing(placement), Act.NEEDS),
        "told": said,
        "mine": _mine(placement, people) if plan.published_at else [],
        "is_published": plan.published_at is not None,
        "keep_days": int(facts.number("needs.keep_days")),
    }
    return render(request, "travel/prepare/own_room.html", context)


def _mine(placement: Placement, people: list[Placement]) -> list[dict[str, object]]:
    """The student's room and group, each with the names of the others."""
    found = []
    for kind in Room.Kind:
        for filled in layout_of(placement.trip, kind, people).filled:
            if any(each.pk == placement.pk for each in filled.people):
                others = [short_name(each) for each in filled.people if each.pk != placement.pk]
                found.append({"room": filled.room, "others": others})
    return found
