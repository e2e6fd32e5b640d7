"""The office says whose portal this is."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from exchange.base import audit, home
from exchange.models import HomeCity, User
from travel.base import actions as rows
from travel.office.city import zone_change


def change(values: Mapping[str, Any], *, seen: str, shown: str = "", by: User) -> HomeCity:
    """Write its names, how to reach its office, and its time zone, which moves the moments to come that were chosen by
    its clock (`zone_change`).

    `shown`: the key of the moves that the person has confirmed. RuleViolation: changed_meanwhile, not_possible,
    moves_deadlines, over_at_once.
    """
    with transaction.atomic():
        row = HomeCity.objects.select_for_update().filter(pk=HomeCity.ONLY).first()
        old = home.zone_of(row)
        if row is None:
            row = rows.add(HomeCity, {"id": HomeCity.ONLY, **values}, under=None, by=by)
        else:
            row = rows.change(row, values, seen=seen, by=by)
        new = home.zone_of(row)
        if new != old:
            moved = zone_change.carry_out(old, new, shown=shown, by=by)
            changes = {"was": old.key, "is": new.key, "moved": moved}
            audit.record("homecity.change_time_zone", row, by=by, changes=changes)
        transaction.on_commit(home.forget)
    return row


@transaction.atomic
def moves_to(name: str) -> list[zone_change.Move]:
    """What this time zone would move. Changes nothing."""
    old = home.zone_of(HomeCity.objects.filter(pk=HomeCity.ONLY).first())
    return zone_change.moves(old, ZoneInfo(name))
