"""The portal's days: the clock stands where the year is, and on the way to a later moment beat's tasks run in time."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Self

import time_machine
from celery.schedules import crontab
from django.conf import settings
from django.utils import timezone

from exchange.base.home import home_zone
from exchange.celery import app

# What looks after machines, and what only catches up with a lost task: no task is lost here. The director's figures are
# counted when the director looks at them.
OF_MACHINES = set(
    "take-backup tell-if-backup-is-late watch-sign-ins watch-texts note-heavy-worker publish-kept-tasks clear-sessions"
    " look-after-uploads look-after-agreement-files look-after-step-files look-after-receipts look-after-photos"
    " look-after-signatures close-log forget-attempts deliver-waiting-messages"
    " deliver-waiting-urgent-messages refresh-now".split()
)
# They look through everything, and what they find has waited for months.
WEEKLY = {"purge", "purge-numbers", "remove-old-uploads", "purge-abandoned-drafts", "forget"}


class Calendar:
    """`hours`: at which of its hours an hourly task runs. `every`: every how many days tasks run at all, because each
    has to stand days on which it couldn't.
    """

    def __init__(self, begins: dt.datetime, hours: Iterable[int], every: int = 1) -> None:
        self.hours = frozenset(hours)
        self.every = every
        self.travel = time_machine.travel(begins, tick=True)
        tasks = {name: entry for name, entry in settings.CELERY_BEAT_SCHEDULE.items() if name not in OF_MACHINES}
        self.at_times = {name: each for name, each in tasks.items() if isinstance(each["schedule"], crontab)}
        self.often = {name: each for name, each in tasks.items() if name not in self.at_times}
        self.ran = 0
        self.failed: Callable[[str, Exception], None] = lambda task, error: None

    @property
    def zone(self) -> dt.tzinfo:
        """The one of the city that this year is played in."""
        return home_zone()

    def __enter__(self) -> Self:
        self.clock = self.travel.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.travel.stop()

    def later(self, after: Callable[[], None] = lambda: None, **more: float) -> None:
        self.go_to(timezone.now() + dt.timedelta(**more), after)

    def go_to(self, moment: dt.datetime, after: Callable[[], None] = lambda: None) -> None:
        """Moves on to that moment. `after`: what is looked at once a round of tasks is done."""
        for due, names in self._rounds(timezone.now(), moment):
            self.clock.move_to(due)
            self._run([self.at_times[name] for name in names])
            after()
        if moment > timezone.now():
            self.clock.move_to(moment)
            self._run(list(self.often.values()))
            after()

    def morning(self, days: int = 1, after: Callable[[], None] = lambda: None) -> None:
        """The morning some days on, at ten by the city's clock."""
        day = timezone.localdate() + dt.timedelta(days=days)
        self.go_to(dt.datetime.combine(day, dt.time(10, 5), self.zone), after)

    def _run(self, entries: list[dict[str, str]]) -> None:
        for entry in entries:
            self.ran += 1
            try:
                app.tasks[entry["task"]].apply(throw=True)
            except Exception as error:  # noqa: BLE001 -- whatever a task raises is what a year looks for
                self.failed(entry["task"], error)

    def _rounds(self, start: dt.datetime, end: dt.datetime) -> Iterator[tuple[dt.datetime, list[str]]]:
        """The moments between the two at which tasks are due, in order."""
        day = start.astimezone(self.zone).date()
        while day <= end.astimezone(self.zone).date():
            rounds: dict[dt.time, list[str]] = {}
            for name, entry in self.at_times.items():
                if day.toordinal() % (max(7, 4 * self.every) if name in WEEKLY else self.every):
                    continue
                for hour in self._hours(entry["schedule"]):
                    rounds.setdefault(dt.time(hour, min(entry["schedule"].minute)), []).append(name)
            for time in sorted(rounds):
                due = dt.datetime.combine(day, time, self.zone)
                if start < due <= end:
                    yield due, rounds[time]
            day += dt.timedelta(days=1)

    def _hours(self, schedule: crontab) -> set[int]:
        return set(schedule.hour) if len(schedule.hour) == 1 else set(schedule.hour) & self.hours
