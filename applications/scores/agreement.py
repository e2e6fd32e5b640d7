"""How far readers agree on each criterion: Krippendorff's alpha for ordered points, with an interval. No Django.

1: they always give the same points; 0: no better than chance; below 0: worse. Any number of readers, holes
allowed. Low agreement says that the words of a criterion need work, not that a reader does.

Source: domain reference 4.3. Krippendorff, Computing Krippendorff's alpha-reliability (2011); Hayes and
Krippendorff (2007). The interval comes from drawing applications again and again with a seed.
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
    """units: the points that each application got. What was read once has nothing to agree with and is left out.

    The same units and seed give the same interval. `draws` that are all alike (every point the same) are left out
    of it. Time grows with the different sets of points, not with the applications.
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
    """Shape (patterns, values, values): the pairs of points within one application, each point counted once."""
    place = {value: number for number, value in enumerate(values)}
    tables = []
    for pattern in patterns:
        held = np.bincount([place[value] for value in pattern], minlength=len(values)).astype(np.float64)
        tables.append((np.outer(held, held) - np.diag(held)) / (len(pattern) - 1))
    return np.array(tables)


def _alphas(counts: NDArray[np.float64], tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shape (draws,), from how often each draw holds each pattern, shape (draws, patterns); NaN: all points alike."""
    observed = np.einsum("dp,pab->dab", counts, tables)
    held = observed.sum(axis=2)
    below = np.cumsum(held, axis=1)
    # the points from a to b, those at either end counted by half
    between = np.abs(below[:, None, :] - below[:, :, None]) + (held[:, :, None] - held[:, None, :]) / 2 * np.sign(
        np.arange(held.shape[1])[None, None, :] - np.arange(held.shape[1])[None, :, None]
    )
    distance = between**2
    total = held.sum(axis=1)
    expected = (held[:, :, None] * held[:, None, :] * distance).sum(axis=(1, 2)) / (total - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1 - (observed * distance).sum(axis=(1, 2)) / expected
