"""Links readers through the files they share. Pure Python, for `applications.reading.assignment`.

Two readers who share a file can be compared on it, and two who share none can be compared through others. If a plan
falls into groups that share no file, a strict reader in one group cannot be told from weak candidates in it.

The goals, in this order: every reader who would have something to read keeps something; the readers are one group,
if possible; loads are as even as that allows. Each application keeps its number of readers, and nobody gets a file
that they must not read or more files than their cap.

Method: a read moves to a reader of another group, and further reads move from there so that loads stay even. If no
such step leads to one group with equally even loads, all plans are enumerated, if there are few enough.

A set of readers is an integer used as a bit set, as in `applications.reading.assignment`.

Source: domain reference 4.4 (severity can be estimated only where reads connect).
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice
from random import Random
from typing import Self

TRIES = 400  # for one step
WAYS = 120_000  # that are tried one by one


def groups_of(taken: Iterable[int]) -> list[int]:
    """The groups of readers linked through shared files, each as a bit set. Readers without files are in none."""
    groups: list[int] = []
    for mask in taken:
        if not mask:
            continue
        apart = []
        for group in groups:
            if group & mask:
                mask |= group
            else:
                apart.append(group)
        groups = [*apart, mask]
    return groups


def is_too_few(taken: Sequence[int], readers: int) -> bool:
    """Whether these files are too few to link this number of readers, in whatever way they are assigned."""
    return sum(max(0, mask.bit_count() - 1) for mask in taken) < readers - 1


def link(
    taken: Sequence[int], *, allowed: Sequence[int], fixed: Sequence[int], caps: Sequence[int], draw: Random
) -> list[int]:
    """The plan with reads moved so that the readers are one group; unchanged if that is impossible or not found.

    taken, allowed, fixed: per application, who reads it, who may read it, and whose reads must stay.
    """
    before = _Moves(taken, allowed, fixed, caps, draw)
    reading = sum(1 for load in before.loads if load)
    if len(groups_of(taken)) < 2 or is_too_few(taken, reading):
        return list(taken)
    as_even = before.copy()
    if as_even.join(may_cost=False):
        return as_even.taken
    best, is_sure = _best_of_all(before, reading)
    if is_sure:
        return best or list(taken)
    less_even = as_even.copy()
    return less_even.taken if less_even.join(may_cost=True) else as_even.taken


def groups_by_code(files: Iterable[Iterable[str]]) -> list[tuple[str, ...]]:
    """As `groups_of`, for codes: `files` gives the readers of each file. The largest group comes first."""
    rows = [tuple(readers) for readers in files]
    number = {code: place for place, code in enumerate(sorted({code for row in rows for code in row}))}
    codes = list(number)
    groups = groups_of(sum(1 << number[code] for code in set(row)) for row in rows)
    found = [tuple(codes[place] for place in bits(group)) for group in groups]
    return sorted(found, key=lambda group: (-len(group), group))


def shared(files: Iterable[Iterable[str]]) -> Counter[tuple[str, str]]:
    """How many files the readers of two colleges share. `files` gives the colleges of each file's readers."""
    return Counter(pair for colleges in files for pair in combinations(sorted(colleges), 2))


def bits(mask: int) -> list[int]:
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found


def _unevenness(loads: Iterable[int]) -> int:
    return sum(load * load for load in loads)


