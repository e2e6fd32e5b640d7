"""Reordering of rows by "up" and "down" buttons; `order` is numbered from 1."""

from typing import Any

from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation


def found[Row](row: Row | None) -> Row:
    """The row; raises RuleViolation("gone") for None."""
    if row is None:
        raise RuleViolation("gone", _("Someone else has already removed this."))
    return row


def swap(rows: list[Any], key: str, *, up: bool) -> None:
    """Swap a row with its neighbor and save; at the end of the list nothing changes.

    Raises RuleViolation: gone.
    """
    place = found(next((place for place, row in enumerate(rows) if row.key == key), None))
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    number(rows)


def number(rows: list[Any]) -> None:
    """Number the rows from 1 in this order; saves those whose number changed."""
    for place, row in enumerate(rows, start=1):
        if row.order != place:
            row.order = place
            row.save(update_fields=["order"])
