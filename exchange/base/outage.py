"""Remembers that a remote service just failed, so that only one request in a while waits for it again.

if broker.may_try():
    try:
        publish()
    except OSError as error:
        broker.failed(error)
    else:
        broker.worked()
"""

import logging
import threading
import time

logger = logging.getLogger(__name__)


class Outage:
    """One remote service, as this process sees it. `pause`: seconds until it is tried again. Safe between threads."""

    def __init__(self, service: str, *, pause: float = 10) -> None:
        self.service, self.pause = service, pause
        self._lock = threading.Lock()
        self._next_try: float | None = None  # time.monotonic(); None while the service works

    def may_try(self) -> bool:
        """False during an outage, except for one caller each `pause` seconds."""
        if self._next_try is None:
            return True
        with self._lock:
            now = time.monotonic()
            if self._next_try is not None and now < self._next_try:
                return False
            self._next_try = now + self.pause
            return True

    def failed(self, error: Exception) -> None:
        with self._lock:
            is_new = self._next_try is None
            self._next_try = time.monotonic() + self.pause
        if is_new:
            logger.error("%s is away: %s", self.service, error)

    def worked(self) -> None:
        if self._next_try is None:
            return
        with self._lock:
            self._next_try = None
        logger.warning("%s is back", self.service)
