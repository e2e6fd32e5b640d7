"""Measures assigning readers, without a database: python -m script.benchmarks.assigning [APPLICATIONS]"""

import sys

import numpy as np

from applications.reading.assignment import Candidate, Reader, assign
from script.benchmarks.adjusting import READS_EACH, Alone, best_of
from script.benchmarks.pages import ASSIGNING

READERS = 150
COLLEGES = 9
TIED = 0.01  # of all pairs have a conflict of interest


def case(applications: int) -> tuple[list[Candidate], list[Reader], set[tuple[str, str]]]:
    """Invented and seeded: nine colleges, a fifth of the applications in Spanish, limits a quarter above the need."""
    draw = np.random.default_rng(1)
    colleges = [f"c{number}" for number in range(COLLEGES)]
    candidates = [
        Candidate(f"a{number}", colleges[draw.integers(COLLEGES)], "es" if draw.random() < 0.2 else "en")
        for number in range(applications)
    ]
    most = int(applications * READS_EACH / READERS * 1.25)
    readers = [
        Reader(f"r{number}", colleges[number % COLLEGES], most, {"en", "es"} if number % 3 == 0 else {"en"})
        for number in range(READERS)
    ]
    tied = {
        (f"a{application}", f"r{reader}")
        for application, reader in zip(
            draw.integers(0, applications, int(applications * READERS * TIED)),
            draw.integers(0, READERS, int(applications * READERS * TIED)),
            strict=True,
        )
    }
    return candidates, readers, tied


def measure(applications: int = 2_000) -> list[Alone]:
    candidates, readers, tied = case(applications)
    seconds = best_of(lambda: assign(candidates, readers, READS_EACH, tied, seed=1))
    plan = assign(candidates, readers, READS_EACH, tied, seed=1)
    what = (
        f"Who reads what: {applications:,} applications, {READERS} readers, {READS_EACH} each, {len(tied):,} ties; "
        f"loads {min(plan.loads.values())} to {max(plan.loads.values())}, {len(plan.groups)} group of linked readers"
    )
    return [Alone(what, seconds, ASSIGNING)]


if __name__ == "__main__":
    for each in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000):
        print(each)
