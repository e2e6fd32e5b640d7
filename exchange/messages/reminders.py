"""Reminders. Each is declared once: about which rows, to whom, how many days before or after what, in which message.

Here they are sent, checked again just before they go out, and foretold. Days are counted on the local calendar: a
deadline at 11:59 pm is "in three days" from the morning on, and what a worker missed is made up for on a later day.
A declaration that can't be right stops the start.
"""

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
from exchange.models import Message, User
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

    @property
    def numbers(self) -> tuple[Days, ...]:
        return self.days

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
    """Every so many days since a moment, `times` at most. `tag`: the key, instead of the moment's day."""

    days: Days
    since: Moment[Row]
    times: Days
    until: Moment[Row] | None = None
    tag: Callable[[Row], object] | None = None

    @property
    def numbers(self) -> tuple[Days, ...]:
        return self.days, self.times

    def occasions(self, row: Row, numbers: Mapping[Days, int]) -> Iterator[Occasion]:
        since, until = self.since(row), self.until(row) if self.until else None
        if since is None:
            return
        began, last = _day(since), last_day(until) if until else date.max
        for number in range(1, numbers[self.times] + 1):
            key = str(self.tag(row)) if self.tag else f"{began}/{number}"
            yield Occasion(key, began + timedelta(days=number * numbers[self.days]), last, self.days)


def latest(occasions: Iterable[Occasion], today: date) -> Occasion | None:
    """Of those whose day has come and that aren't over; of two with one day, the second."""
    reached = [each for each in occasions if each.on <= today <= each.last]
    return sorted(reached, key=lambda each: each.on)[-1] if reached else None


