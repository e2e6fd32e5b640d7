"""Views of acceptance facilities: staff keep the list, a student chooses where to apply."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from exchange.base import roles
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.models import AcceptanceFacility
from travel.passport.case import where_to_apply as passport_days
from travel.passport.facilities import actions
from travel.passport.facilities.forms import FacilityForm, NewFacilityForm, WaitForm


@require_GET
def facility_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_see_counters(request.user))
    rows = AcceptanceFacility.objects.open().prefetch_related("colleges")
    old = passport_days.oldest_wait_day()
    if roles.is_student(request.user):
        return _own_list(request, rows, old)
    shown = [
        {
            "facility": each,
            "is_old": each.wait_as_of < old,
            "may_tell": permissions.can_tell_wait(request.user, each),
        }
        for each in sorted(rows, key=lambda each: (each.wait_as_of >= old, each.name))
    ]
    to_call = [row for row in shown if row["is_old"] and row["may_tell"]]
    is_cut = request.GET.get("show") == "call"
    context = {
        "rows": to_call if is_cut else shown,
        "is_cut": is_cut,
        "to_call": len(to_call),
        "may_keep": permissions.can_keep_counters(request.user),
    }
    return render(request, "travel/passport/facility_staff.html", context)


def _own_list(request: HttpRequest, rows: Iterable[AcceptanceFacility], old: date) -> HttpResponse:
    """Facilities near the student's college first, each with a button; without a passport case, only to look at."""
    application = passport_days.application_of(me(request))
    case = getattr(application, "passport_case", None)
    college_id = application.college_id if application else None
    context = {
        "application": application,
        "chosen": case.facility if case else None,
        "may_choose": application is not None and passport_days.can_come(application),
        "by_mail": passport_days.applies_by_mail(case),
        "rows": [
            {
                "facility": each,
                "is_near": college_id in {college.pk for college in each.colleges.all()},
                "is_old": each.wait_as_of < old,
            }
            for each in passport_days.near(rows, college_id)
        ],
    }
    return render(request, "travel/passport/facility_list.html", context)


@require_http_methods(["GET", "POST"])
def facility_add(request: HttpRequest) -> HttpResponse:
    require(permissions.can_keep_counters(request.user))
    form = NewFacilityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form, "name"):
            actions.add(by=me(request), **form.cleaned_data)
            return redirect("travel:facility-list")
    return render(request, "travel/passport/facility_form.html", {"form": form, "facility": None})


@require_http_methods(["GET", "POST"])
def facility_change(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_keep_counters(request.user))
    facility = _open_one(code)
    form = FacilityForm.of(facility, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form, "name"):
            actions.change(facility, by=me(request), **form.cleaned_data)
            return redirect("travel:facility-list")
    return render(request, "travel/passport/facility_form.html", {"form": form, "facility": facility})


@require_http_methods(["GET", "POST"])
def facility_wait(request: HttpRequest, code: str) -> HttpResponse:
    facility = _open_one(code)
    require(permissions.can_tell_wait(request.user, facility))
    form = WaitForm(request.POST or None, initial={"wait_days": facility.wait_days})
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("Saved. We’ll tell the students who chose this place if their dates change.")):
            actions.set_wait(facility, days=form.cleaned_data["wait_days"], by=me(request))
        return redirect("travel:facility-list")
    return render(request, "travel/passport/facility_wait.html", {"form": form, "facility": facility})


@require_POST
def facility_retire(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_keep_counters(request.user))
    with rule_message(request, _("Removed from the list.")):
        actions.retire(get_object_or_404(AcceptanceFacility, code=code), by=me(request))
    return redirect("travel:facility-list")


@require_POST
def facility_choose(request: HttpRequest, code: str) -> HttpResponse:
    """The student chooses this facility, or with `undo` takes the choice back."""
    facility = get_object_or_404(AcceptanceFacility, code=code)
    require(roles.is_student(request.user))
    application = passport_days.application_of(me(request))
    if application is None:
        raise PermissionDenied
    is_off = "undo" in request.POST
    done = (
        _("Your choice is removed.")
        if is_off
        else _("You’re going to %(place)s. We’ve adjusted your dates to its wait.")
    )
    with rule_message(request, done % {"place": facility.name}):
        actions.choose(application, None if is_off else facility, by=me(request))
    return redirect("travel:facility-list")


def _open_one(code: str) -> AcceptanceFacility:
    return get_object_or_404(AcceptanceFacility.objects.open().prefetch_related("colleges"), code=code)
