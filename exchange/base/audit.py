"""The audit log: one `Event` per action."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.http import QueryDict

from exchange.models import Event, User

# Actions between a student and the advisor whom the student chose: recorded for the student's own download and shown to
# nobody else. Who read answers, marked cities or changed a route would tell the office who talked, and about what.
PRIVATE = frozenset(
    {
        "passport.choose_advisor",
        "passport.read_answers",
        "passport.mark_cities",
        "passport.ask_talk",
        "passport.talked",
        "checklist.answer_route",
        "checklist.set_certificate",
    }
)

# Prefix of the events about how people sign in (`exchange.people.account.events`).
OF_ACCOUNTS = "account."


def record(
    action: str,
    target: models.Model,
    *,
    by: User | None,
    reason: str = "",
    changes: dict[str, Any] | None = None,
) -> Event:
    """Write one Event in the caller's transaction. `changes` must hold no essay text and no secret.

    Raises TransactionManagementError outside a transaction: a change and its event are committed together.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("record an event inside the action's transaction")
    return Event.objects.create(
        action=action,
        target_model=target._meta.label_lower,
        target_id=target.pk,
        by=by,
        reason=reason,
        changes=changes or {},
    )


def filters_of(query: str) -> str:
    """The filters in a list's address, for `changes`: nothing ever leaves the log but by its age, so it keeps that
    somebody searched (*), and not for whom."""
    given = QueryDict(query).copy()
    if given.get("q"):
        given["q"] = "*"
    return given.urlencode(safe="*")


def record_many(action: str, targets: Iterable[tuple[models.Model, dict[str, Any]]], *, by: User | None) -> None:
    """Write one Event for each (target, changes), as `record` does, in few queries."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("record an event inside the action's transaction")
    events = (
        Event(action=action, target_model=target._meta.label_lower, target_id=target.pk, by=by, changes=changes)
        for target, changes in targets
    )
    Event.objects.bulk_create(events, batch_size=1000)


def first_since(action: str, target: models.Model, at: datetime) -> Event | None:
    """The oldest event of this action on this row at that moment or later. One query."""
    events = Event.objects.filter(action=action, target_model=target._meta.label_lower, target_id=target.pk, at__gte=at)
    return events.order_by("at", "pk").first()


def last(action: str, target: models.Model) -> Event | None:
    """The newest event of this action on this row, for a page that says why. One query."""
    events = Event.objects.filter(action=action, target_model=target._meta.label_lower, target_id=target.pk)
    return events.order_by("-at", "-pk").first()
