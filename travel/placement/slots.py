"""The slots for what follows when a student is placed or moved, and when a trip departs, returns or is canceled.

Followers act in the transaction of the event. Who follows, in which order: `travel/events.py`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from exchange.base.slots import Slot
from exchange.models import User
from travel.models import Placement, Trip
from travel.passport.plan.planning import PlanRules


class WhenPlaced(Protocol):
    def __call__(self, placement: Placement, /, *, by: User, rules: PlanRules) -> object: ...


@dataclass(frozen=True, slots=True)
class Move:
    """A seat that was just changed. `source`: of the office's tasks about this move; `by`: who moved them."""

    placement: Placement
    was: Trip
    source: str
    by: User


@dataclass(frozen=True, slots=True)
class WhenMoved:
    """`after` returns what `undone` needs, as JSON, under names of its own.

    `lines`: what would happen to these students, in sentences, beforehand. `obstacle`: why a move can't be undone, in a
    sentence; empty where it can.
    """

    after: Callable[[Move], dict[str, Any]]
    undone: Callable[[Placement, Mapping[str, Any], User], None]
    lines: Callable[[Collection[Placement]], list[str]] = lambda _seats: []
    obstacle: Callable[[Placement], str] = lambda _placement: ""


@dataclass(frozen=True, slots=True)
class Course:
    """A group that has just left or come home. `missing`: who isn't with it, as {primary key of the placement: reason}.
    `leader`: the name of a leader without an account, who recorded it."""

    trip: Trip
    missing: Mapping[int, str]
    by: User | None
    leader: str


PLACED: Slot[WhenPlaced] = Slot("placed")
MOVED: Slot[WhenMoved] = Slot("moved")
DEPARTED: Slot[Callable[[Course], object]] = Slot("departed")
RETURNED: Slot[Callable[[Course], object]] = Slot("returned")
# with those who would have gone, and who canceled it
CANCELED: Slot[Callable[[Trip, Collection[Placement], User], object]] = Slot("canceled")
