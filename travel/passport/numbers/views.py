"""Views of document numbers: the office asks for them, a student enters one, a coordinator looks with a reason."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from applications.base.opening import What, opened
from exchange.reference import facts
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.models import DocumentNumber, NumberNeed, NumberPurpose, Placement, Trip
from travel.passport.numbers import actions
from travel.passport.numbers.forms import LookForm, NumberForm, NumberNeedForm


@require_http_methods(["GET", "POST"])
def trip_numbers(request: HttpRequest, code: str) -> HttpResponse:
    """A coordinator asks for numbers with the reason that students read. Shows who has entered one, not the number."""
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("city", "cycle"), code=code)
    require(permissions.can_book(request.user))
    form = NumberNeedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, success=_("This is on. We’ll tell this trip’s students.")):
            actions.ask(trip, by=me(request), **form.cleaned_data)
        return redirect("travel:trip-numbers", code=trip.code)
    needs = list(trip.number_needs.open().select_related("asked_by"))
    going = Placement.objects.visible_to(request.user).active().filter(trip=trip).with_people()
    given = DocumentNumber.objects.visible_to(request.user).without_number().filter(placement__trip=trip)
    have = {(number.placement_id, number.purpose) for number in given}
    context = {
        "trip": trip,
        "form": form,
        "needs": needs,
        "asks_all": len(needs) == len(NumberPurpose),
        "look_form": LookForm(),
        "last_day": actions.last_day(trip, int(facts.number(actions.KEEP_DAYS))),
        "rows": [
            {"placement": each, "cells": [(need, (each.pk, need.purpose) in have) for need in needs]}
            for each in going.order_by("application__student__full_name", "pk")
        ]
        if needs
        else [],
    }
    return render(request, "travel/passport/trip_numbers.html", context)


@require_POST
def trip_numbers_end(request: HttpRequest, code: str, purpose: str) -> HttpResponse:
    """Stop asking; the numbers given are deleted at once."""
    trip = get_object_or_404(Trip.objects.visible_to(request.user), code=code)
    require(permissions.can_book(request.user))
    need = NumberNeed.objects.visible_to(request.user).open().filter(trip=trip, purpose=purpose).first()
    with rule_message(request, success=_("This is off, and the numbers are deleted.")):
        if need is not None:  # otherwise ended already, by a second tap or a colleague
            actions.end(need, by=me(request))
    return redirect("travel:trip-numbers", code=trip.code)


@never_cache
@require_POST
def placement_number_look(request: HttpRequest, code: str, purpose: str) -> HttpResponse:
    """The one page that shows a number. Each look is recorded with its reason, and the student sees it."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_look_at_numbers(request.user))
    numbers = DocumentNumber.objects.visible_to(request.user).select_related(
        "placement__application__student", "placement__trip__city"
    )
    number = get_object_or_404(numbers, placement=placement, purpose=purpose)
    form = LookForm(request.POST)
    if form.is_valid():
        with rule_message(request):
            opened(request, placement.application, What.NUMBER)
            number = actions.look(number, by=me(request), **form.cleaned_data)
            context = {
                "placement": placement,
                "number": number,
                "what_for": actions.LOOKED_FOR[request.POST["what_for"]],
            }
            return render(request, "travel/passport/number_look.html", context)
    return redirect("travel:trip-numbers", code=placement.trip.code)


# --- The student ------------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def placement_numbers(request: HttpRequest, code: str) -> HttpResponse:
    """What is asked and why, whether it was given (never the number), and every look at it."""
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    require(permissions.can_give_number(request.user, placement))
    purpose = request.POST.get("purpose", "")
    form = NumberForm(request.POST or None, prefix=purpose) if purpose in NumberPurpose else None
    if request.method == "POST" and form is not None:
        if "remove" in request.POST:
            with rule_message(request, success=_("Your number is deleted.")):
                actions.remove(placement, purpose, by=me(request))
            return redirect("travel:placement-numbers", code=placement.code)
        if form.is_valid():
            with rule_message(request, success=_("Saved and locked.")):
                actions.give(placement, purpose, form.cleaned_data["number"], by=me(request))
            return redirect("travel:placement-numbers", code=placement.code)
    given = DocumentNumber.objects.visible_to(request.user).without_number().filter(placement=placement)
    have = {number.purpose: number for number in given}
    context = {
        "placement": placement,
        "trip": placement.trip,
        "asked": [
            {
                "need": need,
                "given": have.get(need.purpose),
                "form": form if form and need.purpose == purpose else NumberForm(prefix=need.purpose),
            }
            for need in placement.trip.number_needs.open()
        ],
        "last_day": actions.last_day(placement.trip, int(facts.number(actions.KEEP_DAYS))),
        "looks": actions.looks_at(placement),
    }
    return render(request, "travel/passport/placement_numbers.html", context)
