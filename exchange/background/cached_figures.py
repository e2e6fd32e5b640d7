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

That something was done is read from the record of events, in one query over the newest of them; a page that keeps
several figures reads them once (`Acts`). Acts that change nothing of a figure need not end it: `matters` says which do.
The key names all that the figures depend on but the database: the cycle, the person they are cut down to, the language
of words.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone

from exchange.models import Event, User
from exchange.web.shortcuts import query_without_page

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


class _Act(NamedTuple):
    pk: int
    action: str
    by: int | None


class Acts:
    """The newest there were when a page first asked, newest first."""

    @cached_property
    def newest(self) -> tuple[_Act, ...]:
        rows = Event.objects.order_by("-pk").values_list("pk", "action", "by")[:LATECOMERS]
        return tuple(_Act(*row) for row in rows)

    @property
    def mark(self) -> tuple[int, ...]:
        return tuple(act.pk for act in self.newest)

    def since(self, mark: tuple[int, ...], by: int | None, matters: Callable[[str], bool]) -> tuple[bool, bool]:
        """Whether this person has done something that matters since, and whether anybody has."""
        oldest = mark[-1] if len(mark) == LATECOMERS else 0
        new = [act for act in self.newest if act.pk > oldest and act.pk not in mark]
        if len(new) > LATECOMERS // 2:  # more may have happened than these: the database knows
            events = Event.objects.filter(pk__gt=oldest).exclude(pk__in=mark).order_by()
            found = events.aggregate(own=Count("pk", filter=Q(by=by) if by else Q(pk=0)), all=Count("pk"))
            return found["own"] > 0, found["all"] > 0
        new = [act for act in new if matters(act.action)]
        return any(act.by == by for act in new) if by else False, bool(new)


@dataclass(frozen=True, slots=True)
class _Stored[T]:
    value: T
    counted_at: datetime
    took: float
    mark: tuple[int, ...]

    @property
    def is_slow(self) -> bool:
        return self.took > SLOW_SECONDS


def any_act(_action: str) -> bool:
    return True


def all_but(*harmless: str) -> Callable[[str], bool]:
    """For `matters`: every act but these, by their names on record. A new one ends what is kept, to be safe."""
    return lambda action: action not in harmless


def kept[T](
    key: str,
    make: Callable[[], T],
    *,
    by: User | AnonymousUser | None = None,
    seconds: int = KEEP_SECONDS,
    however_quick: bool = False,
    acts: Acts | None = None,
    matters: Callable[[str], bool] = any_act,
) -> Kept[T]:
    """What `make` gives, or gave a moment ago. `by`: who looks. The value has to be one that can be pickled.

    `acts`: where a page keeps several figures. `matters`: of an action's name; whatever may change the value does.
    """
    acts = acts or Acts()
    stored: _Stored[T] | None = cache.get(f"kept:{key}")
    if stored is not None and _still_holds(
        stored, acts, by.pk if by and by.is_authenticated else None, seconds, matters
    ):
        return Kept(stored.value, stored.counted_at, is_slow=stored.is_slow)
    mark = acts.mark  # before counting: what happens meanwhile is counted again rather than missed
    counted_at, started = timezone.now(), time.monotonic()
    value = make()
    took = time.monotonic() - started
    if took > SLOW_SECONDS or however_quick:
        cache.set(f"kept:{key}", _Stored(value, counted_at, took, mark), seconds)
    return Kept(value, counted_at, is_slow=took > SLOW_SECONDS)


def _still_holds(stored: _Stored, acts: Acts, by: int | None, seconds: int, matters: Callable[[str], bool]) -> bool:
    age = (timezone.now() - stored.counted_at).total_seconds()
    if age > seconds:
        return False
    own, any_of_them = acts.since(stored.mark, by, matters)
    return not own and (not any_of_them or (stored.is_slow and age < stored.took * PAUSE))


def kept_for[T](request: HttpRequest, name: str, make: Callable[[], T]) -> T:
    """What `make` counts with the filters of the address, for this person; kept until anybody does something."""
    filters = hashlib.sha256(query_without_page(request).encode()).hexdigest()[:16]
    return kept(f"{name}:{request.user.pk}:{filters}", make, by=request.user, however_quick=True).value
