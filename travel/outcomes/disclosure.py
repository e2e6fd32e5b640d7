"""Which figures may be shown when groups are small. Pure Python: no database, no Django.

Counts from 1 to threshold - 1 are hidden (zero may show), totals included. Then further cells are hidden, so
that subtraction from what is shown tells no more about a hidden small count than that it is small:

* each hidden small count could be any number from 1 to threshold - 1, as far as the shown figures say
  (a total can go no lower than the number of its cells that are not zero);
* no hidden figure at all, small or large, follows exactly from the shown ones.

The reader is taken to know the threshold and that zeros are never hidden. All hidden figures are None alike:
a different mark for "small" and "hidden to protect another" would undo the protection.

What one table hides, another can give away: hide a total everywhere once it is hidden here, and build every
table and export of a report from the same rows.

Source: domain reference 6.6 (threshold as data, complementary cells, rates coded at the ends).
Method: the table with its totals is a network of flows; a cell is safe when enough flow can be sent around
it over hidden cells (complementary suppression by cheapest paths, then cells not needed are shown again).
"""

import heapq
import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ProtectedTable[R: Hashable, C: Hashable]:
    """Counts of persons with their totals; None is hidden. Labels keep the order they first came in."""

    rows: tuple[R, ...]
    columns: tuple[C, ...]
    cells: Mapping[tuple[R, C], int | None]
    row_totals: Mapping[R, int | None]
    column_totals: Mapping[C, int | None]
    grand_total: int | None


@dataclass(frozen=True, slots=True)
class ProtectedList[L: Hashable]:
    """Counts of persons in one dimension; None is hidden. `total` is None too if it wasn't to be shown."""

    counts: Mapping[L, int | None]
    total: int | None


STEP = 5  # percent, of the ranges in which shares near none or all are told


class Shown(StrEnum):
    HIDDEN = "hidden"
    EXACT = "exact"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Rate:
    """A share in whole percent. `percent` is None when hidden, the bound for at_least and at_most."""

    shown: Shown
    percent: int | None

    @property
    def hidden(self) -> bool:
        return self.shown is Shown.HIDDEN


def protect[R: Hashable, C: Hashable](table: Mapping[tuple[R, C], int], threshold: int) -> ProtectedTable[R, C]:
    """Protect a two-way table that is shown with row totals, column totals and grand total.

    table: (row, column) -> persons; a pair left out counts as zero. threshold: smallest count but zero that
    may show. Raises ValueError for a count that is not a whole number from zero, or a threshold below 1.
    Meant for pages people read: 400 cells take a fraction of a second, 3,600 some seconds.
    """
    _check(table.values(), threshold)
    rows = tuple(dict.fromkeys(row for row, _ in table))
    columns = tuple(dict.fromkeys(column for _, column in table))
    counts = [[table.get((row, column), 0) for column in columns] for row in rows]
    shown = _Network(counts, threshold).shown()
    return ProtectedTable(
        rows=rows,
        columns=columns,
        cells={(row, column): shown[i][j] for i, row in enumerate(rows) for j, column in enumerate(columns)},
        row_totals={row: shown[i][-1] for i, row in enumerate(rows)},
        column_totals={column: shown[-1][j] for j, column in enumerate(columns)},
        grand_total=shown[-1][-1],
    )


def protect_list[L: Hashable](counts: Mapping[L, int], threshold: int, total_shown: bool = True) -> ProtectedList[L]:
    """Protect a one-way table. With `total_shown` its total is published beside it, unless that must hide.

    Raises ValueError as `protect` does.
    """
    _check(counts.values(), threshold)
    total: int | None = sum(counts.values()) if total_shown else None
    hidden = {label for label, count in counts.items() if 0 < count < threshold}
    if total is not None and 0 < total < threshold:
        total = None
    if hidden and total is not None:
        spare = sorted((label for label in counts if counts[label] >= threshold), key=counts.__getitem__)

        def safe() -> bool:
            # the highest one of them can be: their sum, less one person for each of the others
            highest = sum(counts[label] - 1 for label in hidden) + 1
            return len(hidden) > 1 and highest >= max(threshold - 1, 2)

        while spare and not safe():
            hidden.add(spare.pop(0))
        if not safe():
            total = None
    return ProtectedList(
        counts={label: None if label in hidden else count for label, count in counts.items()}, total=total
    )


