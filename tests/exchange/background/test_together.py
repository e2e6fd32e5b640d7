"""Parts forked from one process: each is started again when it ends, and all end together."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from exchange.background import alive
from exchange.background.together import LONGEST_PAUSE, SAYS_EVERY, STEADY, Together
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
def two_parts(path, *words, program=PROGRAM):
    """The process, and a function that reads which parts have started: (name, process id, name for ps)."""
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program), str(path), *words], cwd=ROOT)
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


def is_gone(pid, seconds=10.0):
    until = time.monotonic() + seconds
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


SAYS = """
    import os, sys, time
    from pathlib import Path
    from exchange.background import alive
    from exchange.background.together import Together

    def lives(name):
        with Path(sys.argv[1]).open("a") as file:
            file.write(f"{name} {os.getpid()} -\\n")
        while True:
            if name != "mute":
                alive.say()
            time.sleep(0.1)

    alive.SILENT_AFTER = 1.5
    Together({name: lambda name=name: lives(name) for name in ("one", "two", "mute")}).run()
"""


def test_a_part_that_has_said_that_it_lives_and_falls_silent_is_started_again(tmp_path):
    """One that never said so isn't judged: a worker waits for its broker before it says anything."""
    with two_parts(tmp_path / "started", program=SAYS) as (process, started):
        first = dict(each[:2] for each in started(3))
        time.sleep(2)
        os.kill(first["one"], signal.SIGSTOP)
        name, pid, _name = started(4)[3]
        assert name == "one" and pid != first["one"] and is_gone(first["one"])
        assert not is_gone(first["two"], 0.1) and not is_gone(first["mute"], 0.1)


def test_parts_that_stood_still_together_are_not_blamed_for_it(monkeypatch):
    """As when the whole machine was stopped for a while."""
    now, killed = [1000.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(os, "kill", lambda pid, _signal: killed.append(pid))
    heard = {7: True, 8: True}
    monkeypatch.setattr(alive, "heard", lambda pipe: heard[pipe])
    together = Together({})
    together.running, together.pipes = {17: "one", 18: "two"}, {17: 7, 18: 8}
    together._end_the_silent()
    now[0] += 2 * alive.SILENT_AFTER
    heard[7] = False  # it hadn't a processor yet
    together._end_the_silent()
    assert killed == []

    while now[0] < 2000 and not killed:
        now[0] += 0.5
        together._end_the_silent()
    assert killed == [17]
    assert now[0] == pytest.approx(1000 + 3 * alive.SILENT_AFTER, abs=1)


def test_systemd_hears_that_the_parts_are_looked_after(tmp_path, monkeypatch):
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        together = Together({})
        together.said -= SAYS_EVERY + 1
        together._end_the_silent()
        assert systemd.recv(100) == b"WATCHDOG=1"
    alive.say()  # nobody listens any longer, and nothing fails


@pytest.mark.parametrize("unit", ["background", "worker", "urgent", "heavy"])
def test_units_wait_for_as_long_as_the_code_says(unit):
    text = (ROOT / f"deploy/exchange-{unit}.service").read_text()
    assert f"\nWatchdogSec={alive.SILENT_AFTER:g}\n" in text and "\nNotifyAccess=main\n" in text


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
