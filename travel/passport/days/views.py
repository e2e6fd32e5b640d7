"""Views of passport days for students: book, wait, change, cancel, tick the documents. Staff see who comes."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from applications.models import Application
from exchange.base import roles
from exchange.files import appointments
from exchange.templatetags.ui import zone_city
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.models import PassportBooking, PassportDay
from travel.passport.case import where_to_apply as passport_days
from travel.passport.days import actions
from travel.passport.days import office_views as passport_day_office


def _day(request: HttpRequest, code: str) -> PassportDay:
    return get_object_or_404(PassportDay.objects.visible_to(request.user), code=code)


def _application(request: HttpRequest) -> Application:
    """The student's own application on the way to a trip; 403 for anyone else."""
    require(roles.is_student(request.user))
    application = passport_days.application_of(me(request))
    if application is None:
        raise Http404
    return application


def _own_booking(request: HttpRequest, code: str) -> PassportBooking:
    rows = PassportBooking.objects.visible_to(request.user).select_related("day", "slot", "application")
    booking = get_object_or_404(rows, code=code)
    require(permissions.can_prepare(request.user, booking.application))
    return booking


@require_GET
def passport_day_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_see_counters(request.user))
    days = PassportDay.objects.visible_to(request.user)
    if not roles.is_student(request.user):
        return passport_day_office.staff_list(request, days)
    bookings = PassportBooking.objects.visible_to(request.user).active().select_related("day", "slot")
    mine = {booking.day_id: booking for booking in bookings}
    rows = [
        {"day": day, "booking": mine.get(day.pk), "standing": _standing(mine.get(day.pk))}
        for day in passport_days.days_with_counts(days.ahead())
    ]
    application = passport_days.application_of(me(request))
    context = {"rows": rows, "zone": zone_city(), "application": application, "by_mail": _is_by_mail(application)}
    return render(request, "travel/passport/passport_day_list.html", context)


def _is_by_mail(application: Application | None) -> bool:
    return passport_days.applies_by_mail(getattr(application, "passport_case", None))


def _standing(booking: PassportBooking | None) -> passport_days.BookingStanding | None:
    return passport_days.standing_of(booking) if booking else None


@require_GET
def passport_day_detail(request: HttpRequest, code: str) -> HttpResponse:
    day = _day(request, code)
    if not roles.is_student(request.user):
        return passport_day_office.staff_detail(request, day)
    application = _application(request)
    rows = PassportBooking.objects.visible_to(request.user).active().filter(day=day)
    booking = rows.select_related("slot", "day").first()
    can_come = passport_days.can_come(application) and not day.called_off_at
    may_choose = can_come and (booking is None or passport_days.can_change(booking))
    free = list(passport_days.free_slots(day)) if may_choose else []
    context = {
        "day": day,
        "booking": booking,
        "standing": _standing(booking),
        "slot": booking.slot if booking else None,
        "place_in_line": passport_days.place_in_line(booking) if booking and booking.is_waiting else 0,
        "can_come": can_come,
        "by_mail": _is_by_mail(application),
        "application": application,
        "can_change": may_choose and booking is not None and booking.slot_id is not None,
        "can_cancel": booking is not None and passport_days.can_cancel(booking),
        "may_wait": can_come and booking is None and not free and day.is_ahead,
        "slots": free,
        "papers": _papers(day, booking),
        "missing": [PassportBooking.Paper(kind).label for kind in booking.missing] if booking else [],
        "hours": int(passport_days.change_time().total_seconds() // 3600),
        "zone": zone_city(),
    }
    return render(request, "travel/passport/passport_day_detail.html", context)


def _papers(day: PassportDay, booking: PassportBooking | None) -> list[dict[str, object]]:
    has = booking.brings if booking else []
    return [
        {"value": paper.value, "label": paper.label, "has": paper.value in has} for paper in passport_days.needed(day)
    ]


@require_http_methods(["GET", "POST"])
def passport_day_book(request: HttpRequest, code: str, slot: str) -> HttpResponse:
    """GET asks, POST books. If the slot was taken meanwhile, it redirects to the other slots."""
    day = _day(request, code)
    application = _application(request)
    wanted = get_object_or_404(day.slots.select_related("day"), code=slot)
    if request.method == "POST":
        with rule_message(request, _("Your spot is booked.")):
            actions.book(wanted, application, by=me(request))
        return redirect(day)
    booking = PassportBooking.objects.visible_to(request.user).active().filter(day=day).first()
    if (booking and booking.slot_id == wanted.pk) or _is_by_mail(application):
        return redirect(day)
    if not passport_days.free_slots(day).filter(pk=wanted.pk).exists():
        messages.error(
            request, _("This time is full or no longer available. Choose another one, or join the waitlist.")
        )
        return redirect(day)
    context = {"day": day, "slot": wanted, "is_change": booking is not None and booking.slot_id, "zone": zone_city()}
    return render(request, "travel/passport/passport_day_book.html", context)


@require_POST
def passport_day_wait(request: HttpRequest, code: str) -> HttpResponse:
    day = _day(request, code)
    application = _application(request)
    with rule_message(request, _("You’re on the waitlist. You’ll move up automatically, and we’ll tell you.")):
        actions.wait(day, application, by=me(request))
    return redirect(day)


@require_http_methods(["GET", "POST"])
def passport_booking_cancel(request: HttpRequest, code: str) -> HttpResponse:
    booking = _own_booking(request, code)
    if request.method == "POST":
        with rule_message(request, _("Canceled. Thank you. Someone else can come now.")):
            actions.cancel(booking, by=me(request))
        return redirect(booking.day)
    if not passport_days.can_cancel(booking):
        return redirect(booking.day)
    context = {"booking": booking, "day": booking.day, "slot": booking.slot, "zone": zone_city()}
    return render(request, "travel/passport/passport_day_cancel.html", context)


@require_POST
def passport_booking_bring(request: HttpRequest, code: str) -> HttpResponse:
    booking = _own_booking(request, code)
    with rule_message(request, _("Saved. Your advisor can see your progress.")):
        actions.bring(booking, request.POST.getlist("papers"), by=me(request))
    return redirect(booking.day)


@require_GET
def passport_booking_calendar(request: HttpRequest, code: str) -> HttpResponse:
    """The calendar file of the booking; for a canceled one, the file that cancels the event."""
    booking = _own_booking(request, code)
    if not booking.sequence:
        raise Http404
    return appointments.answer(passport_days.calendar_of(booking), f"passport-{booking.code}")
