"""A leader with a link reports an incident, and reads none: that needs an account and a fresh proof."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from exchange.base.home import home_zone
from exchange.base.office import office
from exchange.web.edited import refusal_in
from travel.abroad.actions import incidents as actions
from travel.abroad.incident_forms import ReportForm
from travel.abroad.leading import Leading, for_leaders
from travel.abroad.views.incidents import report_key


@sensitive_post_parameters("text", "where", "who")
@for_leaders
def roster_incident(request: HttpRequest, leading: Leading) -> HttpResponse:
    """While the link works, until some days after the return. Somebody who signed in has a page of their own."""
    trip = leading.trip
    if leading.user:
        return redirect(incident_page(leading))
    form = report_form(request.POST or None, leading)
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("severity", "text", "where", "who")}
        people: Any = {name: form.chosen(name) for name in ("placements", "leaders")}
        with refusal_in(form):
            actions.report(
                trip, happened_at=form.at, by=None, leader=leading.leader, key=report_key(request), **said, **people
            )
            messages.success(request, _("Reported. The office knows. To add something, report again or call us."))
            return redirect("travel:roster", key=leading.key)
    context = {"form": form, "trip": trip, "leading": leading, "office": office(), "report_key": report_key(request)}
    return render(request, "travel/abroad/roster_incident.html", context)


def report_form(data: Any, leading: Leading) -> ReportForm:
    trip = leading.trip
    zone = trip.city.zone or home_zone()
    return ReportForm(data, placements=leading.travelers(), leaders=trip.leaders.all(), zone=zone)


def incident_page(leading: Leading) -> str:
    """Where this person reports an incident of the trip."""
    if leading.user:
        return reverse("travel:incident-report") + f"?trip={leading.trip.code}"
    return reverse("travel:roster-incident", args=[leading.key])
