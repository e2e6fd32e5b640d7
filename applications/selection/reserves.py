"""Reserves: seats kept for groups as soft floors. Chooses the best set of candidates that fills them, and its price.

Pure; integer programs find the sets (docs/adr/0015). The rules:

- Without floors, the seats go to the highest scores; equal scores are ordered by `order` (a lottery's), then by code.
- A floor keeps seats for a group. A person counts in every group they are in, so one seat can fill two floors.
- Floors are filled in the order in which they were set: each as far as the earlier ones leave room, and as far as
  there are people with at least the minimum score. So floors never make the choice impossible.
- Of all sets that fill the floors, the one with the highest sum of scores is chosen; of those with the same sum, the
  one that has the person higher on the list where two sets first differ.
- The price of a floor is the sum of scores that is lost when it is added to the earlier ones. So prices are never
  negative, and they add up to the price of all floors.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from math import gcd

from exchange.base.integer_program import Program, Unproven

UNIT = 1000  # scores are integers in thousandths, so that sums are exact
SECONDS = 3.0  # for all questions of one choice; a page waits for it
BLOCK = 15  # people whose places on the list one question compares: more would need numbers too large for a solver


class TooHardError(ValueError):
    """No best set could be proven in time, so a person has to reserve seats for fewer groups."""


@dataclass(frozen=True, slots=True)
class Member:
    """`score`: None gets no seat. `order`: among equal scores, the lowest comes first (the place in a draw)."""

    code: str
    score: float | None
    groups: frozenset[str] = frozenset()
    order: int = 0

    @property
    def units(self) -> int:
        return round((self.score or 0) * UNIT)


def in_order(members: Iterable[Member]) -> list[Member]:
    """The members with a score, from the highest to the lowest."""
    return sorted(members, key=lambda each: (-each.units, each.order, each.code))


@dataclass(frozen=True, slots=True)
class Floor:
    group: str
    seats: int


@dataclass(frozen=True, slots=True)
class FloorEntry:
    """Somebody who has a seat because of floors. `groups`: their groups that would have been short."""

    code: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """One floor: how many of the group would have a seat without floors, how many have one, and at what price."""

    group: str
    seats: int
    without: int
    with_floors: int
    price: float

    @property
    def short(self) -> int:
        return max(0, self.seats - self.with_floors)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`chosen`, and `plain` (chosen without floors), from the highest score to the lowest. Neither has `taken`."""

    chosen: tuple[str, ...]
    plain: tuple[str, ...]
    enters: tuple[FloorEntry, ...]
    leaves: tuple[str, ...]
    floors: tuple[Filled, ...]
    total: float
    plain_total: float
    waiting: tuple[str, ...]  # all others with at least the minimum, from the highest score to the lowest

    @property
    def price(self) -> float:
        return round(self.plain_total - self.total, 3)


class Why(StrEnum):
    NEXT = "next"  # first on the waiting list
    FLOOR = "floor"  # the first of a group that is short


@dataclass(frozen=True, slots=True)
class Promotion:
    """Who gets the next free seat. `group`: the floor for which others were passed over, else ""."""

    code: str
    reason: Why
    group: str = ""


def choose(
    members: Iterable[Member],
    *,
    seats: int,
    floors: Sequence[Floor] = (),
    taken: Collection[Member] = (),
    minimum: float | None = None,
) -> Outcome:
    """Choose for `seats` in total. `taken`: people who have a seat already; they count in the floors."""
    ranked = in_order(each for each in members if each.score is not None and (minimum is None or each.score >= minimum))
    free = min(max(0, seats - len(taken)), len(ranked))
    plain = frozenset(range(free))
    chosen, prices = _fill(ranked, free, _owed(floors, taken))
    short = [floor for floor in floors if _count(floor.group, taken) + _among(ranked, plain, floor) < floor.seats]
    return Outcome(
        chosen=tuple(ranked[place].code for place in sorted(chosen)),
        plain=tuple(ranked[place].code for place in sorted(plain)),
        enters=tuple(
            FloorEntry(ranked[place].code, tuple(floor.group for floor in short if floor.group in ranked[place].groups))
            for place in sorted(chosen - plain)
        ),
        leaves=tuple(ranked[place].code for place in sorted(plain - chosen)),
        floors=tuple(
            Filled(
                group=floor.group,
                seats=floor.seats,
                without=_count(floor.group, taken) + _among(ranked, plain, floor),
                with_floors=_count(floor.group, taken) + _among(ranked, chosen, floor),
                price=price / UNIT,
            )
            for floor, price in zip(floors, prices, strict=True)
        ),
        total=_sum(ranked, chosen) / UNIT,
        plain_total=_sum(ranked, plain) / UNIT,
        waiting=tuple(each.code for place, each in enumerate(ranked) if place not in chosen),
    )


