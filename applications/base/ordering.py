"""Rows that people put in order by buttons: one place up or down, numbered from 1."""

from typing import Any

from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation


def found[Row](row: Row | None) -> Row:
    """The row, or RuleViolation("gone")."""
    if row is None:
        raise RuleViolation("gone", _("Somebody else removed this meanwhile."))
    return row


def swap(rows: list[Any], key: str, *, up: bool) -> None:
    """Change places with the neighbor, also in the database; at the end of the list nothing happens.

    RuleViolation: gone.
    """
    place = found(next((place for place, row in enumerate(rows) if row.key == key), None))
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    number(rows)


def number(rows: list[Any]) -> None:
    """Places from 1 in this order; writes what has moved."""
    for place, row in enumerate(rows, start=1):
        if row.order != place:
            row.order = place
            row.save(update_fields=["order"])
