"""Reminds advisors of students whom they have not endorsed, before and after the cycle's day."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count
from django.utils.translation import gettext_lazy, ngettext_lazy

from applications.base.due_reminders import reminders_of
from applications.models import Application, Cycle
from exchange.models import Role, User


def left_in(cycles: Iterable[Cycle]) -> Counter[tuple[int, User]]:
    """How many students each advisor can still endorse, by cycle (its id)."""
    owed = Application.objects.not_endorsed().filter(cycle__in=list(cycles), college__isnull=False).order_by()
    advisors = Role.objects.filter(kind=Role.Kind.ADVISOR, user__is_active=True).select_related("user")
    left: Counter[tuple[int, User]] = Counter()
    counts = list(owed.values_list("cycle", "college").annotate(number=Count("pk")))
    for role in advisors.filter(college__in={college for _cycle, college, _number in counts}):
        for cycle, college, number in counts:
            if role.college_id == college:
                left[cycle, role.user] += number
    return left


REMINDERS = reminders_of(
    "applications.endorsements_due",
    "endorsements_due_on",
    left_in,
    gettext_lazy("%(cycle)s: endorsements due %(day)s"),
    ngettext_lazy("%(count)s advisor", "%(count)s advisors", "count"),
)
