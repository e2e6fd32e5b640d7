"""Who is there, from the taps of several leaders who may not have known of each other. Pure.

A roll call is a set of taps, so merging is their union: in any order, and however often one arrives. A tap answers the
taps that its leader saw (`over`), and every earlier one of their own. What nobody answered stands. If that disagrees,
it is a conflict, and stays one until somebody who sees both taps again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mark(StrEnum):
    HERE = "here"
    MISSING = "missing"
    CONFLICT = "conflict"
    OPEN = "open"  # nobody has tapped


@dataclass(frozen=True, slots=True)
class Tap:
    """`key`: unique. `traveler`: any name of them. `over`: keys of earlier taps, which need not have arrived. `by`: the
    name of who tapped; `who` tells two of one name apart.
    """

    key: str
    traveler: str
    is_here: bool
    at: datetime
    by: str
    over: frozenset[str] = frozenset()
    who: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`taps`: those that stand, the oldest first."""

    mark: Mark
    taps: tuple[Tap, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    here: int
    missing: int
    conflicts: int


def standings(taps: Iterable[Tap], travelers: Iterable[str] = ()) -> dict[str, Standing]:
    """By traveler. Travelers without a tap are OPEN."""
    of: dict[str, set[Tap]] = {each: set() for each in travelers}
    for tap in taps:
        of.setdefault(tap.traveler, set()).add(tap)
    return {traveler: _standing(some) for traveler, some in of.items()}


def _standing(taps: set[Tap]) -> Standing:
    live = _live(taps)
    said = {tap.is_here for tap in live}
    if not said:
        return Standing(Mark.OPEN)
    if len(said) > 1:
        return Standing(Mark.CONFLICT, live)
    return Standing(Mark.HERE if True in said else Mark.MISSING, live)


def _live(taps: set[Tap]) -> tuple[Tap, ...]:
    """The taps that no later one answers; the last of all always stands."""
    in_order = sorted(taps, key=_order)
    answered = {
        before.key
        for number, tap in enumerate(in_order)
        for before in in_order[:number]
        if (before.who, before.by) == (tap.who, tap.by) or before.key in tap.over
    }
    return tuple(tap for tap in in_order if tap.key not in answered)


def _order(tap: Tap) -> tuple[datetime, str]:
    return tap.at, tap.key


def count(standing: Mapping[str, Standing]) -> Count:
    marks = [each.mark for each in standing.values()]
    return Count(marks.count(Mark.HERE), marks.count(Mark.MISSING), marks.count(Mark.CONFLICT))