def protect_parts[L: Hashable](parts: Mapping[L, tuple[int, int]], threshold: int) -> dict[L, int | None]:
    """Protect counts of persons with a property in groups whose sizes, and whose sum of counts, may be known.

    parts: label -> (persons with the property, all persons of the group). A count shows if both it and the rest of its
    group are at least the threshold. Each hidden one could then be any of at least `threshold` numbers, or of all that
    its group's size allows: the smallest others are hidden until that holds, at the end all, which tells only the sum.
    With a threshold of 1 nothing is hidden.
    Raises ValueError as `rate` does.
    """
    for count, size in parts.values():
        _check((count, size, size - count), threshold)
    if threshold == 1:
        return {label: count for label, (count, _size) in parts.items()}
    shown = {label for label, (count, size) in parts.items() if min(count, size - count) >= threshold}
    while shown and not _is_open(parts, set(parts) - shown, threshold):
        shown.remove(min(shown, key=lambda label: parts[label][0]))
    return {label: count if label in shown else None for label, (count, _size) in parts.items()}


def _is_open[L: Hashable](parts: Mapping[L, tuple[int, int]], hidden: set[L], threshold: int) -> bool:
    """Whether each hidden count could be many numbers, given the sum of the hidden ones and their groups' sizes."""
    together, room = sum(parts[label][0] for label in hidden), sum(parts[label][1] for label in hidden)
    for label in hidden:
        size = parts[label][1]
        possible = min(size, together) - max(0, together - (room - size)) + 1
        if possible < min(threshold, size + 1):
            return False
    return True


