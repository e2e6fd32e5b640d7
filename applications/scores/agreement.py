"""How far readers agree on each criterion: Krippendorff's alpha for ordinal data, with an interval. No Django.

1: readers always give the same points; 0: no better than chance; below 0: worse. Any number of readers, and missing
readings are allowed. Low agreement means that a criterion's wording needs work, not that a reader does.

Source: domain reference 4.3. Krippendorff, Computing Krippendorff's alpha-reliability (2011); Hayes and
Krippendorff (2007). The interval is a bootstrap over applications with a fixed seed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from applications.scores.scoring import Agreement

SEED = 20270101
DRAWS = 1000
INTERVAL = 0.95


def agreements(
    ratings: Iterable[tuple[str, str, int]], *, seed: int = SEED, draws: int = DRAWS, interval: float = INTERVAL
) -> Mapping[str, Agreement]:
    """By criterion, from (criterion, application, points) of locked reads, in any order."""
    units: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for criterion, application, points in ratings:
        units[criterion][application].append(points)
    return {
        criterion: agreement(found.values(), seed=seed, draws=draws, interval=interval)
        for criterion, found in sorted(units.items())
    }


def agreement(
    units: Iterable[Iterable[int]], *, seed: int = SEED, draws: int = DRAWS, interval: float = INTERVAL
) -> Agreement:
    """Alpha with its interval. units: the points that each application got; applications read once are left out.

    The same units and seed give the same interval. Bootstrap samples in which all points are equal are left out of
    the interval. Time grows with the number of distinct sets of points, not of applications.
    """
    patterns = Counter(tuple(sorted(unit)) for unit in units)
    paired = {pattern: count for pattern, count in sorted(patterns.items()) if len(pattern) > 1}
    applications = sum(paired.values())
    points = sum(len(pattern) * count for pattern, count in paired.items())
    values = sorted({value for pattern in paired for value in pattern})
    if applications < 2 or len(values) < 2:
        return Agreement(None, None, None, applications, points)
    tables = _coincidences(paired, values)
    counts = np.array(list(paired.values()), dtype=np.float64)
    alpha = _alphas(counts[None, :], tables)[0]
    drawn = np.random.default_rng(seed).multinomial(applications, counts / applications, size=draws)
    alphas = _alphas(drawn.astype(np.float64), tables)
    edges = np.nanquantile(alphas, [(1 - interval) / 2, (1 + interval) / 2])
    return Agreement(float(alpha), float(edges[0]), float(edges[1]), applications, points)


def _coincidences(patterns: Iterable[tuple[int, ...]], values: list[int]) -> NDArray[np.float64]:
    """Coincidence matrices, shape (patterns, values, values): the pairs of points within one application, weighted so
    that each point counts once."""
    place = {value: number for number, value in enumerate(values)}
    tables = []
    for pattern in patterns:
        held = np.bincount([place[value] for value in pattern], minlength=len(values)).astype(np.float64)
        tables.append((np.outer(held, held) - np.diag(held)) / (len(pattern) - 1))
    return np.array(tables)


def _alphas(counts: NDArray[np.float64], tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Alpha of each draw, shape (draws,); NaN where all points are equal. counts: how often each draw has each
    pattern, shape (draws, patterns)."""
    observed = np.einsum("dp,pab->dab", counts, tables)
    held = observed.sum(axis=2)
    below = np.cumsum(held, axis=1)
    # the number of points from a to b, those at either end counted by half
    between = np.abs(below[:, None, :] - below[:, :, None]) + (held[:, :, None] - held[:, None, :]) / 2 * np.sign(
        np.arange(held.shape[1])[None, None, :] - np.arange(held.shape[1])[None, :, None]
    )
    distance = between**2
    total = held.sum(axis=1)
    expected = (held[:, :, None] * held[:, None, :] * distance).sum(axis=(1, 2)) / (total - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        alphas: NDArray[np.float64] = 1 - (observed * distance).sum(axis=(1, 2)) / expected
    return alphas
