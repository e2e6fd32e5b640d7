"""The city whose portal this is, for every page, message and document: no code names it.

Kept in each process, so that no page asks the database for it: a change made by another process shows within
`SECONDS`. Without a row, as in a new installation, the names are those of the time zone and of any exchange.
"""

import time
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from exchange.models import HomeCity

SECONDS = 30
_kept: "tuple[float, HomeCity] | None" = None


def _model() -> "type[HomeCity]":
    """By name, because the checks of the settings import this before there are models."""
    return apps.get_model("exchange", "HomeCity")


def home() -> "HomeCity":
    """Its row, or an unsaved one with general names. Never fails: an error page needs it without a database."""
    global _kept
    if _kept is None or time.monotonic() > _kept[0]:
        try:
            row = _model().objects.first()
        except DatabaseError:
            row = _kept[1] if _kept else None
        _kept = time.monotonic() + SECONDS, row or _unnamed()
    return _kept[1]


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