@dataclass(frozen=True, kw_only=True)
class Reminder[Row: Any]:
    """What one kind of reminder is. Of a row's occasions that have come, only the latest is sent.

    `name`: in `Message.still_due`. `action`, `logged`, `noted`: in the audit log, about which row, and what else.
    `rows`: those whose reason stands, whether or not they were reminded of: a query, or a list. `context`: of the row
    and the person. `mark`: the column that says when the row was reminded of; else `was_sent` and `claim` (on the
    locked row) are given, or the messages are the record. `key_of` and `holds`: what the message carries, and whether
    it's still needed while the row's reason stands. `about`: what the row is, for whoever sets the number of days;
    `who`: who gets it, with %(count)s; `ahead`: the rows to foretell of; `count`: how many people each has.
    """

    name: str
    template: str
    action: str
    offsets: tuple[Before[Row] | Every[Row], ...]
    rows: Callable[[], Any]
    people: Callable[[Row], Sequence[User | Guest]]
    context: Callable[[Row, Any], dict[str, Any]]
    about: Callable[[Row], str] = str
    who: Any = ngettext_lazy("%(count)s student", "%(count)s students", "count")
    mark: str = ""
    was_sent: Callable[[Row, Occasion], bool] | None = None
    claim: Callable[[Row, Occasion], object] | None = None
    key_of: Callable[[Row, Occasion], str] = lambda row, occasion: occasion.key
    holds: Callable[[Row, str], bool] | None = None
    logged: Callable[[Row], Any] = lambda row: row
    noted: Callable[[Row], dict[str, Any]] = lambda row: {}
    ahead: Callable[[], Iterable[Row]] | None = None
    count: Callable[[Row], int] | None = None
    tells_of_nobody: bool = False  # foretells a day although, so far, no one is reminded then
    is_one_a_day: bool | Callable[[Occasion], bool] = True  # a person who got another reminder today gets it tomorrow
    email_hours: str = ""  # the fact: the email follows the text so much later

    # --- When -----------------------------------------------------------------------------------------

    @property
    def facts(self) -> list[str]:
        """The numbers of days that decide when it goes."""
        found = [days for each in self.offsets for days in (each.days if isinstance(each, Before) else [each.days])]
        return [days for days in found if isinstance(days, str)]

    def numbers(self, tried: Mapping[Days, int] | None = None) -> dict[Days, int]:
        """Of all offsets; `tried`: instead of what is saved."""
        found: dict[Days, int] = {**(tried or {})}
        asked = {days for each in self.offsets for days in each.numbers} - found.keys()
        wanted = [days for days in asked if isinstance(days, str)]
        saved = facts.numbers(*wanted) if wanted else {}
        return found | {days: int(saved[days]) if isinstance(days, str) else days for days in asked}

    def occasions(self, row: Row, numbers: Mapping[Days, int]) -> list[Occasion]:
        return [each for offset in self.offsets for each in offset.occasions(row, numbers)]

    def due(self, row: Row, numbers: Mapping[Days, int] | None = None) -> Occasion | None:
        return latest(self.occasions(row, numbers or self.numbers()), timezone.localdate())

    def is_sent(self, row: Row, occasion: Occasion) -> bool:
        """By what is written on the row; where the messages are the record, `queue` looks at them."""
        if self.was_sent:
            return self.was_sent(row, occasion)
        return bool(self.mark) and getattr(row, self.mark) is not None

    # --- Sending --------------------------------------------------------------------------------------

    def each(self) -> Iterable[Row]:
        rows = self.rows()
        found: Iterable[Row] = rows if isinstance(rows, list) else rows.iterator(chunk_size=CHUNK)
        return found

    def find(self, pk: str, *, is_locked: bool = False) -> Row | None:
        rows = self.rows()
        if isinstance(rows, list):
            return next((row for row in rows if str(row.pk) == pk), None)
        row: Row | None = (rows.select_for_update(of=("self",)) if is_locked else rows).filter(pk=pk).first()
        return row

    def send_all(self) -> int:
        """Queue what is due now; returns how many people get one. Safe to run twice, or in two workers."""
        numbers = self.numbers()
        now = ((row, self.due(row, numbers)) for row in self.each())
        keys = [str(row.pk) for row, occasion in now if occasion and not self.is_sent(row, occasion)]
        return sum(self.send(pk, numbers) for pk in keys)

    @transaction.atomic
    def send(self, pk: str, numbers: Mapping[Days, int]) -> int:
        row = self.find(pk, is_locked=True)
        occasion = self.due(row, numbers) if row is not None else None
        if row is None or occasion is None or self.is_sent(row, occasion):
            return 0
        return self.queue(row, occasion)

    def queue(self, row: Row, occasion: Occasion, *, by: User | None = None, **context: Any) -> int:
        """Queue one for each of the row's people, in the caller's transaction. How many."""
        still_due, people = self._still_due(row, occasion), self.people(row)
        ids = [person.pk for person in people if isinstance(person, User)]
        locked = User.objects.select_for_update(of=("self",)).filter(pk__in=ids, is_active=True)
        is_one_a_day = self.is_one_a_day(occasion) if callable(self.is_one_a_day) else self.is_one_a_day
        awake = {user.pk for user in locked if not (is_one_a_day and outbox.was_reminded_today(user))}
        if self._by_messages:
            told_before = Message.objects.filter(recipient__in=awake, still_due=still_due)
            awake -= set(told_before.values_list("recipient", flat=True))
        people = [person for person in people if isinstance(person, Guest) or person.pk in awake]
        if not people:
            return 0
        if self.claim:
            self.claim(row, occasion)
        elif self.mark:
            setattr(row, self.mark, timezone.now())
            row.save(update_fields=[self.mark])
        wait = timedelta(hours=int(facts.number(self.email_hours))) if self.email_hours else timedelta(0)
        for person in people:
            told = self.context(row, person) | context
            outbox.queue(self.template, to=person, context=told, still_due=still_due, email_after=wait)
        audit.record(self.action, self.logged(row), by=by, changes={"occasion": occasion.key, **self.noted(row)})
        return len(people)

    @property
    def _by_messages(self) -> bool:
        return not self.mark and not self.was_sent

    def _still_due(self, row: Row, occasion: Occasion) -> str:
        return f"{self.name}:{row.pk}/{self.key_of(row, occasion)}"

    def is_still_due(self, key: str) -> bool:
        """Asked as a message goes out."""
        pk, _slash, said = key.partition("/")
        row = self.find(pk)
        if row is None or self.holds:
            return row is not None and self.holds is not None and self.holds(row, said)
        now = self.due(row)
        return now is not None and now.key == said

    # --- Foretelling ----------------------------------------------------------------------------------

    def coming(self, fact: str, days: int) -> Counter[tuple[date, str]]:
        """How many people this number of days reminds, by day and by what it's about, as things are now."""
        numbers, today = self.numbers({fact: days}), timezone.localdate()
        foretold: list[tuple[str, date, str, int]] = []
        for row in self.ahead() if self.ahead else self.each():
            occasions, now, count = self.occasions(row, numbers), self.due(row, numbers), self._count(row)
            mine = {each.key for each in occasions if each.days == fact or isinstance(each.days, int)}
            next_ones = {each.key: each for each in occasions if each.on > today or each == now}
            for occasion in (next_ones[key] for key in next_ones if key in mine):
                is_new = count > 0 and occasion.on <= occasion.last and not self.is_sent(row, occasion)
                if is_new or (self.tells_of_nobody and occasion.on > today):
                    line = max(occasion.on, today), self.about(row), count if is_new else 0
                    foretold.append((self._still_due(row, occasion), *line))
        keys = {key for key, *_line in foretold} if self._by_messages else set()
        told = Message.objects.order_by().filter(still_due__in=keys).values_list("still_due", flat=True)
        sent = set(told) if keys else set()
        found: Counter[tuple[date, str]] = Counter()
        for key, day, about, count in foretold:
            if key not in sent:
                found[day, about] += count
        return found

    def _count(self, row: Row) -> int:
        if self.count:
            return self.count(row)
        return sum(1 for person in self.people(row) if isinstance(person, Guest) or person.is_active)


# --- Declared -----------------------------------------------------------------------------------------

_declared: dict[str, Reminder[Any]] = {}


def declare(*reminders: Reminder[Any]) -> None:
    """Called as the portal starts. ImproperlyConfigured: with the reminder's name and what to add."""
    for reminder in reminders:
        if lacking := _lacking(reminder):
            raise ImproperlyConfigured(f"The reminder {reminder.name}: {lacking}")
        _declared[reminder.name] = reminder
        due.register(reminder.name, reminder.is_still_due)


def _lacking(reminder: Reminder[Any]) -> str:
    file = f"templates/emails/{reminder.template}.txt"
    lacking = {
        "another has this name: choose a `name` of its own.": _declared.get(reminder.name, reminder) is not reminder,
        f"there is no message {file}.": not (settings.BASE_DIR / file).exists(),
        "it goes on no day: add `offsets`.": not reminder.offsets,
        "it goes on no day: add the `days` before the date.": not all(each.numbers for each in reminder.offsets),
        "it has no end: add how many `times` at most.": any(each.numbers[-1:] == (0,) for each in reminder.offsets),
        "nothing looks at what `claim` writes down: add `was_sent`.": bool(reminder.claim) and not reminder.was_sent,
    }
    return next((words for words, is_so in lacking.items() if is_so), "")


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
