"""Reminders of work that is due on a day of the cycle: some days before, and once, quietly, after it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from applications.models import Cycle
from exchange.messages import reminders
from exchange.messages.outbox import Guest
from exchange.messages.reminders import Before, Occasion
from exchange.models import Message, User
from exchange.templatetags.ui import day_year

DAYS_BEFORE = "due.remind_days"
LATE_MOST = 7  # days after the day: nobody hears for the first time, weeks later, that they were late

type Left = Mapping[tuple[int, User], int]  # how much each person has left in a cycle (its id)


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """`sent`: of the reminders that this person got."""

    cycle: Cycle
    due_on: Any
    person: User | None = None
    count: int = 0
    sent: frozenset[str] = frozenset()

    @property
    def pk(self) -> str:
        return f"{self.cycle.pk}-{self.person.pk}" if self.person else ""


class WorkReminder(reminders.Reminder[WorkLeft]):
    """`field`: the cycle's day. `left`: of these cycles. The messages are the record of what was sent."""

    action = "review.remind_due"
    is_one_a_day = False
    tells_of_nobody = True

    def __init__(
        self, name: str, field: str, left: Callable[[Iterable[Cycle]], Left], words: Any, who: Any, *, is_late: bool
    ) -> None:
        self.field, self.left, self.words, self.who = field, left, words, who
        self.name, self.template = f"{name}{'_late' if is_late else ''}", name.replace(".", "/")
        days = -1 if is_late else DAYS_BEFORE
        self.offsets = (Before[WorkLeft]((days,), of=lambda row: row.due_on, late=LATE_MOST if is_late else 0),)

    def rows(self) -> list[WorkLeft]:
        return [row for row in self.ahead() if row.person]

    def ahead(self) -> list[WorkLeft]:
        """Also each cycle itself, for a day on which nobody has anything left so far."""
        cycles = {each.pk: each for each in Cycle.objects.running().filter(**{f"{self.field}__isnull": False})}
        left = self.left(cycles.values()) if cycles else {}
        told = Message.objects.filter(recipient__in={person.pk for _cycle, person in left}).exclude(still_due="")
        mine = frozenset(told.filter(still_due__startswith=f"{self.name}:").values_list("still_due", flat=True))
        return [
            *(WorkLeft(cycle, getattr(cycle, self.field)) for cycle in cycles.values()),
            *(
                WorkLeft(cycles[cycle], getattr(cycles[cycle], self.field), person, count, mine)
                for (cycle, person), count in left.items()
            ),
        ]

    def each(self) -> list[WorkLeft]:
        return self.rows()

    def find(self, pk: str) -> WorkLeft | None:
        return next((row for row in self.rows() if row.pk == pk), None)

    def lock(self, pk: str) -> WorkLeft | None:
        User.objects.select_for_update(of=("self",)).get(pk=pk.partition("-")[2])
        return self.find(pk)

    def people(self, row: WorkLeft) -> list[User | Guest]:
        return [row.person] if row.person else []

    def context(self, row: WorkLeft, person: User | Guest) -> dict[str, Any]:
        is_late = row.due_on < timezone.localdate()
        return {"cycle": row.cycle, "count": row.count, "due_on": row.due_on, "is_late": is_late}

    def about(self, row: WorkLeft) -> str:
        return str(self.words % {"cycle": row.cycle.name, "day": day_year(row.due_on)})

    def was_sent(self, row: WorkLeft, occasion: Occasion) -> bool:
        return f"{self.name}:{row.pk}/{occasion.key}" in row.sent

    def claim(self, row: WorkLeft, occasion: Occasion) -> None:
        """The message is what is looked for."""

    def holds(self, row: WorkLeft, key: str) -> bool:
        return True

    def logged(self, row: WorkLeft) -> User | None:
        return row.person
