"""Parts forked from one process: each is started again when it ends, and all end together."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.background.together import LONGEST_PAUSE, STEADY, Together
from exchange.management.commands import background
from tests.services import ROOT

pytestmark = pytest.mark.real_clock
PROGRAM = """
    import os, sys, time
    from pathlib import Path
    from exchange.background.together import Together

    def alive(name):
        with Path(sys.argv[1]).open("a") as file:
            file.write(f"{name} {os.getpid()} {Path('/proc/self/comm').read_text()}")
        time.sleep(60)

    parts = {name: lambda name=name: alive(name) for name in ("one", "two")}
    Together(parts, ends_first=("two",), all_or_none=len(sys.argv) > 2).run()
"""


@contextmanager
def two_parts(path, *words):
    """The process, and a function that reads which parts have started: (name, process id, name for ps)."""
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(PROGRAM), str(path), *words], cwd=ROOT)
    try:
        yield process, lambda count: _started(path, count)
    finally:
        process.kill()
        process.wait()


def _started(path, count):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) >= count:
            return [(line.split()[0], int(line.split()[1]), line.split()[2]) for line in lines]
        time.sleep(0.05)
    raise AssertionError(f"{count} starts were expected: {lines}")


def is_gone(pid):
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return not Path(f"/proc/{pid}").exists()


def test_a_part_that_is_killed_is_started_again_and_the_other_goes_on(tmp_path):
    with two_parts(tmp_path / "started") as (process, started):
        first = dict(each[:2] for each in started(2))
        assert {each[2] for each in started(2)} == {"one", "two"}
        assert Path(f"/proc/{first['two']}/oom_score_adj").read_text().strip() == "500"
        os.kill(first["one"], signal.SIGKILL)
        name, pid, _name = started(3)[2]
        assert name == "one" and pid != first["one"]
        assert Path(f"/proc/{first['two']}").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert is_gone(pid) and is_gone(first["two"])


def test_parts_end_with_the_process_that_forked_them(tmp_path):
    with two_parts(tmp_path / "started") as (process, started):
        pids = [each[1] for each in started(2)]
        process.kill()
        assert all(is_gone(pid) for pid in pids)


def test_the_demos_parts_end_with_each_other(tmp_path):
    with two_parts(tmp_path / "started", "all or none") as (process, started):
        first = dict(each[:2] for each in started(2))
        os.kill(first["one"], signal.SIGKILL)
        assert process.wait(timeout=20) == 0  # run() returns False, which the command turns into a code
        assert is_gone(first["two"])


def test_a_part_that_keeps_ending_waits_longer_each_time(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    together = Together({"one": lambda: None})
    together.started["one"] = now[0]
    waits = []
    for _end in range(7):
        together._start_later("one", 1)
        waits.append(together.due["one"] - now[0])
    assert waits == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]
    now[0] += STEADY
    together._start_later("one", 1)
    assert together.due["one"] - now[0] == 1


def test_parts_run_as_their_units_say():
    for part, words in (("worker", background.WORKER), ("urgent", background.URGENT), ("heavy", background.HEAVY)):
        unit = (ROOT / f"deploy/exchange-{part}.service").read_text().replace("%%", "%")
        assert f"celery --app exchange {' '.join(words)}\n" in unit
