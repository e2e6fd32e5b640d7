"""Views in which the office edits packing lists: a cycle's lines, and what one trip needs of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.cycle.actions.form_edit import key_from
from applications.cycle.views.setup import cycle_of
from applications.models import Cycle
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import PackingItem, Trip
from travel.models.packing import PackingFields
from travel.prepare.packing import actions
from travel.prepare.packing import lists as packing
from travel.prepare.packing.forms import PackingItemForm, WeatherForm


def _back(cycle: Cycle) -> tuple[str, str]:
    return reverse("travel:packing-list", kwargs={"code": cycle.code}), _("Packing list")


@require_safe
def packing_list(request: HttpRequest, code: str) -> HttpResponse:
    """Every line of a cycle, and its trips."""
    cycle = cycle_of(request, code)
    there = PackingItem.objects.visible_to(request.user).filter(cycle=cycle).prefetch_related("trips__city")
    by_group: dict[str, list[PackingItem]] = {group: [] for group in PackingFields.Group.values}
    for item in there:
        by_group[item.group].append(item)
    context = {
        "cycle": cycle,
        "groups": [(PackingFields.Group(group), items) for group, items in by_group.items()],
        "is_empty": not any(by_group.values()),
        "trips": Trip.objects.visible_to(request.user).filter(cycle=cycle, closed_at=None).select_related("city"),
    }
    return render(request, "travel/prepare/packing_list.html", context)


@require_POST
def packing_fill(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request, success=_("Added. Now change what’s different this time.")):
        actions.create_items(cycle, me(request))
    return redirect(_back(cycle)[0])


@require_http_methods(["GET", "POST"])
def packing_add(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    initial = {"group": request.GET.get("group", ""), "trips": request.GET.getlist("trip")}
    form = PackingItemForm(request.POST or None, cycle=cycle, initial=initial)

    def add(said: PackingItemForm) -> PackingItem:
        there = set(cycle.packing_items.exclude(**said.values).values_list("key", flat=True))
        values = {**said.values, "key": key_from(said.values["text_en"], there)}
        return actions.add_item(cycle, values, trips=said.cleaned_data["trips"], by=me(request))

    return edit(request, form, add, back=_back(cycle), title=_("New line"), label=cycle.name)


def _item(request: HttpRequest, code: str) -> PackingItem:
    require(permissions.can_manage_partners(request.user))
    rows_ = PackingItem.objects.visible_to(request.user).select_related("cycle").prefetch_related("trips")
    return get_object_or_404(rows_, code=code)


@require_http_methods(["GET", "POST"])
def packing_edit(request: HttpRequest, code: str) -> HttpResponse:
    item = _item(request, code)
    form = PackingItemForm(request.POST or None, cycle=item.cycle, initial=PackingItemForm.initial_of(item))

    def change(said: PackingItemForm) -> PackingItem:
        trips, seen = said.cleaned_data["trips"], said.cleaned_data["seen"]
        return actions.change_item(item, said.values, trips=trips, seen=seen, by=me(request))

    return edit(
        request,
        form,
        change,
        back=_back(item.cycle),
        title=item.text,
        label=item.cycle.name,
        remove=reverse("travel:packing-remove", kwargs={"code": code}),
    )


@require_POST
def packing_remove(request: HttpRequest, code: str) -> HttpResponse:
    item = _item(request, code)
    with rule_message(request, success=_("Removed.")):
        rows.remove(item, by=me(request))
    return redirect(_back(item.cycle)[0])


# --- One trip ---------------------------------------------------------------------------------------


def _trip(request: HttpRequest, code: str) -> Trip:
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "cycle"), code=code)


@require_http_methods(["GET", "POST"])
def packing_trip(request: HttpRequest, code: str) -> HttpResponse:
    """The list as the travelers of one trip see it, with what it leaves out; POST sets its weather."""
    trip = _trip(request, code)
    kinds = packing.weather_of(trip)
    form = WeatherForm(request.POST or None, initial={"weather": kinds or [], "seen": actions.weather_seen(trip)})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with refusal_in(form):
            actions.set_weather(trip, said["weather"], seen=said["seen"], by=me(request))
            messages.success(request, _("Saved."))
            return redirect("travel:packing-trip", code=code)
    context = {
        "trip": trip,
        "form": form,
        "has_weather": kinds is not None,
        "parts": packing.parts(packing.items_of(trip), {}, names_weather=kinds is None),
        "left_out": PackingItem.objects.visible_to(request.user).filter(cycle=trip.cycle_id, left_out=trip),
    }
    return render(request, "travel/prepare/packing_trip.html", context)


@require_POST
def packing_leave_out(request: HttpRequest, code: str, item: str) -> HttpResponse:
    trip = _trip(request, code)
    line = get_object_or_404(PackingItem.objects.visible_to(request.user).filter(cycle=trip.cycle_id), code=item)
    with rule_message(request, success=_("Saved.")):
        actions.leave_out(line, trip, is_left_out="leave_out" in request.POST, by=me(request))
    return redirect("travel:packing-trip", code=code)
