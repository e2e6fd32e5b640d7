"""The search behind `applications.selection.reserves`: a given number of people with the highest sum of scores, and
enough of each group.

Pure, with integers, so that the result is exact and another program finds the same one. People with the same groups
are of one kind, and of a kind the highest are always taken first; so the search decides how many of each kind. It
branches over one kind after the other and bounds: a partial solution is dropped once even the best completion is
below the value that must be reached. The bound pays a bonus for each group (a Lagrangian relaxation); that makes the
search fast.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

STEP, STEPS = 400, 300  # subgradient steps for the bound: the first one in units of worth, and how many
LABELS_MAX = 150_000  # partial solutions to examine; more would take minutes


class TooHardError(ValueError):
    """There are too many overlapping groups to find the best set in reasonable time."""


type Counts = tuple[int, ...]
type Label = tuple[int, tuple[int, Counts] | None, int]  # value so far, the state before, how many of this kind


@dataclass(frozen=True, slots=True)
class Person:
    """`place`: in the ranked list, from 0; of two with the same worth, the one with the smaller place comes first."""

    place: int
    worth: int
    groups: frozenset[int]  # the numbers of the groups with a floor


class Search:
    """Chooses `free` of the `people`, who are in the order of the list. Groups are the keys of `find`'s `least`."""

    def __init__(self, people: Sequence[Person], free: int) -> None:
        self.free = free
        kinds: defaultdict[tuple[int, ...], list[Person]] = defaultdict(list)
        for person in people:
            kinds[tuple(sorted(person.groups))].append(person)
        self.names = sorted(kinds)
        self.kinds = [kinds[name][:free] for name in self.names]

    # --- whether it can be done at all --------------------------------------------------------------

    def can_fill(self, least: Mapping[int, int]) -> bool:
        """Whether these numbers of all groups fit into the seats at once."""
        if self._needed_if_greedy(least) <= self.free:
            return True
        layer: dict[Counts, int] = {tuple(least.values()): 0}
        for name, people in zip(self.names, self.kinds, strict=True):
            bits = [int(group in name) for group in least]
            if not any(bits):
                continue
            after: dict[Counts, int] = {}
            for owed, used in layer.items():
                for taken in range(min(len(people), self.free - used) + 1):
                    left = tuple(max(0, each - taken * bit) for each, bit in zip(owed, bits, strict=True))
                    after[left] = min(after.get(left, self.free), used + taken)
                    if not any(each and bit for each, bit in zip(left, bits, strict=True)):
                        break
            layer = after
        return any(not any(owed) for owed in layer)

    def _needed_if_greedy(self, least: Mapping[int, int]) -> int:
        """How many seats it takes if each time a person in most of the short groups is taken."""
        owed, stock = Counter(least), [len(people) for people in self.kinds]
        used = 0
        while +owed:
            gains = [
                sum(owed[group] > 0 for group in name) if left else 0
                for name, left in zip(self.names, stock, strict=True)
            ]
            best = max(range(len(gains)), key=gains.__getitem__, default=0)
            if not gains or not gains[best]:
                return self.free + 1
            stock[best] -= 1
            used += 1
            owed.subtract(self.names[best])
        return used

    # --- the best ------------------------------------------------------------------------------------

    def find(self, least: Mapping[int, int]) -> frozenset[int]:
        """The places of the best set. Call it only if `can_fill`.

        Of sets with equal sums, the one that has the higher place where two sets first differ: for that, the values
        have a bit for each place below the bits of the worth.
        """
        people = sorted((person for kind in self.kinds for person in kind), key=lambda each: each.place)
        shift = len(people)
        bit = {person.place: 1 << (shift - 1 - number) for number, person in enumerate(people)}
        bonus = {group: amount << shift for group, amount in self._bonuses(people, least).items()}
        values = [[(each.worth << shift) + bit[each.place] for each in kind] for kind in self.kinds]
        walk = _Walk(self.names, values, self.free, least, bonus)
        slack = 1
        while (taken := walk.run(walk.bound - (slack << shift))) is None:
            slack *= 2
        return frozenset(each.place for kind, number in zip(self.kinds, taken, strict=True) for each in kind[:number])

    def _bonuses(self, people: Sequence[Person], least: Mapping[int, int]) -> dict[int, int]:
        """The bonus of each group with which the highest sums fill the groups. The lower the bound, the better.

        Found first for one group after the other, then for all together in small steps.
        """
        paid = _Paid(people, least, self.free)
        bonus = dict.fromkeys(least, 0)
        highest = 2 * max((person.worth for person in people), default=0) + 1
        for _round in range(3):
            before = dict(bonus)
            for group in least:
                low, high = 0, highest
                while low < high:
                    bonus[group] = middle = (low + high) // 2
                    if paid.over(bonus)[group] >= 0:
                        high = middle
                    else:
                        low = middle + 1
                bonus[group] = low
            if bonus == before:
                break
        return paid.lowered(bonus) if len(least) > 1 else bonus


