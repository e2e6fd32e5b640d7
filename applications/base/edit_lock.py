"""What a row said when somebody opened it for editing: two people at one form notice each other."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext as _

from exchange.base.errors import RuleViolation


def stamp(row: models.Model, names: Iterable[str], *more: object) -> str:
    """A short mark of these fields as they are now; `more`: whatever else the form shows."""
    said = [_plain(getattr(row, name)) for name in names]
    text = json.dumps([said, more], default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: object) -> str:
    if isinstance(value, models.Model):
        return str(value.pk)
    # a moment is the same in every zone
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def check(seen: str, now: str) -> None:
    """RuleViolation("changed_meanwhile") unless the row still says what the person saw. An empty mark sees nothing."""
    if seen and seen != now:
        raise RuleViolation(
            "changed_meanwhile",
            _("Somebody else changed this while you were writing. Nothing was saved: open it again and compare."),
        )
