"""Which outcome figures may be shown, so that no small group can be derived. Pure Python: no database, no Django.

Every page (one cycle, or all years) and the PDF take their figures from the same protected tables, with the
cycles as rows: subtracting pages reveals no more than one page does. What may be shown:

* how many traveled: always, for a cycle that is in the report (one with fewer than the threshold isn't);
* the stages before that: people by the furthest one they reached, as one table; what is shown of a stage is a
  sum of shown cells;
* a mark (first passport, ...): a cycle's count, if those who have it and those who don't are both many;
* a mark by college and by city in such a cycle, and for all years the sum of what is shown. Nothing here says how many
  travelers a college or a city had, but others may know: a count that leaves few, nobody or everybody is hidden.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from functools import cached_property
from itertools import combinations, product

from travel.outcomes.disclosure import ProtectedTable, Rate, Shown, protect, protect_parts, rate


class OutcomeStage(IntEnum):
    """How far a person came; reaching a stage counts in every stage before it."""

    STARTED = 0
    SUBMITTED = 1
    ENDORSED = 2
    SELECTED = 3
    CONFIRMED = 4
    PASSPORT = 5
    TRAVELED = 6
    RETURNED = 7


class Mark(StrEnum):
    """A property of a traveler."""

    ABROAD = "first_abroad"
    FLIGHT = "first_flight"
    PASSPORT = "first_passport"
    GENERATION = "first_generation"
    CHOICE = "first_choice"


class By(StrEnum):
    COLLEGE = "college"
    CITY = "city"


# Shown as counts, and so broken down; of the others only the share is shown.
COUNTED = (Mark.PASSPORT, Mark.FLIGHT)


@dataclass(frozen=True, slots=True)
class Travelers:
    """A number of travelers who are alike in everything that is counted. `parents_known` is for first generation."""

    cycle: int
    college: int
    city: int
    leaves_on: date
    marks: frozenset[Mark]
    parents_known: bool
    count: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of the finished cycles at one moment, by primary keys. Not to be shown."""

    counted_at: datetime
    furthest: Mapping[int, Mapping[OutcomeStage, int]]
    travelers: tuple[Travelers, ...]
    too_late: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Share:
    """Those with a mark among travelers. `count` and `of` are None unless they may be shown exactly."""

    rate: Rate
    count: int | None
    of: int | None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Persons with a mark, by college or city (primary keys; a missing pair is zero); None is hidden."""

    counts: Mapping[int, int | None]
    total: int

    @property
    def others(self) -> int:
        """The sum of all that are hidden."""
        return self.total - sum(count or 0 for count in self.counts.values())


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Everything that may be shown of one cycle, or of all."""

    cycle_ids: tuple[int, ...]
    travelers: int
    city_ids: frozenset[int]
    departures: frozenset[date]
    stages: Mapping[OutcomeStage, int | None]
    shares: Mapping[Mark, Share]
    breakdowns: Mapping[tuple[Mark, By], Breakdown | None]
    too_late: int | None  # first passports that came too late; None: a few
    left_out: Mapping[Mark, tuple[int, ...]] = field(default_factory=dict)


