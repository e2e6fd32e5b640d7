"""Who goes to which trip: student-proposing deferred acceptance. Pure Python: no database, no Django.

Each student ranks trips, each trip has seats, one order of students (priority, ties broken by one recorded
lottery for all trips) decides when a trip is full. The result is stable: nobody misses a trip they prefer
while someone behind them in the order has a seat there. Ranking in one's true order is always safe.

Anyone can check a placement: the same inputs (`inputs_hash`) give the same result, in whatever order they
are handed over, and `lottery_order` can be redone with any SHA-256 tool.

Source: domain reference 5.2 (deferred acceptance, ties broken once) and 5.5 (what each student is told).
"""

import hashlib
import heapq
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

type Student = str
type Trip = str
type Pair = tuple[Student, Trip]
type Number = int | float | Decimal


class MatchingInputError(ValueError):
    """The inputs cannot be matched; the message names what to mend."""


class UnknownTrip(MatchingInputError):
    """A student ranked, or a feasible pair names, a trip that has no row in `seats`."""


class DuplicateRank(MatchingInputError):
    """A student ranked the same trip twice."""


class NegativeSeats(MatchingInputError):
    """Seats must be a whole number, zero or more."""


class BadPriority(MatchingInputError):
    """A student has no priority, or one that is not a finite number."""


class LotteryNeeded(MatchingInputError):
    """Students share a priority and no lottery order covers them, or the order names someone twice."""


class Reason(StrEnum):
    PLACED = "placed"
    FILLED_BY_HIGHER_PRIORITY = "filled_by_higher_priority"
    NOT_FEASIBLE = "not_feasible"
    NO_SEATS = "no_seats"


