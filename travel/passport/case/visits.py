"""The day on which a student goes to apply in person: a booked passport day, or an appointment they told us of."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.templatetags.ui import clock, short_day, the_time
from travel.models import PassportBooking, PassportCase
from travel.passport.case import where_to_apply as passport_days
from travel.states import BEFORE_APPLYING, PassportStage


@dataclass(frozen=True, slots=True)
class Visit:
    """`bring`: in words, as the student ticked or everything; `is_passport_day`: with our own booking behind it."""

    on: date
    when: str
    where: str
    bring: tuple[str, ...]
    href: str
    is_passport_day: bool


def booking_of(application: Application) -> PassportBooking | None:
    """The student's slot on a passport day that has no result yet; one query."""
    booked = PassportBooking.objects.booked().filter(application=application, result="", day__called_off_at=None)
    return booked.select_related("day", "slot").order_by("-slot__starts_at").first()


def visit_of(case: PassportCase, booking: PassportBooking | None) -> Visit | None:
    """The visit that is booked, past or to come; None without one, by mail, and once the student has applied."""
    if case.stage not in BEFORE_APPLYING or passport_days.applies_by_mail(case):
        return None
    if booking and booking.slot:
        day, starts_at = booking.day, booking.slot.starts_at
        return Visit(
            on=timezone.localdate(starts_at),
            when=_("%(day)s at %(the_time)s") % {"day": short_day(starts_at), "the_time": the_time(clock(starts_at))},
            where=f"{day.place}, {day.address}",
            bring=tuple(str(paper.label) for paper in passport_days.needed(day)),
            href=day.get_absolute_url(),
            is_passport_day=True,
        )
    if case.stage != PassportStage.BOOKED or case.appointment_on is None:
        return None
    place = case.facility if case.facility and not case.facility.retired_at else None
    return Visit(
        on=case.appointment_on,
        when=short_day(case.appointment_on),
        where=f"{place.name}, {place.address}" if place else "",
        bring=(),
        href=reverse("travel:passport-detail", kwargs={"code": case.application.code}) + "#bring",
        is_passport_day=False,
    )
