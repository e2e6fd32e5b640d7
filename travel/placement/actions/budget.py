"""What a trip costs the whole group: each line of its budget. The mayor's office sees the sums soon after."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from exchange.background import dispatch
from exchange.models import User
from travel.base import actions as rows
from travel.models import BudgetLine, Trip


@transaction.atomic
def add(trip: Trip, values: Mapping[str, Any], *, by: User) -> BudgetLine:
    """RuleViolation: not_possible."""
    line = rows.add(BudgetLine, {"trip": trip, **values}, under=trip, by=by)
    dispatch.send_after_commit("travel.refresh_now")
    return line


@transaction.atomic
def change(line: BudgetLine, values: Mapping[str, Any], *, seen: str, by: User) -> BudgetLine:
    """RuleViolation: changed_meanwhile, not_possible."""
    changed = rows.change(line, values, seen=seen, by=by)
    dispatch.send_after_commit("travel.refresh_now")
    return changed


@transaction.atomic
def remove(line: BudgetLine, *, by: User) -> None:
    rows.remove(line, by=by)
    dispatch.send_after_commit("travel.refresh_now")
