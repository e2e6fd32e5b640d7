"""Beat's schedule, kept in the database: no file that a full disk could spoil, and any machine can be the clock.

Each periodic task's last time is a `Heartbeat` row, so that a task whose time passed while beat was down is sent when
it starts again. Several beats may run: the row `beat` belongs to the one that wrote its moment last, and the others
send nothing until it has been silent. While the database is away, that one goes on by what it remembers.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from celery import Celery
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
SILENT = timedelta(seconds=3 * NOTED_EVERY)  # then another beat takes its place


def note(name: str, at: datetime | None = None) -> None:
    """Write that this was alive or done just now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at or timezone.now()})


class Clock(Scheduler):
    """Celery's scheduler in memory, with the times of the last runs in the database."""

    sync_every = NOTED_EVERY
    _looked_at: float | None = None  # time.monotonic()
    _held: datetime | None = None  # what this beat wrote last into its row; None while another one sends
    _zone: tzinfo | None = None  # of the times in the heap
    here: "Clock | None" = None  # of this process

    def setup_schedule(self) -> None:
        super().setup_schedule()
        Clock.here = self

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
        if self._looked_at is None or now - self._looked_at >= NOTED_EVERY:
            self._looked_at = now
            _try(self._hold)
            self._keep_the_citys_time()
        if self._held is None:
            return NOTED_EVERY
        delay: float = super().tick(*args, **kwargs)
        return min(delay, NOTED_EVERY)

    def leave(self) -> None:
        """Another beat may take over at once. Not in `close`, which a signal calls in the middle of a query."""
        held, self._held = self._held, None
        if held:
            _try(lambda: Heartbeat.objects.filter(name=BEAT, at=held).update(at=timezone.now() - SILENT))

    def _hold(self) -> None:
        """Write the moment into the row, unless another beat has written there since and isn't silent."""
        now, row = timezone.now(), Heartbeat.objects.filter(name=BEAT)
        if self._held and row.filter(at=self._held).update(at=now):
            self._held = now
            return
        was, self._held = self._held, None
        if (
            row.filter(at__lte=now - SILENT).update(at=now)
            or Heartbeat.objects.get_or_create(name=BEAT, defaults={"at": now})[1]
        ):
            logger.info("this beat sends the periodic tasks from now on")
            self._held, self._heap = now, None
            self._read_times()
        elif was:
            logger.warning("another beat sends the periodic tasks from now on")

    def _keep_the_citys_time(self) -> None:
        """The heap holds the moments of the tasks' next runs: they are others when the city's clock is another."""
        if self._zone != (zone := home_zone()):
            self._zone, self._heap = zone, None


def run(app: Celery) -> None:
    """Beat, until somebody asks this process to end."""
    try:
        app.Beat(pidfile="", loglevel="INFO").run()
    finally:
        if Clock.here:
            Clock.here.leave()


def _try(act: Callable[[], object]) -> None:
    """Beat must outlive a database that is away."""
    try:
        close_old_connections()
        act()
    except Error as error:
        logger.error("beat cannot reach the database: %s", error)
