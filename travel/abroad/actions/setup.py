"""Actions on cards in the local language. Numbers for help are plain rows: `travel.base.actions`."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from exchange.models import User
from travel.base import actions as rows
from travel.models import LocalCard

WORDS = frozenset({"text", "language"})
CHECK: dict[str, Any] = {"checked_by_name": "", "checked_on": None}


@transaction.atomic
def change_card(card: LocalCard, values: Mapping[str, Any], *, seen: str, by: User) -> LocalCard:
    """Change a card. Other words haven't been checked by anybody, so an old check goes unless a new one is given.

    RuleViolation: changed_meanwhile, not_possible.
    """
    changed = set(rows.differing(card, values))
    if changed & WORDS and not changed & CHECK.keys():
        values = {**values, **CHECK}
    return rows.change(card, values, seen=seen, by=by)
