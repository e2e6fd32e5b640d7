"""What of the office's calendar has a time of day, read from several tables in one query."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    CharField,
    Count,
    Exists,
    Expression,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from applications.models import Appeal, Decision, InterviewSlot, Offer, ScheduledRelease
from applications.release.actions import appeals
from exchange.models import Fact, User
from travel.models import OrientationSession, VisaDay

ANSWER, SCHEDULED, INTERVIEW, VISA, ORIENTATION, TOLD = (
    "answer",
    "scheduled",
    "interview",
    "visa",
    "orientation",
    "told",
)
DAY = timedelta(days=1)
LONGEST = timedelta(days=400)  # to ask for a decision to be looked at again


@dataclass(frozen=True, slots=True)
class Moment:
    """`text`: the place, or the kind of a release. `more`: the time zone of the place, or what the release is about.
    `days`: of a decision that was told: how long it can be asked about. `count`: how many it concerns."""

    kind: str
    code: str
    at: datetime
    text: str
    more: str
    cycle: int
    days: int
    count: int


def moments(first: date, last: date, by: User) -> Iterator[Moment]:
    """A day more on both sides, because a day begins at different times. One query."""
    some = around(first, last)
    booked = InterviewSlot.objects.filter(called_off_at=None, interview__isnull=False, interview__called_off_at=None)
    told = appeals.of_cycles_under_way(Decision.objects.all())
    told = told.filter(released_at__date__gte=first - LONGEST, released_at__date__lte=last + DAY)
    asked = Appeal.objects.in_force().filter(decision=OuterRef("pk"))
    visa_days = VisaDay.objects.visible_to(by).filter(called_off_at=None)
    sessions, releases = OrientationSession.objects.visible_to(by).held(), ScheduledRelease.objects.visible_to(by)
    parts = [
        _rows(
            ANSWER, within(Offer.objects.unanswered(), "answer_by", some), "answer_by", "application__cycle", code=""
        ),
        _rows(SCHEDULED, within(releases.waiting(), "due_at", some), "due_at", "cycle", text="kind", more="about"),
        _rows(INTERVIEW, within(booked, "starts_at", some), "starts_at", "cycle"),
        _rows(VISA, within(visa_days, "starts_at", some), "starts_at", "trip__cycle", text="place"),
        _rows(ORIENTATION, within(sessions, "starts_at", some), "starts_at", "cycle", text="place", more="zone"),
        _rows(TOLD, told, "released_at", "application__cycle", code="", days=_days_to_ask(), counts=~Exists(asked)),
    ]
    found = parts[0].union(*parts[1:], all=True)
    for row in found.order_by():
        yield Moment(*row)


def around(first: date, last: date) -> dict[str, date]:
    return {"gte": first - DAY, "lte": last + DAY}


def within(rows: QuerySet, field: str, some: dict[str, date]) -> QuerySet:  # type: ignore[type-arg]
    return rows.filter(**{f"{field}__date__{name}": day for name, day in some.items()})


def _rows(
    kind: str,
    rows: QuerySet,  # type: ignore[type-arg]
    at: str,
    cycle: str,
    *,
    code: str = "code",
    text: str = "",
    more: str = "",
    days: Expression | None = None,
    counts: Expression | None = None,
) -> QuerySet:  # type: ignore[type-arg]
    """The columns of `Moment`; the names are those of fields. Offers that end together and decisions told together are
    one row. `counts`: a condition for who is counted."""
    columns = rows.order_by().values_list(
        Value(kind, output_field=CharField()),
        _text(code),
        F(at),
        _text(text),
        _text(more),
        F(cycle),
        days or Value(0, output_field=IntegerField()),
    )
    grouped: QuerySet[Any, Any] = columns.annotate(count=Count("pk", filter=Q(counts) if counts else None))
    return grouped


def _text(field: str) -> Expression:
    return Cast(field, CharField()) if field else Value("", output_field=CharField())


def _days_to_ask() -> Expression:
    """As told with the decision, else the fact's; 0 where decisions are final."""
    fact = Fact.objects.current().filter(key=appeals.DAYS).order_by().values("value")[:1]
    return Coalesce(F("appeal_days"), Cast(Subquery(fact), IntegerField()), Value(0))
