"""script/demo starts everything, prints the addresses, and leaves no process behind."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from script.demo_data import is_of_this_version
from tests.services import ROOT, free_port, wait_until

pytestmark = pytest.mark.once


def environment(tmp_path: Path, port: int) -> dict[str, str]:
    ours = {"DATABASE_URL", "DEMO", "DJANGO_SETTINGS_MODULE", "LOG_LEVEL"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"PORT": str(port), "DATA_DIR": str(tmp_path / "data")}


def of_session(session: int) -> list[int]:
    """Processes that the script started, directly or not."""
    found = []
    for pid in (int(name.name) for name in Path("/proc").iterdir() if name.name.isdigit()):
        try:
            if os.getsid(pid) == session and Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z":
                found.append(pid)
        except (ProcessLookupError, FileNotFoundError):
            pass
    return found


def named(part: str, session: int) -> list[int]:
    """The processes of a part of the background work, by the name that `ps` shows."""
    return [pid for pid in of_session(session) if Path(f"/proc/{pid}/comm").read_text() == f"{part}\n"]


@contextmanager
def demo(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    with log.open("w") as output:
        process = subprocess.Popen(
            ["script/demo"], cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        wait_until(lambda: "Ctrl-C stops" in log.read_text() or process.poll() is not None, "the demo", 480)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        for pid in of_session(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def data_of_a_version(database: Path, applied: list[tuple[str, str]]) -> None:
    database.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE django_migrations (app TEXT, name TEXT)")
        connection.executemany("INSERT INTO django_migrations VALUES (?, ?)", applied)


def get(port: int, path: str) -> tuple[int, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:  # noqa: S310 -- our own
        return response.status, response.read().decode()


def test_demo_starts_over_where_it_is_told_to(tmp_path):
    """The old data is gone before anything slow begins; what isn't the demo's stays."""
    data = tmp_path / "data"
    data_of_a_version(data / "exchange.sqlite3", [])
    for name in ("mine", "prepared", "secret-key"):
        (data / name).write_text("old")

    process = subprocess.Popen(
        ["script/demo", "--fresh"], cwd=ROOT, env=environment(tmp_path, free_port()), stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: not (data / "prepared").exists(), "the old data to be gone", 60)
        assert (data / "mine").read_text() == "old"
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_demo_starts_all_parts_and_stops_them(tmp_path):
    port, log = free_port(), tmp_path / "output"
    env = environment(tmp_path, port)
    data_of_a_version(tmp_path / "data/exchange.sqlite3", [("exchange", "0001_initial"), ("travel", "0002_gone")])

    with demo(env, log) as process:
        assert "is from another version of the portal" in log.read_text()
        assert f"http://localhost:{port}/demo/" in log.read_text()
        assert get(port, "/")[0] == 200
        assert get(port, "/demo/")[0] == 200
        assert set(json.loads(get(port, "/readyz")[1]).values()) == {"ok"}
        assert len(of_session(process.pid)) >= 5  # the script, web with two child processes, worker, beat

        wait_until(lambda: named("worker", process.pid), "the worker", 60)
        os.kill(named("worker", process.pid)[0], signal.SIGKILL)
        wait_until(lambda: "Starting it again in 1 s" in log.read_text(), "the worker's new start to be told", 30)
        assert process.poll() is None

        second = subprocess.run(
            ["script/demo", "--fresh"],
            cwd=ROOT,
            env=env | {"PORT": str(free_port())},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert second.returncode == 1
        assert "A demo is running on" in second.stderr

        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        wait_until(lambda: not of_session(process.pid), "the last process to be gone", 5)

    # a second start keeps the data and prepares nothing again
    key = (tmp_path / "data/secret-key").read_text()
    with demo(env, log) as process:
        assert "Tables" not in log.read_text()
        assert (tmp_path / "data/secret-key").read_text() == key

        # a part that doesn't stop by itself, such as one on a busy machine, is ended with its child processes
        wait_until(lambda: len(named("heavy", process.pid)) == 3, "the heavy worker and its two child processes", 60)
        for pid in named("heavy", process.pid):
            os.kill(pid, signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        wait_until(lambda: not of_session(process.pid), "the last process to be gone", 5)


@pytest.mark.parametrize(
    ("applied", "fits"),
    [
        ([], True),
        ([("exchange", "0001_initial"), ("account", "0099_of_a_library")], True),
        ([("exchange", "0001_initial"), ("applications", "0019_referee_changed")], False),
    ],
)
def test_demo_knows_the_data_of_another_version(tmp_path, applied, fits):
    data_of_a_version(tmp_path / "exchange.sqlite3", applied)
    assert is_of_this_version(tmp_path / "exchange.sqlite3") is fits


@pytest.mark.parametrize(("content", "fits"), [(None, True), (b"", True), (b"no database", False)])
def test_demo_knows_what_is_no_database(tmp_path, content, fits):
    database = tmp_path / "exchange.sqlite3"
    if content is not None:
        database.write_bytes(content)
    assert is_of_this_version(database) is fits


def test_demo_says_what_to_do_when_its_port_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = subprocess.run(
            ["script/demo"], cwd=ROOT, env=environment(tmp_path, port), capture_output=True, text=True, timeout=60
        )

    assert refused.returncode == 1
    assert f"Port {port} is in use" in refused.stderr
    assert f"PORT={port + 1} script/demo" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_bootstrap_with_everything_there_does_nothing(tmp_path):
    again = subprocess.run(["script/bootstrap", "--test"], cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
