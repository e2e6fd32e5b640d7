"""How many people a day of the office's calendar concerns, counted over several tables in one query."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import CharField, Count, F, QuerySet, Value

from applications.models import Application
from applications.states import Status
from exchange.models import User
from travel.models import OrientationSession, PassportBooking, Placement, VisaDayPerson
from travel.office.calendar import times
from travel.prepare.orientation import sessions as orientation

CLOSES, ENDORSED, READ, TOLD, TRIP, PASSPORT = "closes", "endorsed", "read", "told", "trip", "passport"

type Counts = Counter[tuple[str, str]]


def counts(first: date, last: date, by: User) -> Counts:
    """By (what, code): of the cycle, trip, passport day, visa day or session. One query."""
    days, some = (first, last), times.around(first, last)
    mine = Application.objects.visible_to(by)
    going = Placement.objects.visible_to(by).active().filter(trip__leaves_on__lte=last, trip__returned_at=None)
    booked = PassportBooking.objects.visible_to(by).booked().filter(day__on__range=days)
    coming = VisaDayPerson.objects.exclude(answer=VisaDayPerson.Answer.CANNOT)
    sessions = times.within(OrientationSession.objects.visible_to(by).held(), "starts_at", some).order_by()
    parts: list[QuerySet[Any, Any]] = [
        _by(CLOSES, times.within(mine.filter(status=Status.DRAFT), "cycle__closes_at", some), "cycle__code"),
        _by(ENDORSED, mine.not_endorsed().filter(cycle__endorsements_due_on__range=days), "cycle__code"),
        _by(READ, mine.unread().filter(cycle__readings_due_on__range=days), "cycle__code"),
        _by(TOLD, mine.submitted().filter(cycle__decisions_on__range=days), "cycle__code"),
        _by(TRIP, going, "trip__code"),
        _by(PASSPORT, booked, "day__code"),
        _by(times.VISA, times.within(coming, "day__starts_at", some), "day__code"),
        sessions.values_list(_text(times.ORIENTATION), F("code"), orientation.how_many_expected()),
    ]
    return Counter({(what, code): number for what, code, number in parts[0].union(*parts[1:], all=True).order_by()})


def _by(what: str, rows: QuerySet[Any], code: str) -> QuerySet[Any, Any]:
    counted: QuerySet[Any, Any] = rows.order_by().values_list(_text(what), F(code)).annotate(number=Count("pk"))
    return counted


def _text(what: str) -> Value:
    return Value(what, output_field=CharField())
