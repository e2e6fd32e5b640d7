"""The city whose portal this is, for every page, message and document: no code names it.

Kept in each process, so that no page asks the database for it: a change made by another process shows within
`SECONDS`. Without a row, as in a new installation, the names are those of the time zone and of any exchange.

`home_zone` is the city's clock. It is Django's default time zone too (`keep_the_citys_time`), so whatever asks Django
what time or day it is gets the city's: pages, tasks, commands, threads, the database's truncations.
"""

import logging
import time
from contextlib import nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from exchange.models import HomeCity

logger = logging.getLogger(__name__)
SECONDS = 30
UNKNOWN_SECONDS = 1  # after a failure with nothing to go by: what is written meanwhile would have another clock
_kept: "tuple[float, HomeCity] | None" = None


def _model() -> "type[HomeCity]":
    """By name, because the checks of the settings import this before there are models."""
    return apps.get_model("exchange", "HomeCity")


def home() -> "HomeCity":
    """Its row, or an unsaved one with general names. Never fails: an error page needs it without a database."""
    global _kept
    if _kept is None or time.monotonic() > _kept[0]:
        lasts = SECONDS
        try:
            row = _ask()
        except DatabaseError:
            row = _kept[1] if _kept else None
            lasts = SECONDS if row else UNKNOWN_SECONDS
        _kept = time.monotonic() + lasts, row or _unnamed()
    return _kept[1]


def _ask() -> "HomeCity | None":
    """In a transaction, with a savepoint: where there is no such table yet, the transaction goes on."""
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        return _model().objects.first()


def home_zone() -> ZoneInfo:
    """The city's time zone; without a named city, the technical default. Never fails."""
    return zone_of(home())


def zone_of(city: "HomeCity | None") -> ZoneInfo:
    """The one that this row says, whether or not it's in force yet."""
    return _zone_of((city.time_zone if city else "") or settings.TIME_ZONE)


@lru_cache(maxsize=16)
def _zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        other = settings.TIME_ZONE
        logger.error("This machine doesn't know %s, the time zone of Your city: everything shows %s", name, other)
        return ZoneInfo(other)


def keep_the_citys_time() -> None:
    """From now on Django's default time zone is the city's, not the constant of the settings (docs/adr/0002)."""
    timezone.get_default_timezone = home_zone


def forget() -> None:
    """It was changed: ask again."""
    global _kept
    _kept = None


def keep(city: "HomeCity") -> None:
    """Use this one from now on, without asking: for tests."""
    global _kept
    _kept = float("inf"), city


def without_asking() -> "HomeCity":
    """What is known without the database."""
    return _kept[1] if _kept else _unnamed()


def _unnamed() -> "HomeCity":
    city = settings.TIME_ZONE.rpartition("/")[2].replace("_", " ")
    names: dict[str, str] = {}
    for language in ("en", "es"):
        with translation.override(language):
            names |= {f"city_{language}": city, f"program_{language}": _("Student exchange")}
    return _model()(**names, short_name=city[:30], airport="", latitude=0, longitude=0)