@dataclass(frozen=True, slots=True)
class Placed:
    """A seat. `rank` is the place of the trip in the student's own list, from 1."""

    trip: Trip
    rank: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a student did or did not get one trip of their list. `rank` counts from 1."""

    trip: Trip
    rank: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Cutoff:
    """How far down the order a trip's seats reached.

    `priority` is the lowest that got in, None while seats are left. `by_lottery`: someone with that same
    priority was turned away, so the lottery decided the last seat. For staff; it shows a person's score.
    """

    seats: int
    placed: int
    priority: Number | None
    by_lottery: bool


@dataclass(frozen=True, slots=True)
class Match:
    """The result. Students are listed in order of priority.

    `explanations` gives each student one row for each trip of their list down to the one they got (all of
    them when unplaced), in their own order.
    """

    placed: Mapping[Student, Placed]
    unplaced: tuple[Student, ...]
    explanations: Mapping[Student, tuple[Explanation, ...]]
    cutoffs: Mapping[Trip, Cutoff]


def match(
    preferences: Mapping[Student, Sequence[Trip]],
    seats: Mapping[Trip, int],
    priority: Mapping[Student, Number],
    tie_order: Sequence[Student] | None = None,
    feasible: Collection[Pair] | None = None,
) -> Match:
    """Place students on trips.

    preferences: student -> trips, best first; a trip left out is one they would rather not take.
    seats: trip -> how many. priority: student -> number, higher first; others than those in `preferences`
    are ignored. tie_order: `lottery_order(...)`, may be None when no two students share a priority.
    feasible: the (student, trip) pairs that can happen at all, None for every pair.

    Raises UnknownTrip, DuplicateRank, NegativeSeats, BadPriority or LotteryNeeded. Cost: one heap step per
    trip proposed to.
    """
    _check_trips(preferences, seats, feasible)
    order = _order(preferences, priority, tie_order)
    allowed = None if feasible is None else frozenset(feasible)
    open_lists = [_open_choices(student, preferences[student], seats, allowed) for student in order]
    place_of = {student: place for place, student in enumerate(order)}
    seated = _deferred_acceptance(open_lists, seats, [place_of[student] for student in preferences])
    return _report(preferences, seats, priority, order, seated, allowed)


def lottery_order(students: Collection[Student], seed: str | int) -> tuple[Student, ...]:
    """One order of students for every tie of a placement; publish the seed before it is drawn.

    Students are sorted by the SHA-256 of the JSON text ``["<seed>", "<student>"]``, so the order depends on
    no programming language, and a student who leaves or joins does not change how the others stand.
    Raises MatchingInputError when someone is named twice.
    """
    if len(set(students)) != len(students):
        raise MatchingInputError("A student is in the lottery twice.")

    def ticket(student: Student) -> tuple[bytes, Student]:
        text = json.dumps([str(seed), str(student)])
        return hashlib.sha256(text.encode()).digest(), student

    return tuple(sorted(students, key=ticket))


def inputs_hash(
    preferences: Mapping[Student, Sequence[Trip]],
    seats: Mapping[Trip, int],
    priority: Mapping[Student, Number],
    tie_order: Sequence[Student] | None = None,
    feasible: Collection[Pair] | None = None,
) -> str:
    """SHA-256 (hex) over everything `match` is given, the same whatever order the mappings come in.

    Numbers are written as exact fractions, so 4, 4.0 and Decimal("4.00") count as equal.
    Raises BadPriority for a priority that is not a finite number.
    """
    for student, number in priority.items():
        _check_priority(student, number)
    frozen = {
        "preferences": sorted([student, list(trips)] for student, trips in preferences.items()),
        "seats": sorted([trip, number] for trip, number in seats.items()),
        "priority": sorted([student, str(Fraction(number))] for student, number in priority.items()),
        "tie_order": None if tie_order is None else list(tie_order),
        "feasible": None if feasible is None else sorted(list(pair) for pair in set(feasible)),
    }
    text = json.dumps(frozen, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _check_trips(
    preferences: Mapping[Student, Sequence[Trip]],
    seats: Mapping[Trip, int],
    feasible: Collection[Pair] | None,
) -> None:
    for trip, number in seats.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise NegativeSeats(f"Trip {trip}: seats must be a whole number, zero or more, not {number!r}.")
    for student, trips in preferences.items():
        for trip in trips:
            if trip not in seats:
                raise UnknownTrip(f"Student {student} ranks the trip {trip}, which has no seats row.")
        if len(set(trips)) != len(trips):
            twice = next(trip for trip in trips if list(trips).count(trip) > 1)
            raise DuplicateRank(f"Student {student} ranks the trip {twice} more than once.")
    for student, trip in feasible or ():
        if trip not in seats:
            raise UnknownTrip(f"The feasible pair ({student}, {trip}) names a trip that has no seats row.")


def _check_priority(student: Student, number: Number | None) -> None:
    if isinstance(number, float):
        usable = math.isfinite(number)
    else:
        usable = isinstance(number, int) or (isinstance(number, Decimal) and number.is_finite())
    if not usable:
        raise BadPriority(f"Student {student} has no usable priority ({number!r}).")


def _order(
    preferences: Mapping[Student, Sequence[Trip]],
    priority: Mapping[Student, Number],
    tie_order: Sequence[Student] | None,
) -> list[Student]:
    """All students, first in line first."""
    groups: dict[Number, list[Student]] = {}
    for student in preferences:
        number = priority.get(student)
        _check_priority(student, number)
        groups.setdefault(priority[student], []).append(student)
    drawn = {student: place for place, student in enumerate(tie_order or ())}
    if tie_order is not None and len(drawn) != len(tie_order):
        raise LotteryNeeded("The lottery order names a student twice.")
    for number, students in groups.items():
        missing = [student for student in students if student not in drawn]
        if len(students) > 1 and missing:
            raise LotteryNeeded(
                f"{len(students)} students share the priority {number} and the lottery order"
                f" does not cover {min(missing)}."
            )
        if len(students) > 1:
            students.sort(key=drawn.__getitem__)
    return [student for number in sorted(groups, reverse=True) for student in groups[number]]


def _open_choices(
    student: Student, trips: Sequence[Trip], seats: Mapping[Trip, int], allowed: frozenset[Pair] | None
) -> list[Trip]:
    return [trip for trip in trips if seats[trip] and (allowed is None or (student, trip) in allowed)]


def _deferred_acceptance(
    open_lists: Sequence[Sequence[Trip]], seats: Mapping[Trip, int], arrivals: Sequence[int]
) -> dict[int, Trip]:
    """Place in line -> trip. `open_lists[i]` are the trips the i-th in line can take, best first.

    People propose in the order they happen to arrive; a full trip keeps those nearest the front of the line
    and turns the others away. That order does not change the result (a property of the method, and a test).
    """
    held: dict[Trip, list[int]] = {trip: [] for trip in seats}  # heaps: the last in line on top
    proposed = [0] * len(open_lists)
    for newcomer in arrivals:
        proposer = newcomer
        while proposed[proposer] < len(open_lists[proposer]):
            trip = open_lists[proposer][proposed[proposer]]
            proposed[proposer] += 1
            if len(held[trip]) < seats[trip]:
                heapq.heappush(held[trip], -proposer)
                break
            proposer = -heapq.heappushpop(held[trip], -proposer)
    return {-place: trip for trip, heap in held.items() for place in heap}


def _report(
    preferences: Mapping[Student, Sequence[Trip]],
    seats: Mapping[Trip, int],
    priority: Mapping[Student, Number],
    order: Sequence[Student],
    seated: Mapping[int, Trip],
    allowed: frozenset[Pair] | None,
) -> Match:
    placed: dict[Student, Placed] = {}
    explanations: dict[Student, tuple[Explanation, ...]] = {}
    turned_away: dict[Trip, set[Number]] = {trip: set() for trip in seats}
    last_in: dict[Trip, Number] = {}
    shared: dict[Explanation, Explanation] = {}  # equal rows are one object: 100,000 students, few rows
    for place, student in enumerate(order):
        rows = []
        for rank, trip in enumerate(preferences[student], start=1):
            reason = _reason(student, trip, seats, seated.get(place), allowed)
            row = Explanation(trip, rank, reason)
            rows.append(shared.setdefault(row, row))
            if reason is Reason.FILLED_BY_HIGHER_PRIORITY:
                turned_away[trip].add(priority[student])
            if reason is Reason.PLACED:
                placed[student] = Placed(trip, rank)
                last_in[trip] = priority[student]
                break
        explanations[student] = tuple(rows)
    return Match(
        placed=placed,
        unplaced=tuple(student for student in order if student not in placed),
        explanations=explanations,
        cutoffs=_cutoffs(seats, seated, last_in, turned_away),
    )


def _reason(
    student: Student, trip: Trip, seats: Mapping[Trip, int], got: Trip | None, allowed: frozenset[Pair] | None
) -> Reason:
    if trip == got:
        return Reason.PLACED
    if allowed is not None and (student, trip) not in allowed:
        return Reason.NOT_FEASIBLE
    return Reason.FILLED_BY_HIGHER_PRIORITY if seats[trip] else Reason.NO_SEATS


def _cutoffs(
    seats: Mapping[Trip, int],
    seated: Mapping[int, Trip],
    last_in: Mapping[Trip, Number],
    turned_away: Mapping[Trip, set[Number]],
) -> dict[Trip, Cutoff]:
    taken = dict.fromkeys(seats, 0)
    for trip in seated.values():
        taken[trip] += 1
    cutoffs = {}
    for trip, number in seats.items():
        lowest = last_in.get(trip) if taken[trip] == number else None
        cutoffs[trip] = Cutoff(
            seats=number,
            placed=taken[trip],
            priority=lowest,
            by_lottery=lowest is not None and lowest in turned_away[trip],
        )
    return cutoffs
