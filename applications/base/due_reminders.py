"""Reminders of work that is due on a day of the cycle: some days before, and once, quietly, after it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from applications.models import Cycle
from exchange.messages.reminders import Before, Reminder
from exchange.models import User
from exchange.templatetags.ui import day_year

DAYS_BEFORE = "due.remind_days"
LATE_MOST = 7  # days after the day: nobody hears for the first time, weeks later, that they were late


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """What a person has left in a cycle; without a person, the cycle itself, of whose day is told before."""

    cycle: Cycle
    due_on: date
    person: User | None = None
    count: int = 0

    @property
    def pk(self) -> str:
        return f"{self.cycle.pk}-{self.person.pk if self.person else ''}"


def reminders_of(
    name: str, field: str, left_in: Callable[[Iterable[Cycle]], Mapping[tuple[int, User], int]], words: Any, who: Any
) -> list[Reminder[WorkLeft]]:
    """Before the cycle's day in `field`, and after it. `left_in`: how much each person has left, by cycle (its id)."""

    def rows() -> list[WorkLeft]:
        days = {cycle: getattr(cycle, field) for cycle in Cycle.objects.running().filter(**{f"{field}__isnull": False})}
        cycles = {cycle.pk: cycle for cycle in days}
        left = left_in(days) if days else {}
        people = [WorkLeft(cycles[pk], days[cycles[pk]], person, count) for (pk, person), count in left.items()]
        return [*(WorkLeft(cycle, day) for cycle, day in days.items()), *people]

    return [
        Reminder[WorkLeft](
            name=name + suffix,
            template=name.replace(".", "/"),
            action="review.remind_due",
            offsets=(Before[WorkLeft]((days,), of=lambda row: row.due_on, late=late),),
            rows=rows,
            people=lambda row: [row.person] if row.person else [],
            context=lambda row, _person: {
                "cycle": row.cycle,
                "count": row.count,
                "due_on": row.due_on,
                "is_late": row.due_on < timezone.localdate(),
            },
            about=lambda row: str(words % {"cycle": row.cycle.name, "day": day_year(row.due_on)}),
            who=who,
            holds=lambda row, key: True,
            logged=lambda row: row.person,
            tells_of_nobody=True,
            is_one_a_day=False,
        )
        for suffix, days, late in (("", DAYS_BEFORE, 0), ("_late", -1, LATE_MOST))
    ]
