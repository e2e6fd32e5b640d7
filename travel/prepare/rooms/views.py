"""The office's page of rooms and groups, and the list on paper for hosts and leaders."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.base.errors import RuleViolation
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.views import edit
from travel.models import Placement, Room, RoomPlan, Trip
from travel.prepare.rooms import actions
from travel.prepare.rooms.forms import AddRoomsForm, GroupsForm, MoveForm, RoomPlanForm
from travel.prepare.rooms.rows import going, guests_of, is_published, layout_of, short_name


def _trip(request: HttpRequest, code: str) -> Trip:
    require(permissions.can_plan_rooms(request.user))
    return get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "cycle"), code=code)


@require_http_methods(["GET", "POST"])
def trip_rooms(request: HttpRequest, code: str) -> HttpResponse:
    """Who is where. Sent, it adds rooms, or opens what students need for planning rooms, which is recorded."""
    trip = _trip(request, code)
    form = AddRoomsForm(request.POST if "add" in request.POST else None)
    if form.is_bound and form.is_valid():
        with rule_message(request, _("Rooms added.")):
            actions.add_rooms(trip, **form.cleaned_data, by=me(request))
        return redirect("travel:trip-rooms", code=trip.code)
    needs = actions.open_needs(trip, by=me(request)) if "needs" in request.POST else None
    people = going(trip)
    plan = RoomPlan.objects.visible_to(request.user).filter(trip=trip).first()
    context = {
        "trip": trip,
        "plan": plan,
        "rooms": layout_of(trip, Room.Kind.ROOM, people),
        "groups": layout_of(trip, Room.Kind.GROUP, people),
        "people": people,
        "pairs": _pairs(people),
        "needs": None if needs is None else [(each, needs[each.code]) for each in people if each.code in needs],
        "form": form,
        "groups_form": GroupsForm(),
        "beds": trip.beds,
        "seen": actions.mark_of(trip),
    }
    return render(request, "travel/prepare/trip_rooms.html", context)


def _pairs(people: list[Placement]) -> list[str]:
    """Pairs who chose each other. A wish of one side stays between that student and the proposal."""
    guests, names = guests_of(people), {each.code: short_name(each) for each in people}
    codes = [each.code for each in people]
    return [
        f"{names[one]} · {names[other]}"
        for place, one in enumerate(codes)
        for other in codes[place + 1 :]
        if other in guests[one].wishes and one in guests[other].wishes
    ]


@require_http_methods(["GET", "POST"])
def rooms_setup(request: HttpRequest, code: str) -> HttpResponse:
    trip = _trip(request, code)
    plan = RoomPlan.objects.visible_to(request.user).filter(trip=trip).first() or RoomPlan(trip=trip)
    return edit(
        request,
        RoomPlanForm(request.POST or None, initial=RoomPlanForm.initial_of(plan)),
        lambda form: actions.set_up(trip, form.values, seen=form.cleaned_data["seen"], by=me(request)),
        back=(reverse("travel:trip-rooms", args=[trip.code]), _("Rooms and groups")),
        title=_("What students can say about rooms"),
        label=trip.city.name,
        text=_("What students say is sealed and deleted after the trip. Don’t make choices that ask why."),
    )


@require_POST
def rooms_propose(request: HttpRequest, code: str) -> HttpResponse:
    """Rooms, or small groups with `size`."""
    trip = _trip(request, code)
    if "size" not in request.POST:
        with rule_message(request):
            is_best = actions.propose(trip, by=me(request), seen=_seen(request))
            _say(request, _("Here’s a proposal. Move people by hand, then publish it."), is_best=is_best)
        return redirect("travel:trip-rooms", code=trip.code)
    form = GroupsForm(request.POST)
    if form.is_valid():
        with rule_message(request):
            size = form.cleaned_data["size"]
            is_best = actions.propose_groups(trip, size=size, by=me(request), seen=_seen(request))
            _say(request, _("Here are the groups."), is_best=is_best)
    else:
        messages.error(request, _("Enter how many people a group has, from 2 to 30."))
    return redirect("travel:trip-rooms", code=trip.code)


def _seen(request: HttpRequest) -> str:
    return request.POST.get("seen", "")


def _say(request: HttpRequest, text: str, *, is_best: bool) -> None:
    unproven = _("There were too many ways to try all of them, so another one may meet more wishes.")
    messages.success(request, text if is_best else f"{text} {unproven}")


@require_POST
def rooms_move(request: HttpRequest, code: str) -> HttpResponse:
    trip = _trip(request, code)
    form = MoveForm(request.POST)
    if form.is_valid():
        said: dict[str, Any] = form.cleaned_data
        seats = Placement.objects.visible_to(request.user).select_related("trip", "application__student")
        placement = get_object_or_404(seats.filter(trip=trip), code=said["student"])
        rooms = Room.objects.visible_to(request.user).filter(trip=trip, kind=said["kind"])
        room = get_object_or_404(rooms, code=said["to"]) if said["to"] else None
        with rule_message(request, _("Moved.")):
            actions.move(placement, room, kind=said["kind"], by=me(request), seen=_seen(request))
    return redirect(f"{reverse('travel:trip-rooms', args=[trip.code])}#move")


@require_POST
def room_remove(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_plan_rooms(request.user))
    room = get_object_or_404(Room.objects.visible_to(request.user).select_related("trip"), code=code)
    with rule_message(request, _("Removed.")):
        actions.remove_room(room, by=me(request), seen=_seen(request))
    return redirect("travel:trip-rooms", code=room.trip.code)


@require_POST
def rooms_publish(request: HttpRequest, code: str) -> HttpResponse:
    trip = _trip(request, code)
    try:
        if "undo" in request.POST:
            actions.unpublish(trip, by=me(request))
            messages.success(request, _("Students no longer see it."))
        else:
            actions.publish(trip, by=me(request), seen=_seen(request))
            messages.success(request, _("Published. Students see who they share with."))
    except RuleViolation as violation:
        messages.error(request, violation.message)
    return redirect("travel:trip-rooms", code=trip.code)


@require_safe
def rooms_list(request: HttpRequest, code: str) -> HttpResponse:
    """On one sheet, for host and leader; leaders see it once it's published."""
    trips = Trip.objects.visible_to(request.user) | Trip.objects.opened_by(request.user)
    trip = get_object_or_404(trips.select_related("city").distinct(), code=code)
    require(permissions.can_open_cards(request.user, trip.leaders.all()))
    may_plan = permissions.can_plan_rooms(request.user)
    people = going(trip) if may_plan or is_published(trip) else []
    context = {
        "trip": trip,
        "layouts": [layout_of(trip, kind, people) for kind in Room.Kind] if people else [],
        "may_plan": may_plan,
        "is_published": is_published(trip),
    }
    return render(request, "travel/prepare/rooms_list.html", context)