class _Paid:
    """The seats given to the highest worth plus bonuses: the resulting bound, and how it fills the groups."""

    def __init__(self, people: Sequence[Person], least: Mapping[int, int], free: int) -> None:
        self.free, self.least = free, least
        self.people = [(person.worth, [group for group in least if group in person.groups]) for person in people]

    def _top(self, bonus: Mapping[int, int]) -> list[tuple[int, list[int]]]:
        with_bonus = [(worth + sum(bonus[group] for group in groups), groups) for worth, groups in self.people]
        return sorted(with_bonus, key=lambda each: (-each[0], -len(each[1])))[: self.free]

    def over(self, bonus: Mapping[int, int]) -> dict[int, int]:
        counts = Counter(group for _worth, groups in self._top(bonus) for group in groups)
        return {group: counts[group] - wanted for group, wanted in self.least.items()}

    def lowered(self, bonus: dict[int, int]) -> dict[int, int]:
        """Better bonuses, by subgradient steps of decreasing length: the best of all that were tried."""
        best, lowest, tried, step = bonus, None, bonus, STEP
        for number in range(STEPS):
            top = self._top(tried)
            bound = sum(worth for worth, _groups in top)
            bound -= sum(tried[group] * wanted for group, wanted in self.least.items())
            if lowest is None or bound < lowest:
                best, lowest = tried, bound
            elif number % 20 == 0:
                step, tried = step * 2 // 3, best
            over = self.over(tried)
            length = sum(each * each for each in over.values()) ** 0.5
            if not length or not step:
                break
            tried = {group: max(0, round(tried[group] - step * over[group] / length)) for group in tried}
        return best


class _Walk:
    """The branch-and-bound search over one kind after the other. `values`: of each kind, from high to low."""

    def __init__(
        self,
        names: Sequence[tuple[int, ...]],
        values: Sequence[Sequence[int]],
        free: int,
        least: Mapping[int, int],
        bonus: Mapping[int, int],
    ) -> None:
        self.free, self.least = free, tuple(least.values())
        self.bonus = tuple(bonus[group] for group in least)
        self.bits = [tuple(int(group in name) for group in least) for name in names]
        self.sums = [[0, *accumulate(kind)] for kind in values]
        # for the kinds from each one on: the highest sums with bonuses, and how many people each group has
        self.rest: list[list[int]] = [[0]]
        self.stock: list[Counts] = [tuple(0 for _group in least)]
        top: list[int] = []
        for kind, bits in zip(reversed(values), reversed(self.bits), strict=True):
            extra = self._paid(bits)
            top = sorted([*top, *(value + extra for value in kind)], reverse=True)[:free]
            self.rest.append([0, *accumulate(top)])
            self.stock.append(tuple(have + len(kind) * bit for have, bit in zip(self.stock[-1], bits, strict=True)))
        self.rest.reverse()
        self.stock.reverse()
        self.bound = self._best_after(0, free, self.least) or 0

    def _paid(self, counts: Sequence[int]) -> int:
        return sum(bonus * count for bonus, count in zip(self.bonus, counts, strict=True))

    def _best_after(self, kind: int, seats: int, owed: Counts) -> int | None:
        """An upper bound for the value of the kinds from this one on; None if they cannot fill the groups' needs."""
        if seats >= len(self.rest[kind]) or any(map(int.__gt__, owed, self.stock[kind])):
            return None
        return self.rest[kind][seats] - self._paid(owed)

    def run(self, least_value: int) -> list[int] | None:
        """How many to take of each kind, with at least this value; None if there is no such solution."""
        layers: list[dict[tuple[int, Counts], Label]] = [{(0, self.least): (0, None, 0)}]
        looked_at = 0
        for kind in range(len(self.sums)):
            after: dict[tuple[int, Counts], Label] = {}
            for state, (value, _before, _number) in layers[-1].items():
                self._extend(kind, state, value, least_value, after)
            layers.append(after)
            looked_at += len(after)
            if looked_at > LABELS_MAX:
                raise TooHardError
        state = (self.free, tuple(0 for _group in self.least))
        if state not in layers[-1]:
            return None
        taken = []
        for layer in reversed(layers[1:]):
            _value, before, number = layer[state]
            taken.append(number)
            state = before or state
        return taken[::-1]

    def _extend(
        self,
        kind: int,
        state: tuple[int, Counts],
        value: int,
        least_value: int,
        after: dict[tuple[int, Counts], Label],
    ) -> None:
        """Each number of this kind with which `least_value` can still be reached. The reachable value rises with the
        number, then falls."""
        used, owed = state
        reached: int | None = None
        for number in range(min(len(self.sums[kind]) - 1, self.free - used) + 1):
            left = tuple(max(0, each - number * bit) for each, bit in zip(owed, self.bits[kind], strict=True))
            follows = self._best_after(kind + 1, self.free - used - number, left)
            if follows is None:
                continue
            worth = value + self.sums[kind][number]
            if worth + follows < least_value:
                if reached is not None and worth + follows < reached:
                    break
                reached = worth + follows
                continue
            reached = worth + follows
            there = after.get((used + number, left))
            if there is None or there[0] < worth:
                after[used + number, left] = (worth, state, number)
