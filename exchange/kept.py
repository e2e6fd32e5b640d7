"""Figures that are slow to count, kept in the cache until something happens.

    found = kept(f"pipeline:{cycle.pk}", lambda: count(cycle), by=request.user)
    found.value, found.counted_at, found.is_slow

What is quick to count is not kept, unless the caller says `however_quick`: where one look at the record takes
the place of several queries. Then it is counted again as soon as anybody has done anything. What took longer is
used again

* only for a person who has done nothing since it was counted: everybody sees their own act at once, whichever
  process answers and whichever one counted;
* until anybody has done something, and then for as long as makes counting a small part of the machine's work:
  what took 0.2 seconds is counted every two seconds at most, however many people are at work;
* never longer than `seconds`, for what changes by the clock alone.

That something was done is read from the record of events, in one query over the newest of them. The key names
all that the figures depend on but the database: the cycle, the person they are cut down to, the language of words.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db.models import Count, Q
from django.utils import timezone

from exchange.models import Event, User

SLOW_SECONDS = 0.05
KEEP_SECONDS = 60
# of one process's time, at most a tenth goes into counting the same thing
PAUSE = 10
# An act of a long transaction appears later than younger ones, with a lower number.
LATECOMERS = 50


@dataclass(frozen=True, slots=True)
class Kept[T]:
    """`is_slow`: the value is kept, so that a page should say from when it is."""

    value: T
    counted_at: datetime
    is_slow: bool


@dataclass(frozen=True, slots=True)
class _Mark:
    """The newest events there were before counting began, newest first."""

    newest: tuple[int, ...]

    def since(self, by: User | AnonymousUser | None) -> tuple[bool, bool]:
        """Whether this person has done something since, and whether anybody has."""
        events = Event.objects.exclude(pk__in=self.newest).order_by()
        if len(self.newest) == LATECOMERS:
            events = events.filter(pk__gt=self.newest[-1])
        of_whom = by.pk if by and by.is_authenticated else None
        found = events.aggregate(own=Count("pk", filter=Q(by=of_whom) if of_whom else Q(pk=0)), all=Count("pk"))
        return found["own"] > 0, found["all"] > 0


@dataclass(frozen=True, slots=True)
class _Stored[T]:
    value: T
    counted_at: datetime
    took: float
    mark: _Mark

    @property
    def is_slow(self) -> bool:
        return self.took > SLOW_SECONDS


def kept[T](
    key: str,
    make: Callable[[], T],
    *,
    by: User | AnonymousUser | None = None,
    seconds: int = KEEP_SECONDS,
    however_quick: bool = False,
) -> Kept[T]:
    """What `make` gives, or gave a moment ago. `by`: who looks. The value has to be one that can be pickled."""
    stored: _Stored[T] | None = cache.get(f"kept:{key}")
    if stored is not None and _still_holds(stored, by, seconds):
        return Kept(stored.value, stored.counted_at, is_slow=stored.is_slow)
    # before counting: what happens meanwhile is counted again rather than missed
    mark = _Mark(tuple(Event.objects.order_by("-pk").values_list("pk", flat=True)[:LATECOMERS]))
    counted_at, started = timezone.now(), time.monotonic()
    value = make()
    took = time.monotonic() - started
    if took > SLOW_SECONDS or however_quick:
        cache.set(f"kept:{key}", _Stored(value, counted_at, took, mark), seconds)
    return Kept(value, counted_at, is_slow=took > SLOW_SECONDS)


def _still_holds(stored: _Stored, by: User | AnonymousUser | None, seconds: int) -> bool:
    age = (timezone.now() - stored.counted_at).total_seconds()
    if age > seconds:
        return False
    own, any_act = stored.mark.since(by)
    return not own and (not any_act or (stored.is_slow and age < stored.took * PAUSE))
