"""A pytest plugin: after the chosen tests have run once, plants each fault in a fork of this process and runs the tests
that reach its lines, the fastest first, until one fails. Nothing is imported or set up a second time.

script/mutations --sample starts it in several processes, each with a database of its own. Its folder (MUTATIONS_FOLDER)
has `faults.pickle`; for each fault a result is written there, `12.json`. A file made by the first process that comes
says whose a fault is.
"""

import gc
import json
import os
import pickle
import resource
import signal
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType

import coverage
import pytest

from tests.mutations.drawn import Fault, code_of
from tests.mutations.listed import ROOT

SECONDS_MAX = 60  # of tests for one fault, by what they took before; those that take longer together are left out
TIMES_LONGER = 10  # a fault that makes its tests so much slower is found: something doesn't end
MEMORY_MAX = 6 << 30  # bytes, likewise
FOLDER = Path(os.environ.get("MUTATIONS_FOLDER", "/nonexistent"))
NUMBER, OF = (int(each) for each in os.environ.get("MUTATIONS_PROCESS", "0/1").split("/"))

type Reach = dict[tuple[str, int], list[str]]  # path and line -> tests


def pytest_configure(config: pytest.Config) -> None:
    if (FOLDER / "faults.pickle").exists():
        config.pluginmanager.register(Planting(pickle.loads((FOLDER / "faults.pickle").read_bytes())))  # noqa: S301 -- ours
    else:
        config.pluginmanager.register(Reaching())


class Reaching:
    """Only measures which test modules run which lines of the whole portal (reach.py)."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = _share(session.items)
        reach = _measured(items, None, ["exchange/*", "applications/*", "travel/*"], lambda item: str(item.path))
        modules = {key: sorted({str(Path(each).relative_to(ROOT)) for each in tests}) for key, tests in reach.items()}
        write(f"reach-{NUMBER}", {"reach": [[*key, tests] for key, tests in modules.items()]})
        return True


class Planting:
    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        if not items:
            return True
        reach = self._first_run(session, _share(session.items))
        if self.failed:
            write(f"failed-{NUMBER}", {"tests": self.failed})
            return True
        tests, seconds = _together(reach, self.seconds)
        functions = _functions({str(ROOT / fault.path) for fault in self.faults})
        for number, fault in _mine(self.faults):
            chosen = sorted(_reaching(tests, fault) & set(items), key=lambda test: seconds[test])
            write(
                str(number), self._tried(fault, [items[test] for test in _within(chosen, seconds)], seconds, functions)
            )
        _run([min(items.values(), key=lambda item: seconds[item.nodeid])], None)  # ends what the session holds
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    def _first_run(self, session: pytest.Session, items: list[pytest.Item]) -> Reach:
        """Which of these tests run which lines of the modules with faults."""
        paths = sorted({str(ROOT / fault.path) for fault in self.faults})
        return _measured(items, session, paths, lambda item: item.nodeid)

    def _tried(
        self,
        fault: Fault,
        items: list[pytest.Item],
        seconds: dict[str, float],
        functions: dict[tuple, list[FunctionType]],
    ) -> dict[str, object]:
        if not items:
            return {"verdict": "unreached", "tests": []}
        limit = 20 + TIMES_LONGER * sum(seconds[item.nodeid] for item in items)
        code, text = in_a_fork(lambda: self._planted(fault, items, functions), limit)
        verdict = {0: "survived", 1: "found", 2: "broken", None: "found"}.get(code, "found")
        return {"verdict": verdict, "tests": [text] if text else [], "reached_by": len(items)}

    def _planted(
        self, fault: Fault, items: list[pytest.Item], functions: dict[tuple, list[FunctionType]]
    ) -> tuple[int, str]:
        if not plant(fault, functions):
            return 2, "no function to change"
        for item, following in _pairs(items, items[0].session):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return 1, self.failed[0]
        return 0, ""


def _measured(items: list[pytest.Item], last: object, paths: list[str], context: Callable[[pytest.Item], str]) -> Reach:
    """Run the tests; which contexts ran which lines of these files."""
    measured = coverage.Coverage(data_file=None, include=paths, config_file=False)
    measured.start()
    for item, following in zip(items, [*items[1:], last], strict=True):
        measured.switch_context(context(item))
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
    measured.stop()
    data = measured.get_data()
    return {
        (str(Path(path).relative_to(ROOT)), line): [test for test in tests if test]
        for path in data.measured_files()
        for line, tests in data.contexts_by_lineno(path).items()
    }


def plant(fault: Fault, functions: dict[tuple, list[FunctionType]]) -> bool:
    """Give every function made from this text its changed code. False if there is none, or it doesn't fit."""
    path = str(ROOT / fault.path)
    before = code_of(Path(path).read_text(), path, fault.function)
    after = code_of(fault.source, path, fault.function)
    planted = 0
    for old, new in (each for pair in zip(before, after, strict=True) for each in _with_inner(*pair)):
        for function in functions.get((path, old.co_qualname, old.co_firstlineno), ()):
            try:
                function.__code__ = new
            except ValueError:  # of other variables from outside
                return False
            planted += 1
    return planted > 0


