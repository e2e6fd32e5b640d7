"""Views in which the office sets up a trip: dates, seats and texts, its budget, its program, and the host's link."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Cycle
from exchange.files.spreadsheets import csv_pieces
from exchange.templatetags.ui import full_day
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base import actions as rows
from travel.base.itinerary import has_itinerary
from travel.base.views import edit
from travel.models import BudgetLine, Contact, HostInstitution, HostLink, Sponsor, Trip
from travel.partners.actions import host as host_actions
from travel.partners.arrivals import arrivals_of
from travel.partners.budget import budget_of, csv_rows
from travel.partners.programme import days_of
from travel.passport.plan import step_times
from travel.placement.actions import budget as budget_actions
from travel.placement.actions import trip as actions
from travel.placement.forms.trip import FROM_ITINERARY, BudgetLineForm, DaysForm, TripForm


def trip_of(request: HttpRequest, code: str) -> Trip:
    require(permissions.can_manage_partners(request.user))
    return get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "host", "cycle"), code=code)


def back_to(trip: Trip) -> tuple[str, str]:
    return trip.get_absolute_url(), trip.city.name


@require_http_methods(["GET", "POST"])
def trip_add(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    cycle = get_object_or_404(Cycle.objects.visible_to(request.user), code=code)
    hosts = HostInstitution.objects.filter(city__is_offered=True).exclude(city__trips__cycle=cycle)
    form = TripForm(request.POST or None, hosts=hosts, initial={"minimum_group": 6})
    return edit(
        request,
        form,
        lambda said: _add(request, cycle, said),
        back=(f"{reverse('travel:trip-list')}?cycle={cycle.code}", _("Trips")),
        title=_("New trip"),
        label=cycle.name,
        text=_("Cities that already have a trip in this cycle, and cities you aren’t offering, aren’t listed."),
    )


def _add(request: HttpRequest, cycle: Cycle, said: TripForm) -> Trip:
    trip = actions.create(cycle, said.values["host"].city, said.values, by=me(request))
    _warn(request, trip)
    return trip


def _warn(request: HttpRequest, trip: Trip) -> None:
    """Say which steps of the checklist these dates would make due too late."""
    for text in step_times.problems(trip.cycle, [trip]):
        messages.warning(request, text)


@require_http_methods(["GET", "POST"])
def trip_edit(request: HttpRequest, code: str) -> HttpResponse:
    """If the dates moved and students have seats, it redirects to the job that replans them."""
    trip = trip_of(request, code)
    follows = has_itinerary(trip)
    columns = [name for names in TripForm.layout for name in names if not follows or name not in FROM_ITINERARY]
    initial = TripForm.initial_of(trip) | {"host": trip.host.code, "seen": rows.fingerprint(trip, columns)}
    form = TripForm(request.POST or None, hosts=trip.city.hosts.all(), initial=initial, follows_itinerary=follows)
    placed = trip.placements.active().count()
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            trip, job = actions.change(trip, form.values, seen=form.cleaned_data["seen"], by=me(request))
            messages.success(request, _("Saved."))
            _warn(request, trip)
            return redirect(job or trip)
    text = ngettext(
        "%(count)s student has a spot. If you change the dates, we’ll plan every checklist again and tell anyone"
        " whose dates change.",
        "%(count)s students have a spot. If you change the dates, we’ll plan every checklist again and tell"
        " anyone whose dates change.",
        placed,
    ) % {"count": placed}
    context = {"form": form, "back": back_to(trip), "title": _("Edit the trip"), "label": trip.city.name}
    return render(request, "travel/base/row.html", context | {"text": text if placed else ""})


# --- Budget -----------------------------------------------------------------------------------------


def _budget_page(trip: Trip) -> tuple[str, str]:
    return reverse("travel:budget", kwargs={"code": trip.code}), _("Budget")


@require_safe
def budget(request: HttpRequest, code: str) -> HttpResponse:
    trip = trip_of(request, code)
    found = budget_of(trip)
    context = {"trip": trip, "budget": found, "sums": [*found.by_payer, found.total], "back": back_to(trip)}
    return render(request, "travel/placement/budget.html", context)


@require_safe
def budget_csv(request: HttpRequest, code: str) -> HttpResponse:
    trip = trip_of(request, code)
    response = HttpResponse(b"".join(csv_pieces(csv_rows(budget_of(trip)))), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="budget-{trip.city.code}-{trip.cycle.code}.csv"'
    return response


@require_http_methods(["GET", "POST"])
def budget_line_add(request: HttpRequest, code: str) -> HttpResponse:
    trip = trip_of(request, code)
    sponsors = Sponsor.objects.visible_to(request.user)
    return edit(
        request,
        BudgetLineForm(request.POST or None, sponsors=sponsors),
        lambda form: budget_actions.add(trip, form.values, by=me(request)),
        back=_budget_page(trip),
        title=_("New cost"),
        label=trip.city.name,
    )


def _line(request: HttpRequest, code: str) -> BudgetLine:
    require(permissions.can_manage_partners(request.user))
    lines = BudgetLine.objects.visible_to(request.user).select_related("trip__city", "sponsor")
    return get_object_or_404(lines, code=code)


@require_http_methods(["GET", "POST"])
def budget_line_edit(request: HttpRequest, code: str) -> HttpResponse:
    line = _line(request, code)
    initial = BudgetLineForm.initial_of(line) | {"sponsor": line.sponsor and line.sponsor.code}
    form = BudgetLineForm(request.POST or None, sponsors=Sponsor.objects.visible_to(request.user), initial=initial)
    return edit(
        request,
        form,
        lambda said: budget_actions.change(line, said.values, seen=said.cleaned_data["seen"], by=me(request)),
        back=_budget_page(line.trip),
        title=line.title,
        label=line.trip.city.name,
        remove=reverse("travel:budget-line-remove", kwargs={"code": line.code}),
    )


@require_POST
def budget_line_remove(request: HttpRequest, code: str) -> HttpResponse:
    line = _line(request, code)
    with rule_message(request, _("Removed.")):
        budget_actions.remove(line, by=me(request))
    return redirect(_budget_page(line.trip)[0])


# --- The host: link, programme ----------------------------------------------------------------------


@require_safe
def trip_host(request: HttpRequest, code: str) -> HttpResponse:
    """Which of the host's contacts have a link, what they see, and what they have answered."""
    trip = trip_of(request, code)
    links = {link.contact_id: link for link in HostLink.objects.visible_to(request.user).filter(trip=trip)}
    people = Contact.objects.visible_to(request.user).filter(host=trip.host)
    for link in links.values():
        link.trip = trip
    found: list[dict[str, Any]] = [{"contact": person, "link": links.get(person.pk)} for person in people]
    for row in found:
        if row["link"]:
            row["link"].contact = row["contact"]
            row["seen"] = rows.fingerprint(row["link"], host_actions.STOPPED)
    days = days_of(trip)
    context = {
        "trip": trip,
        "back": back_to(trip),
        "rows": found,
        "arrivals": arrivals_of(trip),
        "days": days,
        "news": [day for day in days if day.is_new],
        "seen": max((day.proposed_at for day in days if day.is_new and day.proposed_at), default=None),
    }
    return render(request, "travel/placement/trip_host.html", context)


