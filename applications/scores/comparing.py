"""What `adjusting` and `agreement` say of a cycle, kept until its locked readings change.

Kept in the cache with a fingerprint: how many candidates have a locked reading, how many readings those are, and
the sums of their means, medians and spreads, which the lock of a reading works out in its own transaction. So one
small query tells whether what is kept still holds. Where working it out takes long (tens of thousands of readings),
what is kept is shown for a minute without asking, and pages say from when it is.
"""

import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isnan

from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from applications.models import Application, Assignment, Cycle, Rating
from applications.scores import calculating
from applications.scores.scoring import Agreement
from exchange.models import User
from exchange.reference import facts as dated

SLOW_SECONDS = 0.5
FRESH_SECONDS = 60  # how old figures may be that take long
KEEP_SECONDS = 7 * 24 * 60 * 60
FACTS = ("scoring.files_min", "scoring.interval_percent")

type Print = tuple[object, ...]
type Shuffle = Callable[[list[int]], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one application, in points of the rubric; None where there is none. `low` and `high` hold the score that
    counts: the adjusted one, or else the raw one. place: by that score, 1 is the highest."""

    adjusted: float | None
    low: float | None
    high: float | None
    place: int
    is_close: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """A whole cycle, packed: `keys` holds primary keys in order, the others a figure for each (NaN: none)."""

    fingerprint: Print
    worked_out_at: datetime
    seconds: float
    refusal: str  # a value of adjusting.Refusal; empty: adjusted
    readers: int
    reads: int
    groups: tuple[int, ...]  # how many readers each has, largest first
    few: int
    severest: float | None  # points below and above the average reader
    mildest: float | None
    spread_applications: float | None
    spread_readers: float | None
    spread_chance: float | None
    line: float | None
    close: int
    keys: array
    adjusted: array
    low: array
    high: array
    places: array

    @property
    def is_adjusted(self) -> bool:
        return not self.refusal

    def of(self, key: int) -> Figures | None:
        at = bisect_left(self.keys, key)
        if at == len(self.keys) or self.keys[at] != key:
            return None
        low, high = _number(self.low[at]), _number(self.high[at])
        return Figures(_number(self.adjusted[at]), low, high, self.places[at], self._holds_the_line(at))

    def close_keys(self) -> list[int]:
        return [key for at, key in enumerate(self.keys) if self._holds_the_line(at)]

    def _holds_the_line(self, at: int) -> bool:
        return self.line is not None and self.low[at] <= self.line <= self.high[at]  # NaN holds nothing


def compare(
    cycle: Cycle, facts: Mapping[str, int | Decimal], fingerprint: Print | None = None, *, at_once: bool = False
) -> Comparison:
    """`facts`: the numbers of FACTS. One query where nothing changed, none where it is slow and a minute old.

    `fingerprint`: what `fingerprint_of` gives, where the caller has it; then nothing is asked either.
    `at_once`: as of now, however long it takes: somebody is about to freeze it.
    """
    settings = (cycle.seats, *(str(facts[key]) for key in FACTS))
    key = f"comparison:{cycle.pk}:{':'.join(map(str, settings))}"
    kept: Comparison | None = cache.get(key)
    fresh_key = f"{key}:fresh"
    if kept and not at_once and kept.seconds > SLOW_SECONDS and cache.get(fresh_key):
        return kept
    fingerprint = fingerprint or fingerprint_of(cycle)
    if kept is None or kept.fingerprint != fingerprint:
        kept = _work_out(cycle, facts, fingerprint)
        cache.set(key, kept, KEEP_SECONDS)
    if kept.seconds > SLOW_SECONDS:
        cache.set(fresh_key, True, FRESH_SECONDS)
    return kept


def agreement_of(cycle: Cycle, fingerprint: Print) -> Mapping[str, Agreement]:
    """By the key of the criterion; kept as long as the fingerprint of a `compare` is the same."""
    key = f"agreement:{cycle.pk}"
    kept = cache.get(key)
    if kept is None or kept[0] != fingerprint:
        ratings = _ratings(cycle).values_list("criterion__key", "review__assignment__application_id", "points")
        kept = (fingerprint, calculating.apart(calculating.agreements, ratings.iterator()))
        cache.set(key, kept, KEEP_SECONDS)
    return kept[1]


def anonymous_rows(cycle: Cycle, shuffle: Shuffle) -> Iterator[tuple[str, str, str, int]]:
    """(application, reader, criterion, points) of all locked readings that count, under numbers that `shuffle` dealt.

    Sorted by those numbers, so that neither a number nor a place says who it is.
    """
    compared = _compared(cycle, int(dated.number("scoring.files_min")))
    rows = list(
        compared.values_list(
            "review__assignment__application_id", "review__assignment__reader_id", "criterion__key", "points"
        )
    )
    applications = _dealt({row[0] for row in rows}, "a", shuffle)
    readers = _dealt({row[1] for row in rows}, "r", shuffle)
    yield from sorted((applications[who], readers[by], what, points) for who, by, what, points in rows)


def _dealt(keys: set[int], letter: str, shuffle: Shuffle) -> dict[int, str]:
    order = sorted(keys)
    shuffle(order)
    width = len(str(len(order)))
    return {key: f"{letter}{place:0{width}}" for place, key in enumerate(order, start=1)}


def _candidates(cycle: Cycle) -> QuerySet[Application]:
    return cycle.applications.in_the_cycle().filter(reads_locked__gt=0).order_by()


def _ratings(cycle: Cycle) -> QuerySet[Rating]:
    return Rating.objects.filter(
        review__locked_at__isnull=False, review__assignment__application__in=_candidates(cycle)
    ).order_by()


def _compared(cycle: Cycle, files_min: int) -> QuerySet[Rating]:
    """Without the interviews of whoever has too few files to be compared: those count in the raw figures alone."""
    ratings = _ratings(cycle)
    if not cycle.has_interviews:
        return ratings
    locked = Assignment.objects.filter(application__in=_candidates(cycle), review__locked_at__isnull=False)
    few = locked.order_by().values("reader").annotate(files=Count("pk")).filter(files__lt=files_min).values("reader")
    return ratings.exclude(review__assignment__is_interview=True, review__assignment__reader__in=few)


def fingerprint_of(cycle: Cycle) -> Print:
    sums = _candidates(cycle).aggregate(
        Count("pk"), *(Sum(name) for name in ("reads_locked", "score_mean", "score_median", "score_spread"))
    )
    return tuple(str(sums[name]) for name in sorted(sums))


def _totals(cycle: Cycle, files_min: int) -> Iterator[tuple[int, int, int]]:
    """Complete readings only: what left a criterion out has no total."""
    criteria = cycle.criteria.count()
    rows = (
        _compared(cycle, files_min)
        .values_list("review__assignment__application_id", "review__assignment__reader_id")
        .annotate(total=Sum("points"), scored=Count("pk"))
        .filter(scored=criteria)
    )
    for application, reader, total, _scored in rows.iterator(chunk_size=10_000):
        yield application, reader, total


def _work_out(cycle: Cycle, facts: Mapping[str, int | Decimal], fingerprint: Print) -> Comparison:
    started = time.monotonic()
    files_min = int(facts["scoring.files_min"])
    found = calculating.apart(
        calculating.comparison,
        _totals(cycle, files_min),
        files_min=files_min,
        interval=min(0.99, max(0.01, float(facts["scoring.interval_percent"]) / 100)),
        seats=cycle.seats,
    )
    return Comparison(
        fingerprint=fingerprint, worked_out_at=timezone.now(), seconds=time.monotonic() - started, **found
    )


def _number(value: float) -> float | None:
    return None if isnan(value) else value


def uncovered(applications: QuerySet[Application], user: User) -> QuerySet[Application]:
    """Without those whose scores this person must not see yet: still to be read by them, or their own."""
    open_readings = Assignment.objects.filter(reader=user, review__locked_at__isnull=True)
    return applications.exclude(student=user).exclude(pk__in=open_readings.values("application"))
