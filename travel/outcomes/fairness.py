"""From started to confirmed, group by group: which counts may be shown, and how much the groups differ. No Django.

People are counted by the furthest step they reached, so a selected person counts in every step before. What
may be shown follows `travel.outcomes.disclosure`:

* over all groups, a step is shown only if nobody or many (the threshold) stopped between it and the next one shown;
* those totals are then known, and each way of grouping (by college, by need, ...) is a protected table of its own
  that hides none of them. Where that is impossible, it shows fewer steps, or nothing;
* a share is shown only where both of its counts are. So a share reveals nothing that the counts don't.

Tables by different groupings share only their totals: people can always be divided into both at once, so two of
them together reveal no more about a hidden figure than each alone.

Intervals: Wilson's for a share (E. B. Wilson, 1927); for the ratio of two shares its limits are combined as Donner
and Zou do ("Closed-form confidence intervals for functions of the normal mean and standard deviation", 2012).
The four-fifths rule (29 CFR 1607.4 D) compares each group's share with the highest one. It is a reason to look,
with small numbers a weak one, and no proof of anything.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import combinations
from statistics import NormalDist

from travel.outcomes.disclosure import ProtectedTable, protect


class Step(IntEnum):
    """How far a person came; reaching a step counts in every step before it."""

    STARTED = 0
    SUBMITTED = 1
    ENDORSED = 2
    READ = 3
    SELECTED = 4
    CONFIRMED = 5


# Persons by the furthest step they reached.
type Ended = Mapping[Step, int]


@dataclass(frozen=True, slots=True)
class Range:
    low: float
    high: float  # infinity if the counts set no upper limit


@dataclass(frozen=True, slots=True)
class SelectionShare:
    """Selected people as a share of those who submitted, between 0 and 1."""

    selected: int
    submitted: int
    range: Range

    @property
    def value(self) -> float:
        return self.selected / self.submitted


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share divided by the highest of its table. `short`: how many more selected would lift it above the line."""

    value: float
    range: Range
    is_flagged: bool
    short: int

    @property
    def may_be_chance(self) -> bool:
        return self.range.high >= 1


@dataclass(frozen=True, slots=True)
class FairnessRow:
    """A group: how many reached each step (None: hidden), and its share if that may be shown."""

    group: str
    reached: Mapping[Step, int | None]
    share: SelectionShare | None = None
    ratio: Ratio | None = None
    is_highest: bool = False


@dataclass(frozen=True, slots=True)
class FairnessTable:
    """One way of grouping. `steps`: those it can show; none if that would reveal a small group."""

    by: str
    steps: tuple[Step, ...]
    rows: tuple[FairnessRow, ...]

    @property
    def flagged(self) -> tuple[FairnessRow, ...]:
        return tuple(row for row in self.rows if row.ratio and row.ratio.is_flagged)


