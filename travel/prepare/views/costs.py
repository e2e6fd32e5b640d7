"""The office's pages of what a trip costs: each line of the budget, added, changed and removed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.views import edit
from travel.models import Trip, TripCost
from travel.prepare.actions import costs as actions
from travel.prepare.forms.costs import CostForm


def _back(trip: Trip) -> tuple[str, str]:
    return f"{reverse('travel:trip-money', args=[trip.code])}#costs", _("Money")


@require_http_methods(["GET", "POST"])
def cost_add(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_keep_money(request.user))
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city"), code=code)
    return edit(
        request,
        CostForm(request.POST or None, initial={"as_of": timezone.localdate()}),
        lambda form: actions.add(trip, form.values, by=me(request)),
        back=_back(trip),
        title=_("New line of the budget"),
        label=trip.city.name,
    )


@require_http_methods(["GET", "POST"])
def cost_edit(request: HttpRequest, code: str) -> HttpResponse:
    cost = _cost(request, code)
    return edit(
        request,
        CostForm(request.POST or None, initial=CostForm.initial_of(cost)),
        lambda form: actions.change(cost, form.values, seen=form.cleaned_data["seen"], by=me(request)),
        back=_back(cost.trip),
        title=cost.what,
        label=cost.trip.city.name,
        remove=reverse("travel:cost-remove", args=[cost.code]),
    )


@require_POST
def cost_remove(request: HttpRequest, code: str) -> HttpResponse:
    cost = _cost(request, code)
    with rule_message(request, success=_("Removed.")):
        actions.remove(cost, by=me(request))
    return redirect(_back(cost.trip)[0])


def _cost(request: HttpRequest, code: str) -> TripCost:
    require(permissions.can_keep_money(request.user))
    return get_object_or_404(TripCost.objects.visible_to(request.user).select_related("trip__city"), code=code)
