"""Raw figures of an application's reads, and the ranked list. Pure Python: no database, no Django.

Raw figures are the mean, median and spread of the readers' totals. Callers pass locked reads only.
A reader's total is the sum of weight x points over the criteria, so it is in rubric points.

Source: domain reference 4.2 (several independent scores, weights, no machine scoring) and 4.4 (the raw mean
stays visible beside any later adjustment).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median

type Number = int | float | Decimal


class ScoringInputError(ValueError):
    """The scores cannot be added up; the message names the wrong row."""


class UnknownCriterion(ScoringInputError):
    """A score is for a criterion without a weight."""


class DuplicateScore(ScoringInputError):
    """One reader scored one criterion of one application twice."""


@dataclass(frozen=True, slots=True)
class Score:
    """Points one reader gave to one application on one criterion."""

    application: str
    reader: str
    criterion: str
    points: Number


@dataclass(frozen=True, slots=True)
class Summary:
    """Raw figures of one application, in rubric points; None where there is no complete read.

    reads: the number of complete reads. spread: the highest minus the lowest total, 0 for a single read.
    totals: reader -> total. incomplete: readers who did not score every weighted criterion; they do not count.
    """

    application: str
    reads: int
    mean: float | None
    median: float | None
    spread: float | None
    totals: Mapping[str, float]
    incomplete: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row of the ranked list. Ties share a rank (1, 2, 2, 4); an application without a read has none.

    `disagreement`: two or more reads whose spread reaches the threshold, so that someone should look again.
    """

    rank: int | None
    summary: Summary
    disagreement: bool


def summarise(
    scores: Iterable[Score], weights: Mapping[str, Number], applications: Collection[str] = ()
) -> tuple[Summary, ...]:
    """One Summary for each application scored or named in `applications`, sorted by code.

    weights: criterion -> weight (0: not counted). Sums are exact, so the order of the scores never matters.
    Raises UnknownCriterion, DuplicateScore, or ScoringInputError for a weight below zero or a number that
    is not finite.
    """
    exact_weights = {criterion: _exact(weight, criterion) for criterion, weight in weights.items()}
    for criterion, weight in exact_weights.items():
        if weight < 0:
            raise ScoringInputError(f"The weight of {criterion} is below zero.")
    reads: dict[str, dict[str, dict[str, Fraction]]] = {code: {} for code in applications}
    for score in scores:
        if score.criterion not in exact_weights:
            raise UnknownCriterion(f"The criterion {score.criterion} has no weight.")
        points = reads.setdefault(score.application, {}).setdefault(score.reader, {})
        if score.criterion in points:
            raise DuplicateScore(f"{score.reader} scored {score.criterion} of {score.application} twice.")
        points[score.criterion] = _exact(score.points, f"{score.application}, {score.reader}")
    return tuple(_summary(code, reads[code], exact_weights) for code in sorted(reads))


def rank(summaries: Iterable[Summary], disagreement_at: Number) -> tuple[Ranked, ...]:
    """The ranked list: mean from high to low, then median from high to low, then code; unread ones last.

    Applications with the same mean and the same median share a rank; the code only decides their order on the
    page. disagreement_at: the spread in rubric points from which a row is flagged.
    """
    ordered = sorted(summaries, key=_order)
    rows: list[Ranked] = []
    for place, summary in enumerate(ordered, start=1):
        shared = rows and _figures(rows[-1].summary) == _figures(summary)
        number = rows[-1].rank if shared else place
        rows.append(
            Ranked(
                rank=None if summary.mean is None else number,
                summary=summary,
                disagreement=(summary.reads > 1 and summary.spread is not None and summary.spread >= disagreement_at),
            )
        )
    return tuple(rows)


def _summary(code: str, reads: Mapping[str, Mapping[str, Fraction]], weights: Mapping[str, Fraction]) -> Summary:
    counted = {criterion for criterion, weight in weights.items() if weight}
    totals: dict[str, Fraction] = {}
    incomplete = []
    for reader, points in sorted(reads.items()):
        if counted <= points.keys():
            totals[reader] = sum((weights[each] * points[each] for each in counted), Fraction())
        else:
            incomplete.append(reader)
    values = list(totals.values())
    return Summary(
        application=code,
        reads=len(values),
        mean=float(sum(values) / len(values)) if values else None,
        median=float(median(values)) if values else None,
        spread=float(max(values) - min(values)) if values else None,
        totals={reader: float(total) for reader, total in totals.items()},
        incomplete=tuple(incomplete),
    )


def _exact(number: Number, where: str) -> Fraction:
    try:
        # converted through str, so that 0.1 is exactly a tenth, whether it is a float or a Decimal
        return Fraction(str(number))
    except ValueError:
        raise ScoringInputError(f"Not a number: {number!r} ({where}).") from None


def _figures(summary: Summary) -> tuple[float | None, float | None]:
    return summary.mean, summary.median


def _order(summary: Summary) -> tuple[bool, float, float, str]:
    if summary.mean is None or summary.median is None:
        return True, 0.0, 0.0, summary.application
    return False, -summary.mean, -summary.median, summary.application


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far readers agree on one criterion (see `agreement`). applications: the number read twice or more.

    alpha, low, high: None if fewer than two applications were read twice or if all points are equal, because then
    agreement is undefined.
    """

    alpha: float | None
    low: float | None
    high: float | None
    applications: int
    points: int
