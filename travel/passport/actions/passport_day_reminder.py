"""Reminders of passport days: some days before, to gather the documents, and the day before."""

from collections import Counter
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from exchange.base import audit
from exchange.base.home import home_zone
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts
from travel.models import PassportBooking, PassportDay
from travel.passport import passport_days
from travel.passport.actions import passport_day
from travel.states import HELPED

# The name under which `exchange.base.due` asks `is_still_due`.
DUE_NAME = "travel.passport_day"


def send_all() -> int:
    """Send the reminders that are due; returns how many students were told. Each is claimed on its row first."""
    free_given_up()
    return sum(_remind(booking.pk) for booking in _ahead() if occasion_of(booking, timezone.now()))


def coming(days_before: int) -> Counter[tuple[PassportDay, date]]:
    """How many students would be reminded, with this number of days, by passport day and day of the reminder."""
    now, found = timezone.now(), Counter[tuple[PassportDay, date]]()
    today, zone = timezone.localdate(now), home_zone()
    for booking in _ahead():
        if booking.slot is None or not booking.application.person.is_active:
            continue
        on, sent = timezone.localdate(booking.slot.starts_at), {booking.reminded_of}
        begins = {on - timedelta(days=days_before), on - timedelta(days=1), on}
        for day in sorted({today, today + timedelta(days=1)} | {day for day in begins if day > today}):
            moment = now if day == today else datetime.combine(day, time.min, zone)
            if (occasion := occasion_of(booking, moment, days_before)) and occasion not in sent:
                sent.add(occasion)
                found[booking.day, day] += 1
    return found


def occasion_of(booking: PassportBooking, now: datetime, days_before: int | None = None) -> str:
    """Key of the reminder that is due for this booking, "" if none. A new time makes a new key.

    A student who booked today isn't reminded, because they have just been told. `days_before`: the fact's if None.
    """
    slot = booking.slot
    if slot is None or booking.booked_at is None or slot.starts_at <= now:
        return ""
    today = timezone.localdate(now)
    days = (timezone.localdate(slot.starts_at) - today).days
    if days_before is None:
        days_before = int(facts.number(passport_days.REMIND_DAYS))
    if days > days_before or timezone.localdate(booking.booked_at) == today:
        return ""
    return f"{slot.code}/{'last' if days <= 1 else 'first'}"


def is_still_due(key: str) -> bool:
    """Whether the booking that the student was reminded of still stands and is still to come."""
    pk, _slash, slot = key.partition("/")
    return _ahead().filter(pk=pk, slot__code=slot).exists()


@transaction.atomic
def _remind(booking_id: int) -> bool:
    booking = _ahead().select_for_update(of=("self",)).filter(pk=booking_id).first()
    occasion = booking and occasion_of(booking, timezone.now())
    if not booking or not booking.slot or not occasion or booking.reminded_of == occasion:
        return False
    person = User.objects.select_for_update(of=("self",)).get(pk=booking.application.person.pk)
    is_last = occasion.endswith("/last")
    # the reminder of the day before is sent even after another reminder today
    if not person.is_active or (not is_last and outbox.was_reminded_today(person)):
        return False
    booking.reminded_of = occasion
    booking.save(update_fields=["reminded_of"])
    outbox.queue(
        "travel/reminder_passport_day",
        to=person,
        context={
            "booking": booking,
            "day": booking.day,
            "slot": booking.slot,
            "application": booking.application,
            "lacking": passport_days.lacking(booking),
        },
        still_due=f"{DUE_NAME}:{booking.pk}/{booking.slot.code}",
        email_after=passport_days.email_wait(),
    )
    audit.record("passport_day.remind", booking.application, by=None, changes={"occasion": occasion})
    return True


def free_given_up() -> int:
    """Free the slots of students who no longer go, so that the waiting list moves up; returns how many."""
    out = PassportBooking.objects.active().filter(result="", day__on__gte=timezone.localdate())
    gone = list(out.exclude(application__status__in=HELPED).select_related("day").order_by("pk"))
    for booking in gone:
        passport_day.cancel(booking, by=None)
    return len(gone)


def _ahead() -> QuerySet[PassportBooking]:
    rows = PassportBooking.objects.booked().filter(
        result="", slot__starts_at__gt=timezone.now(), application__status__in=HELPED
    )
    return rows.select_related("slot", "day", "application__student", "application__cycle").order_by("pk")
