"""Reminders of interviews: the day before one, and to book one in time. Each is checked again as it is sent."""

from collections import Counter
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from applications.apply import reminders
from applications.interview import interviews
from applications.interview.actions.interview import free_given_up
from applications.models import Cycle, Interview, Reminder
from exchange.base import audit
from exchange.base.home import home_zone
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts

# The name under which `exchange.base.due` calls `is_still_due`.
DUE_NAME = "applications.interview"
BOOK = "book/"


def send_all() -> int:
    """Send the reminders that are due now, and return how many. Each is claimed by creating its row first."""
    free_given_up()
    now = timezone.now()
    return sum(_remind(interview.pk) for interview in _near(now) if occasion_of(interview, now))


def coming(days: int) -> Counter[tuple[Cycle, date]]:
    """How many students would be reminded to book, with this number of days, by cycle and day. Two queries."""
    now, zone, found = timezone.now(), home_zone(), Counter[tuple[Cycle, date]]()
    today = now.astimezone(zone).date()
    rows = list(_open().filter(slot__isnull=True, book_by__gt=now, application__student__is_active=True))
    done = Reminder.objects.filter(kind=Reminder.Kind.INTERVIEW, application__in=[row.application_id for row in rows])
    sent = set(done.values_list("application", "occasion"))
    for row in rows:
        begins = reminders.last_day(row.book_by, zone) - timedelta(days=days)
        for day in sorted({today, today + timedelta(days=1), max(begins, today)}):
            moment = now if day == today else datetime.combine(day, time.min, zone)
            occasion = occasion_of(row, moment, days)
            if occasion and (row.application_id, occasion) not in sent:
                found[row.application.cycle, day] += 1
                break
    return found


def occasion_of(interview: Interview, now: datetime, days_to_book: int | None = None) -> str:
    """A key for what to remind of, "" if nothing: the time booked for tomorrow or today, or the last day to book.

    A new time gives a new key, so the student is reminded of it, too. A student who was invited or has booked today
    isn't reminded, because they have just got a message. `days_to_book`: the fact's if None.
    """
    if not interview.is_open:
        return ""
    zone = home_zone()
    today = now.astimezone(zone).date()
    if interview.slot:
        days = (interview.slot.starts_at.astimezone(zone).date() - today).days
        is_near = days <= 1 and interview.slot.starts_at > now
        booked_at = interview.booked_at
        was_told = booked_at is not None and booked_at.astimezone(zone).date() == today
        return f"{interview.slot.starts_at:%Y%m%dT%H%M}/{interview.slot.code}" if is_near and not was_told else ""
    last = reminders.last_day(interview.book_by, zone)
    near = int(facts.number(interviews.REMIND_DAYS)) if days_to_book is None else days_to_book
    is_near = (last - today).days <= near
    was_told = interview.invited_at.astimezone(zone).date() == today
    return f"{BOOK}{last}" if is_near and interview.book_by > now and not was_told else ""


def is_still_due(key: str) -> bool:
    """Whether the reminder with this primary key should still be sent."""
    reminder = Reminder.objects.filter(pk=key).first()
    if reminder is None:
        return False
    interview = _open().filter(application=reminder.application_id).first()
    return interview is not None and occasion_of(interview, timezone.now()) == reminder.occasion


@transaction.atomic
def _remind(interview_id: int) -> bool:
    interview = _open().select_for_update(of=("self",)).filter(pk=interview_id).first()
    occasion = interview and occasion_of(interview, timezone.now())
    if not interview or not occasion:
        return False
    person = User.objects.select_for_update(of=("self",)).get(pk=interview.application.person.pk)
    is_to_book = occasion.startswith(BOOK)
    # a reminder of tomorrow's interview is sent even to students who had another reminder today
    if not person.is_active or (is_to_book and outbox.was_reminded_today(person)):
        return False
    reminder, is_new = Reminder.objects.get_or_create(
        application=interview.application, kind=Reminder.Kind.INTERVIEW, occasion=occasion
    )
    if not is_new:
        return False
    outbox.queue(
        f"applications/reminder_interview{'_book' if is_to_book else ''}",
        to=person,
        context={"interview": interview, "application": interview.application, "cycle": interview.application.cycle},
        still_due=f"{DUE_NAME}:{reminder.pk}",
    )
    audit.record("application.remind", interview.application, by=None, changes={"kind": "interview"})
    return True


def _open() -> QuerySet[Interview]:
    rows = Interview.objects.filter(application__cycle__has_interviews=True)
    return interviews.still_running(rows).select_related("slot", "application__cycle", "application__student")


def _near(now: datetime) -> QuerySet[Interview]:
    """Interviews that may need a reminder: a filter in SQL; `occasion_of` decides."""
    soon = now + timedelta(days=int(facts.number(interviews.REMIND_DAYS)) + 2)
    booked = Q(slot__starts_at__range=(now, now + timedelta(days=2)))
    return _open().filter(booked | Q(slot__isnull=True, book_by__range=(now, soon))).order_by("pk")
