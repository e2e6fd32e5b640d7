"""Decides who goes to which trip by student-proposing deferred acceptance. Pure Python: no database, no Django.

Students rank trips and trips have seats. When a trip is full, one order of students decides (by priority, with ties
broken by one recorded lottery for all trips; or by that lottery alone). The result is stable: nobody misses a trip
they prefer while someone behind them in the order has a seat there, except seats that are kept for groups
(`travel.placement.seats` says who fills those). Ranking in one's true order is always safe.

A ranking may hold the line STAY_HOME: no trip below it is ever given.

Anyone can check a placement: the same inputs (`inputs_hash`) give the same result, in whatever order they
are passed, and `lottery_order` can be repeated with any SHA-256 tool.

Source: domain reference 5.2 (deferred acceptance, ties broken once), 5.3 (kept seats, one person fills one) and
5.5 (what each student is told).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from travel.placement.matching_inputs import (
    STAY_HOME,
    BadKeptSeats,
    BadPriority,
    BadSitting,
    DuplicateRank,
    Kept,
    LotteryNeeded,
    MatchingInputError,
    NegativeSeats,
    Number,
    Pair,
    Placed,
    Student,
    Trip,
    UnknownTrip,
    check_kept,
    check_priority,
    check_trips,
    inputs_hash,
    inputs_text,
    lottery_order,
    mark_of,
)
from travel.placement.seats import Group, KeptSeats, OpenSeats

__all__ = [
    "STAY_HOME",
    "BadKeptSeats",
    "BadPriority",
    "BadSitting",
    "Cutoff",
    "DuplicateRank",
    "Explanation",
    "LotteryNeeded",
    "Match",
    "MatchingInputError",
    "NegativeSeats",
    "Placed",
    "Reason",
    "UnknownTrip",
    "inputs_hash",
    "inputs_text",
    "lottery_order",
    "mark_of",
    "match",
]


class Reason(StrEnum):
    PLACED = "placed"
    FILLED_BY_HIGHER_PRIORITY = "filled_by_higher_priority"
    FILLED_WITH_KEPT_SEATS = "filled_with_kept_seats"  # somebody behind them has a seat that is kept for a group
    TAKEN_BEFORE = "taken_before"  # somebody behind them already had a seat there
    NOT_FEASIBLE = "not_feasible"
    NO_SEATS = "no_seats"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a student did or didn't get one trip of their list. `rank` counts from 1."""

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
    priority: Mapping[Student, Number] | None,
    tie_order: Sequence[Student] | None = None,
    feasible: Collection[Pair] | None = None,
    *,
    groups: Mapping[Student, Collection[Group]] | None = None,
    kept: Kept | None = None,
    sitting: Mapping[Student, Trip] | None = None,
) -> Match:
    """Place students on trips.

    preferences: student -> trips, best first; a trip left out, or below STAY_HOME, is one they would rather not take.
    seats: trip -> how many. priority: student -> number, higher first; students not in `preferences` are ignored; None
    for no priority at all, so that the lottery is the order. tie_order: `lottery_order(...)`, may be None
    when no two students share a priority. feasible: the (student, trip) pairs that are possible, None for all.
    groups, kept: who is in which groups, and how many seats each trip keeps for them.
    sitting: seats that students already have; they keep them unless they get a trip that they rank higher.

    Raises a MatchingInputError that names the wrong row. Cost: one heap step per trip proposed to; where seats are
    kept, one step for each of those.
    """
    wanted = {student: _above_home(trips) for student, trips in preferences.items()}
    check_trips(preferences, seats, feasible)
    check_kept(kept or {}, seats)
    order = _order(preferences, priority, tie_order)
    allowed = None if feasible is None else frozenset(feasible)
    sits = sitting or {}
    open_lists = [_open_choices(student, wanted[student], seats, allowed, sits.get(student)) for student in order]
    place_of = {student: place for place, student in enumerate(order)}
    _check_sitting(sits, open_lists, place_of)
    there = _seats_of(seats, kept or {}, groups or {}, order, sits, place_of)
    _deferred_acceptance(open_lists, there, [place_of[student] for student in preferences])
    return _Report(wanted, seats, priority, order, there, allowed, sits).match()


def _check_sitting(
    sitting: Mapping[Student, Trip], open_lists: Sequence[Sequence[Trip]], place_of: Mapping[Student, int]
) -> None:
    for student, trip in sitting.items():
        if student not in place_of or trip not in open_lists[place_of[student]]:
            raise BadSitting(f"Student {student} sits on the trip {trip}, which is not in their ranking.")


def _order(
    preferences: Mapping[Student, Sequence[Trip]],
    priority: Mapping[Student, Number] | None,
    tie_order: Sequence[Student] | None,
) -> list[Student]:
    """All students in order, first in line first."""
    groups: dict[Number, list[Student]] = {}
    for student in preferences:
        number = 0 if priority is None else priority.get(student)
        check_priority(student, number)
        groups.setdefault(0 if priority is None else priority[student], []).append(student)
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


def _above_home(trips: Sequence[Trip]) -> Sequence[Trip]:
    return trips[: list(trips).index(STAY_HOME)] if STAY_HOME in trips else trips