def _with_inner(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """And what is defined inside: a view that a function returned while the project was imported exists already."""
    yield old, new
    inner = [[each for each in code.co_consts if isinstance(each, CodeType)] for code in (old, new)]
    if len(inner[0]) == len(inner[1]):
        for pair in zip(*inner, strict=True):
            yield from _with_inner(*pair)


def in_a_fork(work: Callable[[], tuple[int, str]], seconds: float) -> tuple[int | None, str]:
    """The exit code and text of some work done in a copy of this process; None if it didn't end in time."""
    from django.db import connections  # noqa: PLC0415 -- only now is the environment ready

    connections.close_all()  # a connection can't be shared
    receiving, sending = os.pipe()
    with warnings.catch_warnings():  # other threads wait for sockets and hold no lock
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _be_a_copy(work, sending)
    os.close(sending)
    ends = time.monotonic() + seconds
    while (status := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > ends:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(receiving)
            return None, "it doesn't end"
        time.sleep(0.005)
    with os.fdopen(receiving) as text:
        return os.waitstatus_to_exitcode(status[1]), text.read()


def _be_a_copy(work: Callable[[], tuple[int, str]], sending: int) -> None:
    code = 3
    try:
        os.setpgid(0, 0)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, sys.stdout.fileno())
        os.dup2(silence, sys.stderr.fileno())
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
        code, text = work()
        os.write(sending, text.encode()[:4000])
    finally:
        os._exit(code)


def _share(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests of every second module, or third: modules share what is slow to make."""
    modules: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        modules[item.path].append(item)
    shares: list[list[pytest.Item]] = [[] for _each in range(OF)]
    for module in sorted(modules.values(), key=len, reverse=True):
        min(shares, key=len).extend(module)
    return shares[NUMBER]


def _together(reach: Reach, seconds: dict[str, float]) -> tuple[Reach, dict[str, float]]:
    """What all processes found out, as soon as the last has."""
    write(f"reach-{NUMBER}", {"reach": [[*key, tests] for key, tests in reach.items()], "seconds": seconds})
    every, times = dict[tuple[str, int], list[str]](), dict[str, float]()
    for number in range(OF):
        while not (found := read_from(FOLDER, f"reach-{number}")):
            if any((FOLDER / f"failed-{each}.json").exists() for each in range(OF)):
                os._exit(1)
            time.sleep(0.2)
        times |= found["seconds"]
        for path, line, tests in found["reach"]:
            every.setdefault((path, line), []).extend(tests)
    return every, times


def _mine(faults: list[Fault]) -> Iterator[tuple[int, Fault]]:
    for number, fault in enumerate(faults):
        with suppress(FileExistsError):
            os.close(os.open(FOLDER / f"{number}.mine", os.O_CREAT | os.O_EXCL))
            yield number, fault


def _reaching(tests: Reach, fault: Fault) -> set[str]:
    return {test for line in fault.lines for test in tests.get((fault.path, line), ())}


def _within(tests: list[str], seconds: dict[str, float]) -> list[str]:
    kept, total = [], 0.0
    for test in tests:
        total += seconds[test]
        if kept and total > SECONDS_MAX:
            break
        kept.append(test)
    return kept


def _functions(paths: set[str]) -> dict[tuple, list[FunctionType]]:
    gc.unfreeze()  # tests/conftest.py hides what was imported
    found: dict[tuple, list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        # isinstance would ask a lazy object for its class, which opens what it stands for
        if type(each) is FunctionType and each.__code__.co_filename in paths:
            code = each.__code__
            found[code.co_filename, code.co_qualname, code.co_firstlineno].append(each)
    gc.freeze()
    return found


def _pairs(items: list[pytest.Item], session: pytest.Session) -> Iterable[tuple[pytest.Item, object]]:
    """Each with the one that follows. After the last the session goes on: its database is needed again."""
    return zip(items, [*items[1:], session], strict=True)


def _run(items: list[pytest.Item], last: object) -> None:
    for item, following in zip(items, [*items[1:], last], strict=True):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)


def write(name: str, told: dict[str, object]) -> None:
    """In one step, so that no other process reads half of it."""
    path = FOLDER / f"{name}.new"
    path.write_text(json.dumps(told))
    path.rename(FOLDER / f"{name}.json")


def read_from(folder: Path, name: str) -> dict | None:
    try:
        return json.loads((folder / f"{name}.json").read_text())
    except FileNotFoundError:
        return None