class Protected:
    """What may be shown of each cycle and of all, calculated once for all pages."""

    def __init__(self, counted: Counted, finished: Iterable[int], threshold: int) -> None:
        self.threshold = threshold
        self.traveled = Counter[int]()
        for group in counted.travelers:
            self.traveled[group.cycle] += group.count
        self.cycle_ids = tuple(cycle for cycle in finished if self.traveled[cycle] >= threshold)
        self.groups = [group for group in counted.travelers if group.cycle in self.cycle_ids]
        self.furthest = {cycle: counted.furthest.get(cycle, {}) for cycle in self.cycle_ids}
        self.late = {cycle: counted.too_late.get(cycle, 0) for cycle in self.cycle_ids}

    def outcomes(self, cycle: int | None) -> Outcomes:
        """For one cycle of `cycle_ids`, or None for all of them."""
        ids = self.cycle_ids if cycle is None else (cycle,)
        groups = [group for group in self.groups if group.cycle in ids]
        return Outcomes(
            cycle_ids=ids,
            travelers=sum(self.traveled[each] for each in ids),
            city_ids=frozenset(group.city for group in groups),
            departures=frozenset(group.leaves_on for group in groups),
            stages=self._stages(cycle),
            shares={mark: self._share(mark, ids) for mark in Mark},
            breakdowns={(mark, by): self._breakdown(mark, by, ids) for mark, by in product(COUNTED, By)},
            too_late=self._too_late(ids),
            left_out={mark: tuple(each for each in ids if each not in self.open[mark]) for mark in Mark},
        )

    def _is_safe(self, count: int) -> bool:
        return count == 0 or count >= self.threshold

    # marks

    @cached_property
    def counts(self) -> dict[Mark, dict[int, tuple[int, int]]]:
        """Mark -> cycle -> (persons with it, of how many)."""
        found = {}
        for mark in Mark:
            having, of = Counter[int](), Counter[int]()
            for group in self.groups:
                if mark is not Mark.GENERATION or group.parents_known:
                    of[group.cycle] += group.count
                    having[group.cycle] += group.count * (mark in group.marks)
            found[mark] = {cycle: (having[cycle], of[cycle]) for cycle in self.cycle_ids}
        return found

    @cached_property
    def open(self) -> dict[Mark, frozenset[int]]:
        """Cycles whose count of a mark may be shown, and which are therefore part of all years."""
        return {
            mark: frozenset(
                cycle for cycle, (count, of) in cycles.items() if rate(count, of, self.threshold).shown is Shown.EXACT
            )
            for mark, cycles in self.counts.items()
        }

    def _share(self, mark: Mark, ids: tuple[int, ...]) -> Share:
        counts = self.counts[mark]
        if len(ids) == 1 and ids[0] not in self.open[mark]:
            return Share(rate(*counts[ids[0]], self.threshold), None, None)
        kept = [counts[cycle] for cycle in ids if cycle in self.open[mark]]
        count, of = sum(pair[0] for pair in kept), sum(pair[1] for pair in kept)
        # the number of those with known parents' schooling would reveal how many have it unknown
        says_count = bool(kept) and mark is not Mark.GENERATION
        return Share(rate(count, of, self.threshold), count if says_count else None, of if says_count else None)

    @cached_property
    def parts(self) -> dict[tuple[Mark, By, int], Mapping[int, int | None]]:
        """For each open cycle the travelers with a mark by college or city, whose groups' sizes may be known."""
        found: dict[tuple[Mark, By, int], Mapping[int, int | None]] = {}
        for mark, by in product(COUNTED, By):
            for cycle in self.open[mark]:
                having, size = Counter[int](), Counter[int]()
                for group in self.groups:
                    if group.cycle == cycle:
                        label = group.college if by is By.COLLEGE else group.city
                        size[label] += group.count
                        having[label] += group.count * (mark in group.marks)
                pairs = {label: (having[label], size[label]) for label in size}
                found[mark, by, cycle] = protect_parts(pairs, self.threshold)
        return found

    def _breakdown(self, mark: Mark, by: By, ids: Iterable[int]) -> Breakdown | None:
        """Over several cycles, only sums of shown counts: what one cycle hides, all years don't tell."""
        cycles = [cycle for cycle in ids if cycle in self.open[mark]]
        if not cycles:
            return None
        counts: dict[int, int | None] = {}
        for cycle in cycles:
            for label, count in self.parts[mark, by, cycle].items():
                so_far = counts.get(label, 0)
                counts[label] = None if count is None or so_far is None else so_far + count
        return Breakdown(counts, sum(self.counts[mark][cycle][0] for cycle in cycles))

    # stages

    @cached_property
    def borders(self) -> tuple[OutcomeStage, ...]:
        """Stages before the trip that some page may show, last first.

        Between two of them, over all cycles, nobody stops or many do. Of all such choices it's the one with the most
        stages, and of those the one with the earliest.
        """
        before = [OutcomeStage(stage) for stage in range(OutcomeStage.PASSPORT, OutcomeStage.STARTED - 1, -1)]
        ended = Counter[OutcomeStage]()
        for stages in self.furthest.values():
            ended.update(stages)
        for number in range(len(before), 0, -1):
            fitting = [
                choice
                for choice in combinations(before, number)
                if all(self._is_safe(sum(ended[each] for each in group)) for group in _groups(choice))
            ]
            if fitting:
                return min(fitting, key=lambda choice: tuple(reversed(choice)))
        return ()

    @cached_property
    def ended(self) -> ProtectedTable[int, int]:
        """Cycle and border -> persons who came that far and not to the next one."""
        table = {}
        for cycle, stages in self.furthest.items():
            for border, group in zip(self.borders, _groups(self.borders), strict=True):
                table[cycle, int(border)] = sum(stages.get(each, 0) for each in group)
        return protect(table, self.threshold)

    def _stages(self, cycle: int | None) -> dict[OutcomeStage, int | None]:
        table = self.ended
        ended: Mapping[int, int | None] = table.column_totals
        total = table.grand_total
        traveled = sum(self.traveled[each] for each in self.cycle_ids)
        if cycle is not None:
            ended = {border: table.cells[cycle, border] for border in table.columns}
            total, traveled = table.row_totals.get(cycle, 0), self.traveled[cycle]
        shown: dict[OutcomeStage, int | None] = dict.fromkeys(OutcomeStage)
        shown |= _sums([(border, ended.get(border)) for border in self.borders], total, traveled)
        shown[OutcomeStage.TRAVELED] = traveled
        shown[OutcomeStage.RETURNED] = self._returned(self.cycle_ids if cycle is None else (cycle,))
        return shown

    def _returned(self, ids: Iterable[int]) -> int | None:
        counts = [self.furthest[cycle].get(OutcomeStage.RETURNED, 0) for cycle in ids]
        away = [self.furthest[cycle].get(OutcomeStage.TRAVELED, 0) for cycle in ids]
        return sum(counts) if all(map(self._is_safe, counts + away)) else None

    def _too_late(self, ids: Iterable[int]) -> int | None:
        """Shown only if those who stayed behind for another reason aren't few either."""
        for cycle in ids:
            stages, late = self.furthest[cycle], self.late[cycle]
            stayed = stages.get(OutcomeStage.CONFIRMED, 0) + stages.get(OutcomeStage.PASSPORT, 0)
            if late and not (self._is_safe(late) and self._is_safe(stayed - late)):
                return None
        return sum(self.late[cycle] for cycle in ids)


def _groups(borders: tuple[OutcomeStage, ...]) -> list[list[OutcomeStage]]:
    """For each border, last first, the stages from it up to the next one."""
    ends = (OutcomeStage.TRAVELED, *borders)
    return [[OutcomeStage(each) for each in range(border, end)] for border, end in zip(borders, ends, strict=False)]


def _sums(
    ended: list[tuple[OutcomeStage, int | None]], total: int | None, traveled: int
) -> dict[OutcomeStage, int | None]:
    """How many reached each border, as sums of shown figures only: from the trip backward, else from the start."""
    sums: dict[OutcomeStage, int | None] = {}
    reached: int | None = traveled
    for border, count in ended:
        reached = None if reached is None or count is None else reached + count
        sums[border] = reached
    reached = None if total is None else traveled + total
    for border, count in reversed(ended):
        if sums[border] is None:
            sums[border] = reached
        reached = None if reached is None or count is None else reached - count
    return sums
