"""The demo's supervisor: what ends is started again, ever later, and what keeps ending is given up with a reason."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from script import run_demo
from script.run_demo import Refused, broker_socket, check_room, why
from script.supervisor import GivenUp, Part, Supervisor
from tests.services import wait_until

pytestmark = pytest.mark.once
SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
FAILS = [sys.executable, "-c", "print('no database'); raise SystemExit(3)"]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def supervisor(told) -> Iterator[Supervisor]:
    found = Supervisor(tell=told.append, clock=Clock())
    yield found
    found.stop()


def pauses(moments: list[float]) -> list[float | None]:
    part = Part("worker", [], Path("log"))
    return [part.pause_after(moment) for moment in moments]


def test_pause_grows_until_the_fifth_failure_within_a_minute():
    assert pauses([0, 5, 10, 20, 59]) == [1, 2, 4, 8, None]


def test_a_quiet_minute_is_forgiven():
    assert pauses([0, 5, 10, 20, 70, 131]) == [1, 2, 4, 8, 2, 1]


def test_part_that_was_killed_runs_again_and_is_told(supervisor, told, tmp_path):
    part = supervisor.start("worker", SLEEPS, tmp_path / "log")
    first = part.process
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: first.poll() is not None, "the part to end")

    supervisor.look()
    assert part.process is None  # the pause
    assert told == [f"The worker ended (signal 9). Starting it again in 1 s; see {tmp_path / 'log'}"]
    supervisor.clock.now = 1
    supervisor.look()
    assert part.process.poll() is None
    assert len(told) == 1


def test_part_that_keeps_ending_is_given_up(supervisor, told, tmp_path):
    part = supervisor.start("worker", FAILS, tmp_path / "log")
    with pytest.raises(GivenUp, match="The worker ended 5 times within a minute.") as given_up:
        for _ in range(20):
            if part.process:
                part.process.wait(timeout=30)
            supervisor.look()
            supervisor.clock.now += 2

    assert len(told) == 4
    assert "no database" in why(given_up.value, tmp_path, "1")


def test_children_of_a_part_that_crashed_are_ended(supervisor, tmp_path):
    """A web server's workers would hold its port."""
    command = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); sys.exit(1)"
    part = supervisor.start("web server", [sys.executable, "-c", command], tmp_path / "log")
    part.process.wait(timeout=30)
    child = int((tmp_path / "log").read_text())
    supervisor.look()

    wait_until(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text(), "its end")


def test_a_web_server_whose_port_is_taken_names_another(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = why(GivenUp(Part("web server", [], tmp_path / "log")), tmp_path, str(port))

    assert f"PORT={port + 1} script/demo" in said


def with_room(monkeypatch, megabytes: int) -> None:
    monkeypatch.setattr(run_demo.shutil, "disk_usage", lambda path: type("Usage", (), {"free": megabytes << 20}))


def test_folder_without_room_is_refused_with_the_remedy(monkeypatch, tmp_path):
    with_room(monkeypatch, 300)
    check_room(tmp_path)

    with_room(monkeypatch, 299)
    with pytest.raises(Refused, match=r"only 299 MB left .* DATA_DIR=/path/to/folder script/demo"):
        check_room(tmp_path)


def test_part_that_ends_on_a_full_disk_says_so(monkeypatch, tmp_path):
    with_room(monkeypatch, 0)

    assert "no room left" in why(GivenUp(Part("worker", [], tmp_path / "log")), tmp_path, "1")


def test_without_redis_the_remedy_is_named(monkeypatch, supervisor, tmp_path):
    monkeypatch.setattr(run_demo.shutil, "which", lambda *words, **named: None)

    with pytest.raises(Refused, match="redis-server is missing"):
        run_demo.start_broker(supervisor, tmp_path / "broker.sock", tmp_path / "log")


def test_socket_of_a_folder_with_a_long_name_is_elsewhere(tmp_path):
    with ExitStack() as stack:
        assert broker_socket(Path("/srv/demo"), stack) == Path("/srv/demo/broker.sock")
        elsewhere = broker_socket(tmp_path / ("long" * 30), stack)
        assert elsewhere.parent.is_dir()
        assert len(str(elsewhere)) < 100
    assert not elsewhere.parent.exists()