class _Moves:
    """A plan whose reads can be moved."""

    def __init__(
        self,
        taken: Sequence[int],
        allowed: Sequence[int],
        fixed: Sequence[int],
        caps: Sequence[int],
        draw: Random,
    ) -> None:
        self.taken, self.allowed, self.fixed, self.caps, self.draw = list(taken), allowed, fixed, caps, draw
        self.loads = [0] * len(caps)
        for mask in taken:
            for reader in bits(mask):
                self.loads[reader] += 1

    def copy(self) -> Self:
        return type(self)(self.taken, self.allowed, self.fixed, self.caps, self.draw)

    def join(self, *, may_cost: bool) -> bool:
        """Move reads step by step until the readers are one group. `may_cost`: loads may become less even, by as little
        as possible."""
        while len(groups_of(self.taken)) > 1:
            after = self._best_step(may_cost)
            if after is None:
                return False
            self.taken, self.loads = after.taken, after.loads
        return True

    def _best_step(self, may_cost: bool) -> Self | None:
        groups, even = groups_of(self.taken), _unevenness(self.loads)
        best: tuple[int, Self] | None = None
        for application, giver, taker in islice(self._outward(groups), TRIES):
            after = self.copy()
            after._shift(application, giver, taker)
            after._pass_on(application, taker)
            keeps_everyone = all(load or not before for load, before in zip(after.loads, self.loads, strict=True))
            is_lawful = after.loads[taker] <= self.caps[taker] and (keeps_everyone or after._as_many_as(self))
            if not is_lawful or len(groups_of(after.taken)) >= len(groups):
                continue
            cost = _unevenness(after.loads) - even
            if cost <= 0:
                return after
            if may_cost and (best is None or cost < best[0]):
                best = (cost, after)
        return best[1] if best else None

    def _as_many_as(self, other: Self) -> bool:
        return sum(map(bool, self.loads)) >= sum(map(bool, other.loads))

    def _outward(self, groups: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """(application, its reader, a reader of another group who could take it), in random order."""
        order = list(range(len(self.taken)))
        self.draw.shuffle(order)
        for application in order:
            taken = self.taken[application]
            own = next((group for group in groups if group & taken), 0)
            takers = bits(self.allowed[application] & ~own)
            for giver in bits(taken & ~self.fixed[application]):
                for taker in takers:
                    yield application, giver, taker

    def _shift(self, application: int, giver: int, taker: int) -> None:
        self.taken[application] ^= 1 << giver | 1 << taker
        self.loads[giver] -= 1
        self.loads[taker] += 1

    def _pass_on(self, kept: int, start: int) -> None:
        """Move reads on from `start` to the least loaded reader, along readers who can take them over."""
        came_from: dict[int, tuple[int, int]] = {}
        seen, queue = 1 << start, deque([start])
        reads = self._reads_by_reader(kept)
        while queue:
            reader = queue.popleft()
            for application in reads.get(reader, ()):
                new = self.allowed[application] & ~self.taken[application] & ~seen
                seen |= new
                for number in bits(new):
                    came_from[number] = (reader, application)
                    queue.append(number)
        ends = [number for number in came_from if self.loads[number] < self.caps[number]]
        least = min((self.loads[number] for number in ends), default=self.loads[start])
        if least + 1 >= self.loads[start] and self.loads[start] <= self.caps[start]:
            return
        if not ends:
            return
        reader = self.draw.choice([number for number in ends if self.loads[number] == least])
        while reader != start:
            giver, application = came_from[reader]
            self._shift(application, giver, reader)
            reader = giver

    def _reads_by_reader(self, kept: int) -> dict[int, list[int]]:
        reads: dict[int, list[int]] = {}
        for application, mask in enumerate(self.taken):
            if application != kept:
                for reader in bits(mask & ~self.fixed[application]):
                    reads.setdefault(reader, []).append(application)
        return reads


type _State = tuple[tuple[int, ...], tuple[int, ...]]  # loads, groups


def _best_of_all(plan: _Moves, reading: int) -> tuple[list[int] | None, bool]:
    """The most even plan that is one group, and whether all plans were enumerated.

    Plans with the same loads and groups count as one, so a few applications have few plans.
    """
    steps = 0
    start: _State = ((0,) * len(plan.caps), ())
    layers: list[dict[_State, tuple[_State, int]]] = [{start: (start, 0)}]
    for application, taken in enumerate(plan.taken):
        fixed = plan.fixed[application]
        free = bits(plan.allowed[application] & ~fixed)
        plan.draw.shuffle(free)
        choices = [
            fixed | sum(1 << reader for reader in chosen)
            for chosen in islice(combinations(free, taken.bit_count() - fixed.bit_count()), WAYS)
        ]
        steps += len(layers[-1]) * len(choices)
        if steps > WAYS:
            return None, False
        layers.append(_next_layer(layers[-1], choices, plan.caps))
    ends = [state for state in layers[-1] if len(state[1]) == 1 and sum(map(bool, state[0])) >= reading]
    if not ends:
        return None, True
    state = min(ends, key=lambda each: _unevenness(each[0]))
    chosen = []
    for layer in reversed(layers[1:]):
        state, mask = layer[state]
        chosen.append(mask)
    return chosen[::-1], True


def _next_layer(
    layer: Iterable[_State], choices: Sequence[int], caps: Sequence[int]
) -> dict[_State, tuple[_State, int]]:
    after: dict[_State, tuple[_State, int]] = {}
    for state in layer:
        loads, groups = state
        for mask in choices:
            new_loads = tuple(load + (mask >> reader & 1) for reader, load in enumerate(loads))
            if all(load <= cap for load, cap in zip(new_loads, caps, strict=True)):
                key = (new_loads, tuple(sorted(groups_of((*groups, mask)))))
                after.setdefault(key, (state, mask))
    return after
