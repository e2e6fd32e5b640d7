"""What a trip costs: each line of its budget."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from exchange.background import dispatch
from exchange.models import User
from travel.base import actions as rows
from travel.models import Trip, TripCost


@transaction.atomic
def add(trip: Trip, values: Mapping[str, Any], *, by: User) -> TripCost:
    """RuleViolation: not_possible, if the trip has this line already with other amounts."""
    cost = rows.add(TripCost, {"trip": trip, **values}, under=trip, by=by)
    dispatch.send("travel.refresh_now")
    return cost


@transaction.atomic
def change(cost: TripCost, values: Mapping[str, Any], *, seen: str, by: User) -> TripCost:
    """RuleViolation: changed_meanwhile, not_possible."""
    changed = rows.change(cost, values, seen=seen, by=by)
    dispatch.send("travel.refresh_now")
    return changed


@transaction.atomic
def remove(cost: TripCost, *, by: User) -> None:
    rows.remove(cost, by=by)
    dispatch.send("travel.refresh_now")
