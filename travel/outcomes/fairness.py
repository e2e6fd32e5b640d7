"""How much groups differ in who was selected, from published counts only. Pure Python: no database, no Django.

Intervals: Wilson's for a share (E. B. Wilson, 1927); for the ratio of two shares its limits are combined as Donner
and Zou do ("Closed-form confidence intervals for functions of the normal mean and standard deviation", 2012).
The four-fifths rule (29 CFR 1607.4 D) compares each group's share with the highest one. It is a reason to look,
with small numbers a weak one, and no proof of anything.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from exchange.figures.counts import Range
from travel.outcomes.population import Stage


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float  # infinity if the counts set no upper limit


@dataclass(frozen=True, slots=True)
class SelectionShare:
    """Selected people as a share of those who submitted, between 0 and 1."""

    selected: int
    submitted: int
    range: Interval

    @property
    def value(self) -> float:
        return self.selected / self.submitted


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share divided by the highest of its table. `short`: how many more selected would lift it above the line."""

    value: float
    range: Interval
    is_flagged: bool
    short: int

    @property
    def may_be_chance(self) -> bool:
        return self.range.high >= 1


@dataclass(frozen=True, slots=True)
class FairnessRow:
    """A group: how many reached each stage, as published, and its share if both its counts are exact."""

    group: str
    reached: Mapping[Stage, Range]
    share: SelectionShare | None = None
    ratio: Ratio | None = None
    is_highest: bool = False


@dataclass(frozen=True, slots=True)
class FairnessTable:
    """One way of grouping."""

    by: str
    rows: tuple[FairnessRow, ...]

    @property
    def flagged(self) -> tuple[FairnessRow, ...]:
        return tuple(row for row in self.rows if row.ratio and row.ratio.is_flagged)


@dataclass(frozen=True, slots=True)
class FairnessRules:
    """confidence and line: for example 0.95 and 0.8."""

    confidence: float
    line: float


def compare(by: str, groups: Mapping[str, Mapping[Stage, Range]], rules: FairnessRules) -> FairnessTable:
    """groups: how many of each reached each stage. Only groups with exact counts are compared."""
    rows = [FairnessRow(group, reached, share_of(reached, rules)) for group, reached in groups.items()]
    return FairnessTable(by, tuple(_compared(rows, rules)))


def share_of(reached: Mapping[Stage, Range], rules: FairnessRules) -> SelectionShare | None:
    selected, submitted = reached.get(Stage.SELECTED), reached.get(Stage.SUBMITTED)
    if selected is None or submitted is None or not (selected.is_exact and submitted.is_exact and submitted.low):
        return None
    return SelectionShare(selected.low, submitted.low, wilson(selected.low, submitted.low, rules.confidence))


def wilson(count: int, of: int, confidence: float) -> Interval:
    """The interval of a share of `of` persons."""
    z = _z(confidence)
    share, spread = count / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    # exact at the ends, where rounding would leave a tiny rest
    return Interval(0.0 if count == 0 else max(0.0, middle - reach), 1.0 if count == of else min(1.0, middle + reach))


def ratio_range(one: SelectionShare, other: SelectionShare) -> Interval:
    """The interval of one share divided by another that is not zero, from the intervals of both."""
    p, low_p, high_p = one.value, one.range.low, one.range.high
    q, low_q, high_q = other.value, other.range.low, other.range.high
    product = p * q
    down = math.sqrt(max(0.0, product**2 - low_p * high_q * (2 * p - low_p) * (2 * q - high_q)))
    up = math.sqrt(max(0.0, product**2 - high_p * low_q * (2 * p - high_p) * (2 * q - low_q)))
    divisor = low_q * (2 * q - low_q)
    # written so that no divisor can be zero
    low = low_p * (2 * p - low_p) / (product + down) if product else 0.0
    return Interval(low, (product + up) / divisor if divisor else math.inf)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _compared(rows: Sequence[FairnessRow], rules: FairnessRules) -> list[FairnessRow]:
    """Compares each share with the highest one, unless only one can be shown or nobody was selected."""
    shares = {row.group: row.share for row in rows if row.share}
    highest = max(shares, key=lambda group: (shares[group].value, shares[group].submitted), default="")
    top = shares.get(highest)
    compares = len(shares) > 1 and top is not None and top.selected > 0
    found = []
    for row in rows:
        is_other = compares and row.share is not None and row.group != highest
        ratio = _ratio(row.share, top, rules) if is_other and row.share and top else None
        found.append(replace(row, ratio=ratio, is_highest=compares and row.group == highest))
    return found


def _ratio(share: SelectionShare, top: SelectionShare, rules: FairnessRules) -> Ratio:
    value = share.value / top.value
    # not flagged where it is equal: 4 of 25 against 20 of 100 is exactly four fifths
    is_flagged = value < rules.line and not math.isclose(value, rules.line, rel_tol=1e-9)
    enough = math.ceil(rules.line * top.value * share.submitted - 1e-9)
    return Ratio(value, ratio_range(share, top), is_flagged, max(0, enough - share.selected) if is_flagged else 0)
