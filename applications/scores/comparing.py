"""The results of `adjusting` and `agreement` for a cycle, calculated by a worker and kept until its readings change.

They are kept by a fingerprint: the number of candidates with a locked reading, the number of those readings, and
the sums of the candidates' means, medians and spreads, which are updated in the transaction that locks a reading. So
one small query tells whether the results still hold; meanwhile pages have the former ones. Where the calculation is
slow (tens of thousands of readings), the cached results are shown for a minute without that query, and pages say from
when they are.
"""

import base64
import json
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from math import isnan

from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Assignment, Cycle, Rating
from applications.scores import calculating
from applications.scores.scoring import Agreement
from exchange.background import jobs, results
from exchange.base.errors import RuleViolation
from exchange.models import Job, User

SLOW_SECONDS = 0.5
FRESH_SECONDS = 60  # how old slow figures may be
KEEP_SECONDS = 7 * 24 * 60 * 60
COMPARISON_JOB, AGREEMENT_JOB = "applications.comparison", "applications.agreement"
MISSING = "missing"  # the refusal of a comparison that was never calculated
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
    """The figures of a whole cycle in arrays. `is_current`: no reading changed since. If not, a worker calculates new
    ones (`is_waited_for`) or couldn't.

    `keys` has the applications' primary keys in ascending order, the other
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
    is_current: bool = True
    is_waited_for: bool = False

    @property
    def is_adjusted(self) -> bool:
        return not self.refusal

    def of(self, key: int) -> Figures | None:
        at = bisect_left(self.keys, key)
        if at == len(self.keys) or self.keys[at] != key:
            return None
        low, high = _number(self.low[at]), _number(self.high[at])
        return Figures(_number(self.adjusted[at]), low, high, self.places[at], self._holds_the_line(at))

    def in_order(self, keys: Iterable[int], *, falls: bool) -> "array[int]":
        """The keys by their adjusted scores; those without one come last. Equal ones keep their order."""
        scores = {key: score for key, score in zip(self.keys, self.adjusted, strict=True) if not isnan(score)}
        sign = -1 if falls else 1
        return array("q", sorted(keys, key=lambda key: (key not in scores, sign * scores.get(key, 0))))

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
    `at_once`: RuleViolation("scores_not_current") unless it's current, because the result is about to be frozen.
    """
    settings = (cycle.seats, *(str(facts[key]) for key in FACTS))
    key = f"comparison:{cycle.pk}:{':'.join(map(str, settings))}"
    kept: Comparison | None = cache.get(key)
    fresh_key = f"{key}:fresh"
    if kept and not at_once and kept.seconds > SLOW_SECONDS and cache.get(fresh_key):
        return kept
    fingerprint = fingerprint or fingerprint_of(cycle)
    if kept is None or kept.fingerprint != fingerprint:
        kept = _kept(cycle, facts, fingerprint)
        if not kept.is_current:
            if at_once:
                raise not_current()
            return kept
        cache.set(key, kept, KEEP_SECONDS)
    if kept.seconds > SLOW_SECONDS:
        cache.set(fresh_key, True, FRESH_SECONDS)
    return kept


def not_current() -> RuleViolation:
    return RuleViolation("scores_not_current", _("The scores are still being calculated. Try again in a minute."))


def agreement_of(cycle: Cycle, fingerprint: Fingerprint) -> Mapping[str, Agreement] | None:
    """Agreement by the criterion's key, kept as long as the fingerprint of `compare` is the same; None until it's
    calculated."""
    key = jobs.key_of(cycle.pk, *fingerprint)
    job = results.ask(AGREEMENT_JOB, key, params={"cycle": cycle.code})
    if job.state != Job.State.DONE:
        return None
    return {each: Agreement(**found) for each, found in json.loads(results.read(job)).items()}


