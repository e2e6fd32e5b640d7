"""Rows of the demo as they are written down, and then saved together, each kind in one statement.

The demo tells of weeks that have passed. The actions stamp the moment they run, so history is written as
rows: with the same states, records and messages that the actions would have left behind (a test compares).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from graphlib import TopologicalSorter
from random import Random
from typing import Any

from django.db.models import Model
from django.utils import timezone

from applications.models import Application
from exchange.base.codes import ALPHABET
from exchange.messages import outbox
from exchange.models import Event, Message, User

BATCH = 500
STILL_WAITING = 3
BOUNCED_AFTER = 7  # the first try and six more


class Draw(Random):
    """Chance that anyone can repeat: the same seed gives the same demo."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self._codes: set[str] = set()

    def code(self) -> str:
        """As `exchange.base.codes.new_code`, but repeatable."""
        while (code := "".join(self.choices(ALPHABET, k=8))) in self._codes:
            pass
        self._codes.add(code)
        return code

    def avoid(self, *models: type[Model]) -> None:
        """Draw none of the codes that rows of these kinds have already."""
        for model in models:
            self._codes.update(model._default_manager.values_list("code", flat=True))

    def token(self) -> str:
        return "".join(self.choices(ALPHABET, k=43))

    def take(self, rows: list[Any], number: int) -> list[Any]:
        """Remove that many from the list, by chance."""
        taken = self.sample(rows, number)
        for row in taken:
            rows.remove(row)
        return taken


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant of that day in the city's time."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def midnight_before(day: date) -> datetime:
    """The last minute of that day: when things close."""
    return at(day, 23, 59)


@dataclass(slots=True)
class Mail:
    when: datetime
    template: str
    to: User | outbox.Guest
    context: dict[str, Any]
    has_bounced: bool = False
    is_waiting: bool = False


class Book:
    def __init__(self, seed: str, today: date) -> None:
        self.draw = Draw(seed)
        self.today = today
        self._counts: Counter[str] = Counter()
        self._rows: dict[type[Model], list[Model]] = defaultdict(list)
        self._events: list[tuple[datetime, Model, dict[str, Any]]] = []
        self._mail: list[Mail] = []

    def day(self, days: int) -> date:
        """So many days from the day of seeding; negative: before it."""
        return self.today + timedelta(days=days)

    def moment(self, first: date, last: date, hours: tuple[int, int] = (8, 22)) -> datetime:
        """Some waking minute between two days, both counted in."""
        day = first + timedelta(days=self.draw.randint(0, max(0, (last - first).days)))
        return at(day, self.draw.randint(*hours), self.draw.randint(0, 59))

    def add[Row: Model](self, row: Row) -> Row:
        self._rows[type(row)].append(row)
        return row

    def rows(self, model: type[Model]) -> list[Any]:
        return self._rows[model]

    def record(self, action: str, target: Model, *, by: User | None, when: datetime, **more: Any) -> None:
        """What `audit.record` would have written then; `reason` and `changes` may follow."""
        self._events.append((when, target, {"action": action, "by": by, **more}))

    def mail(self, template: str, to: User | outbox.Guest, when: datetime, **context: Any) -> None:
        """What `messages.queue` would have written then, and the delivery a moment later."""
        self._mail.append(Mail(when, template, to, context))

    def bounce(self, template: str, application: Application) -> None:
        """That message never arrived: the address was wrong."""
        for mail in self._mail:
            if mail.template == template and mail.context["application"] is application:
                mail.has_bounced = True

    def save(self) -> dict[str, int]:
        """Write everything down, parents before children. Returns how many of each kind."""
        parents = {
            kind: [each.related_model for each in kind._meta.fields if each.related_model in {*self._rows} - {kind}]
            for kind in self._rows
        }
        self.flush(*TopologicalSorter(parents).static_order())
        self._save_events()
        return self._counts | {"messages": self._save_mail()}

    def flush(self, *models: type[Model]) -> None:
        """Write these kinds now, for rows that others must refer to at once."""
        for model in models:
            rows = self._rows.pop(model, [])
            model._default_manager.bulk_create(rows, batch_size=BATCH)
            self._counts[str(model._meta.verbose_name_plural)] += len(rows)

    def _save_events(self) -> None:
        events = [
            Event(at=when, target_model=target._meta.label_lower, target_id=target.pk, **fields)
            for when, target, fields in sorted(self._events, key=lambda each: each[0])
        ]
        Event.objects.bulk_create(events, batch_size=BATCH)

    def _save_mail(self) -> int:
        """All are sent but the latest few, which the worker finds waiting."""
        mail = sorted(self._mail, key=lambda each: each.when)
        for each in mail[-STILL_WAITING:]:
            each.is_waiting = True
        rows = [row for each in mail for row in self._written(each)]
        Message.objects.bulk_create(rows, batch_size=BATCH)
        return len(rows)

    def _written(self, mail: "Mail") -> Iterable[Message]:
        for message in outbox.drafts(mail.template, mail.to, mail.context):
            message.code, message.queued_at = self.draw.code(), mail.when
            if mail.has_bounced:
                message.attempts, message.error = BOUNCED_AFTER, "550 5.1.1 No such mailbox here"
                message.failed_at = mail.when + timedelta(minutes=21)
            elif not mail.is_waiting:
                message.claimed_at = mail.when + timedelta(seconds=1)
                message.sent_at = mail.when + timedelta(seconds=self.draw.randint(2, 9))
                message.attempts = 1
            yield message
