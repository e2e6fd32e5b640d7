"""The list of texts from numbers that no student has confirmed: its columns, and which of them the filters find.

It has no file: what a text says is deleted once the office has looked after it, and a file would keep it.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from exchange.base.folded_text import Folded, folded
from exchange.messages import failed_list
from exchange.models import IncomingText, User
from exchange.models.incoming import IncomingTextQuerySet
from exchange.templatetags.ui import clock, short_day
from exchange.web.worklist import Column, Columns

KNOWN, UNKNOWN = "known", "unknown"
COLUMNS = Columns(
    Column("number", gettext_lazy("From"), ("number", "received_at")),
    Column("who", gettext_lazy("Account"), ("user__full_name", "number"), computed={}),
    Column("text", gettext_lazy("Text")),
    Column("received", pgettext_lazy("text message", "Received"), ("received_at",), falls=True),
    Column("next", gettext_lazy("Next step")),
    default="received",  # who has waited longest
)
NUMBERS = [
    ("", pgettext_lazy("numbers", "all")),
    (KNOWN, gettext_lazy("of someone with an account")),
    (UNKNOWN, gettext_lazy("of no one we know")),
]


def found(rows: IncomingTextQuerySet, *, typed: str, whose: str, user: User) -> IncomingTextQuerySet:
    """Those of `rows` that wait for the office and that the filters find; an empty filter finds all."""
    rows = rows.for_the_office()
    if whose in (KNOWN, UNKNOWN):
        rows = rows.filter(user__isnull=whose == UNKNOWN)
    return rows.alias(said=Folded("body")).filter(_typed(typed, user)) if typed.strip() else rows


def _typed(typed: str, user: User) -> Q:
    """Words of the text, parts of the number, or the person whose account has it."""
    says = Q()
    for word in folded(typed).split():
        says &= Q(said__contains=word)
    digits = failed_list.digits_of(typed)
    way = says | Q(number__contains=digits) if digits else says
    for people in failed_list.people_found(typed, user):
        way |= Q(user__in=people)
    return way


def facts_of(text: IncomingText) -> list[dict[str, Any]]:
    """For the page of one text: labels and values of what is known of it."""
    shown = [
        (_("Account"), text.user),
        (pgettext("text message", "Received"), f"{short_day(text.received_at)}, {clock(text.received_at)}"),
    ]
    return [{"label": label, "value": value} for label, value in shown if value]
