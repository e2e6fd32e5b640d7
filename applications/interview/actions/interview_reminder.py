"""Reminders of interviews: the day before one, and to book one in time."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions.reminder import StudentReminder
from applications.interview import interviews
from applications.interview.actions.interview import free_given_up
from applications.models import Interview, Reminder
from exchange.messages.outbox import Guest
from exchange.messages.reminders import Before
from exchange.models import User


class InterviewReminder(StudentReminder[Interview]):
    kind = Reminder.Kind.INTERVIEW

    def rows(self) -> QuerySet[Interview]:
        rows = interviews.still_running(Interview.objects.filter(application__cycle__has_interviews=True))
        people = "slot", "application__cycle", "application__student"
        return rows.select_related(*people).prefetch_related("application__reminders").order_by("pk")

    def context(self, row: Interview, person: User | Guest) -> dict[str, Any]:
        return {"interview": row, "application": row.application, "cycle": row.application.cycle}


class InterviewSoon(InterviewReminder):
    """Sent even to students who had another reminder today. A new time is reminded of, too."""

    name, template = "applications.interview", "applications/reminder_interview"
    is_one_a_day = False
    offsets = (
        Before[Interview](
            (1,),
            of=lambda row: row.slot.starts_at if row.slot else None,
            quiet=lambda row: row.booked_at,
            tag=lambda row: row.slot and f"{row.slot.starts_at:%H%M}-{row.slot.code}",
        ),
    )

    def rows(self) -> QuerySet[Interview]:
        return super().rows().filter(slot__starts_at__gt=timezone.now())


class InterviewToBook(InterviewReminder):
    name, template = "applications.interview_to_book", "applications/reminder_interview_book"
    offsets = (
        Before[Interview](
            (interviews.REMIND_DAYS,),
            of=lambda row: row.book_by,
            quiet=lambda row: row.invited_at,
            tag=lambda row: "book",
        ),
    )

    def rows(self) -> QuerySet[Interview]:
        return super().rows().filter(slot__isnull=True, book_by__gt=timezone.now())

    def about(self, row: Interview) -> str:
        return _("%(cycle)s: interviews to book") % {"cycle": row.application.cycle.name}


REMINDERS = (InterviewSoon(), InterviewToBook())


def send_all() -> int:
    free_given_up()
    return sum(reminder.send_all() for reminder in REMINDERS)
