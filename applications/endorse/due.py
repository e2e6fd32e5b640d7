"""Reminds advisors of students whom they have not endorsed, before and after the cycle's day."""

from collections import Counter

from applications.base import due_reminders
from applications.models import Application, Cycle
from exchange.base import roles
from exchange.models import User

DUE_NAME, TEMPLATE = "applications.endorsements_due", "applications/endorsements_due"


def left_of(cycle: Cycle) -> dict[User, int]:
    """How many students each advisor can still endorse in the cycle."""
    owed = Application.objects.not_endorsed().filter(cycle=cycle, college__isnull=False)
    counts = Counter(owed.order_by().values_list("college", flat=True))
    left: Counter[User] = Counter()
    for college, count in counts.items():
        for advisor in roles.advisors_at(college):
            left[advisor] += count
    return dict(left)


def remind() -> int:
    return due_reminders.remind(DUE_NAME, TEMPLATE, "endorsements_due_on", left_of)


def is_still_due(key: str) -> bool:
    return due_reminders.is_still_due(key, left_of)
