"""Adjusts scores for strict and lenient readers, and says how certain the result is. No Django.

The model has a normally distributed random effect for each application and for each reader:

    total = level + application + reader + chance

Three variances describe the spread of applications, readers and chance. They come from sums of squares (Henderson's
third method), so that anyone can check them by hand. The adjusted score is what the average of these readers would
have given: level + mean of the readers + application, where each effect is shrunk toward 0, more so with less data.

Nothing is adjusted where that would do harm, and `Refusal` says why: for example, if readers share no files, their
strictness cannot be told from the quality of what they read. If they share too few, a true difference between colleges
would be taken for strictness, and the intervals would not say so (`college_gap`). A module apart from `scoring`, so
that only code that adjusts loads numpy.

Source: domain reference 4.4 (crossed model of applicant and reader; connected design; at least eight files).
Henderson, Estimation of variance and covariance components, Biometrics 9 (1953); Searle, Casella and McCulloch,
Variance Components (1992), chapter 5. script/check-scores calculates the same numbers in a second way.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from applications.scores.scoring import DuplicateScore, ScoringInputError

type Numbers = NDArray[np.float64]
type Places = NDArray[np.int64]

FILES_MIN = 8  # fewer files than this say little about a reader
INTERVAL = 0.80  # if the whole interval is on one side of the seat line, that side is wrong about one time in ten
AT_ONCE = 50_000  # pairs of readers held in memory at a time


class Refusal(StrEnum):
    """Why nothing is adjusted."""

    NOTHING_READ = "nothing_read"
    ONE_READER = "one_reader"
    NOT_CONNECTED = "not_connected"
    FEW_FILES = "few_files"
    READ_ONCE = "read_once"
    COLLEGES_APART = "colleges_apart"
    ALL_EQUAL = "all_equal"
    ONLY_CHANCE = "only_chance"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One application, in rubric points. raw: the mean of its totals. `adjusted`, `low`, `high`: None where nothing is
    adjusted. `raw_low`, `raw_high`: None where no application was read twice."""

    raw: float
    reads: int
    raw_low: float | None = None
    raw_high: float | None = None
    adjusted: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The result for a set of reads.

    readers: reader -> points above (+) or below (-) the average reader; empty where nothing is adjusted.
    spread_*: standard deviations in points: of applications, of readers, of the chance in one read.
    groups: sets of readers who share files with each other and with nobody else, largest first.
    few: readers with fewer files than required.
    """

    estimates: Mapping[str, Estimate]
    refusal: Refusal | None
    readers: Mapping[str, float]
    groups: tuple[tuple[str, ...], ...]
    few: tuple[str, ...]
    spread_applications: float | None = None
    spread_readers: float | None = None
    spread_chance: float | None = None


@dataclass(frozen=True, slots=True)
class SeatLine:
    """The score at which the seats end: halfway between the last application with a seat and the next.

    `close`: applications whose interval contains the line.
    """

    at: float
    is_adjusted: bool
    close: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Design:
    """The reads as arrays, sorted by application. n: the number of reads of each application; files: of each reader."""

    codes: list[str]
    readers: list[str]
    row: Places  # shape (reads,): the index of the application
    column: Places  # shape (reads,): the index of the reader
    total: Numbers  # shape (reads,)
    n: Numbers  # shape (applications,)
    files: Numbers  # shape (readers,)

    def per_application(self, values: Numbers) -> Numbers:
        return np.bincount(self.row, values, len(self.codes))

    def per_reader(self, values: Numbers) -> Numbers:
        return np.bincount(self.column, values, len(self.readers))

    def together(self) -> Iterator[tuple[Places, Places]]:
        """Batches of applications with equally many reads: their indices, shape (batch,), and the indices of their
        readers, shape (batch, reads)."""
        starts = np.concatenate(([0], np.cumsum(self.n)[:-1])).astype(np.int64)
        for reads in np.unique(self.n).astype(int):
            places = np.flatnonzero(self.n == reads)
            step = max(1, AT_ONCE // (reads * reads))
            for first in range(0, len(places), step):
                part = places[first : first + step]
                yield part, self.column[starts[part][:, None] + np.arange(reads)]

    def shared(self, weight: Numbers) -> Numbers:
        """Shape (readers, readers): the sum of the weights of all applications that two readers share."""
        side = len(self.readers)
        found = np.zeros(side * side)
        for places, read_by in self.together():
            pairs = read_by[:, :, None] * side + read_by[:, None, :]
            np.add.at(found, pairs.ravel(), np.repeat(weight[places], read_by.shape[1] ** 2))
        return found.reshape(side, side)


@dataclass(frozen=True, slots=True)
class _Variances:
    applications: float
    readers: float
    chance: float


def adjust(
    reads: Iterable[tuple[str, str, float]],
    *,
    files_min: int = FILES_MIN,
    interval: float = INTERVAL,
    keeps_colleges: bool = True,
) -> Adjustment:
    """Raw and adjusted scores with intervals from (application, reader, total) of complete, locked reads.

    interval: the share of cases in which an interval holds the true value, above 0 and below 1. keeps_colleges: whether
    enough of a true difference between colleges survives (`college_gap`); if not, nothing is adjusted. 300,000 reads of
    100,000 applications take about a second; memory grows with the square of the readers (8 bytes each pair).
    Raises DuplicateScore where one reader reads one application twice, ScoringInputError for a total that is not
    finite or an interval outside 0 to 1.
    """
    if not 0 < interval < 1:
        raise ScoringInputError(f"An interval holds a share between 0 and 1, not {interval}.")
    design = _design(reads)
    if not design.codes:
        return Adjustment({}, Refusal.NOTHING_READ, {}, (), ())
    reach = NormalDist().inv_cdf(0.5 + interval / 2)
    raw = _raw(design, reach)
    links = design.shared(1 / design.n)
    groups = _groups(design, links)
    few = _few(design, files_min)
    refusal = _refusal(design, groups, few, keeps_colleges)
    variances = None if refusal else _variances(design, links)
    if variances and variances.applications <= 0:
        refusal = Refusal.ONLY_CHANCE
    if refusal or variances is None:
        return Adjustment(_estimates(design, raw), refusal, {}, groups, few)
    adjusted, effects = _solve(design, variances, reach)
    by_reader = dict(zip(design.readers, (effects - effects.mean()).tolist(), strict=True))
    spreads = map(math.sqrt, (variances.applications, variances.readers, variances.chance))
    return Adjustment(_estimates(design, raw + adjusted), None, by_reader, groups, few, *spreads)


def _few(design: "_Design", files_min: int) -> tuple[str, ...]:
    return tuple(code for code, files in zip(design.readers, design.files, strict=True) if files < files_min)


def seat_line(estimates: Mapping[str, Estimate], seats: int | None) -> SeatLine | None:
    """The line for this number of seats, by adjusted scores if all applications have one, else by raw scores.

    None where there is no line: no seats, seats for everyone, or no intervals at all. If there are intervals and none
    contains the line, the line is returned with an empty `close`: nobody is too close to call.
    """
    if not seats or len(estimates) <= seats:
        return None
    is_adjusted = all(each.adjusted is not None for each in estimates.values())
    figures = {
        code: (each.adjusted, each.low, each.high) if is_adjusted else (each.raw, each.raw_low, each.raw_high)
        for code, each in estimates.items()
    }
    ordered = sorted((score for score, _low, _high in figures.values() if score is not None), reverse=True)
    at = (ordered[seats - 1] + ordered[seats]) / 2
    close = frozenset(
        code
        for code, (_score, low, high) in figures.items()
        if low is not None and high is not None and low <= at <= high
    )
    has_ranges = any(low is not None for _score, low, _high in figures.values())
    return SeatLine(at, is_adjusted, close) if has_ranges else None


def _design(reads: Iterable[tuple[str, str, float]]) -> _Design:
    codes: dict[str, int] = {}
    readers: dict[str, int] = {}
    triples = [
        (codes.setdefault(code, len(codes)), readers.setdefault(reader, len(readers)), total)
        for code, reader, total in sorted(reads)
    ]
    rows, columns, totals = (np.array(each) for each in zip(*triples, strict=True)) if triples else ([], [], [])
    row, column = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
    total = np.asarray(totals, dtype=np.float64)
    if not np.isfinite(total).all():
        raise ScoringInputError("A total is not a finite number.")
    twice = np.flatnonzero((np.diff(row) == 0) & (np.diff(column) == 0))
    names = list(codes), list(readers)
    if len(twice):
        raise DuplicateScore(f"{names[1][column[twice[0]]]} read {names[0][row[twice[0]]]} twice.")
    n, files = np.bincount(row, minlength=len(codes)), np.bincount(column, minlength=len(readers))
    return _Design(*names, row, column, total, n.astype(np.float64), files.astype(np.float64))


def _raw(design: _Design, reach: float) -> tuple[Numbers, ...]:
    """(mean, low, high), with one variance within applications for all; the bounds are NaN if every application was
    read once."""
    mean = design.per_application(design.total) / design.n
    freedom = len(design.row) - len(design.codes)
    within = float(((design.total - mean[design.row]) ** 2).sum()) / freedom if freedom else math.nan
    half = reach * np.sqrt(within / design.n)
    return mean, mean - half, mean + half


def _groups(design: _Design, links: Numbers) -> tuple[tuple[str, ...], ...]:
    """The connected components of readers linked by shared files."""
    left = np.ones(len(design.readers), dtype=bool)
    groups = []
    while left.any():
        reached = np.zeros_like(left)
        frontier = np.flatnonzero(left)[:1]
        while len(frontier):
            reached[frontier] = True
            frontier = np.flatnonzero((links[frontier] > 0).any(axis=0) & ~reached)
        left &= ~reached
        groups.append(tuple(design.readers[place] for place in np.flatnonzero(reached)))
    return tuple(sorted(groups, key=lambda group: (-len(group), group)))


def _refusal(
    design: _Design, groups: tuple[tuple[str, ...], ...], few: tuple[str, ...], keeps_colleges: bool
) -> Refusal | None:
    if len(design.readers) == 1:
        return Refusal.ONE_READER
    if len(groups) > 1:
        return Refusal.NOT_CONNECTED
    if few:
        return Refusal.FEW_FILES
    if _freedom(design) <= 0:
        return Refusal.READ_ONCE
    if not keeps_colleges:
        return Refusal.COLLEGES_APART
    return Refusal.ALL_EQUAL if np.ptp(design.total) == 0 else None


def _freedom(design: _Design) -> int:
    return len(design.row) - len(design.codes) - len(design.readers) + 1


def _variances(design: _Design, links: Numbers) -> _Variances:
    """The variances, from the residual sums of squares of the models with applications only, with readers only, and
    with both. A negative readers' variance counts as 0."""
    y = design.total - design.total.mean()
    by_application = design.per_application(y) / design.n
    by_reader = design.per_reader(y) / design.files
    left_applications = float(((y - by_application[design.row]) ** 2).sum())
    left_readers = float(((y - by_reader[design.column]) ** 2).sum())
    # the applications' effects are eliminated first; the first reader's effect is fixed at 0 as the reference
    right = design.per_reader(y - by_application[design.row])[1:]
    left_both = left_applications - float(right @ np.linalg.solve((np.diag(design.files) - links)[1:, 1:], right))
    reads, codes, readers = len(y), len(design.codes), len(design.readers)
    # never 0, because it is a divisor
    chance = max(left_both / _freedom(design), 1e-9 * float(y @ y) / reads)
    return _Variances(
        applications=(left_readers - left_both - (codes - 1) * chance) / (reads - readers),
        readers=max(0.0, (left_applications - left_both - (readers - 1) * chance) / (reads - codes)),
        chance=chance,
    )


