"""A worker's sign of life: at most twice a minute, it writes that it is there. And the limit of memory of heavy work.

There are two kinds of workers (docs/adr/0061). Which one this is, is known from the queues that it consumes.
"""

import logging
import resource
import threading
import time
from collections.abc import Collection

from celery import current_app
from django.conf import settings
from django.db import Error

from exchange.background import clock

logger = logging.getLogger(__name__)
WORKER = "worker"
HEAVY = "heavy_worker"
_noted = threading.local()
_name = WORKER


def is_of(queues: Collection[str]) -> None:
    """Called when a worker starts, before it makes the processes that run its tasks."""
    global _name  # noqa: PLW0603 -- one worker in a process
    _name = HEAVY if settings.HEAVY_QUEUE in queues else WORKER


def limit_memory() -> None:
    """Called in each process that runs tasks: one of heavy work, and each that it starts, gets a MemoryError beyond.

    Of what it writes to: the address space that a JavaScript engine only reserves doesn't count.
    """
    if _name == HEAVY:
        most = settings.HEAVY_MEMORY_MB * 1024**2
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def note() -> None:
    """Called after each task and while a job goes on, in the process that runs it. Never fails: the work is done."""
    now = time.monotonic()
    if current_app.conf.task_always_eager or now - getattr(_noted, "at", -clock.NOTED_EVERY) < clock.NOTED_EVERY:
        return
    _noted.at = now
    try:
        clock.note(_name)
    except Error as error:
        logger.error("the worker cannot write that it is alive: %s", error)
