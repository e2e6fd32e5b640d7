"""The risk board: every passport in a column by days of slack, as many as fit on a page. Reads only, in two queries.

Slack is counted to the last safe day. Students who wait for the government have done their part, so they have a column
of their own until that day has passed. Cards show stage and dates, never a reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Case, Count, F, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from applications.states import Status
from travel.models.passport import PassportCaseQuerySet
from travel.passport.calls.to_call import SOON_DAYS, slack_tag
from travel.passport.plan.planning import URGENT_DAYS
from travel.states import HAS_PASSPORT, HELPED, STAGE_TONES, WAITING, PassportStage

A_COLUMN, A_PAGE = 20, 100


class Column(models.TextChoices):
    PAST = "past"
    URGENT = "urgent"
    SOON = "soon"
    LATER = "later"
    WAITING = "waiting"
    DONE = "done"
    UNDATED = "undated"


TONES = {
    Column.PAST: "stop",
    Column.URGENT: "stop",
    Column.SOON: "wait",
    Column.LATER: "good",
    Column.WAITING: "wait",
    Column.DONE: "good",
    Column.UNDATED: "neutral",
}


@dataclass(frozen=True, slots=True)
class Card:
    """What components/board_card.html shows."""

    name: str
    href: str
    college: str
    stage: str
    stage_tone: str
    city: str
    next_on: date | None
    last_safe_on: date | None
    slack: str
    tone: str


@dataclass(frozen=True, slots=True)
class ShownColumn:
    key: str
    label: str
    tone: str
    count: int
    cards: list[Card]

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


def labels(numbers: Mapping[str, int | Decimal]) -> dict[str, str]:
    urgent, soon = int(numbers[URGENT_DAYS]), int(numbers[SOON_DAYS])
    return {
        Column.PAST: _("Past the last safe day"),
        Column.URGENT: _("%(first)s to %(last)s days") % {"first": 0, "last": urgent - 1},
        Column.SOON: _("%(first)s to %(last)s days") % {"first": urgent, "last": soon - 1},
        Column.LATER: _("%(first)s days or more") % {"first": soon},
        Column.WAITING: _("Waiting for the government"),
        Column.DONE: _("In hand"),
        Column.UNDATED: _("No date yet"),
    }


def who(cases: PassportCaseQuerySet, chosen: str) -> PassportCaseQuerySet:
    """Filter by the student's status: "" for confirmed, "all", or one of the earlier statuses."""
    if chosen == "":
        return cases.before_return()
    helped = cases.filter(application__cycle__closed_out_at__isnull=True)
    helped = helped.exclude(application__placement__isnull=False, trip__returned_at__isnull=False)
    if chosen in (Status.SELECTED, Status.WAITLISTED):
        return helped.filter(application__status=chosen)
    return helped.filter(application__status__in=HELPED)


def in_columns(cases: PassportCaseQuerySet, numbers: Mapping[str, int | Decimal], today: date) -> Any:
    """Annotate each case with its `column`: the only place that defines the columns."""
    urgent, soon = (today + timedelta(days=int(numbers[key])) for key in (URGENT_DAYS, SOON_DAYS))
    return cases.annotate(
        column=Case(
            When(stage__in=HAS_PASSPORT, then=Value(Column.DONE)),
            When(last_safe_on__isnull=True, then=Value(Column.UNDATED)),
            When(last_safe_on__lt=today, then=Value(Column.PAST)),
            When(stage__in=WAITING, then=Value(Column.WAITING)),
            When(last_safe_on__lt=urgent, then=Value(Column.URGENT)),
            When(last_safe_on__lt=soon, then=Value(Column.SOON)),
            default=Value(Column.LATER),
            output_field=models.CharField(),
        )
    )


def board_of(cases: PassportCaseQuerySet, numbers: Mapping[str, int | Decimal], today: date) -> list[ShownColumn]:
    """Every column with its count and first cards. Empty ones are included, except the one for cases without dates."""
    rows = _ranked(in_columns(cases, numbers, today)).filter(place__lte=A_COLUMN)
    return _shown(rows, numbers, today)


def column_of(
    cases: PassportCaseQuerySet, column: str, numbers: Mapping[str, int | Decimal], today: date, page: int
) -> "tuple[ShownColumn, Page[Any]]":
    """One column, and one page of its cards."""
    mine = _ranked(in_columns(cases, numbers, today).filter(column=column))
    first = (page - 1) * A_PAGE
    rows = mine.filter(place__gt=first, place__lte=first + A_PAGE)
    shown = next(each for each in _shown(rows, numbers, today, only=column))
    paginator: Any = Paginator([], A_PAGE)
    paginator.count = shown.count
    return shown, Page(shown.cards, page, paginator)


def _ranked(cases: PassportCaseQuerySet) -> Any:
    """Annotate each case with its place in its column and the column's size; letters come first."""
    letter_first = Case(When(stage=PassportStage.LETTER, then=0), default=1)
    order = [letter_first, F("last_safe_on").asc(nulls_last=True), F("pk").asc()]
    return (
        cases.with_next_on()
        .with_people()
        .annotate(
            place=Window(RowNumber(), partition_by=F("column"), order_by=order),
            number=Window(Count("pk"), partition_by=F("column")),
        )
        .order_by("place")
    )


def _shown(rows: Iterable[Any], numbers: Mapping[str, int | Decimal], today: date, only: str = "") -> list[ShownColumn]:
    cards: dict[str, list[Card]] = {column: [] for column in Column}
    counts: dict[str, int] = dict.fromkeys(Column, 0)
    for case in rows:
        cards[case.column].append(_card(case, today))
        counts[case.column] = case.number
    names = labels(numbers)
    return [
        ShownColumn(column.value, names[column], TONES[column], counts[column], cards[column])
        for column in Column
        if (column == only if only else counts[column] or column != Column.UNDATED)
    ]


def _card(case: Any, today: date) -> Card:
    slack = (case.last_safe_on - today).days if case.last_safe_on and case.stage not in HAS_PASSPORT else None
    application, stage = case.application, PassportStage(case.stage)
    return Card(
        name=str(application.student),
        href=case.get_absolute_url(),
        college=application.college.short_name if application.college else "",
        stage=str(stage.label),
        stage_tone=STAGE_TONES[stage],
        city=case.trip.city.name if case.placement and case.trip else _("no city yet"),
        next_on=case.next_on,
        last_safe_on=case.last_safe_on if slack is not None else None,
        slack="" if slack is None else slack_tag(slack),
        tone=TONES[Column(case.column)],
    )