def _solve(design: _Design, variances: _Variances, reach: float) -> tuple[tuple[Numbers, ...], Numbers]:
    """((adjusted, low, high) of each application, the effect of each reader).

    The applications are eliminated from the normal equations. One row is left for the level and one for each reader;
    the readers' rows are in units of the readers' spread, so that a spread of 0 is no special case.
    """
    weight = design.n + variances.chance / variances.applications
    root = math.sqrt(variances.readers / variances.chance)
    sums = design.per_application(design.total)
    kept = 1 - design.n / weight
    side = len(design.readers) + 1
    matrix = np.empty((side, side))
    matrix[0, 0] = (design.n * kept).sum()
    matrix[0, 1:] = matrix[1:, 0] = root * design.per_reader(kept[design.row])
    matrix[1:, 1:] = root**2 * (np.diag(design.files) - design.shared(1 / weight)) + np.eye(side - 1)
    right = np.empty(side)
    right[0] = (sums * kept).sum()
    right[1:] = root * design.per_reader(design.total - (sums / weight)[design.row])
    inverse = np.linalg.inv(matrix)
    solved = inverse @ right
    effects = root * solved[1:]
    application = (sums - design.n * solved[0] - design.per_application(effects[design.column])) / weight
    adjusted = solved[0] + effects.mean() + application
    uncertainty = np.maximum(_uncertainty(design, inverse, weight, root), 0)  # rounding can leave a hair below 0
    half = reach * np.sqrt(variances.chance * uncertainty)
    return (adjusted, adjusted - half, adjusted + half), effects


