"""Beat's schedule, kept in the database: no file that a full disk could spoil, and any machine can be the clock.

Each periodic task's last time is a `Heartbeat` row, so that a task whose time passed while beat was down is sent when
it starts again. While the database is away, beat goes on by what it remembers.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from django.db import Error, close_old_connections
from django.utils import timezone

from exchange.background import alive
from exchange.base.home import home_zone
from exchange.models import Heartbeat

logger = logging.getLogger(__name__)
BEAT = "beat"
TASK = "task:"
NOTED_EVERY = 30  # seconds


def note(name: str, at: datetime | None = None) -> None:
    """Write that this was alive or done just now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at or timezone.now()})


class Clock(Scheduler):
    """Celery's scheduler in memory, with the times of the last runs in the database."""

    sync_every = NOTED_EVERY
    _noted_at: float | None = None  # time.monotonic()
    _zone: tzinfo | None = None  # of the times in the heap

    def setup_schedule(self) -> None:
        super().setup_schedule()
        _try(self._read_times)

    def _read_times(self) -> None:
        times = dict(Heartbeat.objects.filter(name__startswith=TASK).values_list("name", "at"))
        for name, entry in self.schedule.items():
            if at := times.get(f"{TASK}{name}"):
                entry.last_run_at = at

    def reserve(self, entry: ScheduleEntry) -> ScheduleEntry:
        new: ScheduleEntry = super().reserve(entry)
        _try(lambda: note(f"{TASK}{entry.name}"))
        return new

    def tick(self, *args: Any, **kwargs: Any) -> float:
        alive.say()
        now = time.monotonic()
        if self._noted_at is None or now - self._noted_at >= NOTED_EVERY:
            self._noted_at = now
            _try(lambda: note(BEAT))
            self._keep_the_citys_time()
        delay: float = super().tick(*args, **kwargs)
        return min(delay, NOTED_EVERY)

    def _keep_the_citys_time(self) -> None:
        """The heap holds the moments of the tasks' next runs: they are others when the city's clock is another."""
        if self._zone != (zone := home_zone()):
            self._zone, self._heap = zone, None


def _try(act: Callable[[], object]) -> None:
    """Beat must outlive a database that is away."""
    try:
        close_old_connections()
        act()
    except Error as error:
        logger.error("beat cannot reach the database: %s", error)
