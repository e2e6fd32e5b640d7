"""Reserves: seats kept for groups as soft floors. Chooses the best set of candidates that fills them, and its price.

Pure. The rules:

- Without floors, the seats go to the highest scores; equal scores are ordered by `order` (a lottery's), then by code.
- A floor keeps seats for a group. A person counts in every group they are in, so one seat can fill two floors.
- Floors are filled in the order in which they were set: each as far as the earlier ones leave room, and as far as
  there are people with at least the minimum score. So floors never make the choice impossible.
- Of all sets that fill the floors, the one with the highest sum of scores is chosen; of those with the same sum, the
  one that has the person higher on the list where two sets first differ.
- The price of a floor is the sum of scores that is lost when it is added to the earlier ones. So prices are never
  negative, and they add up to the price of all floors.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from applications.selection.reserve_search import Person, Search, TooHardError

UNIT = 1000  # scores are integers in thousandths, so that sums are exact


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
    """The places on the list that get a seat, and the price of each floor in units."""
    chosen, prices, least = frozenset(range(free)), [], dict[int, int]()
    search = None
    for number, floor in enumerate(floors):
        before, has = _sum(ranked, chosen), _among(ranked, chosen, floor)
        least[number] = min(floor.seats, free, _among(ranked, range(len(ranked)), floor))
        if has < least[number]:
            search = search or Search(_people(ranked, floors), free)
            while least[number] > has and not search.can_fill(least):
                least[number] -= 1
            chosen = search.find(least)
        prices.append(before - _sum(ranked, chosen))
    return chosen, prices


def _people(ranked: Sequence[Member], floors: Sequence[Floor]) -> list[Person]:
    return [
        Person(
            place, each.units, frozenset(number for number, floor in enumerate(floors) if floor.group in each.groups)
        )
        for place, each in enumerate(ranked)
    ]