def _uncertainty(design: _Design, inverse: Numbers, weight: Numbers, root: float) -> Numbers:
    """The variance of each adjusted score in units of the chance variance: 1 / weight, plus the share of the level and
    the readers."""
    average = np.full(len(inverse), root / len(design.readers))
    average[0] = 1.0
    towards = inverse @ average
    level, crossed, readers = inverse[0, 0], inverse[0, 1:], inverse[1:, 1:]
    own = design.n * towards[0] + root * design.per_application(towards[1:][design.column])
    squares = design.n**2 * level + 2 * root * design.n * design.per_application(crossed[design.column])
    for places, read_by in design.together():
        squares[places] += root**2 * readers[read_by[:, :, None], read_by[:, None, :]].sum(axis=(1, 2))
    variance: Numbers = 1 / weight + average @ towards - 2 * own / weight + squares / weight**2
    return variance


def _estimates(design: _Design, figures: tuple[Numbers, ...]) -> dict[str, Estimate]:
    """Estimates from the columns raw, raw_low, raw_high and, where adjusted, adjusted, low, high. NaN becomes None."""
    columns = [[None if math.isnan(value) else value for value in each.tolist()] for each in figures]
    rows = zip(design.codes, design.n.astype(int).tolist(), zip(*columns, strict=True), strict=True)
    return {code: Estimate(raw, reads, *more) for code, reads, (raw, *more) in rows}
