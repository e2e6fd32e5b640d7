"""Reminders. Each is declared once: about which rows, to whom, how many days before or after what, in which message.

Here they are sent, checked again just before they go out, and foretold. Days are counted on the local calendar: a
deadline at 11:59 pm is "in three days" from the morning on, and what a worker missed is made up for on a later day.
A declaration that can't be right stops the start.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from exchange.base import audit, due
from exchange.messages import outbox
from exchange.messages.outbox import Guest
from exchange.models import User
from exchange.reference import facts

SHOWN = 8  # lines of a preview; more are counted
CHUNK = 500

type Days = str | int  # the key of a fact, or a number that the office doesn't choose
type Moment[Row] = Callable[[Row], datetime | date | None]


def last_day(moment: datetime | date) -> date:
    """The last local day before a deadline; a deadline at midnight belongs to the day before."""
    return timezone.localdate(moment - timedelta(microseconds=1)) if isinstance(moment, datetime) else moment


def _day(moment: datetime | date) -> date:
    return timezone.localdate(moment) if isinstance(moment, datetime) else moment


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time at which a row is reminded of, from the local day `on` to `last`. `key` tells it from the others."""

    key: str
    on: date
    last: date
    days: Days


@dataclass(frozen=True, slots=True)
class Before[Row]:
    """So many days before a date, or each of several; a date that moves is reminded of again.

    It ends on that date, or `late` days after it; None: when the row's reason does.
    `told`: when they heard of the date; what was due by that day isn't sent. `quiet`: a moment whose day sends nothing.
    `tag`: what else makes it another occasion, such as a new time on the same day.
    """

    days: tuple[Days, ...]
    of: Callable[[Row], datetime | date | Iterable[date] | None]
    told: Moment[Row] | None = None
    quiet: Moment[Row] | None = None
    tag: Callable[[Row], object] | None = None
    late: int | None = 0

    def occasions(self, row: Row, numbers: Mapping[Days, int]) -> Iterator[Occasion]:
        moments = self.of(row)
        told, quiet = (each(row) if each else None for each in (self.told, self.quiet))
        tag = f"/{self.tag(row)}" if self.tag else ""
        for moment in moments if isinstance(moments, Iterable) else [moments] if moments else []:
            for days in self.days:
                end = last_day(moment)
                on = end - timedelta(days=numbers[days])
                if told is None or _day(told) < on:
                    first = max(on, _day(quiet) + timedelta(days=1)) if quiet else on
                    last = date.max if self.late is None else end + timedelta(days=self.late)
                    yield Occasion(f"{end}/{numbers[days]}{tag}", first, last, days)


@dataclass(frozen=True, slots=True)
class Every[Row]:
    """Every so many days since a moment, `times` at most."""

    days: Days
    since: Moment[Row]
    times: Days
    until: Moment[Row] | None = None

    def occasions(self, row: Row, numbers: Mapping[Days, int]) -> Iterator[Occasion]:
        since, until = self.since(row), self.until(row) if self.until else None
        if since is None:
            return
        began, last = _day(since), last_day(until) if until else date.max
        for number in range(1, numbers[self.times] + 1):
            yield Occasion(f"{began}/{number}", began + timedelta(days=number * numbers[self.days]), last, self.days)


def latest(occasions: Iterable[Occasion], today: date) -> Occasion | None:
    """Of those whose day has come and that aren't over; of two with one day, the second."""
    reached = [each for each in occasions if each.on <= today <= each.last]
    return sorted(reached, key=lambda each: each.on)[-1] if reached else None


