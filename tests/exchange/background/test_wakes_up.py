"""Workers take tasks again, each with all its places, after a broker that froze or was started again."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from exchange.background import listening, queues
from exchange.background.listening import DEAF_AFTER, STUCK_AFTER, Listener
from tests.services import answers, celery_worker, free_port, program, running, wait_until

HERE = "tests.exchange.background"
PROCESSES = 2
service = [pytest.mark.service, pytest.mark.full, pytest.mark.django_db(transaction=True)]

# as `manage.py background`, with less patience
BACKGROUND = f"""
import django; django.setup()
import {HERE}.slow_tasks
from django.core.management import call_command
from exchange.background import alive
alive.SILENT_AFTER = 12
call_command("background", parts=["worker", "beat"])
"""


def named(part: str, parent: int) -> list[int]:
    """The processes of a part, by the name that `ps` shows."""
    children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return [pid for pid in children if Path(f"/proc/{pid}/comm").read_text() == f"{part}\n"]


class Broker:
    """A Redis of its own, that freezes, or is killed and started again with what it had."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.address = f"redis://127.0.0.1:{self.port}/0"
        self.tasks = Celery(broker=self.address)

    @contextmanager
    def run(self) -> Iterator[None]:
        command = [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        with running([*command, "--appendonly", "yes", "--save", ""], self.folder / "redis.log") as self.process:
            wait_until(lambda: answers(self.port), "Redis to listen")
            yield

    def freeze(self, seconds: float) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self.process.pid, signal.SIGCONT)

    def send(self, to: Path, count: int, seconds: float) -> None:
        for _each in range(count):
            self.tasks.send_task("tests.sleep", [str(to), seconds], queue=queues.ORDINARY)


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    return Broker(tmp_path)


@pytest.fixture
def done(tmp_path: Path) -> Path:
    (tmp_path / "done").touch()
    return tmp_path / "done"


def environment(other_process: dict[str, str], broker: Broker) -> dict[str, str]:
    return other_process | {"DJANGO_SETTINGS_MODULE": "exchange.settings", "CELERY_BROKER_URL": broker.address}


def spans(done: Path) -> list[tuple[float, float]]:
    return [(float(began), float(ended)) for began, ended in (line.split() for line in done.read_text().splitlines())]


def takes_all_at_once(broker: Broker, done: Path) -> None:
    """Within half a minute it takes as many tasks as it has processes, at the same time."""
    before = len(spans(done))
    broker.send(done, PROCESSES, 2)
    wait_until(lambda: len(spans(done)) >= before + PROCESSES, "tasks to be taken again", 30)
    last = spans(done)[-PROCESSES:]
    assert max(began for began, _ended in last) < min(ended for _began, ended in last)


