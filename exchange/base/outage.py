"""Remembers that a remote service just failed, so that only one request in a while waits for it again.

try:
    with scanner.attempt(OSError):
        scan()
except AwayError:
    ...  # it failed, or failed a moment ago: the same may work in a minute
"""

import logging
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

logger = logging.getLogger(__name__)


class AwayError(OSError):
    """A remote service failed, wasn't asked because it failed a moment ago, or has no place free.

    `after`: seconds until another try may be worth it.
    """

    def __init__(self, text: str, *, after: float) -> None:
        super().__init__(text)
        self.after = after


class Outage:
    """One remote service, as this process sees it. `pause`: seconds until it is tried again. Safe between threads."""

    def __init__(self, service: str, *, pause: float = 10) -> None:
        self.service, self.pause = service, pause
        self._lock = threading.Lock()
        self._next_try: float | None = None  # time.monotonic(); None while the service works
        _outages.add(self)

    @contextmanager
    def attempt(self, *errors: type[Exception]) -> Iterator[None]:
        """Around a call, which fails with one of `errors` where the service is away. Raises AwayError."""
        if not self.may_try():
            raise AwayError(f"{self.service} is away", after=self.pause)
        try:
            yield
        except errors as error:
            self.failed(error)
            raise AwayError(f"{self.service} is away: {error}", after=self.pause) from error
        self.worked()

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

    def is_away(self) -> bool:
        """As this process knows."""
        return self._next_try is not None


_outages: weakref.WeakSet[Outage] = weakref.WeakSet()


def away() -> dict[str, bool]:
    """By service: whether anything in this process knows it to be away."""
    found: dict[str, bool] = {}
    for outage in list(_outages):
        found[outage.service] = found.get(outage.service, False) or outage.is_away()
    return found


class SharedOutage(Outage):
    """The same for all processes, by the cache: for what each try holds up a worker of few. Over after `pause`."""

    def may_try(self) -> bool:
        return cache.get(self._key) is None

    def failed(self, error: Exception) -> None:
        cache.set(self._key, True, self.pause)

    def worked(self) -> None:
        return None

    def is_away(self) -> bool:
        return not self.may_try()

    @property
    def _key(self) -> str:
        return f"away:{self.service.replace(' ', '-')}"


class Places:
    """A share of a web process' threads may wait for a service at once; the others go on without it, after a moment.

    What limits the moment is how long the others have been in there: where they're quick, a place is free soon.
    """

    threads: int | None = None  # of this web process; in others as many may wait as ask
    MOMENT = 0.5  # seconds
    LONGEST = 30  # seconds, which whoever found no place is asked to stay away

    def __init__(self, of: str, *, share: float) -> None:
        self.of, self.share = of, share
        self._changed = threading.Condition()
        self._entered: list[float] = []  # time.monotonic()

    @contextmanager
    def one(self, *, waits: bool = True) -> Iterator[None]:
        """Around what may take long. AwayError without a place; at once if not `waits`."""
        with self._changed:
            if not self._changed.wait_for(self._has_room, self._patience() if waits else 0):
                raise AwayError(f"all places of {self.of} are taken", after=min(max(1, self._age()), self.LONGEST))
            entered = time.monotonic()
            self._entered.append(entered)
        try:
            yield
        finally:
            with self._changed:
                self._entered.remove(entered)
                self._changed.notify()

    def _has_room(self) -> bool:
        return self.threads is None or len(self._entered) < max(1, int(self.threads * self.share))

    def _patience(self) -> float:
        return max(0.0, self.MOMENT - self._age())

    def _age(self) -> float:
        """How long the one that entered first has been in there."""
        now = time.monotonic()
        return now - min(self._entered, default=now)
