"""script/mutations: applies each mutation of the list to a copy of the project and runs the tests that should fail;
with --sample, draws faults at random instead (sampled.py).

First all those tests run on the unchanged code, where they must pass. The exit code is 1 if fewer than KILLED_MIN
mutations are killed, or if one no longer fits the code.
"""

import argparse
import itertools
import os
import queue
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutations.copies import Copy, Outcome, of_its_own
from tests.mutations.listed import Mutation, load

KILLED_MIN = 94
MINUTES_MAX = 30  # for all tests together, on the unchanged code


def main() -> int:
    options = _options()
    if options.sample or options.reach:
        return _sampled(options)
    mutations = load()
    if unknown := set(options.id) - {each.id for each in mutations}:
        sys.exit(f"Not in the list: {', '.join(sorted(unknown))}")
    chosen = [each for each in mutations if not options.id or each.id in options.id]
    if options.list:
        for each in chosen:
            say(f"{each.area:12}{each.id:44}{each.why}")
        return 0
    if "DATABASE_URL" not in os.environ:
        sys.exit("Without PostgreSQL some mutations survive: run script/mutations")
    with tempfile.TemporaryDirectory(prefix="exchange-mutations-") as folder:
        started = time.monotonic()
        copies = _copies(Path(folder), min(options.jobs, len(chosen)))
        _check_unmutated(copies, chosen)
        found = list(_tried(copies, chosen))
    counts = Counter(outcome.verdict for outcome in found)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("killed", "survived", "broken") if counts[verdict])
    say(f"{len(found)} mutations: {told}, in {(time.monotonic() - started) / 60:.1f} min")
    return int(counts["broken"] > 0 or counts["killed"] < min(KILLED_MIN, len(found)))


def _sampled(options: argparse.Namespace) -> int:
    from tests.mutations import reach  # noqa: PLC0415 -- mutmut, for samples alone
    from tests.mutations.drawn import Refused  # noqa: PLC0415
    from tests.mutations.sampled import sample  # noqa: PLC0415

    if "DATABASE_URL" not in os.environ:
        sys.exit("Without PostgreSQL some faults survive: run script/mutations")
    try:
        if options.reach:
            return reach.measure(options.jobs)
        return sample(options.id, options.sample, options.seed, options.jobs)
    except Refused as error:
        sys.exit(str(error))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/mutations", description=__doc__)
    parser.add_argument("id", nargs="*", help="only these mutations; with --sample: only these packages")
    parser.add_argument("--sample", type=_count, metavar="N", help="draw N small faults at random instead of the list")
    parser.add_argument("--seed", type=_seed, default=1, help="which faults are drawn")
    parser.add_argument(
        "--reach", action="store_true", help="find the tests elsewhere that samples need, into reach.toml"
    )
    parser.add_argument("--list", action="store_true", help="print the mutations and why each matters")
    parser.add_argument("--jobs", type=int, default=1, help="how many mutations are tried at the same time")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("say how many faults: a whole number from 1")
    return int(text)


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError("any whole number; the same one draws the same faults") from None


def _copies(folder: Path, number: int) -> list[Copy]:
    url = os.environ["DATABASE_URL"]
    return [Copy(folder / str(each), of_its_own(url, each)) for each in range(max(1, number))]


def _check_unmutated(copies: list[Copy], mutations: Iterable[Mutation]) -> None:
    """Every named test passes without a mutation; otherwise the whole run would prove nothing."""
    for database, rows in itertools.groupby(sorted(mutations, key=_database), key=_database):
        tests = sorted({test for each in rows for test in each.killed_by})
        outcome = copies[0].run(tests, database, MINUTES_MAX * 60)
        if outcome.verdict != "survived":
            failed = "\n".join(outcome.tests)
            sys.exit(f"These tests fail on the code as it is, on {database}:\n{failed}\n{outcome.text}")
        say(f"{len(tests)} tests pass on the code as it is, on {database} ({outcome.seconds:.0f} s)")


def _database(mutation: Mutation) -> str:
    return mutation.database


def _tried(copies: list[Copy], mutations: list[Mutation]) -> Iterator[Outcome]:
    """One outcome for each, in the order of the list; as many run at the same time as there are copies."""
    free: queue.Queue[Copy] = queue.Queue()
    for copy in copies:
        free.put(copy)

    def attempt(mutation: Mutation) -> Outcome:
        copy = free.get()
        try:
            return copy.test(mutation)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        for mutation, outcome in zip(mutations, pool.map(attempt, mutations), strict=True):
            say(f"{outcome.verdict:10}{outcome.seconds:5.1f} s  {mutation.id:44}{' '.join(outcome.tests[:1])}")
            if outcome.verdict == "broken":
                say(outcome.text)
            yield outcome


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- a script


if __name__ == "__main__":
    sys.exit(main())
