"""A worker's sign of life: at most twice a minute, after a task, it writes that it is there."""

import logging
import threading
import time

from celery import current_app
from django.db import Error

from exchange.background import clock

logger = logging.getLogger(__name__)
WORKER = "worker"
_noted = threading.local()


def note() -> None:
    """Called after each task, in the process that ran it. Never fails: the task has been done."""
    now = time.monotonic()
    if current_app.conf.task_always_eager or now - getattr(_noted, "at", -clock.NOTED_EVERY) < clock.NOTED_EVERY:
        return
    _noted.at = now
    try:
        clock.note(WORKER)
    except Error as error:
        logger.error("the worker cannot write that it is alive: %s", error)
