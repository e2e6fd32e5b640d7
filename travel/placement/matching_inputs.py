"""The inputs of a matching: their types, the errors they raise, the lottery, and the hash of all of them.

Pure Python, beside `travel.placement.matching`, which uses and re-exports all of it.
"""

import hashlib
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from travel.placement.seats import Group

type Student = str
type Trip = str
type Pair = tuple[Student, Trip]
type Number = int | float | Decimal
type Kept = Mapping[Trip, Mapping[Group, int]]

# the line of a ranking below which a student would rather stay home
STAY_HOME = "stay-home"


class MatchingInputError(ValueError):
    """The inputs can't be matched; the message names the wrong row."""


class UnknownTrip(MatchingInputError):
    """A student ranked, or a feasible pair names, a trip that has no row in `seats`."""


class DuplicateRank(MatchingInputError):
    """A student ranked the same trip twice."""


class NegativeSeats(MatchingInputError):
    """Seats must be a whole number, zero or more."""


class BadKeptSeats(MatchingInputError):
    """Seats are kept on a trip that has no row in `seats`, or their number isn't a whole number, zero or more."""


class BadSitting(MatchingInputError):
    """A student has a seat on a trip that isn't in their ranking, or that isn't feasible for them."""


class BadPriority(MatchingInputError):
    """A student has no priority, or one that isn't a finite number."""


class LotteryNeeded(MatchingInputError):
    """Students share a priority and no lottery order covers them, or the order names someone twice."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A seat. `rank` is the place of the trip in the student's own list, from 1."""

    trip: Trip
    rank: int


def lottery_order(students: Collection[Student], seed: str | int) -> tuple[Student, ...]:
    """One order of students that breaks every tie of a placement; publish the seed before it's drawn.

    Students are sorted by the SHA-256 of the JSON text ``["<seed>", "<student>"]``, so the order depends on
    no programming language, and a student who leaves or joins doesn't change the order of the others.
    Raises MatchingInputError when someone is named twice.
    """
    if len(set(students)) != len(students):
        raise MatchingInputError("A student is in the lottery twice.")

    def ticket(student: Student) -> tuple[bytes, Student]:
        text = json.dumps([str(seed), str(student)])
        return hashlib.sha256(text.encode()).digest(), student

    return tuple(sorted(students, key=ticket))


def inputs_text(
    preferences: Mapping[Student, Sequence[Trip]],
    seats: Mapping[Trip, int],
    priority: Mapping[Student, Number] | None,
    tie_order: Sequence[Student] | None = None,
    feasible: Collection[Pair] | None = None,
    *,
    groups: Mapping[Student, Collection[Group]] | None = None,
    kept: Kept | None = None,
    sitting: Mapping[Student, Trip] | None = None,
) -> str:
    """Everything `match` is given as one JSON text, the same in whatever order the mappings come.

    Numbers are written as exact fractions, so 4, 4.0 and Decimal("4.00") count as equal. What isn't used (no
    priority, no kept seats, nobody with a seat) isn't in the text, so that older hashes stay valid.
    Raises BadPriority for a priority that isn't a finite number.
    """
    for student, number in (priority or {}).items():
        check_priority(student, number)
    frozen: dict[str, object] = {
        "preferences": sorted([student, list(trips)] for student, trips in preferences.items()),
        "seats": sorted([trip, number] for trip, number in seats.items()),
        "tie_order": None if tie_order is None else list(tie_order),
        "feasible": None if feasible is None else sorted(list(pair) for pair in set(feasible)),
    }
    if priority is not None:
        frozen["priority"] = sorted([student, str(Fraction(number))] for student, number in priority.items())
    if kept:
        frozen["kept"] = sorted([trip, sorted(map(list, each.items()))] for trip, each in kept.items())
        frozen["groups"] = sorted([student, sorted(each)] for student, each in (groups or {}).items())
    if sitting:
        frozen["sitting"] = sorted(map(list, sitting.items()))
    return json.dumps(frozen, sort_keys=True, separators=(",", ":"))


def mark_of(text: str) -> str:
    """SHA-256 (hex) of an `inputs_text`: what `sha256sum` prints for the file."""
    return hashlib.sha256(text.encode()).hexdigest()


def inputs_hash(*given: Any, **more: Any) -> str:
    """The hash of `inputs_text` with the same arguments."""
    return mark_of(inputs_text(*given, **more))


def check_trips(
    preferences: Mapping[Student, Sequence[Trip]],
    seats: Mapping[Trip, int],
    feasible: Collection[Pair] | None,
) -> None:
    for trip, number in seats.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise NegativeSeats(f"Trip {trip}: seats must be a whole number, zero or more, not {number!r}.")
    for student, trips in preferences.items():
        for trip in trips:
            if trip not in seats and trip != STAY_HOME:
                raise UnknownTrip(f"Student {student} ranks the trip {trip}, which has no seats row.")
        if len(set(trips)) != len(trips):
            twice = next(trip for trip in trips if list(trips).count(trip) > 1)
            raise DuplicateRank(f"Student {student} ranks the trip {twice} more than once.")
    for student, trip in feasible or ():
        if trip not in seats:
            raise UnknownTrip(f"The feasible pair ({student}, {trip}) names a trip that has no seats row.")


def check_kept(kept: Kept, seats: Mapping[Trip, int]) -> None:
    for trip, by_group in kept.items():
        if trip not in seats:
            raise BadKeptSeats(f"Seats are kept on the trip {trip}, which has no seats row.")
        for group, number in by_group.items():
            if isinstance(number, bool) or not isinstance(number, int) or number < 0:
                raise BadKeptSeats(f"Trip {trip}, group {group}: {number!r} seats cannot be kept.")


def check_priority(student: Student, number: Number | None) -> None:
    if isinstance(number, float):
        usable = math.isfinite(number)
    else:
        usable = isinstance(number, int) or (isinstance(number, Decimal) and number.is_finite())
    if not usable:
        raise BadPriority(f"Student {student} has no usable priority ({number!r}).")
