"""Views of visa days: the office plans one and notes who applied, a student says whether they come."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.views import edit
from travel.models import EntryPermission, Placement, Trip, VisaDay, VisaDayPerson
from travel.prepare.entry import visa_day as actions
from travel.prepare.entry.forms import AppliedForm, VisaDayForm
from travel.prepare.entry.state import SETTLED

DONE = [state.value for state in SETTLED]


@require_safe
def visa_day(request: HttpRequest, code: str) -> HttpResponse:
    """Who comes, and who applied there."""
    day = _day(request, code)
    people = _people(request, day)
    context = {
        "day": day,
        "trip": day.trip,
        "people": people,
        "form": AppliedForm(placements=[each.placement for each in people], initial={"applied": _applied(people)}),
    }
    return render(request, "travel/prepare/visa_day.html", context)


@require_http_methods(["GET", "POST"])
def visa_day_add(request: HttpRequest, code: str) -> HttpResponse:
    """Everyone who may still have to apply is selected at first."""
    require(permissions.can_manage_entry(request.user))
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city"), code=code)
    going = _going(request, trip)
    settled = EntryPermission.objects.visible_to(request.user).filter(placement__trip=trip, state__in=DONE)
    done = set(settled.values_list("placement", flat=True))
    first = {"people": [each.code for each in going if each.pk not in done]}
    return edit(
        request,
        VisaDayForm(request.POST or None, placements=going, initial=first),
        lambda form: actions.plan(trip, form.values, form.chosen, by=me(request)),
        back=(reverse("travel:trip-entry", args=[trip.code]), _("Visas and authorizations")),
        title=_("New visa day"),
        label=trip.city.name,
        text=_("Those you select get a message with the day, the place and what to bring."),
        saved=_("Saved. We’ll tell those who should come."),
    )


@require_http_methods(["GET", "POST"])
def visa_day_edit(request: HttpRequest, code: str) -> HttpResponse:
    day = _day(request, code)
    form = VisaDayForm(request.POST or None, placements=_going(request, day.trip), initial=VisaDayForm.initial_of(day))
    return edit(
        request,
        form,
        lambda form: actions.change(day, form.values, form.chosen, seen=form.cleaned_data["seen"], by=me(request)),
        back=(day.get_absolute_url(), day.place),
        title=_("Change the visa day"),
        label=day.trip.city.name,
        text=_("We tell each student about a change once. If the time or place changes, we ask everyone again."),
    )


@require_POST
def visa_day_call_off(request: HttpRequest, code: str) -> HttpResponse:
    day = _day(request, code)
    with rule_message(request, success=_("Canceled. We’ll tell those who were asked to come.")):
        actions.call_off(day, by=me(request))
    return redirect("travel:trip-entry", code=day.trip.code)


@require_POST
def visa_day_applied(request: HttpRequest, code: str) -> HttpResponse:
    day = _day(request, code)
    form = AppliedForm(request.POST, placements=[each.placement for each in _people(request, day)])
    if form.is_valid():
        with rule_message(request):
            count = actions.note_applied(day, form.chosen, by=me(request))
            said = ngettext("%(count)s student noted.", "%(count)s students noted.", count) % {"count": count}
            with rule_message(request, success=said if count else _("Nothing changed.")):
                pass
    return redirect(day)


@require_POST
def visa_day_answer(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """A student says whether they come."""
    rows = VisaDayPerson.objects.visible_to(request.user).select_related("placement__application", "day")
    person = get_object_or_404(rows, placement__code=code, day__code=day)
    require(permissions.can_say_entry(request.user, person.placement))
    with rule_message(request, success=_("Saved.")):
        actions.answer(person, request.POST.get("answer", ""), by=me(request))
    return redirect("travel:placement-entry", code=code)


def _day(request: HttpRequest, code: str) -> VisaDay:
    require(permissions.can_manage_entry(request.user))
    rows = VisaDay.objects.visible_to(request.user).select_related("trip__city")
    return get_object_or_404(rows.prefetch_related("people__placement"), code=code)


def _going(request: HttpRequest, trip: Trip) -> list[Placement]:
    going = Placement.objects.visible_to(request.user).active().filter(trip=trip)
    return list(going.select_related("application__student").order_by("application__student__full_name", "pk"))


def _people(request: HttpRequest, day: VisaDay) -> list[Any]:
    going = Placement.objects.visible_to(request.user).active()
    found = day.people.filter(placement__in=going).select_related(
        "placement__application__student", "placement__entry_permission"
    )
    return list(found.order_by("placement__application__student__full_name", "pk"))


def _applied(people: list[Any]) -> list[str]:
    State = EntryPermission.State  # noqa: N806 -- a class
    there = (State.APPLIED, State.GRANTED)
    rows = ((each.placement, getattr(each.placement, "entry_permission", None)) for each in people)
    return [placement.code for placement, row in rows if row and row.state in there]
