"""The results of `adjusting` and `agreement` for a cycle, cached until its locked readings change.

They are cached with a fingerprint: the number of candidates with a locked reading, the number of those readings, and
the sums of the candidates' means, medians and spreads, which are updated in the transaction that locks a reading. So
one small query tells whether the cached results still hold. Where the calculation is slow (tens of thousands of
readings), the cached results are shown for a minute without that query, and pages say from when they are.
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
FRESH_SECONDS = 60  # how old slow figures may be
KEEP_SECONDS = 7 * 24 * 60 * 60
FACTS = ("scoring.files_min", "scoring.interval_percent", "scoring.kept_percent")

type Fingerprint = tuple[object, ...]
type Shuffle = Callable[[list[int]], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one application in rubric points, None where there is none.

    `low` and `high`: the interval around the score that counts: the adjusted one, or the raw one if nothing is
    adjusted. `place`: by that score, 1 is the highest. `is_close`: the interval contains the seat line.
    """

    adjusted: float | None
    low: float | None
    high: float | None
    place: int
    is_close: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of a whole cycle in arrays: `keys` has the applications' primary keys in ascending order, the other
    arrays one figure for each (NaN: none). `line`: the seat line; `close`: how many intervals contain it."""

    fingerprint: Fingerprint
    worked_out_at: datetime
    seconds: float
    refusal: str  # a value of adjusting.Refusal; empty: adjusted
    kept: int  # percent of a true difference between colleges that survives adjusting
    readers: int
    reads: int
    groups: tuple[int, ...]  # number of readers in each group, largest first
    few: int
    severest: float | None  # points below and above the average reader
    mildest: float | None
    spread_applications: float | None
    spread_readers: float | None
    spread_chance: float | None
    line: float | None
    close: int
    keys: array[int]
    adjusted: array[float]
    low: array[float]
    high: array[float]
    places: array[int]

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
        return self.line is not None and self.low[at] <= self.line <= self.high[at]  # False for NaN


def compare(
    cycle: Cycle, facts: Mapping[str, int | Decimal], fingerprint: Fingerprint | None = None, *, at_once: bool = False
) -> Comparison:
    """The comparison of the cycle's scores. `facts`: the numbers of FACTS. One query if nothing changed, none if the
    cached comparison is slow to calculate and at most a minute old.

    `fingerprint`: the result of `fingerprint_of`, if the caller has it already; then there is no query either.
    `at_once`: never use a cached comparison without comparing fingerprints, because the result is about to be frozen.
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


def agreement_of(cycle: Cycle, fingerprint: Fingerprint) -> Mapping[str, Agreement]:
    """Agreement by the criterion's key; cached as long as the fingerprint of `compare` is the same."""
    key = f"agreement:{cycle.pk}"
    kept: tuple[Fingerprint, Mapping[str, Agreement]] | None = cache.get(key)
    if kept is None or kept[0] != fingerprint:
        ratings = _ratings(cycle).values_list("criterion__key", "review__assignment__application_id", "points")
        kept = (fingerprint, calculating.in_subprocess(calculating.agreements, ratings.iterator()))
        cache.set(key, kept, KEEP_SECONDS)
    return kept[1]


def anonymous_rows(cycle: Cycle, shuffle: Shuffle) -> Iterator[tuple[str, str, str, int]]:
    """(application, reader, criterion, points) of all locked readings that count, with pseudonyms in shuffled order.

    Sorted by the pseudonyms, so that neither a pseudonym nor a row's place tells who it is.
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
    """Ratings without the interviews of readers who have too few files to be compared. Those interviews count in the
    raw figures only."""
    ratings = _ratings(cycle)
    if not cycle.has_interviews:
        return ratings
    locked = Assignment.objects.filter(application__in=_candidates(cycle), review__locked_at__isnull=False)
    few = locked.order_by().values("reader").annotate(files=Count("pk")).filter(files__lt=files_min).values("reader")
    return ratings.exclude(review__assignment__is_interview=True, review__assignment__reader__in=few)


def fingerprint_of(cycle: Cycle) -> Fingerprint:
    """Changes whenever a reading is locked or unlocked, or a college changes. One query."""
    sums = _candidates(cycle).aggregate(
        Count("pk"), *(Sum(name) for name in ("college", "reads_locked", "score_mean", "score_median", "score_spread"))
    )
    return tuple(str(sums[name]) for name in sorted(sums))


def _totals(cycle: Cycle, files_min: int) -> Iterator[tuple[int, int, int, int]]:
    """(application, reader, total, college) of complete readings: one without a score for each criterion has none."""
    criteria = cycle.criteria.count()
    rows = (
        _compared(cycle, files_min)
        .values_list(
            "review__assignment__application_id",
            "review__assignment__reader_id",
            "review__assignment__application__college_id",
        )
        .annotate(total=Sum("points"), scored=Count("pk"))
        .filter(scored=criteria)
    )
    for application, reader, college, total, _scored in rows.iterator(chunk_size=10_000):
        yield application, reader, total, college or 0


def _work_out(cycle: Cycle, facts: Mapping[str, int | Decimal], fingerprint: Fingerprint) -> Comparison:
    started = time.monotonic()
    files_min = int(facts["scoring.files_min"])
    found = calculating.in_subprocess(
        calculating.comparison,
        _totals(cycle, files_min),
        files_min=files_min,
        interval=min(0.99, max(0.01, float(facts["scoring.interval_percent"]) / 100)),
        seats=cycle.seats,
        kept_min=float(facts["scoring.kept_percent"]),
    )
    return Comparison(
        fingerprint=fingerprint, worked_out_at=timezone.now(), seconds=time.monotonic() - started, **found
    )


def _number(value: float) -> float | None:
    return None if isnan(value) else value


def with_visible_scores(applications: QuerySet[Application], user: User) -> QuerySet[Application]:
    """The applications without those whose scores this person may not see yet: ones they must still read, and their
    own."""
    open_readings = Assignment.objects.still_scored_by(user)
    return applications.exclude(student=user).exclude(pk__in=open_readings.values("application"))
