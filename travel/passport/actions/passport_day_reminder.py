"""Reminders of passport days: some days before, to gather the documents, and the day before."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application
from exchange.messages import reminders
from exchange.messages.outbox import Guest
from exchange.messages.reminders import Before, Occasion
from exchange.models import User
from exchange.templatetags.ui import day_year
from travel.models import PassportBooking
from travel.passport import passport_days
from travel.passport.actions import passport_day
from travel.states import HELPED


class PassportDayReminder(reminders.Reminder[PassportBooking]):
    name, template, action = "travel.passport_day", "travel/reminder_passport_day", "passport_day.remind"
    mark, email_hours = "reminded_of", passport_days.EMAIL_HOURS
    offsets = (
        Before[PassportBooking](
            (passport_days.REMIND_DAYS, 1),
            of=lambda row: row.slot.starts_at if row.slot else None,
            quiet=lambda row: row.booked_at,
            tag=lambda row: row.slot and row.slot.code,
        ),
    )

    def rows(self) -> QuerySet[PassportBooking]:
        rows = PassportBooking.objects.booked().filter(
            result="", slot__starts_at__gt=timezone.now(), application__status__in=HELPED
        )
        return rows.select_related("slot", "day", "application__student", "application__cycle").order_by("pk")

    def people(self, row: PassportBooking) -> list[User | Guest]:
        return [row.application.person]

    def context(self, row: PassportBooking, person: User | Guest) -> dict[str, Any]:
        about = {"booking": row, "day": row.day, "slot": row.slot, "application": row.application}
        return {**about, "lacking": passport_days.lacking(row)}

    def about(self, row: PassportBooking) -> str:
        return _("passport day at %(place)s on %(day)s") % {"place": row.day.place, "day": day_year(row.day.on)}

    def waits(self, occasion: Occasion) -> bool:
        return occasion.days != 1  # that of the day before is sent even after another reminder today

    def was_sent(self, row: PassportBooking, occasion: Occasion) -> bool:
        return row.reminded_of == occasion.key

    def claim(self, row: PassportBooking, occasion: Occasion) -> None:
        row.reminded_of = occasion.key
        row.save(update_fields=["reminded_of"])

    def logged(self, row: PassportBooking) -> Application:
        return row.application


REMINDER = PassportDayReminder()


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
