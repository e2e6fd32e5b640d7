"""Reminds readers of candidates whom they have not scored, before and after the cycle's day."""

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext_lazy, ngettext_lazy

from applications.base.due_reminders import reminders_of
from applications.models import Assignment, Cycle
from exchange.models import User


def left_in(cycles: Iterable[Cycle]) -> Counter[tuple[int, User]]:
    """How many candidates each reader has left, by cycle (its id). Interviews have their own reminders."""
    given = Assignment.objects.filter(application__cycle__in=list(cycles), released_at__isnull=False)
    left = given.filter(is_interview=False, reader__is_active=True).unread()
    return Counter((each.application.cycle_id, each.reader) for each in left.select_related("reader", "application"))


REMINDERS = reminders_of(
    "applications.readings_due",
    "readings_due_on",
    left_in,
    gettext_lazy("%(cycle)s: scores due %(day)s"),
    ngettext_lazy("%(count)s reader", "%(count)s readers", "count"),
)
