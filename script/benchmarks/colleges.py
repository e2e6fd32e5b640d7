"""Simulates cycles whose colleges differ, to see how often the intervals of `adjusting` hold the true score.

    python -m script.benchmarks.colleges [RUNS]

For each plan: who reads what is drawn once by the portal's own rules (`applications.reading.assignment`), with nobody
reading files of their own college; then RUNS cycles are scored. The first college is better by a gap. Figures are in
units of the applications' spread within a college (SD 1; readers 0.6, chance 0.8), as in the domain reference 4.4.
docs/scoring.md has the table of a run.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from applications.reading import assignment
from applications.scores.adjusting import adjust
from applications.scores.college_gap import kept_share

CHANCE = 0.8
RUNS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """files, readers: how many of each college. outside: readers who advise at no college."""

    what: str
    files: Sequence[int]
    readers: Sequence[int]
    outside: int = 0
    reads: int = 3

    def pairs(self) -> tuple[assignment.Pair, ...]:
        candidates = [
            assignment.Candidate(f"{college}-{number}", str(college))
            for college, count in enumerate(self.files)
            for number in range(count)
        ]
        pool = [
            assignment.Reader(f"{college}/{number}", str(college), len(candidates))
            for college, count in [*enumerate(self.readers), ("", self.outside)]
            for number in range(count)
        ]
        return assignment.assign(candidates, pool, self.reads, seed=1).pairs


UNEVEN = (45, 30, 20, 15, 12, 10, 8, 6, 4)
PLANS = (
    Plan("100 of 150 at one college; two others", (100, 25, 25), (3, 3, 3)),
    Plan("100 of 150 at one of two, 4 readers from outside", (100, 50), (4, 4), outside=4),
    Plan("60, 60 and 2; 4 readers each at the large ones", (60, 60, 2), (4, 4, 0)),
    Plan("60, 60 and 2; 2 more at the small one", (60, 60, 2), (4, 4, 2)),
    Plan("100 of 150 at one college; five others", (100, 10, 10, 10, 10, 10), (2,) * 6),
    Plan("three colleges with 50 each", (50, 50, 50), (3, 3, 3)),
    Plan("nine colleges, 4 to 45 files, 2 readings", UNEVEN, (2,) * 9, reads=2),
    Plan("nine colleges, 4 to 45 files", UNEVEN, (2,) * 9),
    Plan("nine colleges, 17 each", (17,) * 9, (2,) * 9),
    Plan("100 of 150 at one of two, all readers from outside", (100, 50), (0, 0), outside=8),
)


@dataclass(frozen=True, slots=True)
class Held:
    """Shares of 80% intervals that hold the true score, adjusted (or refused) and raw: of all candidates, and of the
    college where it is least. gap: what is left of the true difference after adjusting."""

    kept: float
    adjusted: float | None
    least: float | None
    gap: float | None
    raw: float
    raw_least: float


def college_of(application: str) -> str:
    return application.partition("-")[0]


def simulate(
    pairs: Sequence[assignment.Pair], *, gap: float, runs: int, severity: float = 0.6, least: float = 0.0
) -> Held:
    """`least`: the share that has to survive; below it, nothing is adjusted."""
    colleges = {application: college_of(application) for application, _reader in pairs}
    kept = kept_share(pairs, colleges)
    hits: dict[str, dict[str, list[float]]] = {"adjusted": defaultdict(list), "raw": defaultdict(list)}
    gaps = []
    for seed in range(runs):
        draw = np.random.default_rng(seed)
        ability = {each: draw.normal(gap * (college == "0"), 1) for each, college in colleges.items()}
        strict = {reader: draw.normal(0, severity) for reader in sorted({reader for _application, reader in pairs})}
        reads = [(each, reader, ability[each] - strict[reader] + draw.normal(0, CHANCE)) for each, reader in pairs]
        found = adjust(reads, keeps_colleges=kept >= least)
        average = float(np.mean(list(strict.values())))
        by_college = defaultdict(list)
        for each, estimate in found.estimates.items():
            truth = ability[each] - average
            if estimate.low is not None and estimate.high is not None:
                hits["adjusted"][colleges[each]].append(estimate.low <= truth <= estimate.high)
                by_college[colleges[each] == "0"].append(estimate.adjusted)
            hits["raw"][colleges[each]].append((estimate.raw_low or 0) <= truth <= (estimate.raw_high or 0))
        if by_college:
            gaps.append(np.mean(by_college[True]) - np.mean(by_college[False]))
    return Held(
        kept,
        *_shares(hits["adjusted"]),
        float(np.mean(gaps)) if gaps else None,
        *(share or 0.0 for share in _shares(hits["raw"])),
    )


def _shares(hits: Mapping[str, Sequence[float]]) -> tuple[float | None, float | None]:
    if not hits:
        return None, None
    everybody = [hit for each in hits.values() for hit in each]
    return float(np.mean(everybody)), float(min(np.mean(each) for each in hits.values()))


def main(runs: int) -> None:
    columns = (
        "survives",
        "no difference",
        "1.5: all",
        "1.5: worst college",
        "left of 1.5",
        "raw: all",
        "raw: worst college",
    )
    print(f"| Applications and readers | {' | '.join(columns)} |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for plan in PLANS:
        pairs = plan.pairs()
        none, much = (simulate(pairs, gap=gap, runs=runs) for gap in (0.0, 1.5))
        figures = (none.adjusted, much.adjusted, much.least, much.gap, much.raw, much.raw_least)
        cells = " | ".join("—" if each is None else f"{each:.2f}" for each in figures)
        print(f"| {plan.what} | {100 * much.kept:.0f}% | {cells} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
