"""Checks, just before sending, that a message is still needed.

A message row carries "name:key", such as "applications.reminder:42". The app that queues such messages registers a
checker under that name in its AppConfig.ready, so that this app need not import the others.
"""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

_checkers: dict[str, Callable[[str], bool]] = {}


def register(name: str, checker: Callable[[str], bool]) -> None:
    """Register `checker`: `checker("42")` says whether the message about row 42 is still needed. Runs in a worker."""
    _checkers[name] = checker


def holds(still_due: str) -> bool:
    """Whether the message is still needed. False, and an error in the log, if no checker has that name."""
    name, _colon, key = still_due.partition(":")
    checker = _checkers.get(name)
    if checker is None:
        log.error("nobody can tell whether %s is still due", still_due)
        return False
    return checker(key)