class Reminder[Row: Any](ABC):
    """What one kind of reminder is. Of a row's occasions that have come, only the latest is sent.

    `name`: in `Message.still_due`. `action`: in the audit log. `mark`: the column that says when the row was reminded
    of. `who`: who gets it, with %(count)s. `email_hours`: the fact after which the email follows the text.
    """

    name = ""
    template = ""
    action = ""
    mark = ""
    email_hours = ""
    tells_of_nobody = False  # foretells a day although, so far, no one is reminded then
    is_one_a_day = True  # a person who got another reminder today gets it tomorrow
    who: Any = ngettext_lazy("%(count)s student", "%(count)s students", "count")
    offsets: tuple[Before[Row] | Every[Row], ...] = ()

    # --- Declared -------------------------------------------------------------------------------------

    @abstractmethod
    def rows(self) -> Any:
        """Query of the rows whose reason stands, whether or not they were reminded of."""

    @abstractmethod
    def people(self, row: Row) -> Sequence[User | Guest]: ...

    @abstractmethod
    def context(self, row: Row, person: User | Guest) -> dict[str, Any]: ...

    @abstractmethod
    def about(self, row: Row) -> str:
        """What the row is, for whoever sets the number of days."""

    def was_sent(self, row: Row, occasion: Occasion) -> bool:
        return getattr(row, self.mark) is not None

    def claim(self, row: Row, occasion: Occasion) -> None:
        """Write down, on the locked row, that this occasion is sent."""
        setattr(row, self.mark, timezone.now())
        row.save(update_fields=[self.mark])

    def each(self) -> Iterable[Row]:
        rows: Iterable[Row] = self.rows().iterator(chunk_size=CHUNK)
        return rows

    def find(self, pk: str) -> Row | None:
        row: Row | None = self.rows().filter(pk=pk).first()
        return row

    def lock(self, pk: str) -> Row | None:
        row: Row | None = self.rows().select_for_update(of=("self",)).filter(pk=pk).first()
        return row

    def waits(self, occasion: Occasion) -> bool:
        return self.is_one_a_day

    def key_of(self, row: Row, occasion: Occasion) -> str:
        """By which `holds` knows, when the message goes out, what it was about."""
        return occasion.key

    def holds(self, row: Row, key: str) -> bool:
        """Whether the message with this key is still needed; the row's reason stands."""
        now = self.due(row, self.numbers())
        return now is not None and now.key == key

    def logged(self, row: Row) -> Any:
        """The row that the audit log names."""
        return row

    def noted(self, row: Row) -> dict[str, Any]:
        """What else the audit log says."""
        return {}

    def ahead(self) -> Iterable[Row]:
        """The rows to foretell of."""
        return self.each()

    def count(self, row: Row) -> int:
        """How many are reminded of this row; a query less than `people` where they are many."""
        return sum(1 for person in self.people(row) if isinstance(person, Guest) or person.is_active)

    # --- The same for all -----------------------------------------------------------------------------

    @property
    def facts(self) -> list[str]:
        """The numbers of days that decide when it goes."""
        found = [days for each in self.offsets for days in (each.days if isinstance(each, Before) else [each.days])]
        return [days for days in found if isinstance(days, str)]

    def numbers(self, tried: Mapping[Days, int] | None = None) -> dict[Days, int]:
        """Of all offsets; `tried`: instead of what is saved."""
        asked = {days for each in self.offsets for days in _numbers_of(each)} - (tried or {}).keys()
        wanted = [days for days in asked if isinstance(days, str)]
        found = facts.numbers(*wanted) if wanted else {}
        return {days: int(found[days]) if isinstance(days, str) else days for days in asked} | {**(tried or {})}

    def occasions(self, row: Row, numbers: Mapping[Days, int]) -> list[Occasion]:
        return [each for offset in self.offsets for each in offset.occasions(row, numbers)]

    def due(self, row: Row, numbers: Mapping[Days, int]) -> Occasion | None:
        return latest(self.occasions(row, numbers), timezone.localdate())

    def _new(self, row: Row | None, numbers: Mapping[Days, int]) -> Occasion | None:
        occasion = self.due(row, numbers) if row is not None else None
        return None if occasion is None or row is None or self.was_sent(row, occasion) else occasion

    def send_all(self) -> int:
        """Queue what is due now; returns how many people get one. Safe to run twice, or in two workers."""
        numbers = self.numbers()
        due_now = [str(row.pk) for row in self.each() if self._new(row, numbers)]
        return sum(self.send(pk, numbers) for pk in due_now)

    @transaction.atomic
    def send(self, pk: str, numbers: Mapping[Days, int]) -> int:
        row = self.lock(pk)
        occasion = self._new(row, numbers)
        return 0 if row is None or occasion is None else self.queue(row, occasion)

    def queue(self, row: Row, occasion: Occasion, *, by: User | None = None, **context: Any) -> int:
        """Queue one for each of the row's people, in the caller's transaction. How many."""
        people = self.people(row)
        ids = [person.pk for person in people if isinstance(person, User)]
        locked = User.objects.select_for_update(of=("self",)).filter(pk__in=ids, is_active=True)
        awake = {user.pk for user in locked if not (self.waits(occasion) and outbox.was_reminded_today(user))}
        people = [person for person in people if isinstance(person, Guest) or person.pk in awake]
        if not people:
            return 0
        still_due = f"{self.name}:{row.pk}/{self.key_of(row, occasion)}"
        self.claim(row, occasion)
        wait = timedelta(hours=int(facts.number(self.email_hours))) if self.email_hours else timedelta(0)
        for person in people:
            told = self.context(row, person) | context
            outbox.queue(self.template, to=person, context=told, still_due=still_due, email_after=wait)
        audit.record(self.action, self.logged(row), by=by, changes={"occasion": occasion.key, **self.noted(row)})
        return len(people)

    def is_still_due(self, key: str) -> bool:
        pk, _slash, occasion = key.partition("/")
        row = self.find(pk)
        return row is not None and self.holds(row, occasion)

    def coming(self, fact: str, days: int) -> Counter[tuple[date, str]]:
        """How many people this number of days reminds, by day and by what it's about, as things are now."""
        numbers, today = self.numbers({fact: days}), timezone.localdate()
        found: Counter[tuple[date, str]] = Counter()
        for row in self.ahead():
            occasions, now = self.occasions(row, numbers), self.due(row, numbers)
            mine = {each.key for each in occasions if each.days == fact or isinstance(each.days, int)}
            next_ones = {each.key: each for each in occasions if each.on > today or each == now}
            for occasion in next_ones.values():
                count = self.count(row) if occasion.key in mine and occasion.on <= occasion.last else 0
                if count and not self.was_sent(row, occasion):
                    found[max(occasion.on, today), self.about(row)] += count
                elif self.tells_of_nobody and occasion.key in mine and occasion.on > today:
                    found[occasion.on, self.about(row)] += 0
        return found


