"""What happens next to somebody who hasn't answered a check-in, and when. Pure: times in, times out.

Text, second text, other channel, call list, family contact. A step that can't reach this person is left out, and the
steps after it move up: with a STOP, or no way at all, the call is due at once. Nothing is decided twice: what was done
is handed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from exchange.messages import quiet


class Act(StrEnum):
    TEXT = "text"
    TEXT_AGAIN = "text_again"
    EMAIL = "email"
    CALL = "call"  # on the call list
    FAMILY = "family"  # the call list names the family contact


ORDER = tuple(Act)


@dataclass(frozen=True, slots=True)
class Waits:
    """Minutes from the start of the check-in."""

    text_again: int
    email: int
    call: int
    family: int


@dataclass(frozen=True, slots=True)
class Ways:
    """How this person can be reached. `stopped`: their number said STOP. `failed`: steps whose message never came."""

    text: bool
    email: bool
    stopped: bool = False
    failed: frozenset[Act] = frozenset()


@dataclass(frozen=True, slots=True)
class Night:
    """The hours in which a drill leaves people alone, on the clock where they are. A real check-in has none."""

    begins: int
    ends: int
    zone: tzinfo


def plan(ways: Ways, waits: Waits) -> dict[Act, timedelta]:
    """When each step is due after the start, in order. Always ends with CALL and FAMILY."""
    takes_texts = ways.text and not ways.stopped
    can_text = takes_texts and not ways.failed & {Act.TEXT, Act.TEXT_AGAIN}
    can_email = ways.email and Act.EMAIL not in ways.failed
    due: dict[Act, int] = {}
    if takes_texts:
        due[Act.TEXT] = 0
    if can_text:
        due[Act.TEXT_AGAIN] = waits.text_again
    if ways.email:
        due[Act.EMAIL] = waits.email if can_text else 0
    due[Act.CALL] = waits.call if (can_text or can_email) and not ways.stopped else 0
    due[Act.FAMILY] = max(waits.family - waits.call, 0) + due[Act.CALL]
    return {act: timedelta(minutes=minutes) for act, minutes in due.items()}


@dataclass(frozen=True, slots=True)
class Next:
    act: Act
    at: datetime


def next_step(
    started_at: datetime,
    ways: Ways,
    waits: Waits,
    done: Mapping[Act, datetime],
    *,
    night: Night | None = None,
    was_called: bool = False,
) -> Next | None:
    """The first step that wasn't done, with its time; None after the last. It doesn't depend on the time now.

    `was_called`: a person called and got no answer, so the family contact is due at once.
    """
    begins = _by_day(started_at, night)
    for act, wait in plan(ways, waits).items():
        if act in done:
            continue
        at = started_at if act == Act.FAMILY and was_called else begins + wait
        return Next(act, _by_day(at, night))
    return None


def _by_day(moment: datetime, night: Night | None) -> datetime:
    return quiet.first_moment(moment, night.begins, night.ends, night.zone) if night else moment
