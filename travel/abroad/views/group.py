"""Departure, a later return, and the return: recorded for the whole group, by a leader at the gate or by the office."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation
from exchange.web.edited import refusal_in, refuse
from travel.abroad.group_forms import DelayForm, GroupForm
from travel.abroad.leading import Leading, for_leaders
from travel.placement.actions import trip_course


@for_leaders
def group_departure(request: HttpRequest, leading: Leading) -> HttpResponse:
    """The group leaves; those who aren't there are named with a reason."""
    form = GroupForm(leading.travelers(), _data(request))
    if leading.trip.departed_at:
        messages.info(request, _("The departure is already recorded."))
        return redirect(_after(leading))
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            trip_course.depart(leading.trip, left=form.reasons, by=leading.user, leader=leading.leader)
            messages.success(request, _("Saved: the group has left."))
            return redirect(_after(leading))
    return render(request, "travel/abroad/group.html", _context(leading, form, is_departure=True))


@for_leaders
def group_return(request: HttpRequest, leading: Leading) -> HttpResponse:
    """The group is home; those who aren't are named with a reason."""
    form = GroupForm(leading.travelers(), _data(request), with_day=timezone.localdate())
    if leading.trip.returned_at or not leading.trip.departed_at:
        is_home = leading.trip.returned_at
        messages.info(request, _("The return is already recorded.") if is_home else _("The group hasn’t left yet."))
        return redirect(_after(leading))
    if request.method == "POST" and form.is_valid():
        try:
            on, reasons = form.cleaned_data["on"], form.reasons
            trip_course.bring_back(leading.trip, missing=reasons, on=on, by=leading.user, leader=leading.leader)
        except RuleViolation as violation:
            form.add_error("on" if violation.code == "not_then" else None, violation.message)
        else:
            messages.success(request, _("Saved: the group is home."))
            return redirect(_after(leading))
    return render(request, "travel/abroad/group.html", _context(leading, form, is_departure=False))


@for_leaders
def group_delay(request: HttpRequest, leading: Leading) -> HttpResponse:
    """A new day for the return, with its reason."""
    trip = leading.trip
    form = DelayForm(_data(request), initial={"until": trip.home_on, "seen": trip_course.expected(trip)})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            trip_course.delay(trip, **said, by=leading.user, leader=leading.leader)
        except RuleViolation as violation:
            refuse(form, violation, "until" if violation.code == "too_soon" else None)
        else:
            messages.success(request, _("Saved. What depends on the return moves with it."))
            return redirect(_after(leading))
    return render(request, "travel/abroad/group_delay.html", _context(leading, form))


def _data(request: HttpRequest) -> Any:
    """What was sent; a form without any answer is one, too: everyone is there."""
    return request.POST if request.method == "POST" else None


def _after(leading: Leading) -> str:
    """The page to go back to."""
    if leading.is_office:
        return leading.trip.get_absolute_url()
    return reverse("travel:roster", args=[leading.key])


def _context(leading: Leading, form: Any, **more: Any) -> dict[str, Any]:
    return {"leading": leading, "trip": leading.trip, "form": form, "back": _after(leading), **more}
