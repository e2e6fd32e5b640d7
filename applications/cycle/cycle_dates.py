"""Moves dates by whole years for a copied cycle, and checks a cycle's dates. Reads no table."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.templatetags.ui import day_year, deadline, full_day

YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
DAYS_IN_A_YEAR = 365.2425
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a cycle, as its dates page has them."""

    opens_at: datetime
    closes_at: datetime
    decisions_on: date
    answer_days: int
    endorsements_due_on: date | None = None
    readings_due_on: date | None = None

    @property
    def answers_due_on(self) -> date:
        """The last day to answer an offer that is made on the day of decisions."""
        return self.decisions_on + timedelta(days=self.answer_days)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to check about the dates. `stops`: they cannot be saved like this. `field`: the field to fix."""

    code: str
    text: str
    field: str
    stops: bool = False


def dates_of(cycle: Any) -> Dates:
    return Dates(**{field.name: getattr(cycle, field.name) for field in fields(Dates)})


def moved(day: date, years: int) -> date:
    """The day that is `years` later, moved to the nearest same weekday: Friday, February 12, 2027 gives Friday,
    February 11, 2028.
    """
    return day + timedelta(weeks=round(years * DAYS_IN_A_YEAR / 7))


def moved_at(moment: datetime, years: int) -> datetime:
    """Like `moved`, at the same local time of day, also across a change to or from summer time."""
    local = timezone.localtime(moment)
    return timezone.make_aware(datetime.combine(moved(local.date(), years), local.time()))


def moved_words(text: str, years: int) -> str:
    """The text with every year raised by `years`, as in "Spring 2027" or "spring-2027"."""
    return YEAR.sub(lambda match: str(int(match.group()) + years), text)


def moved_value(value: Any, years: int) -> Any:
    """An eligibility rule's value; only one with a date changes."""
    if not isinstance(value, dict) or "on" not in value:
        return value
    try:
        day = date.fromisoformat(str(value["on"]))
    except ValueError:
        return value
    return {**value, "on": moved(day, years).isoformat()}


def years_ahead(opens_at: datetime) -> int:
    """By how many years to move a copy so that it opens in the future; at least one."""
    years = 1
    while moved_at(opens_at, years) <= timezone.now():
        years += 1
    return years


def remarks(dates: Dates, others: list[tuple[str, datetime, datetime]], *, is_published: bool) -> list[Remark]:
    """All remarks on these dates. `others`: (name, opens_at, closes_at) of each other cycle that is not closed out."""
    return [*_order(dates), *_past(dates, is_published), *_overlaps(dates, others), *_days(dates)]


def _order(dates: Dates) -> Iterator[Remark]:
    if dates.closes_at <= dates.opens_at:
        yield Remark(
            "closes_before_it_opens", _("The closing date is before the opening date."), "closes_on", stops=True
        )
    if dates.decisions_on <= timezone.localdate(dates.closes_at):
        text = _("The decision date is before applications close on %(when)s.") % {"when": deadline(dates.closes_at)}
        yield Remark("decisions_before_closing", text, "decisions_on", stops=True)
    yield from _due_days(dates)


def _due_days(dates: Dates) -> Iterator[Remark]:
    """Endorsements come after the closing, then the readers' scores, then the results."""
    endorsed, read = dates.endorsements_due_on, dates.readings_due_on
    if endorsed and endorsed <= timezone.localdate(dates.closes_at):
        text = _("Colleges need time after it closes on %(when)s.") % {"when": deadline(dates.closes_at)}
        yield Remark("endorsements_before_closing", text, "endorsements_due_on", stops=True)
    if read and endorsed and read <= endorsed:
        text = _("Readers need time after endorsements are due on %(day)s.") % {"day": full_day(endorsed)}
        yield Remark("readings_before_endorsements", text, "readings_due_on", stops=True)
    last = max((day for day in (endorsed, read) if day), default=None)
    if last and dates.decisions_on <= last:
        text = _("The committee needs time after %(day)s, when the last scores are due.") % {"day": full_day(last)}
        yield Remark("decisions_before_readings", text, "decisions_on", stops=True)


def _past(dates: Dates, is_published: bool) -> Iterator[Remark]:
    now = timezone.now()
    if dates.closes_at <= now and not is_published:
        yield Remark("closes_in_the_past", _("The closing date has already passed."), "closes_on", True)
    elif dates.opens_at <= now and not is_published:
        text = _("The opening date has passed: students could apply as soon as this is published.")
        yield Remark("opens_in_the_past", text, "opens_on")
    if dates.decisions_on < timezone.localdate() and not is_published:
        yield Remark("decisions_in_the_past", _("The decision date has already passed."), "decisions_on", True)


def _overlaps(dates: Dates, others: list[tuple[str, datetime, datetime]]) -> Iterator[Remark]:
    for name, opens_at, closes_at in others:
        if dates.opens_at < closes_at and opens_at < dates.closes_at:
            text = _("%(cycle)s takes applications at the same time, until %(day)s.")
            yield Remark("overlaps", text % {"cycle": name, "day": day_year(timezone.localtime(closes_at))}, "opens_on")


def _days(dates: Dates) -> Iterator[Remark]:
    closes = timezone.localtime(dates.closes_at)
    if closes.weekday() >= SATURDAY:
        text = _("The closing day, %(day)s, falls on a weekend, when no one is here to help.") % {
            "day": full_day(closes)
        }
        yield Remark("closes_on_a_weekend", text, "closes_on")
    for name in ("endorsements_due_on", "readings_due_on"):
        day = getattr(dates, name)
        if day and day.weekday() >= SATURDAY:
            yield Remark(f"{name}_a_weekend", _("%(day)s falls on a weekend.") % {"day": full_day(day)}, name)
    if dates.decisions_on.weekday() >= SATURDAY:
        text = _("%(day)s falls on a weekend, when no one is here to answer questions.")
        yield Remark("decisions_on_a_weekend", text % {"day": full_day(dates.decisions_on)}, "decisions_on")
    if dates.answers_due_on.weekday() >= SATURDAY:
        text = _("The deadline to answer is %(day)s, a weekend.") % {"day": full_day(dates.answers_due_on)}
        yield Remark("answers_due_on_a_weekend", text, "answer_days")
