"""Reminds readers of candidates whom they have not scored, before and after the cycle's day."""

from collections import Counter

from applications.base import due_reminders
from applications.models import Assignment, Cycle
from exchange.models import User

DUE_NAME, TEMPLATE = "applications.readings_due", "applications/readings_due"


def left_of(cycle: Cycle) -> dict[User, int]:
    """How many candidates each reader has left in the cycle. Interviews have their own reminders."""
    given = Assignment.objects.filter(application__cycle=cycle, released_at__isnull=False, is_interview=False).unread()
    return dict(Counter(each.reader for each in given.select_related("reader")))


def remind() -> int:
    return due_reminders.remind(DUE_NAME, TEMPLATE, "readings_due_on", left_of)


def is_still_due(key: str) -> bool:
    return due_reminders.is_still_due(key, left_of)