def next_in(
    taken: Collection[Member], waiting: Sequence[Member], floors: Sequence[Floor], seats: int
) -> Promotion | None:
    """Who on the waiting list gets the next free seat; None if no seat is free or nobody waits.

    All free seats are filled at once by the rules above, with the place on the list as the score, and the first of
    those chosen is next. So nobody is passed over while there are still enough seats for the floors.
    """
    by_place = [Member(each.code, float(len(waiting) - place), each.groups) for place, each in enumerate(waiting)]
    try:
        found = choose(by_place, seats=seats, floors=floors, taken=taken)
    except TooHardError:  # filling one seat after the other is always quick
        found = choose(by_place, seats=min(seats, len(taken) + 1), floors=floors, taken=taken)
    if not found.chosen:
        return None
    code = found.chosen[0]
    if code == waiting[0].code:
        return Promotion(code, Why.NEXT)
    # others were passed over for somebody of a short group: this person, or a later one
    groups = next((entry.groups for entry in found.enters if entry.code == code), found.enters[0].groups)
    return Promotion(code, Why.FLOOR, groups[0])


def _owed(floors: Sequence[Floor], taken: Collection[Member]) -> list[Floor]:
    return [Floor(floor.group, max(0, floor.seats - _count(floor.group, taken))) for floor in floors]


def _count(group: str, members: Iterable[Member]) -> int:
    return sum(group in each.groups for each in members)


def _among(ranked: Sequence[Member], places: Iterable[int], floor: Floor) -> int:
    return _count(floor.group, (ranked[place] for place in places))


def _sum(ranked: Sequence[Member], places: Iterable[int]) -> int:
    return sum(ranked[place].units for place in places)


def _fill(ranked: Sequence[Member], free: int, floors: Sequence[Floor]) -> tuple[frozenset[int], list[int]]:
    """The places on the list that get a seat, and the price of each floor in units. Raises TooHardError."""
    chosen, prices, search = frozenset(range(free)), [], None
    everyone = range(len(ranked))
    try:
        for number, floor in enumerate(floors):
            before = _sum(ranked, chosen)
            if search is None and _among(ranked, chosen, floor) < min(floor.seats, _among(ranked, everyone, floor)):
                search = _Search(ranked, free, floors)
                for earlier in floors[:number]:
                    search.keep(earlier, chosen)
            if search is not None:
                search.keep(floor, chosen)
                if _among(ranked, chosen, floor) < floor.seats:
                    chosen = search.highest()
            prices.append(before - _sum(ranked, chosen))
        return (search.first_on_the_list(chosen) if search else chosen), prices
    except Unproven as error:
        raise TooHardError from error


class _Search:
    """Finds `free` people of the list by an integer program, in which each of them is one choice.

    People in the same groups are of one kind, and of a kind those who come first on the list are taken first.
    """

    def __init__(self, ranked: Sequence[Member], free: int, floors: Iterable[Floor]) -> None:
        self.ranked, self.free = ranked, free
        counted = {floor.group for floor in floors}
        self.kinds = [each.groups & counted for each in ranked]
        seen = Counter[frozenset[str]]()
        self.program = Program(SECONDS)
        self.choice: dict[int, int] = {}
        for place, kind in enumerate(self.kinds):
            seen[kind] += 1
            if seen[kind] <= free:
                self.choice[place] = self.program.number()
        self.program.rule(dict.fromkeys(self.choice.values(), 1), least=free, most=free)
        unit = gcd(*(each.units for each in ranked)) or 1
        self.worth = {choice: ranked[place].units // unit for place, choice in self.choice.items()}

    def keep(self, floor: Floor, chosen: frozenset[int]) -> None:
        """Keep a floor's seats, as far as those kept before leave room. `chosen`: a set that keeps those."""
        kept = self.program.number(floor.seats)
        inside = {choice: 1 for place, choice in self.choice.items() if floor.group in self.kinds[place]}
        self.program.rule({kept: -1, **inside}, least=0)
        is_full = _among(self.ranked, chosen, floor) >= floor.seats
        self.program.fix({kept: floor.seats if is_full else self.program.best({kept: 1})[kept]})

    def highest(self) -> frozenset[int]:
        """The places of a set with the highest sum of scores."""
        return self._places(self.program.best(self.worth))

    def first_on_the_list(self, chosen: frozenset[int]) -> frozenset[int]:
        """Of the sets with the same sum, the one with the person higher on the list where two sets first differ."""
        self.program.settle(self.worth, sum(self.worth[self.choice[place]] for place in chosen))
        undecided = sorted(self.choice)
        while undecided:
            inside = list(takewhile(chosen.__contains__, undecided))
            self._fix(inside, chosen)
            asked = undecided[len(inside) : len(inside) + BLOCK]
            if asked:
                goal = {self.choice[place]: 1 << number for number, place in enumerate(reversed(asked))}
                chosen = self._places(self.program.best(goal))
                self._fix(asked, chosen)
            passed_over = {self.kinds[place] for place in asked if place not in chosen}
            rest = undecided[len(inside) + BLOCK :]
            undecided = [place for place in rest if self.kinds[place] not in passed_over]
        return chosen

    def _fix(self, places: Iterable[int], chosen: frozenset[int]) -> None:
        self.program.fix({self.choice[place]: int(place in chosen) for place in places})

    def _places(self, values: Sequence[int]) -> frozenset[int]:
        return frozenset(place for place, choice in self.choice.items() if values[choice])
