"""Which parts of a returned application have changed since the office asked for a fix. Pure: no queries.

A part's fingerprint is taken when the application is returned (`Application.return_marks`) and compared with the part
as it is now. That finds a real change: words that were typed and taken back leave none.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from applications.base.answers import Item, Part
from applications.models import Application, Question


def marks(parts: Iterable[Part]) -> dict[str, str]:
    """The fingerprint of each part's stored answers (SHA-256, hex), by section key."""
    return {part.key: _mark(part) for part in parts}


def named(application: Application, parts: Iterable[Part]) -> list[Part]:
    """The parts that the office named; none if it named none, and then all can be changed."""
    return [part for part in parts if part.key in application.return_sections] if application.is_returned else []


def is_changed(application: Application, part: Part) -> bool:
    """Whether the part differs from what was returned."""
    return bool(application.return_marks.get(part.key) != _mark(part))


def untouched(application: Application, parts: Iterable[Part]) -> list[Part]:
    """The parts that need a change, or a reason why they need none, before the application can be sent again.

    If the office named no part, a change in any part will do.
    """
    if not application.is_returned:
        return []
    parts = list(parts)
    to_fix = named(application, parts)
    same = [part for part in to_fix or parts if not is_changed(application, part)]
    return same if to_fix or len(same) == len(parts) else []


def _mark(part: Part) -> str:
    said: Mapping[str, object] = {item.key: _plain(item) for item in part.items}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _plain(item: Item) -> object:
    if item.question.kind == Question.Kind.FILE:
        return [upload.pk for upload in item.value or []]
    return item.stored if item.is_answered else None