def _numbers_of(offset: Before[Any] | Every[Any]) -> tuple[Days, ...]:
    return offset.days if isinstance(offset, Before) else (offset.days, offset.times)


# --- Declared -----------------------------------------------------------------------------------------

_declared: dict[str, Reminder[Any]] = {}


def declare(*reminders: Reminder[Any]) -> None:
    """Called as the portal starts. ImproperlyConfigured: with the reminder's name and what to add."""
    for reminder in reminders:
        if lacking := _lacking(reminder):
            raise ImproperlyConfigured(f"The reminder {reminder.name or type(reminder).__name__}: {lacking}")
        _declared[reminder.name] = reminder
        due.register(reminder.name, reminder.is_still_due)


def _lacking(reminder: Reminder[Any]) -> str:
    for field in ("name", "template", "action"):
        if not getattr(reminder, field):
            return f"add `{field}`."
    file = f"templates/emails/{reminder.template}.txt"
    if not (settings.BASE_DIR / file).exists():
        return f"there is no message {file}."
    if not reminder.offsets:
        return "it goes on no day: add `offsets`."
    if any(isinstance(each, Every) and not each.times for each in reminder.offsets):
        return "it has no end: add how many `times` at most."
    if any(isinstance(each, Before) and not each.days for each in reminder.offsets):
        return "it goes on no day: add the `days` before the date."
    if not reminder.mark and type(reminder).claim is Reminder.claim:
        return "nothing says that it was sent: add `mark`, the column for it."
    if _declared.get(reminder.name, reminder) is not reminder:
        return "another has this name: choose a `name` of its own."
    return ""


# --- Before a number of days is saved -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coming:
    """`on` None: that day has come or passed, so it goes when reminders are sent next."""

    on: date | None
    what: str
    who: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What is sent with this number of days. `more`: how many lines are left out."""

    days: int
    lines: list[Coming]
    more: int


def keys() -> set[str]:
    """The facts that say on which day a reminder goes."""
    return {key for reminder in _declared.values() for key in reminder.facts}


def preview(key: str, days: int) -> Preview:
    """The next reminders of this fact with this number, the soonest first."""
    today, found = timezone.localdate(), []
    for reminder in _declared.values():
        if key in reminder.facts:
            for (day, what), count in reminder.coming(key, days).items():
                who = reminder.who % {"count": count} if count else _("no one so far")
                found.append((day, what, str(who)))
    lines = [Coming(day if day > today else None, what, who) for day, what, who in sorted(found)]
    return Preview(days, lines[:SHOWN], len(lines[SHOWN:]))
