"""The office says whose portal this is."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from exchange.base import home
from exchange.models import HomeCity, User
from travel.base import actions as rows


def change(values: Mapping[str, Any], *, seen: str, by: User) -> HomeCity:
    """Write its names and how to reach its office. RuleViolation: changed_meanwhile, not_possible."""
    with transaction.atomic():
        row = HomeCity.objects.filter(pk=HomeCity.ONLY).first()
        if row is None:
            row = rows.add(HomeCity, {"id": HomeCity.ONLY, **values}, under=None, by=by)
        else:
            row = rows.change(row, values, seen=seen, by=by)
        transaction.on_commit(home.forget)
    return row
