"""The student's checklist as the page and the paper show it: head, filters, groups by date. Makes no query."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from exchange.templatetags.ui import short_day
from travel.models import ChecklistItem, Placement
from travel.models.checklist import StepFields
from travel.passport.case import duties
from travel.passport.case.next_step import shown_do_by

Owner = StepFields.Owner
WEEK = timedelta(days=7)
# what `?who=` shows; the advisor's steps are among the office's for a student
FILTERS = {
    "you": frozenset({Owner.STUDENT}),
    "family": frozenset({Owner.FAMILY}),
    "office": frozenset({Owner.OFFICE, Owner.ADVISOR}),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One open step. `mark`: circle, phone, hourglass or lock; `hint`: what it waits for."""

    item: ChecklistItem
    href: str
    mark: str
    owner: str
    owner_label: str
    day: date
    when: str
    hint: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Filter:
    label: str
    href: str
    current: bool


@dataclass(slots=True)
class ListPage:
    """`punches`: one word per step, for the head: done, late or open."""

    total: int
    done: int
    late: int
    punches: list[str]
    filters: list[Filter]
    groups: list[Group]
    finished: list[ChecklistItem] = field(default_factory=list)


def list_page(placement: Placement, items: Iterable[ChecklistItem], today: date, who: str = "") -> ListPage:
    """`items`: those of `duties.shown_to`, with their steps. `who`: a key of FILTERS, or empty for all."""
    there = list(items)
    waiting = duties.waits(there)
    late = [item for item in there if is_late(item, today) and item.step.key not in waiting]
    done = [item for item in there if item.done_at]
    rows = [_row(placement, item, waiting.get(item.step.key, []), today) for item in there if item.is_open]
    rows.sort(key=lambda row: (row.day, row.item.step.order))
    shown = [row for row in rows if not who or row.item.step.owner in FILTERS[who]]
    return ListPage(
        total=len(there),
        done=len(done),
        late=len(late),
        punches=["done"] * len(done) + ["late"] * len(late) + ["open"] * (len(rows) - len(late)),
        filters=_filters(rows, who),
        groups=_groups(shown, today, placement.trip.leaves_on),
        finished=sorted(done, key=lambda item: item.done_at or 0, reverse=True),
    )


def is_late(item: ChecklistItem, today: date) -> bool:
    """Whether a student's step is past its first day: it's the next one to do, today."""
    return item.is_open and item.step.is_students and item.do_by < today


def group_of(day: date, today: date, leaves_on: date) -> tuple[int, str]:
    """(order, title) of the group that a day belongs to: the last week, this week, else the month."""
    if day > leaves_on - WEEK:
        return 10**6, _("The last week")
    if day < today + WEEK:
        return 0, _("This week")
    month = date_format(day, pgettext("date format: month in a sentence", r"F"))
    if day.year != today.year:
        month = date_format(day, pgettext("date format: month and year in a sentence", r"F Y"))
    return day.year * 12 + day.month, _("By the end of %(month)s") % {"month": month}


def _groups(rows: Iterable[Row], today: date, leaves_on: date) -> list[Group]:
    found: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        found.setdefault(group_of(row.day, today, leaves_on), []).append(row)
    return [Group(title, found[order, title]) for order, title in sorted(found)]


def _filters(rows: list[Row], who: str) -> list[Filter]:
    def count(name: str) -> int:
        return sum(row.item.step.owner in FILTERS[name] for row in rows)

    labels = {"you": pgettext("to a student", "You"), "family": _("Family"), "office": _("Office")}
    there = [(name, label, count(name)) for name, label in labels.items()]
    everything = Filter(f"{_('All')} {len(rows)}", "?", not who)
    return [everything] + [Filter(f"{label} {n}", f"?who={name}", who == name) for name, label, n in there if n]


def _row(placement: Placement, item: ChecklistItem, waits_for: list[ChecklistItem], today: date) -> Row:
    item.placement = placement
    day = shown_do_by(item.do_by, item.last_safe_on, today) or item.do_by
    return Row(
        item=item,
        href=item.get_absolute_url(),
        mark=_mark(item, waits_for),
        owner=item.step.owner,
        owner_label=owner_label(item.step),
        day=day,
        when=_("Today") if day == today else short_day(day),
        hint=_("Waits for: %(title)s") % {"title": waits_for[0].step.title} if waits_for else "",
        is_late=is_late(item, today) and not waits_for,
    )


def owner_label(step: StepFields) -> str:
    """Who does it, as a student reads it."""
    return {
        Owner.STUDENT: pgettext("to a student", "You"),
        Owner.FAMILY: _("Your family"),
        Owner.ADVISOR: _("Your advisor"),
        Owner.OFFICE: _("Office"),
    }[Owner(step.owner)]


def _mark(item: ChecklistItem, waits_for: list[ChecklistItem]) -> str:
    if waits_for:
        return "lock"
    return {Owner.STUDENT: "circle", Owner.FAMILY: "phone"}.get(Owner(item.step.owner), "hourglass")