def _kept(cycle: Cycle, facts: Mapping[str, int | Decimal], fingerprint: Fingerprint) -> Comparison:
    """What a worker calculated from these readings; until then, what it calculated before, or no figures."""
    params = {"cycle": cycle.code, "seats": cycle.seats, "facts": {key: str(facts[key]) for key in FACTS}}
    job = results.ask(COMPARISON_JOB, jobs.key_of(json.dumps(params), *fingerprint), params=params)
    if job.state == Job.State.DONE:
        return _from_json(results.read(job))
    former = results.last_done(COMPARISON_JOB, params)
    before = _from_json(results.read(former)) if former else _none_yet(fingerprint)
    return replace(before, is_current=False, is_waited_for=not job.is_finished)


# --- In the worker ----------------------------------------------------------------------------------


def make_comparison(work: jobs.Work) -> jobs.Result:
    cycle = Cycle.objects.get(code=work.params["cycle"])
    cycle.seats = work.params["seats"]  # of the page that asked
    facts = {key: Decimal(value) for key, value in work.params["facts"].items()}
    found = _work_out(cycle, facts, fingerprint_of(cycle))
    work.output.write(_to_json(found))
    return jobs.Result("comparison.json", "application/json")


def make_agreement(work: jobs.Work) -> jobs.Result:
    cycle = Cycle.objects.get(code=work.params["cycle"])
    ratings = _ratings(cycle).values_list("criterion__key", "review__assignment__application_id", "points")
    found = calculating.in_subprocess(calculating.agreements, ratings.iterator())
    work.output.write(json.dumps({key: asdict(each) for key, each in found.items()}).encode())
    return jobs.Result("agreement.json", "application/json")


ARRAYS = {"keys": "q", "adjusted": "d", "low": "d", "high": "d", "places": "l"}


def _to_json(found: Comparison) -> bytes:
    said: dict[str, object] = {each.name: getattr(found, each.name) for each in fields(found)}
    said |= {name: base64.b64encode(getattr(found, name).tobytes()).decode() for name in ARRAYS}
    return json.dumps(said | {"worked_out_at": found.worked_out_at.isoformat()}).encode()


def _from_json(content: bytes) -> Comparison:
    said = json.loads(content)
    for name, kind in ARRAYS.items():
        said[name] = array(kind, base64.b64decode(said[name]))
    said |= {"fingerprint": tuple(said["fingerprint"]), "groups": tuple(said["groups"])}
    return Comparison(**said | {"worked_out_at": datetime.fromisoformat(said["worked_out_at"])})


def _none_yet(fingerprint: Fingerprint) -> Comparison:
    return Comparison(
        fingerprint=fingerprint,
        worked_out_at=timezone.now(),
        seconds=0,
        refusal=MISSING,
        kept=0,
        readers=0,
        reads=0,
        groups=(),
        few=0,
        severest=None,
        mildest=None,
        spread_applications=None,
        spread_readers=None,
        spread_chance=None,
        line=None,
        close=0,
        keys=array("q"),
        adjusted=array("d"),
        low=array("d"),
        high=array("d"),
        places=array("l"),
    )


# --- The readings -----------------------------------------------------------------------------------


def anonymous_rows(cycle: Cycle, shuffle: Shuffle) -> Iterator[tuple[str, str, str, int]]:
    """(application, reader, criterion, points) of all locked readings that count, with pseudonyms in shuffled order.

    Sorted by the pseudonyms, so that neither a pseudonym nor a row's place tells who it is.
    """
    rows = list(
        _ratings(cycle).values_list(
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
    """Of readers: an interview's score stands beside these and is compared with nothing."""
    return Rating.objects.filter(
        review__locked_at__isnull=False,
        review__assignment__is_interview=False,
        review__assignment__application__in=_candidates(cycle),
    ).order_by()


def fingerprint_of(cycle: Cycle) -> Fingerprint:
    """Changes whenever a reading is locked or unlocked, or a college changes. One query."""
    sums = _candidates(cycle).aggregate(
        Count("pk"), *(Sum(name) for name in ("college", "reads_locked", "score_mean", "score_median", "score_spread"))
    )
    return tuple(str(sums[name]) for name in sorted(sums))


def _totals(cycle: Cycle) -> Iterator[tuple[int, int, int, int]]:
    """(application, reader, total, college) of complete readings: one without a score for each criterion has none."""
    criteria = cycle.criteria.count()
    rows = (
        _ratings(cycle)
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
        _totals(cycle),
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
