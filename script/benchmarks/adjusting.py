"""Measures adjusting the scores of many reads, without a database:

python -m script.benchmarks.adjusting [APPLICATIONS]
"""

import sys
import time
from dataclasses import dataclass

import numpy as np

from applications.scores import adjusting, agreement
from script.benchmarks.pages import ADJUSTING

READS_EACH = 3
TURNS = 3


def reads(applications: int, readers: int) -> list[tuple[str, str, float]]:
    """Seeded totals with known spreads: applications 2, readers 1, chance 1.5 points."""
    draw = np.random.default_rng(1)
    strength, severity = draw.normal(0, 2, applications), draw.normal(0, 1, readers)
    first = draw.integers(0, readers, applications)
    # three different readers each, in steps that link all readers
    step = draw.integers(1, readers // READS_EACH, applications)
    return [
        (f"a{code}", f"r{reader}", float(round(9 + strength[code] - severity[reader] + draw.normal(0, 1.5))))
        for code in range(applications)
        for reader in ((first[code] + turn * step[code]) % readers for turn in range(READS_EACH))
    ]


def best_of(act) -> float:
    times = []
    for _turn in range(TURNS):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return min(times)


@dataclass(frozen=True, slots=True)
class Alone:
    """Measurements that need no portal and no database."""

    what: str
    seconds: float
    budget: float | None = None


def measure(applications: int = 100_000) -> list[Alone]:
    measured = []
    for readers in (150, 1500):
        found = reads(applications, readers)
        seconds = best_of(lambda given=found: adjusting.adjust(given))
        measured.append(Alone(f"Adjusting {len(found):,} reads by {readers:,} readers", seconds, ADJUSTING))
    draw = np.random.default_rng(2)
    ratings = [("plan", str(code), int(points)) for code in range(applications) for points in draw.integers(1, 6, 3)]
    seconds = best_of(lambda: agreement.agreements(ratings))
    return [*measured, Alone(f"Agreement of {len(ratings):,} ratings, with its interval", seconds)]


if __name__ == "__main__":
    for each in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000):
        print(each)
