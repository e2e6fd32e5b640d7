"""Views of passport days for staff: the office plans, advisors go through the documents, the door marks attendance."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from exchange.base import roles
from exchange.templatetags.ui import zone_city
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.base.actions import fingerprint
from travel.models import PassportBooking, PassportDay
from travel.passport.case import where_to_apply as passport_days
from travel.passport.days import office_actions as actions
from travel.passport.days.forms import NewPassportDayForm, PassportDayForm, TimesForm

Result = PassportBooking.Result


def _planned(request: HttpRequest, code: str) -> PassportDay:
    """A day for the office; 403 for anyone else."""
    require(permissions.can_plan_days(request.user))
    return get_object_or_404(PassportDay.objects.visible_to(request.user).prefetch_related("colleges"), code=code)


def staff_list(request: HttpRequest, days: QuerySet[PassportDay]) -> HttpResponse:
    today = timezone.localdate()
    rows = passport_days.days_with_counts(days.prefetch_related("colleges").order_by("-on"))
    ahead = [day for day in rows if day.on >= today and not day.called_off_at]
    context = {
        "ahead": sorted(ahead, key=lambda day: day.on),
        "over": [day for day in rows if day not in ahead],
        "may_plan": permissions.can_plan_days(request.user),
    }
    return render(request, "travel/passport/passport_day_staff_list.html", context)


def bookings_of(request: HttpRequest, day: PassportDay) -> Iterable[PassportBooking]:
    """The bookings this person may see, by time; the waiting list comes last."""
    rows = PassportBooking.objects.visible_to(request.user).active().filter(day=day)
    return rows.select_related("slot", "application__student", "application__college", "ready_by").order_by(
        "slot__starts_at", "waiting_since", "pk"
    )


def _row(request: HttpRequest, booking: PassportBooking, day: PassportDay) -> dict[str, Any]:
    booking.day = day
    lacks = passport_days.lacking(booking)
    may_help = permissions.can_help_booking(request.user, booking)
    return {
        "booking": booking,
        "slot": booking.slot,
        "standing": passport_days.standing_of(booking),
        "lacks": lacks,
        "missing": [PassportBooking.Paper(kind).label for kind in booking.missing],
        "may_confirm": may_help and booking.slot_id and not booking.ready_at and not booking.result and not lacks,
        "may_settle": may_help and booking.slot_id is not None,
        "seen": fingerprint(booking, actions.SETTLED),
    }


def staff_detail(request: HttpRequest, day: PassportDay) -> HttpResponse:
    rows = [_row(request, booking, day) for booking in bookings_of(request, day)]
    slots = list(passport_days.with_counts(day.slots.all()))
    context = {
        "day": day,
        "rows": [row for row in rows if row["slot"]],
        "waiting": [row for row in rows if not row["slot"]],
        "slots": slots,
        "seats": sum(slot.capacity for slot in slots),
        "taken": sum(slot.taken for slot in slots),
        "may_plan": permissions.can_plan_days(request.user) and not day.called_off_at,
        "is_here": day.on <= timezone.localdate(),
        "zone": zone_city(),
    }
    return render(request, "travel/passport/passport_day_staff_detail.html", context)


@require_http_methods(["GET", "POST"])
def passport_day_plan(request: HttpRequest) -> HttpResponse:
    require(permissions.can_plan_days(request.user))
    form = NewPassportDayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form, "on"):
            day = actions.plan(by=me(request), **form.cleaned_data)
            return redirect("travel:passport-day-times", code=day.code)
    return render(request, "travel/passport/passport_day_form.html", {"form": form, "day": None, "zone": zone_city()})


@require_http_methods(["GET", "POST"])
def passport_day_change(request: HttpRequest, code: str) -> HttpResponse:
    day = _planned(request, code)
    form = PassportDayForm.of(day, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form):
            actions.change(day, by=me(request), **form.cleaned_data)
            text = _("Saved. If the location or address changed, we’ll tell everyone who has a spot.")
            messages.success(request, text)
            return redirect(day)
    return render(request, "travel/passport/passport_day_form.html", {"form": form, "day": day, "zone": zone_city()})


@require_http_methods(["GET", "POST"])
def passport_day_times(request: HttpRequest, code: str) -> HttpResponse:
    day = _planned(request, code)
    form = TimesForm(request.POST or None, day=day)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        with refusal_in(form):
            opened = actions.open_times(
                day, starts=form.starts, minutes=said["minutes"], capacity=said["capacity"], by=me(request)
            )
            text = ngettext("%(count)s time is open.", "%(count)s times are open.", len(opened))
            with rule_message(request, text % {"count": len(opened)}):
                return redirect(day)
    slots = passport_days.with_counts(day.slots.all())
    context = {"form": form, "day": day, "slots": slots, "zone": zone_city()}
    return render(request, "travel/passport/passport_day_times.html", context)


@require_http_methods(["GET", "POST"])
def passport_day_call_off(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows whom it affects, POST calls the day off."""
    day = _planned(request, code)
    if request.method == "POST":
        with rule_message(request, _("Canceled. We’ll tell everyone who had a spot or was on the waitlist.")):
            actions.call_off(day, by=me(request))
        return redirect(day)
    count = PassportBooking.objects.visible_to(request.user).active().filter(day=day).count()
    return render(request, "travel/passport/passport_day_call_off.html", {"day": day, "count": count})


# --- Advisors, and staff at the door ----------------------------------------------------------------


@require_GET
def passport_day_attendance(request: HttpRequest, code: str) -> HttpResponse:
    """Who comes when, for a phone at the door or on paper."""
    require(roles.is_coordinator(request.user) or roles.is_advisor(request.user))
    day = get_object_or_404(PassportDay.objects.visible_to(request.user), code=code)
    rows = [_row(request, booking, day) for booking in bookings_of(request, day) if booking.slot_id]
    context = {
        "day": day,
        "rows": rows,
        "open": sum(not row["booking"].result for row in rows),
        "is_here": day.on <= timezone.localdate(),
        "kinds": PassportBooking.Paper.choices,
        "zone": zone_city(),
    }
    return render(request, "travel/passport/passport_day_attendance.html", context)


def _helped(request: HttpRequest, code: str) -> PassportBooking:
    rows = PassportBooking.objects.visible_to(request.user).select_related("day", "application")
    booking = get_object_or_404(rows, code=code)
    require(permissions.can_help_booking(request.user, booking))
    return booking


@require_POST
def passport_booking_ready(request: HttpRequest, code: str) -> HttpResponse:
    booking = _helped(request, code)
    with rule_message(request, _("Saved: ready to go. We’ll tell the student.")):
        actions.confirm_ready(booking, by=me(request))
    return redirect(booking.day)


@require_POST
def passport_booking_result(request: HttpRequest, code: str) -> HttpResponse:
    booking = _helped(request, code)
    result = request.POST.get("result")
    if result in Result.values:
        with rule_message(request, _("Saved.")):
            said = request.POST
            actions.settle(booking, result, missing=said.getlist("missing"), by=me(request), seen=said.get("seen", ""))
    address = reverse("travel:passport-day-attendance", kwargs={"code": booking.day.code})
    return redirect(f"{address}#{booking.code}")
