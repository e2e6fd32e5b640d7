"""Ratios of two checkouts that are measured in turns. Standard library only."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

DOUBT = 0.05  # of all runs have an interval that does not contain the ratio


@dataclass(frozen=True, slots=True)
class Ratio:
    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"× {self.middle:.2f} ({self.low:.2f}–{self.high:.2f})"


def ratio(here: Sequence[float], there: Sequence[float]) -> Ratio | None:
    """The median of the rounds' ratios and the interval of the sign test; None if nothing was measured.

    Noise of the machine mostly lasts longer than a round, so it cancels out within one; the median ignores the rounds
    in which it does not. With fewer than six rounds the interval covers all of them.
    """
    each = sorted(ours / theirs for ours, theirs in zip(here, there, strict=True) if theirs)
    if not each:
        return None
    beyond = left_out(len(each))
    return Ratio(median(each), each[beyond], each[-1 - beyond])


def left_out(rounds: int) -> int:
    """The number of sorted rounds beyond each end of the interval."""
    chance = 0.0
    for beyond in range(rounds):
        chance += comb(rounds, beyond) / 2**rounds
        if chance > DOUBT / 2:
            return max(beyond - 1, 0)
    return 0