def _open_choices(
    student: Student,
    trips: Sequence[Trip],
    seats: Mapping[Trip, int],
    allowed: frozenset[Pair] | None,
    sits: Trip | None,
) -> list[Trip]:
    """The trips this student proposes to, in order. A seat they have stays theirs, whatever was decided since."""
    if sits is None:
        return [trip for trip in trips if seats[trip] and (allowed is None or (student, trip) in allowed)]
    upward = list(trips[: trips.index(sits) + 1]) if sits in trips else []
    return [
        trip for trip in upward if trip == sits or (seats[trip] and (allowed is None or (student, trip) in allowed))
    ]


def _seats_of(
    seats: Mapping[Trip, int],
    kept: Kept,
    groups: Mapping[Student, Collection[Group]],
    order: Sequence[Student],
    sitting: Mapping[Student, Trip],
    place_of: Mapping[Student, int],
) -> dict[Trip, OpenSeats | KeptSeats]:
    groups_of = [tuple(sorted(groups.get(student, ()))) for student in order] if kept else [()] * len(order)
    on_trip: dict[Trip, list[int]] = {}
    for student, trip in sitting.items():
        on_trip.setdefault(trip, []).append(place_of[student])
    return {
        trip: KeptSeats(number, kept.get(trip, {}), groups_of, on_trip.get(trip, ()))
        if kept.get(trip) or trip in on_trip
        else OpenSeats(number)
        for trip, number in seats.items()
    }


def _deferred_acceptance(
    open_lists: Sequence[Sequence[Trip]], there: Mapping[Trip, OpenSeats | KeptSeats], arrivals: Sequence[int]
) -> None:
    """`open_lists[i]` are the trips the i-th in line can take, best first.

    Students propose in the order they arrive; a trip without a free seat rejects somebody, who proposes to the next on
    their list. The order of arrival doesn't change the result (a property of the method, and a test).
    """
    asked = [0] * len(open_lists)
    for newcomer in arrivals:
        place: int | None = newcomer
        while place is not None and asked[place] < len(open_lists[place]):
            trip = open_lists[place][asked[place]]
            asked[place] += 1
            place = there[trip].ask(place)


class _Report:
    """Builds the Match from the assignment: seats, explanations and cutoffs."""

    def __init__(
        self,
        wanted: Mapping[Student, Sequence[Trip]],
        seats: Mapping[Trip, int],
        priority: Mapping[Student, Number] | None,
        order: Sequence[Student],
        there: Mapping[Trip, OpenSeats | KeptSeats],
        allowed: frozenset[Pair] | None,
        sitting: Mapping[Student, Trip],
    ) -> None:
        self.wanted, self.seats, self.priority, self.order = wanted, seats, priority, order
        self.allowed = allowed
        people = {trip: each.people() for trip, each in there.items()}
        self.seated = {place: trip for trip, places in people.items() for place in places}
        self.taken = {trip: len(places) for trip, places in people.items()}
        # the last in line on each trip: of all, and of those who had no seat there before
        self.last = {trip: max(places, default=-1) for trip, places in people.items()}
        self.last_new = {
            trip: max((place for place in places if sitting.get(order[place]) != trip), default=-1)
            for trip, places in people.items()
        }
        self.turned_away: dict[Trip, set[Number]] = {trip: set() for trip in seats}

    def match(self) -> Match:
        placed: dict[Student, Placed] = {}
        explanations: dict[Student, tuple[Explanation, ...]] = {}
        shared: dict[
            Explanation, Explanation
        ] = {}  # equal rows share one object: 100,000 students have few different rows
        for place, student in enumerate(self.order):
            rows = []
            for rank, trip in enumerate(self.wanted[student], start=1):
                reason = self._reason(place, student, trip)
                row = Explanation(trip, rank, reason)
                rows.append(shared.setdefault(row, row))
                if reason is Reason.PLACED:
                    placed[student] = Placed(trip, rank)
                    break
                if reason not in (Reason.NOT_FEASIBLE, Reason.NO_SEATS):
                    self.turned_away[trip].add(self._number(student))
            explanations[student] = tuple(rows)
        return Match(
            placed=placed,
            unplaced=tuple(student for student in self.order if student not in placed),
            explanations=explanations,
            cutoffs={trip: self._cutoff(trip) for trip in self.seats},
        )

    def _reason(self, place: int, student: Student, trip: Trip) -> Reason:
        if trip == self.seated.get(place):
            return Reason.PLACED
        if self.allowed is not None and (student, trip) not in self.allowed:
            return Reason.NOT_FEASIBLE
        if not self.seats[trip]:
            return Reason.NO_SEATS
        if place < self.last_new[trip]:
            return Reason.FILLED_WITH_KEPT_SEATS
        return Reason.TAKEN_BEFORE if place < self.last[trip] else Reason.FILLED_BY_HIGHER_PRIORITY

    def _number(self, student: Student) -> Number:
        return 0 if self.priority is None else self.priority[student]

    def _cutoff(self, trip: Trip) -> Cutoff:
        is_full = self.taken[trip] >= self.seats[trip] and self.taken[trip] > 0
        lowest = self._number(self.order[self.last[trip]]) if is_full else None
        return Cutoff(
            seats=self.seats[trip],
            placed=self.taken[trip],
            priority=lowest,
            by_lottery=lowest is not None and lowest in self.turned_away[trip],
        )