class TestBroker:
    pytestmark = service

    def test_no_place_is_lost_when_it_freezes_for_longer_than_anything_waits(self, broker, done, other_process):
        """An answer that failed after three seconds cost a place: after two freezes there was none left."""
        env = environment(other_process, broker)
        with broker.run(), celery_worker(env, PROCESSES, include=f"{HERE}.slow_tasks"):
            for _freeze in range(2):
                broker.send(done, PROCESSES, 2)
                time.sleep(1)
                broker.freeze(50)
                takes_all_at_once(broker, done)

    def test_no_place_is_lost_when_it_is_killed_and_started_again(self, broker, done, other_process):
        env = environment(other_process, broker)
        with broker.run():
            worker = celery_worker(env, PROCESSES, include=f"{HERE}.slow_tasks")
            worker.__enter__()
            broker.send(done, PROCESSES, 2)
            time.sleep(1)
            broker.process.kill()
        try:
            for _again in range(2):
                with broker.run():
                    takes_all_at_once(broker, done)
        finally:
            worker.__exit__(None, None, None)

    def test_a_worker_says_to_systemd_that_it_lives_until_it_stands_still(self, broker, done, other_process, tmp_path):
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
            systemd.bind(str(tmp_path / "notify"))
            systemd.settimeout(20)
            env = environment(other_process, broker) | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
            with broker.run(), celery_worker(env, PROCESSES, include=f"{HERE}.slow_tasks") as worker:
                assert [systemd.recv(100) for _each in range(3)] == [b"WATCHDOG=1"] * 3
                os.kill(worker.pid, signal.SIGSTOP)
                systemd.settimeout(3 * listening.LOOKS_EVERY)
                with pytest.raises(TimeoutError):
                    while True:
                        systemd.recv(100)
                os.kill(worker.pid, signal.SIGCONT)

    def test_a_worker_that_stands_still_is_started_again_and_takes_tasks(self, broker, done, other_process, tmp_path):
        env = environment(other_process, broker)
        command, log = [sys.executable, "-c", BACKGROUND], tmp_path / "background.log"
        with broker.run(), running(command, log, env) as together:
            broker.send(done, 1, 0)
            wait_until(lambda: len(spans(done)) == 1, "the first task", 60)
            [first] = named("worker", together.pid)
            time.sleep(listening.LOOKS_EVERY)
            os.kill(first, signal.SIGSTOP)
            wait_until(lambda: named("worker", together.pid) not in ([], [first]), "another worker", 60)
            # not before: Redis would hand it to the connection that still stands
            broker.send(done, 1, 0)
            wait_until(lambda: len(spans(done)) == 2, "the next task", 30)
            assert "worker has said nothing for a while and is ended" in log.read_text()

    def test_a_worker_that_takes_nothing_although_work_waits_ends(self, broker, done, other_process):
        env = environment(other_process, broker)
        with broker.run(), celery_worker(env, PROCESSES, include=f"{HERE}.deaf_worker") as worker:
            broker.send(done, 1, 0)
            assert worker.wait(timeout=DEAF_AFTER + 40) is not None
        with broker.run(), celery_worker(env, PROCESSES, include=f"{HERE}.slow_tasks"):
            wait_until(lambda: spans(done), "the next worker to take what waited", 30)


# --- Who is deaf --------------------------------------------------------------------------------------


def listener(*, taken: Callable[[], int] = lambda: 5, is_idle: bool = True, waits: bool = True) -> Listener:
    return Listener(taken, lambda: is_idle, lambda: waits)


def asked(each: Listener, seconds: int = 60) -> list[bool]:
    return [each.is_deaf(float(now)) for now in range(0, seconds, 5)]


def test_who_takes_nothing_while_work_waits_is_deaf_after_a_while():
    found = asked(listener())
    # the first look only learns how many it has taken
    assert found.index(True) == 1 + DEAF_AFTER / 5
    assert all(found[found.index(True) :])


@pytest.mark.parametrize("known", [{"is_idle": False}, {"waits": False}])
def test_who_has_a_task_in_hand_or_nothing_to_take_is_not(known):
    assert not any(asked(listener(**known)))


def test_who_is_in_a_task_for_longer_than_any_may_take_is_stuck():
    found = asked(listener(is_idle=False), seconds=2 * int(STUCK_AFTER))
    assert found.index(True) == 1 + STUCK_AFTER / 5
    assert STUCK_AFTER > queues.SECONDS


def test_who_takes_one_now_and_then_is_not():
    counts = iter(range(100))
    assert not any(asked(listener(taken=lambda: next(counts) // 3)))


@pytest.mark.parametrize("error", [OSError, OperationalError])
def test_a_broker_that_is_away_makes_nobody_deaf(error):
    def away() -> bool:
        raise error

    assert not any(asked(Listener(lambda: 5, lambda: True, away)))


def test_the_wait_begins_anew_after_each_task():
    counts = iter([5, 5, 5, 5, 6, 6, 6, 6, 6, 6])
    each = listener(taken=lambda: next(counts))
    found = [each.is_deaf(float(now)) for now in range(0, 50, 5)]
    assert found == [False] * 9 + [True]
    assert listening.LOOKS_EVERY < DEAF_AFTER
