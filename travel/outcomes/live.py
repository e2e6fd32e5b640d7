"""What may be told of counts that aren't final yet, such as today's. Pure: no database, no Django.

A count of today is told exactly only if it and the rest of its group are each `threshold` or more, or if it's nobody or
everybody. What is told of finished cycles is decided by `release_plan`, which knows that these were told.
"""

from collections.abc import Sequence

from exchange.figures.counts import Range

type Points = list[tuple[int, int]]


def told(count: int, of: int, threshold: int) -> Range:
    """How `count` of `of` people is told. ValueError if it can't be."""
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of}")
    if count in (0, of) or (count >= threshold and of - count >= threshold):
        return Range(count, count)
    if of < 2 * threshold:
        return Range(1, of - 1)
    return Range(1, threshold - 1) if count < threshold else Range(of - threshold + 1, of - 1)


def steps(totals: Sequence[int], threshold: int) -> Points:
    """Points of a line that only rises, as (place, total), from totals at places 1, 2, 3 and so on.

    None is closer than `threshold` to the one before: where fewer came, the next one has them.
    """
    points: Points = [(0, 0)]
    for place, total in enumerate(totals, 1):
        if total - points[-1][1] >= threshold:
            points.append((place, total))
    return points
