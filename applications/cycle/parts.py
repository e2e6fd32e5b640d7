"""What later steps add to a cycle: rows that it begins with, and needs that must be met before students can apply.

`travel` registers its parts in AppConfig.ready, because this app cannot import it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from applications.models import Cycle
from exchange.models import User


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a cycle needs, in words. `stops`: the cycle cannot be published without it.

    `page`: the URL name of the page where it is fixed, "" for a setting of the portal. `arguments`: the URL's
    arguments beside the cycle's code, which only pages of the admin don't get.
    """

    topic: str
    text: str
    page: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    stops: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """`create` gives a new cycle its rows, `copy` copies (source, cycle); both run in the action's transaction."""

    needs: Callable[[Cycle], Iterable[Need]]
    create: Callable[[Cycle, User], object] | None = None
    copy: Callable[[Cycle, Cycle, User], object] | None = None


_parts: list[Part] = []


def register(part: Part) -> None:
    _parts.append(part)


def create(cycle: Cycle, *, by: User) -> None:
    """Give the cycle the standard rows of every part that it has none of."""
    for part in _parts:
        if part.create:
            part.create(cycle, by)


def copy(source: Cycle, cycle: Cycle, *, by: User) -> None:
    for part in _parts:
        if part.copy:
            part.copy(source, cycle, by)


def needs_of(cycle: Cycle) -> Iterable[Need]:
    for part in _parts:
        yield from part.needs(cycle)
