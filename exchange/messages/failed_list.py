"""The list of messages that weren't sent: its columns, which of them the filters find, and its file.

No row, and so no file, has what a message says: a body holds private links.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from exchange.base import audit
from exchange.models import Message, User
from exchange.models.record import MessageQuerySet
from exchange.templatetags.ui import clock, language_here, short_day
from exchange.web.worklist import Column, Columns

DIGITS_MIN = 4  # of a phone number, as in the search for people
# each finds people as staff type them; the apps register what they know of a person, such as a student number
Finder = Callable[[str, User], QuerySet[Any, Any]]
_finders: list[Finder] = []
Taken = Callable[[Collection[int], User], object]
_taken: list[Taken] = []


def register(finder: Finder) -> None:
    """`finder(typed, user)`: a query with one column, the primary keys of people that `user` may see."""
    if finder not in _finders:
        _finders.append(finder)


def when_taken(told: Taken) -> None:
    """`told(people, by)`: primary keys of those who are in a file that `by` takes, in its transaction."""
    if told not in _taken:
        _taken.append(told)


def what(message: Message) -> str:
    return message.subject or _("Text message")


COLUMNS = Columns(
    Column(
        "to",
        gettext_lazy("To"),
        ("recipient__full_name", "address"),
        computed={},
        cell=lambda row: str(row.recipient) if row.recipient else "",
    ),
    Column("address", gettext_lazy("Address or number"), ("address",), cell=lambda row: row.address),
    Column("what", gettext_lazy("What"), ("subject", "failed_at"), cell=what),
    Column("reason", gettext_lazy("Reason"), ("reason", "failed_at"), cell=lambda row: row.get_reason_display()),
    Column("said", gettext_lazy("What the server said"), cell=lambda row: row.error),
    Column("failed", pgettext_lazy("message", "Failed"), ("failed_at",), falls=True, cell=lambda row: row.failed_at),
    Column("next", gettext_lazy("Next step")),
    default="-failed",
)
REASONS = [("", pgettext_lazy("reasons", "all")), *Message.Reason.choices]
CHANNELS = [("", pgettext_lazy("messages", "all")), *Message.Channel.choices]


def found(rows: MessageQuerySet, *, typed: str, channel: str, reason: str, batch: str, user: User) -> MessageQuerySet:
    """Those of `rows` that failed and that the filters find; an empty filter finds all."""
    rows = rows.for_a_person()
    given = {"channel": channel, "reason": reason, "batch": batch}
    rows = rows.filter(**{name: value for name, value in given.items() if value})
    return rows.filter(_typed(typed.strip(), user)) if typed.strip() else rows


def _typed(typed: str, user: User) -> Q:
    """The address counts, too: that of a guest, or one that was typed wrong, belongs to nobody's account."""
    way = Q(address__icontains=typed)
    if digits := digits_of(typed):
        way |= Q(channel=Message.Channel.TEXT, address__contains=digits)
    for people in people_found(typed, user):
        way |= Q(recipient__in=people)
    return way


def people_found(typed: str, user: User) -> list[QuerySet[Any, Any]]:
    """Each a query with the primary keys of people that `user` may see."""
    return [finder(typed, user) for finder in _finders]


def digits_of(typed: str) -> str:
    """The digits of what may be a part of a phone number, "" of anything else."""
    digits = "".join(sign for sign in typed if sign.isdigit())
    is_number = len(digits) >= DIGITS_MIN and not any(sign.isalpha() or sign == "@" for sign in typed)
    return digits if is_number else ""


def facts_of(message: Message) -> list[dict[str, Any]]:
    """For the page of one message: labels and values of what is known of it. A server's own words stand apart."""
    shown = [
        (_("To"), message.recipient),
        (_("Address or number"), message.address),
        (_("Language"), language_here(message.language)),
        (_("Written"), _moment(message.queued_at)),
        (_("Stopped trying"), message.failed_at and _moment(message.failed_at)),
        (_("Reason"), message.get_reason_display()),
    ]
    return [{"label": label, "value": value} for label, value in shown if value]


def _moment(at: datetime) -> str:
    return f"{short_day(at)}, {clock(at)}"


@transaction.atomic
def record_download(rows: Collection[Message], *, query: str, by: User) -> None:
    """A file with names and addresses leaves the portal: who took it, how much it has, and whose."""
    audit.record("message.download", by, by=by, changes={"query": query, "rows": len(rows)})
    people = {row.recipient_id for row in rows if row.recipient_id}
    for told in _taken:
        told(people, by)
