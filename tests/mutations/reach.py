"""script/mutations --reach: which test modules outside a package's own folder run lines of it that its own don't.

A registered hook runs when a student moves, and a list of steps when a cycle is published: their tests are elsewhere.
The whole suite with coverage takes half an hour, so what it found stands in `reach.toml`. If that is old, a sample only
calls a few faults "not reached" that would be found.
"""

import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

from tests.mutations.drawn import packages
from tests.mutations.listed import FOLDER
from tests.mutations.planted import read_from
from tests.mutations.sampled import say, started, wait_for

FILE = FOLDER / "random" / "reach.toml"
ENOUGH = 3  # lines that a module must add
MODULES_MAX = 12

type Lines = set[tuple[str, int]]


def also_for(package: str) -> list[str]:
    return tomllib.loads(FILE.read_text()).get(package, [])


def measure(jobs: int) -> int:
    modules: dict[str, Lines] = {}
    with tempfile.TemporaryDirectory(prefix="exchange-mutations-") as name:
        folder = Path(name)
        wait_for(started(folder, ["tests"], jobs))
        for number in range(jobs):
            for path, line, tests in (read_from(folder, f"reach-{number}") or {"reach": []})["reach"]:
                for test in tests:
                    modules.setdefault(test, set()).add((path, line))
    chosen = {package: cover(package, modules) for package in packages()}
    written = "".join(f'"{package}" = {_list(tests)}\n' for package, tests in chosen.items() if tests)
    FILE.write_text(f"# Made by script/mutations --reach\n{written}")
    say(f"{FILE.name}: {sum(map(len, chosen.values()))} test modules for {len(chosen)} packages")
    return 0


def cover(package: str, modules: dict[str, Lines]) -> list[str]:
    """The fewest modules, about, that run what the package's own tests leave out: always the one that adds most."""
    own = f"tests/{package}/"
    theirs = {test: {each for each in lines if each[0].startswith(f"{package}/")} for test, lines in modules.items()}
    reached: Lines = set().union(*(lines for test, lines in theirs.items() if test.startswith(own)))
    found: list[str] = []
    while len(found) < MODULES_MAX:
        best = max(sorted(theirs), key=lambda test: len(theirs[test] - reached), default=None)
        if best is None or len(theirs[best] - reached) < ENOUGH:
            break
        found.append(best)
        reached |= theirs[best]
    return sorted(found)


def _list(tests: Iterable[str]) -> str:
    return "[\n" + "".join(f'  "{test}",\n' for test in tests) + "]"
