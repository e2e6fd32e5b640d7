"""script/mutations --sample N --seed S [package...]: how many of N small faults, drawn at random, the tests find.

With packages: N faults of them together. Without: N of each package, one after the other. Survivors are printed with
the change; `equivalent.toml` has those that change nothing, each with its reason, and they aren't drawn.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.mutations.copies import of_its_own
from tests.mutations.drawn import Fault, Refused, draw, equivalents, packages
from tests.mutations.listed import ROOT
from tests.mutations.planted import read_from

ENOUGH = 80  # percent that must be found, where nothing else is said
MORE = dict.fromkeys(
    ("travel/prepare", "travel/abroad", "travel/office", "travel/outcomes", "exchange/figures", "exchange/people"), 85
)
MARKS = "not browser and not service and not full"


def sample(chosen: Sequence[str], number: int, seed: int, jobs: int) -> int:
    """The exit code: 1 if in some sample fewer were found than is enough. Raises Refused."""
    groups = [list(chosen)] if chosen else [[each] for each in packages()]
    return max(_one_sample(group, number, seed, jobs) for group in groups)


def _one_sample(chosen: list[str], number: int, seed: int, jobs: int) -> int:
    started = time.monotonic()
    faults = draw(chosen, number, seed)
    counts, survivors = Counter[str](), []
    with tempfile.TemporaryDirectory(prefix="exchange-mutations-") as folder:
        for fault, told in _results(Path(folder), faults, _tests_of(chosen), jobs):
            counts[told["verdict"]] += 1
            if told["verdict"] in ("survived", "unreached"):
                survivors.append(fault)
                reached = (
                    f"{told['reached_by']} tests run it" if told["tests"] or "reached_by" in told else "no test runs it"
                )
                say(f"{told['verdict']}, {reached}: {fault}")
    tried = number - counts["broken"]
    share = 100 * counts["found"] / max(1, tried)
    enough = min(MORE.get(each, ENOUGH) for each in chosen)
    left_out = sum(1 for each in equivalents() if any(each.path.startswith(f"{one}/") for one in chosen))
    say(
        f"{' '.join(chosen)}, seed {seed}: {counts['found']} of {tried} found, {share:.0f} % ({enough} are enough); "
        f"{counts['unreached']} not reached, {counts['broken']} couldn't be planted, "
        f"{left_out} known to change nothing; "
        f"{(time.monotonic() - started) / 60:.1f} min"
    )
    return int(share < enough)


def _tests_of(chosen: Sequence[str]) -> list[str]:
    from tests.mutations.reach import also_for  # noqa: PLC0415 -- it starts processes by this module

    own = [f"tests/{each}" for each in chosen]
    also = {test for each in chosen for test in also_for(each)}
    return [*own, *sorted(test for test in also if not test.startswith(tuple(f"{each}/" for each in own)))]


def _results(folder: Path, faults: list[Fault], tests: list[str], jobs: int) -> Iterator[tuple[Fault, dict]]:
    (folder / "faults.pickle").write_bytes(pickle.dumps(faults))
    processes = started(folder, tests, jobs)
    try:
        waiting = set(range(len(faults)))
        while waiting:
            over = all(process.poll() is not None for process in processes)
            for number in sorted(waiting):
                if told := read_from(folder, str(number)):
                    waiting.discard(number)
                    yield faults[number], told
            if over and waiting:
                raise Refused(_why(folder, jobs))
            time.sleep(0.1)
    finally:
        wait_for(processes, seconds=60)


def started(folder: Path, tests: list[str], jobs: int) -> list[subprocess.Popen]:
    """Processes of pytest that work with planted.py, each with a database of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutations.planted", "-p", "no:cacheprovider"]
    processes = []
    for number in range(jobs):
        env = os.environ | {"MUTATIONS_FOLDER": str(folder), "MUTATIONS_PROCESS": f"{number}/{jobs}"}
        env["DATABASE_URL"] = of_its_own(os.environ["DATABASE_URL"], number)
        with (folder / f"output-{number}").open("w") as output:
            processes.append(
                subprocess.Popen(
                    [*command, "-m", MARKS, *tests], cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT
                )
            )
    return processes


def wait_for(processes: list[subprocess.Popen], seconds: float | None = None) -> None:
    for process in processes:
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _why(folder: Path, jobs: int) -> str:
    failed = [
        test for number in range(jobs) if (told := read_from(folder, f"failed-{number}")) for test in told["tests"]
    ]
    if failed:
        return "These tests fail on the code as it is:\n" + "\n".join(failed)
    return "The tests ended early:\n" + "\n".join(
        (folder / f"output-{each}").read_text()[-3000:] for each in range(jobs)
    )


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- a script