def rate(numerator: int, denominator: int, threshold: int) -> Rate:
    """A share of persons, told so that nobody who knows the denominator learns a small count, nor none, nor all.

    Hidden when the denominator is under the threshold. Otherwise a share near none or all is one of two ranges, "0 to
    p percent" and "100 - p to 100": p is the smallest of 5, 10, 15 ... whose range holds every count under the
    threshold, so at least `threshold` counts fit each range (0 to 25 percent of 44, for a threshold of 11, is any
    count from 0 to 11). Where the two would meet, shares outside of what both parts' size allows are hidden. Any other
    share is exact, in whole percent, halves up; both parts are then at least the threshold.
    Raises ValueError for a numerator outside 0..denominator, and as `protect` does.
    """
    _check((numerator, denominator), threshold)
    rest = denominator - numerator
    if rest < 0:
        raise ValueError(f"A share of {numerator} in {denominator} is more than all.")
    if denominator < threshold:
        return Rate(Shown.HIDDEN, None)
    exact = Rate(Shown.EXACT, (numerator * 200 + denominator) // (2 * denominator) if denominator else 0)
    if threshold == 1:
        return exact
    bound = next(percent for percent in range(STEP, 101, STEP) if percent * denominator >= 100 * (threshold - 1))
    if 2 * bound >= 100:
        return exact if min(numerator, rest) >= threshold else Rate(Shown.HIDDEN, None)
    if 100 * numerator <= bound * denominator:
        return Rate(Shown.AT_MOST, bound)
    if 100 * rest <= bound * denominator:
        return Rate(Shown.AT_LEAST, 100 - bound)
    return exact


def _check(counts: Iterable[int], threshold: int) -> None:
    if threshold < 1:
        raise ValueError(f"The threshold must be 1 or more, not {threshold}.")
    for count in counts:
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ValueError(f"A count must be a whole number from zero, not {count!r}.")


@dataclass(frozen=True, slots=True)
class _Arc:
    """A cell that is not zero, as a flow from one line of the table to another."""

    place: tuple[int, int]
    tail: int
    head: int
    count: int
    cost: int


class _Network:
    """The table with its totals as a circulation: row total -> row -> column -> column total -> grand total.

    Adding one person to a cell, and undoing it in the other figures so that all sums still hold, is one unit
    of flow around a cycle through that cell. Only hidden cells may change, and none may fall below one.
    """

    def __init__(self, counts: list[list[int]], threshold: int) -> None:
        self.threshold = threshold
        self.full = [[*row, sum(row)] for row in counts]
        columns = len(counts[0]) if counts else 0
        self.full.append([sum(row[j] for row in self.full) for j in range(columns + 1)])
        self.arcs = list(self._arcs())
        self.beside: dict[int, list[int]] = {}  # node -> arcs that touch it
        for number, arc in enumerate(self.arcs):
            self.beside.setdefault(arc.tail, []).append(number)
            self.beside.setdefault(arc.head, []).append(number)
        small = [number for number, arc in enumerate(self.arcs) if arc.count < threshold]
        self.small = sorted(small, key=lambda number: self.arcs[number].count)

    def _arcs(self) -> Iterable[_Arc]:
        """Hiding large cells costs more than small ones, one total more than any cells, the grand total most."""
        last_row, last_column = len(self.full) - 1, len(self.full[0]) - 1
        grand = self.full[-1][-1]
        for i, row in enumerate(self.full):
            for j, count in enumerate(row):
                row_node, column_node = i, len(self.full) + j
                towards_row = (i == last_row) != (j == last_column)
                tail, head = (column_node, row_node) if towards_row else (row_node, column_node)
                totals = (i == last_row) + (j == last_column)
                cost = count + (0, grand, grand * (last_row + last_column + 2))[totals]
                if count:
                    yield _Arc((i, j), tail, head, count, cost)

    def shown(self) -> list[list[int | None]]:
        """The table with its totals, None where hidden."""
        shown: list[list[int | None]] = [list(row) for row in self.full]
        for number in self._hidden():
            i, j = self.arcs[number].place
            shown[i][j] = None
        return shown

    def _hidden(self) -> set[int]:
        hidden = set(self.small)
        everything = set(range(len(self.arcs)))
        # (cell, up or down) -> how far it must be able to move, and the hidden cells that allow it
        needs: dict[tuple[int, bool], int] = {}
        proofs: dict[tuple[int, bool], set[int]] = {}
        for number in self.small:
            count = self.arcs[number].count
            down, _ = self._push(number, False, count - 1, everything)
            needs[number, False] = down
            needs[number, True] = max(self.threshold - 1 - count, 0 if down else 1)  # it must be able to move at all
            for up in (True, False):
                _, proofs[number, up] = self._push(number, up, needs[number, up], hidden, everything)
                hidden |= proofs[number, up]
        extra = sorted(hidden - set(self.small), key=lambda number: (-self.arcs[number].cost, number))
        for number in extra:
            found = self._proofs_without(number, hidden, needs, proofs)
            if found is not None:
                hidden.discard(number)
                proofs.update(found)
        return hidden

    def _proofs_without(
        self,
        dropped: int,
        hidden: set[int],
        needs: Mapping[tuple[int, bool], int],
        proofs: Mapping[tuple[int, bool], set[int]],
    ) -> dict[tuple[int, bool], set[int]] | None:
        """New proofs for those that used a cell, or None when it has to stay hidden."""
        found = {}
        for (number, up), used in proofs.items():
            if dropped in used:
                reached, found[number, up] = self._push(number, up, needs[number, up], hidden - {dropped})
                if reached < needs[number, up]:
                    return None
        return found

    def _push(
        self, number: int, up: bool, need: int, hidden: set[int], may_hide: set[int] | None = None
    ) -> tuple[int, set[int]]:
        """Raise (or lower) a cell by up to `need` over hidden cells, hiding cheap ones of `may_hide` as well.

        Returns how far it goes, and the cells that change with it.
        """
        arc = self.arcs[number]
        start, end = (arc.head, arc.tail) if up else (arc.tail, arc.head)
        change: dict[int, int] = {number: 0}
        reached = 0
        while reached < need:
            path = self._cheapest_path(start, end, number, change, hidden, may_hide or set())
            if path is None:
                break
            room = [self.arcs[each].count - 1 + change.get(each, 0) for each, along in path if not along]
            step = min([need - reached, *room])
            for each, along in path:
                change[each] = change.get(each, 0) + (step if along else -step)
            reached += step
        return reached, {each for each, by in change.items() if by}

    def _cheapest_path(
        self, start: int, end: int, without: int, change: Mapping[int, int], hidden: set[int], may_hide: set[int]
    ) -> list[tuple[int, bool]] | None:
        """Dijkstra. Steps are (cell, True to add persons or False to take some away); hidden cells are free."""
        best: dict[int, float] = {start: 0}
        came: dict[int, tuple[int, int, bool]] = {}  # node -> node before, cell, direction
        queue: list[tuple[float, int]] = [(0, start)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node == end:
                break
            for number in self.beside[node]:
                free = number in hidden or change.get(number, 0) != 0
                if number == without or not (free or number in may_hide):
                    continue
                arc = self.arcs[number]
                along = arc.tail == node
                other = arc.head if along else arc.tail
                if not along and arc.count - 1 + change.get(number, 0) < 1:
                    continue
                reach = cost + (0 if free else arc.cost)
                if reach < best.get(other, math.inf):
                    best[other], came[other] = reach, (node, number, along)
                    heapq.heappush(queue, (reach, other))
        if end not in came:
            return None
        path = []
        node = end
        while node != start:
            node, number, along = came[node]
            path.append((number, along))
        return path
