"""Tasks for workers in tests: `celery worker --include tests.exchange.background.slow_tasks`."""

import time
from pathlib import Path

from celery import shared_task


@shared_task(name="tests.sleep")
def sleep(path: str, seconds: float) -> None:
    """Writes when it began, and at the end when it ended, by the clock of the machine."""
    began = time.monotonic()
    time.sleep(seconds)
    with Path(path).open("a") as lines:
        lines.write(f"{began} {time.monotonic()}\n")
