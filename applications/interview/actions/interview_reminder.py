"""Reminders of interviews: the day before one, and to book one in time."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.apply.actions.reminder import kept
from applications.interview import interviews
from applications.interview.actions.interview import free_given_up
from applications.models import Interview, Reminder
from exchange.messages.reminders import Before


def _open(**more: Any) -> QuerySet[Interview]:
    rows = interviews.still_running(Interview.objects.filter(application__cycle__has_interviews=True, **more))
    people = "slot", "application__cycle", "application__student"
    return rows.select_related(*people).prefetch_related("application__reminders").order_by("pk")


def _context(row: Interview, _person: object) -> dict[str, Any]:
    return {"interview": row, "application": row.application, "cycle": row.application.cycle}


REMINDERS = (
    kept(
        Reminder.Kind.INTERVIEW,
        name="applications.interview",
        offsets=(
            Before(
                (1,),
                of=lambda row: row.slot.starts_at,
                quiet=lambda row: row.booked_at,
                tag=lambda row: f"{row.slot.starts_at:%H%M}-{row.slot.code}",  # a new time is reminded of, too
            ),
        ),
        rows=lambda: _open(slot__starts_at__gt=timezone.now()),
        context=_context,
        is_one_a_day=False,  # sent even to students who had another reminder today
    ),
    kept(
        Reminder.Kind.INTERVIEW,
        name="applications.interview_to_book",
        template="applications/reminder_interview_book",
        offsets=(
            Before(
                (interviews.REMIND_DAYS,),
                of=lambda row: row.book_by,
                quiet=lambda row: row.invited_at,
                tag=lambda row: "book",
            ),
        ),
        rows=lambda: _open(slot__isnull=True, book_by__gt=timezone.now()),
        context=_context,
        about=lambda row: _("%(cycle)s: interviews to book") % {"cycle": row.application.cycle.name},
    ),
)


def send_all() -> int:
    free_given_up()
    return sum(reminder.send_all() for reminder in REMINDERS)
