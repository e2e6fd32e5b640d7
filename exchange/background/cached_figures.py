"""Caches figures that are slow to count, until somebody changes something.

    found = cached(f"pipeline:{cycle.pk}", lambda: count(cycle), by=request.user)
    found.value, found.counted_at, found.is_slow

A figure that is quick to count is not cached, unless the caller passes `always_cache`: then reading the newest events
replaces several queries, and any event ends the cached value. A figure that took longer than SLOW_SECONDS is reused

* only for a person who has done nothing since it was counted: everyone sees the effect of their own actions at once,
  whichever process counted and whichever one answers;
* by others until somebody has done something, and after that for PAUSE times as long as counting took: a figure that
  takes 0.2 seconds is counted every two seconds at most, however many people are at work;
* never longer than `seconds`, because some figures change with time alone.

Whether something was done is read from the audit log, in one query for its newest events. A page with several figures
reads them once (`RecentEvents`). `matters` says which actions can change a figure. The key must name everything that
the figure depends on, other than the database: the cycle, the person whose view it is, the language of its words.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from exchange.base import audit
from exchange.models import Event, User
from exchange.web.shortcuts import query_without_page

SLOW_SECONDS = 0.05
KEEP_SECONDS = 60
# at most a tenth of one process's time is spent on counting the same figure
PAUSE = 10
# How many of the newest events are compared. An event of a long transaction becomes visible after younger ones, though
# its primary key is lower.
LATECOMERS = 50


@dataclass(frozen=True, slots=True)
class CachedFigure[T]:
    """A counted value. `is_slow`: it may be older than this request, so the page should say when it was counted."""

    value: T
    counted_at: datetime
    is_slow: bool


class _RecentEvent(NamedTuple):
    pk: int
    action: str
    by: int | None


def _events() -> QuerySet[Event]:
    """Without signing in and out, which changes no figure and, on a busy day, never stops."""
    return Event.objects.exclude(action__startswith=audit.OF_ACCOUNTS)


class RecentEvents:
    """The newest events when a page first asked for them, newest first."""

    @cached_property
    def newest(self) -> tuple[_RecentEvent, ...]:
        rows = _events().order_by("-pk").values_list("pk", "action", "by")[:LATECOMERS]
        return tuple(_RecentEvent(*row) for row in rows)

    @property
    def mark(self) -> tuple[int, ...]:
        return tuple(event.pk for event in self.newest)

    def since(self, mark: tuple[int, ...], by: int | None, matters: Callable[[str], bool]) -> tuple[bool, bool]:
        """Whether this person has done something that matters since `mark` was taken, and whether anybody has."""
        oldest = mark[-1] if len(mark) == LATECOMERS else 0
        new = [event for event in self.newest if event.pk > oldest and event.pk not in mark]
        if len(new) > LATECOMERS // 2:  # there may be more than were read: count them in the database
            events = _events().filter(pk__gt=oldest).exclude(pk__in=mark).order_by()
            found = events.aggregate(own=Count("pk", filter=Q(by=by) if by else Q(pk=0)), all=Count("pk"))
            return found["own"] > 0, found["all"] > 0
        new = [event for event in new if matters(event.action)]
        return any(event.by == by for event in new) if by else False, bool(new)


@dataclass(frozen=True, slots=True)
class _Stored[T]:
    value: T
    counted_at: datetime
    took: float
    mark: tuple[int, ...]

    @property
    def is_slow(self) -> bool:
        return self.took > SLOW_SECONDS


def any_event(_action: str) -> bool:
    return True


def all_but(*harmless: str) -> Callable[[str], bool]:
    """For `matters`: every action but these. An action that is added later counts, so that no figure gets stale."""
    return lambda action: action not in harmless


def cached[T](
    key: str,
    make: Callable[[], T],
    *,
    by: User | AnonymousUser | None = None,
    seconds: int = KEEP_SECONDS,
    always_cache: bool = False,
    recent: RecentEvents | None = None,
    matters: Callable[[str], bool] = any_event,
) -> CachedFigure[T]:
    """The value of `make`, counted now or a moment ago. `by`: who looks. The value must be picklable.

    `recent`: shared by the figures of one page. `matters`: takes an action's name; True if it may change the value.
    """
    recent = recent or RecentEvents()
    stored: _Stored[T] | None = cache.get(f"figure:{key}")
    if stored is not None and _still_holds(
        stored, recent, by.pk if by and by.is_authenticated else None, seconds, matters
    ):
        return CachedFigure(stored.value, stored.counted_at, is_slow=stored.is_slow)
    mark = recent.mark  # before counting: an event that comes meanwhile leads to another count, not to a stale figure
    counted_at, started = timezone.now(), time.monotonic()
    value = make()
    took = time.monotonic() - started
    if took > SLOW_SECONDS or always_cache:
        cache.set(f"figure:{key}", _Stored(value, counted_at, took, mark), seconds)
    return CachedFigure(value, counted_at, is_slow=took > SLOW_SECONDS)


def _still_holds(
    stored: _Stored[Any], recent: RecentEvents, by: int | None, seconds: int, matters: Callable[[str], bool]
) -> bool:
    age = (timezone.now() - stored.counted_at).total_seconds()
    if age > seconds:
        return False
    by_person, by_anyone = recent.since(stored.mark, by, matters)
    return not by_person and (not by_anyone or (stored.is_slow and age < stored.took * PAUSE))


def cached_for[T](request: HttpRequest, name: str, make: Callable[[], T], *, recent: RecentEvents | None = None) -> T:
    """What `make` counts with the filters in the address, for this person; cached until anybody does something."""
    filters = hashlib.sha256(query_without_page(request).encode()).hexdigest()[:16]
    key = f"{name}:{request.user.pk}:{filters}"
    return cached(key, make, by=request.user, always_cache=True, recent=recent).value
