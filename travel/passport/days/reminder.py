"""Reminders of passport days: some days before, to gather the documents, and the day before."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.messages.reminders import Before, Occasion, Reminder
from exchange.templatetags.ui import day_year
from travel.models import PassportBooking
from travel.passport.case import where_to_apply as passport_days
from travel.passport.days import actions as passport_day
from travel.states import HELPED


def _rows() -> QuerySet[PassportBooking]:
    rows = PassportBooking.objects.booked().filter(
        result="", slot__starts_at__gt=timezone.now(), application__status__in=HELPED
    )
    return rows.select_related("slot", "day", "application__student", "application__cycle").order_by("pk")


def _context(row: PassportBooking, _person: object) -> dict[str, Any]:
    about = {"booking": row, "day": row.day, "slot": row.slot, "application": row.application}
    return {**about, "lacking": passport_days.lacking(row)}


def _claim(row: PassportBooking, occasion: Occasion) -> None:
    row.reminded_of = occasion.key
    row.save(update_fields=["reminded_of"])


def _about(row: PassportBooking) -> str:
    return _("passport day at %(place)s on %(day)s") % {"place": row.day.place, "day": day_year(row.day.on)}


REMINDER = Reminder[PassportBooking](
    name="travel.passport_day",
    template="travel/reminder_passport_day",
    action="passport_day.remind",
    offsets=(
        Before(
            (passport_days.REMIND_DAYS, 1),
            of=lambda row: row.slot.starts_at if row.slot else None,
            quiet=lambda row: row.booked_at,
            tag=lambda row: row.slot and row.slot.code,
        ),
    ),
    rows=_rows,
    people=lambda row: [row.application.person],
    context=_context,
    about=_about,
    was_sent=lambda row, occasion: row.reminded_of == occasion.key,
    claim=_claim,
    logged=lambda row: row.application,
    is_one_a_day=lambda occasion: occasion.days != 1,  # that of the day before is sent after another one, too
    email_hours=passport_days.EMAIL_HOURS,
)


def send_all() -> int:
    free_given_up()
    return REMINDER.send_all()


def free_given_up() -> int:
    """Free the slots of students who no longer go, so that the waiting list moves up; returns how many."""
    out = PassportBooking.objects.active().filter(result="", day__on__gte=timezone.localdate())
    gone = list(out.exclude(application__status__in=HELPED).select_related("day").order_by("pk"))
    for booking in gone:
        passport_day.cancel(booking, by=None)
    return len(gone)
