"""Ends a worker that takes nothing although work waits for it, or is stuck in a task. `together` or systemd starts it
again; to them it says that it lives (`alive`) as long as it's neither.

A worker has so many places for tasks that it was given and hasn't answered for. Where an answer is lost, so is its
place; without one the worker runs, and takes nothing. That can't be mended from inside.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from celery import current_app
from celery.worker import state
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from exchange.background import alive
from exchange.background.queues import SECONDS

logger = logging.getLogger(__name__)
LOOKS_EVERY = 5.0  # seconds
DEAF_AFTER = 20.0  # seconds: a worker without a task in hand takes the next one within a second
STUCK_AFTER = SECONDS + 60.0  # with a task in hand that should have been ended by then
ENDS_WITHIN = 10.0  # seconds; then it's ended by force, with nothing in hand


@dataclass(slots=True)
class Listener:
    """`taken`: how many tasks the worker has begun. `is_idle`: it has none in hand. `work_waits`: in its queues; raises
    OSError or OperationalError where the broker doesn't say.
    """

    taken: Callable[[], int]
    is_idle: Callable[[], bool]
    work_waits: Callable[[], bool]
    since: float | None = None
    before: tuple[int, bool] = 0, True

    def is_deaf(self, now: float) -> bool:
        """Whether no task was taken for a while although work waits, or for too long with one in hand. `now`: seconds.
        Asked every few seconds.
        """
        is_idle = self.is_idle()
        seen = self.taken(), is_idle
        if seen != self.before or (is_idle and not self._work_waits()):
            self.since, self.before = None, seen
            return False
        if self.since is None:
            self.since = now
        return now - self.since >= (DEAF_AFTER if is_idle else STUCK_AFTER)

    def _work_waits(self) -> bool:
        try:
            return self.work_waits()
        except (OSError, OperationalError):
            return False  # a broker that's away has nothing to give


def watch_over(queues: Collection[str]) -> None:
    """Called in a worker's first process, once it's ready. Looks from a thread: the worker may be stuck."""
    listener = Listener(
        taken=lambda: state.all_total_count[0],
        is_idle=lambda: not (state.active_requests or state.reserved_requests),
        work_waits=lambda: any(_length(queue) for queue in queues),
    )
    threading.Thread(target=_look, args=(listener,), name="listening", daemon=True).start()


def _look(listener: Listener) -> None:
    while not listener.is_deaf(time.monotonic()):
        alive.say()
        time.sleep(LOOKS_EVERY)
    logger.error("this worker takes none of the work that waits: it ends, to be started again")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ENDS_WITHIN)
    os._exit(1)


def _length(queue: str) -> int:
    """How many tasks wait in a queue. Raises OSError or OperationalError where the broker doesn't say."""
    connection: Connection
    with current_app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        try:
            return int(channel.queue_declare(queue, passive=True).message_count)
        except connection.channel_errors:
            return 0  # no such queue: with Redis, one without tasks
