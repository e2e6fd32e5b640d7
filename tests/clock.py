"""The clock that tests read: noon of one Tuesday in the city, whenever they run, or the instant that TEST_CLOCK names
("today": noon of the day of the run).

On the day of the run instead, ten of 13,636 passed on a Tuesday and failed on the Wednesday after. It goes on from
there, and begins again with each module: a minute before midnight is one for every test, not only for the first of a
run that takes ten. Tests that share their clock with another program (a browser, a worker, a server that
checks signatures) are marked `browser` or `service`, those that share it with the file system `real_clock`: they read
the machine's. `script/test --clocks` sets the instants at which dates break, and runs the modules that touch dates.
"""

import os
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

CITY = ZoneInfo("America/Los_Angeles")
NOON = datetime(2026, 12, 1, 12, tzinfo=CITY)


class Clock:
    def __init__(self, begins: datetime) -> None:
        self.begins, self.since, self.travel, self.module = begins, time.monotonic(), None, None

    def start(self) -> None:
        now = self.begins + timedelta(seconds=time.monotonic() - self.since)
        self.travel = time_machine.travel(now, tick=True)
        self.travel.start()

    def begin_again(self, module: Path) -> None:
        if module != self.module:
            self.stop()
            self.module, self.since = module, time.monotonic()
            self.start()

    def stop(self) -> None:
        self.travel.stop()


# what a test calls or writes if its rows or its expectations depend on today
TOUCHES_DATES = re.compile(r"localdate|localtime|timezone\.now|\btoday|\bnow\(|CLOCK|time_machine")


def _begins() -> datetime:
    named = os.environ.get("TEST_CLOCK")
    if named == "today":
        return datetime.now(CITY).replace(hour=12, minute=0, second=0, microsecond=0)
    return datetime.fromisoformat(named) if named else NOON


clock = Clock(_begins())


def pytest_sessionstart() -> None:
    clock.start()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """At a named instant, only tests in modules that touch dates: half of the suite's time."""
    if not os.environ.get("TEST_CLOCK"):
        return
    touch = {path: bool(TOUCHES_DATES.search(path.read_text())) for path in {item.path for item in items}}
    config.hook.pytest_deselected(items=[item for item in items if not touch[item.path]])
    items[:] = [item for item in items if touch[item.path]]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    clock.begin_again(item.path)
    if not any(item.get_closest_marker(name) for name in ("browser", "service", "real_clock")):
        return (yield)
    clock.stop()
    try:
        return (yield)
    finally:
        clock.start()


@pytest.fixture
def still() -> Iterator[time_machine.Traveller]:
    """Noon of that Tuesday, until the test moves the clock on."""
    with time_machine.travel(NOON, tick=False) as stands:
        yield stands
