"""Views of a trip's insurance: the list for the office, travelers and leaders, and the office's edits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base import actions as rows
from travel.base.views import edit
from travel.models import InsurancePolicy, Trip
from travel.prepare.insurance.forms import PolicyForm


@require_safe
def trip_insurance(request: HttpRequest, code: str) -> HttpResponse:
    """On one page, to print: whom to call, and what is covered."""
    user = request.user
    trips = Trip.objects.visible_to(user) | Trip.objects.opened_by(user)
    trip = get_object_or_404(trips.select_related("city").distinct(), code=code)
    may_manage = permissions.can_manage_partners(user)
    policies = InsurancePolicy.objects.visible_to(user).filter(trip=trip).select_related("trip")
    is_traveler = trip.placements.filter(application__student=request.user.pk).first()
    require(may_manage or is_traveler is not None or permissions.can_open_cards(user, trip.leaders.all()))
    context = {
        "trip": trip,
        "policies": policies,
        "may_manage": may_manage,
        "back": is_traveler.get_absolute_url() if is_traveler else "",
    }
    return render(request, "travel/prepare/trip_insurance.html", context)


def _back(trip: Trip) -> tuple[str, str]:
    return reverse("travel:trip-insurance", args=[trip.code]), _("Insurance")


@require_http_methods(["GET", "POST"])
def insurance_add(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city"), code=code)
    return edit(
        request,
        PolicyForm(request.POST or None, trip=trip),
        lambda form: rows.add(InsurancePolicy, {"trip": trip, **form.values}, under=trip, by=me(request)),
        back=_back(trip),
        title=_("New insurance policy"),
        label=trip.city.name,
    )


@require_http_methods(["GET", "POST"])
def insurance_edit(request: HttpRequest, code: str) -> HttpResponse:
    policy = _policy(request, code)
    return edit(
        request,
        PolicyForm(request.POST or None, trip=policy.trip, initial=PolicyForm.initial_of(policy)),
        lambda form: rows.change(policy, form.values, seen=form.cleaned_data["seen"], by=me(request)),
        back=_back(policy.trip),
        title=policy.name,
        label=policy.trip.city.name,
        remove=reverse("travel:insurance-remove", args=[policy.code]),
    )


@require_POST
def insurance_remove(request: HttpRequest, code: str) -> HttpResponse:
    policy = _policy(request, code)
    with rule_message(request, success=_("Removed.")):
        rows.remove(policy, by=me(request))
    return redirect("travel:trip-insurance", code=policy.trip.code)


def _policy(request: HttpRequest, code: str) -> InsurancePolicy:
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(InsurancePolicy.objects.visible_to(request.user).select_related("trip__city"), code=code)