@require_POST
def host_send(request: HttpRequest, code: str, contact: str) -> HttpResponse:
    trip = trip_of(request, code)
    person = get_object_or_404(Contact.objects.visible_to(request.user).filter(host=trip.host), code=contact)
    with rule_message(request, _("%(name)s will get it by email in a few minutes.") % {"name": person.name}):
        host_actions.send(trip, person, by=me(request), seen=request.POST.get("seen", ""))
    return redirect("travel:trip-host", code=code)


@require_POST
def host_stop(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_manage_partners(request.user))
    link = get_object_or_404(HostLink.objects.visible_to(request.user).select_related("trip"), code=code)
    with rule_message(request, _("Canceled. The link no longer works.")):
        host_actions.stop(link, by=me(request))
    return redirect("travel:trip-host", code=link.trip.code)


@require_POST
def programme_take_over(request: HttpRequest, code: str) -> HttpResponse:
    trip = trip_of(request, code)
    with rule_message(request):
        count = host_actions.take_over(trip, seen=_moment(request.POST.get("seen", "")), by=me(request))
        text = ngettext("Using %(count)s day the host wrote.", "Using %(count)s days the host wrote.", count) % {
            "count": count
        }
        if count:
            messages.success(request, _("%(text)s Students see it now.") % {"text": text})
        else:
            messages.info(request, _("There’s nothing new from the host."))
    return redirect("travel:trip-host", code=code)


def _moment(typed: str) -> datetime | None:
    try:
        return parse_datetime(typed)
    except ValueError:
        return None


@require_http_methods(["GET", "POST"])
def programme_edit(request: HttpRequest, code: str) -> HttpResponse:
    """The office's texts, day by day, in both languages."""
    trip = trip_of(request, code)
    days = days_of(trip)
    fields = [(day.number, full_day(day.on), day.text_en, day.text_es) for day in days]
    form = DaysForm(request.POST or None, days=fields)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Saved. Students see it now.")):
            host_actions.write_days(trip, form.texts, by=me(request))
            return redirect("travel:trip-host", code=code)
    context = {"trip": trip, "form": form, "days": [(day, *form.pair(day.number)) for day in days]}
    return render(request, "travel/placement/programme.html", context)
