"""Asked once more at the moment of sending: does a message still have its reason?

A row carries "name:key", such as "applications.reminder:42". The app that queues it registers how to tell, in
its AppConfig.ready, so that this app needs to know none of the others.
"""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

_checkers: dict[str, Callable[[str], bool]] = {}


def register(name: str, checker: Callable[[str], bool]) -> None:
    """`checker("42")` says whether the message about 42 is still wanted; it runs in a worker."""
    _checkers[name] = checker


def holds(still_due: str) -> bool:
    """Whether the reason lasts. One that nobody here can judge does not: better silent than wrong."""
    name, _colon, key = still_due.partition(":")
    checker = _checkers.get(name)
    if checker is None:
        log.error("nobody can tell whether %s is still due", still_due)
        return False
    return checker(key)
