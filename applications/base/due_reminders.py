"""Reminds people of work that is due on a day of the cycle: some days before, and once, quietly, after it."""

from collections.abc import Callable, Mapping

from django.db import transaction
from django.utils import timezone

from applications.base import due_days
from applications.models import Cycle
from exchange.base import audit
from exchange.messages import outbox
from exchange.models import Message, User
from exchange.reference import facts

DAYS_BEFORE = "due.remind_days"
LATE_MOST = 7  # days after the day: nobody hears for the first time, weeks later, that they were late


def remind(name: str, template: str, field: str, left_of: Callable[[Cycle], Mapping[User, int]]) -> int:
    """Queue each reminder that is due and was not sent; returns how many. Safe to run twice, or in two workers.

    `name`: of the checker in `exchange.base.due`. `field`: of the cycle, its day. `left_of`: how much each person has
    left to do in a cycle.
    """
    before, today, count = int(facts.number(DAYS_BEFORE)), timezone.localdate(), 0
    for cycle in Cycle.objects.running().filter(**{f"{field}__isnull": False}):
        day = getattr(cycle, field)
        which = due_days.is_reminded(day, before, today)
        if which and (today - day).days <= LATE_MOST:
            for person, left in left_of(cycle).items():
                context = {"cycle": cycle, "count": left, "due_on": day, "is_late": which == "late"}
                count += _once(f"{name}:{cycle.pk}/{person.pk}/{which}", template, person, context)
    return count


@transaction.atomic
def _once(still_due: str, template: str, person: User, context: Mapping[str, object]) -> bool:
    locked = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if not locked.is_active or Message.objects.filter(recipient=locked, still_due=still_due).exists():
        return False
    if not outbox.queue(template, to=locked, context=dict(context), still_due=still_due):
        return False
    audit.record("review.remind_due", locked, by=None, changes={"due": still_due})
    return True


def is_still_due(key: str, left_of: Callable[[Cycle], Mapping[User, int]]) -> bool:
    """Whether this person still has something left. `key`: "cycle/person/which", primary keys."""
    cycle_id, person_id, _which = key.split("/")
    cycle = Cycle.objects.running().filter(pk=cycle_id).first()
    return cycle is not None and any(person.pk == int(person_id) for person in left_of(cycle))
