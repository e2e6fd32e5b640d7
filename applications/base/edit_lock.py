"""Optimistic lock: a fingerprint of a row as its page was opened, so that two people at it notice each other."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation


def fingerprint(row: models.Model, names: Iterable[str], *more: object) -> str:
    """A 16-digit hash of these fields' current values; `more`: whatever else the form shows."""
    values = [_plain(getattr(row, name)) for name in names]
    text = json.dumps([values, more], default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: object) -> str:
    if isinstance(value, models.Model):
        return str(value.pk)
    # in UTC, because the same instant must give the same text in every time zone
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def check(seen: str, now: str) -> None:
    """Raise RuleViolation("changed_meanwhile") if the row has changed since the form was opened.

    `seen` is the fingerprint that the form carries; if it is empty, nothing is checked.
    """
    if seen and seen != now:
        raise RuleViolation(
            "changed_meanwhile",
            _("Someone else changed this while you were writing. Nothing was saved. Open it again and compare."),
        )


def check_button(seen: str, now: str) -> None:
    """As `check`, for a button of a page on which nothing was typed."""
    if seen and seen != now:
        raise RuleViolation("changed_meanwhile", shown_before())


def shown_before() -> str:
    return _(
        "Something else has happened here since you opened the page, so nothing was changed. This is how it is now."
    )