@dataclass(frozen=True, slots=True)
class Fairness:
    """Everything that may be shown of a cycle. `total`: the steps that are shown, in order."""

    total: Mapping[Step, int]
    share: SelectionShare | None
    tables: tuple[FairnessTable, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class FairnessRules:
    """threshold: persons. confidence and line: for example 0.95 and 0.8."""

    threshold: int
    confidence: float
    line: float


def fairness(
    groups: Mapping[str, Mapping[str, Ended]],
    rules: FairnessRules,
    *,
    allowed: Iterable[Step] = tuple(Step),
    withheld: Mapping[str, Iterable[Step]] | None = None,
) -> Fairness:
    """groups: way of grouping -> group -> persons; each way counts the same persons.

    allowed: the steps that may be shown at all; withheld: those that one way of grouping must not show as well.
    Raises ValueError if two ways count different persons.
    """
    counts = {by: _sum(each.values()) for by, each in groups.items()}
    ended = next(iter(counts.values()), dict.fromkeys(Step, 0))
    if any(each != ended for each in counts.values()):
        raise ValueError("Each way of grouping has to count the same persons.")
    steps = steps_shown(ended, allowed, rules.threshold)
    total = {step: sum(ended[each] for each in Step if each >= step) for step in steps}
    tables = [
        _table(by, each, [step for step in steps if step not in (withheld or {}).get(by, ())], rules)
        for by, each in groups.items()
    ]
    return Fairness(total, _share(total, rules), tuple(tables))


def steps_shown(ended: Ended, allowed: Iterable[Step], threshold: int) -> tuple[Step, ...]:
    """As many steps as possible without few people stopping in between; of equal choices, the earliest."""
    steps = sorted(set(allowed))
    for number in range(len(steps), 0, -1):
        for choice in combinations(steps, number):
            if all(count == 0 or count >= threshold for count in _between(ended, choice).values()):
                return choice
    return ()


# --- What may be shown ------------------------------------------------------------------------------


def _sum(parts: Iterable[Ended]) -> dict[Step, int]:
    total = dict.fromkeys(Step, 0)
    for part in parts:
        for step, count in part.items():
            total[step] += count
    return total


def _between(ended: Ended, steps: Sequence[Step]) -> dict[Step, int]:
    """Persons who reached a step of `steps` and not the next; those who didn't reach the first are left out."""
    ends = [*steps[1:], len(Step)]
    return {
        step: sum(ended.get(Step(each), 0) for each in range(step, end)) for step, end in zip(steps, ends, strict=True)
    }


type Protected = ProtectedTable[str, Step]


def protected(groups: Mapping[str, Ended], steps: Iterable[Step], threshold: int) -> Protected | None:
    """Groups by where people stopped, with the choice of steps that shows most and keeps the totals shown.

    The best choice gives most groups their share, then shows most figures, then has most steps.
    """
    wanted, best, most = sorted(steps), None, (-1, -1, 0)
    for number in range(len(wanted), 0, -1):
        for choice in combinations(wanted, number):
            cells = {(group, step): n for group, ended in groups.items() for step, n in _between(ended, choice).items()}
            found = protect(cells, threshold)
            if found.grand_total is None or None in found.column_totals.values():
                continue
            lines = [_reached(found, group) for group in found.rows]
            shares = sum(bool(line.get(Step.SUBMITTED)) and line.get(Step.SELECTED) is not None for line in lines)
            worth = (shares, sum(count is not None for line in lines for count in line.values()), number)
            if worth > most:
                best, most = found, worth
    return best


def _table(by: str, groups: Mapping[str, Ended], steps: Iterable[Step], rules: FairnessRules) -> FairnessTable:
    found = protected(groups, steps, rules.threshold)
    if found is None or not found.columns:
        return FairnessTable(by, (), tuple(FairnessRow(group, {}) for group in groups))
    rows = [FairnessRow(group, _reached(found, group)) for group in found.rows]
    return FairnessTable(by, found.columns, tuple(_compared(rows, rules)))


def _reached(table: Protected, group: str) -> dict[Step, int | None]:
    """Sums of shown figures only: from the last step backward, otherwise from everyone forward."""
    steps = table.columns
    reached: dict[Step, int | None] = {}
    so_far: int | None = 0
    for step in reversed(steps):
        cell = table.cells[group, step]
        so_far = None if so_far is None or cell is None else so_far + cell
        reached[step] = so_far
    left = table.row_totals[group]
    for step in steps:
        if reached[step] is None:
            reached[step] = left
        cell = table.cells[group, step]
        left = None if left is None or cell is None else left - cell
    return {step: reached[step] for step in steps}


# --- How much groups differ -------------------------------------------------------------------------


def wilson(count: int, of: int, confidence: float) -> Range:
    """The interval of a share of `of` persons."""
    z = _z(confidence)
    share, spread = count / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    # exact at the ends, where rounding would leave a tiny rest
    return Range(0.0 if count == 0 else max(0.0, middle - reach), 1.0 if count == of else min(1.0, middle + reach))


def ratio_range(one: SelectionShare, other: SelectionShare) -> Range:
    """The interval of one share divided by another that is not zero, from the intervals of both."""
    p, low_p, high_p = one.value, one.range.low, one.range.high
    q, low_q, high_q = other.value, other.range.low, other.range.high
    product = p * q
    down = math.sqrt(max(0.0, product**2 - low_p * high_q * (2 * p - low_p) * (2 * q - high_q)))
    up = math.sqrt(max(0.0, product**2 - high_p * low_q * (2 * p - high_p) * (2 * q - low_q)))
    divisor = low_q * (2 * q - low_q)
    # written so that no divisor can be zero
    low = low_p * (2 * p - low_p) / (product + down) if product else 0.0
    return Range(low, (product + up) / divisor if divisor else math.inf)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _share(reached: Mapping[Step, int | None], rules: FairnessRules) -> SelectionShare | None:
    selected, submitted = reached.get(Step.SELECTED), reached.get(Step.SUBMITTED)
    if selected is None or not submitted:
        return None
    return SelectionShare(selected, submitted, wilson(selected, submitted, rules.confidence))


def _compared(rows: Sequence[FairnessRow], rules: FairnessRules) -> list[FairnessRow]:
    """Compares each share with the highest one, unless only one can be shown or nobody was selected."""
    shares = {row.group: share for row in rows if (share := _share(row.reached, rules))}
    highest = max(shares, key=lambda group: (shares[group].value, shares[group].submitted), default="")
    top = shares.get(highest)
    compares = len(shares) > 1 and top is not None and top.selected > 0
    found = []
    for row in rows:
        share = shares.get(row.group)
        is_other = compares and share is not None and row.group != highest
        ratio = _ratio(share, top, rules) if is_other and share and top else None
        found.append(FairnessRow(row.group, row.reached, share, ratio, is_highest=compares and row.group == highest))
    return found


def _ratio(share: SelectionShare, top: SelectionShare, rules: FairnessRules) -> Ratio:
    value = share.value / top.value
    # not flagged where it is equal: 4 of 25 against 20 of 100 is exactly four fifths
    is_flagged = value < rules.line and not math.isclose(value, rules.line, rel_tol=1e-9)
    enough = math.ceil(rules.line * top.value * share.submitted - 1e-9)
    return Ratio(value, ratio_range(share, top), is_flagged, max(0, enough - share.selected) if is_flagged else 0)
