"""The host's pages, behind a private link instead of an account: arrivals, program, beds.

A GET never changes anything. The page is in the language we write to this person in, until they choose another.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation
from exchange.base.office import office
from exchange.guests import pages
from exchange.templatetags.ui import full_day
from travel.base.itinerary import host_flights, host_stays
from travel.models import HostLink
from travel.partners.actions import host as actions
from travel.partners.arrivals import arrivals_of
from travel.partners.forms.host import ProposalForm, RoomsForm
from travel.partners.programme import days_of

TEMPLATES = "travel/partners/host_"


for_host = pages.behind(HostLink, "note")


@for_host
def host_arrivals(request: HttpRequest, link: HostLink) -> HttpResponse:
    """When the group arrives, how many, what they need, and what the host has yet to answer."""
    arrivals = arrivals_of(link.trip)
    days = days_of(link.trip)
    context = {
        "link": link,
        "trip": link.trip,
        "arrivals": arrivals,
        "flights": host_flights(link.trip),
        "stays": host_stays(link.trip),
        "leaders": [each for each in link.trip.leaders.all() if each.phone],
        "office": office(),
        "written": sum(bool(day.proposed or day.text_en or day.text_es) for day in days),
        "days": len(days),
        "lacks_beds": link.trip.beds is not None and link.trip.beds < arrivals.people,
    }
    return render(request, f"{TEMPLATES}arrivals.html", context)


@for_host
def host_programme(request: HttpRequest, link: HostLink) -> HttpResponse:
    """A field for each day. Every button saves every field, so that nothing typed is lost."""
    language = (translation.get_language() or "en")[:2]
    days = days_of(link.trip)
    form = ProposalForm(request.POST or None, days=[(day.number, full_day(day.on), day.proposed) for day in days])
    stored: dict[int, str] = {}
    if request.method == "POST" and form.is_valid():
        try:
            kept = actions.propose(link, form.texts, seen=form.seen, language=language)
        except RuleViolation as violation:
            messages.error(request, violation.message)
            if violation.code == "ended":
                return redirect("travel:host-arrivals", token=link.link)
            stored = {number: form.proposed[number] for number in form.texts}
            form = form.having_seen()
        else:
            say = messages.success if kept else messages.info
            say(request, _("Saved.") if kept else _("Nothing new to save."))
            return redirect("travel:host-programme", token=link.link)
    context = {
        "link": link,
        "trip": link.trip,
        "form": form,
        "lines": [
            {"day": day, "field": field, "seen": seen, "stored": stored.get(day.number, "")}
            for day, (_number, field, seen) in zip(days, form.lines, strict=True)
        ],
    }
    return render(request, f"{TEMPLATES}programme.html", context)


@for_host
def host_rooms(request: HttpRequest, link: HostLink) -> HttpResponse:
    trip = link.trip
    initial = {"beds": trip.beds or arrivals_of(trip).people or None, "note": trip.beds_note}
    form = RoomsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.confirm_rooms(link, beds=form.cleaned_data["beds"], note=form.cleaned_data["note"])
        except RuleViolation as violation:
            messages.error(request, violation.message)
        else:
            messages.success(request, _("Thank you. The office can see it now."))
        return redirect("travel:host-arrivals", token=link.link)
    context = {"link": link, "trip": trip, "form": form, "arrivals": arrivals_of(trip)}
    return render(request, f"{TEMPLATES}rooms.html", context)
