"""A worker's sign of life: at most twice a minute, it writes that it is there. And its limits of memory and time.

There are three kinds of workers (docs/adr/0031). Which one this is, is known from the queues that it consumes.
"""

import logging
import os
import resource
import signal
import threading
import time
from collections.abc import Collection
from pathlib import Path

from celery import Task, current_app
from django.conf import settings
from django.db import Error

from exchange.background import clock, queues

logger = logging.getLogger(__name__)
WORKER = "worker"
HEAVY = "heavy_worker"
URGENT = "urgent_worker"
RENEWED_AT_MB = 300  # the urgent worker ends after its tasks once it has this, and is started again
_noted = threading.local()
_name = WORKER
_timers: dict[str, threading.Timer] = {}


def is_of(consumed: Collection[str]) -> None:
    """Called when a worker starts, before it makes the processes that run its tasks."""
    global _name  # noqa: PLW0603 -- one worker in a process
    _name = HEAVY if queues.HEAVY in consumed else URGENT if queues.URGENT in consumed else WORKER
    if _name == URGENT:  # its tasks run in threads of this process
        limit_memory()


def limit_memory() -> None:
    """Called in each process that runs tasks: it, and each that it starts, gets a MemoryError beyond.

    Of what it writes to: the address space that a JavaScript engine only reserves doesn't count.
    """
    most = (settings.HEAVY_MEMORY_MB if _name == HEAVY else settings.WORKER_MEMORY_MB) * 1024**2
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def begin(task_id: str, task: Task) -> None:
    """Called before each task. Threads can't be stopped one by one: a task beyond its limit ends the urgent worker,
    which is started again; what it was sending is found by the next sweep.
    """
    if _name != URGENT:
        return
    timer = threading.Timer(task.time_limit or queues.SECONDS, os._exit, [1])
    timer.daemon = True
    _timers[task_id] = timer
    timer.start()


def end(task_id: str) -> None:
    """Called after each task."""
    if timer := _timers.pop(task_id, None):
        timer.cancel()
    if _name == URGENT and _has_grown():
        os.kill(os.getpid(), signal.SIGTERM)  # what it has begun is done first
    note()


def _has_grown() -> bool:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() > RENEWED_AT_MB * 1024**2


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
