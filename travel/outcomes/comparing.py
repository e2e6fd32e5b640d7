"""Compares travelers with applicants who stayed, from counts. Pure: no Django, no numpy.

Travelers are chosen and choose, so they differ from others before they leave. What is said here is "compared with",
never "because of". Two groups are compared with:

* applicants just below the line: those with the best scores who got no spot;
* those whom only the lottery kept from a spot, beside those who got one by the same lottery and traveled.

From each cycle as many of the one as of the other are taken (`sample`), so a good year or a year with many seats can't
look like a difference between the groups. Who is taken is decided by a hash of their codes, not by how they did.

The interval is Newcombe's for a difference of two shares, from two Wilson intervals (R. G. Newcombe, 1998, method 10).
It holds for small groups and for shares near 0 and 1. scipy has Wilson's, but no interval of a difference, and isn't
there in web processes; the tests compare ours with scipy's.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist


class Kind(StrEnum):
    """With whom travelers are compared."""

    BELOW = "below_line"
    LOTTERY = "lottery"


@dataclass(frozen=True, slots=True)
class Person:
    """Of a comparison. `said`: yes or no to each thing that is compared."""

    cycle: str
    code: str
    is_traveler: bool
    said: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Sample:
    """One cycle: so many travelers, as many others, and for each thing how many of each said yes."""

    number: int
    travelers: Mapping[str, int]
    others: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Shares from 0 to 1; the difference is travelers' minus others'. Where counts are ranges, so is everything."""

    number: int
    travelers: Interval
    others: Interval
    difference: Interval
    interval: Interval

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out that there is no difference."""
        return self.interval.low > 0 or self.interval.high < 0


class TooFewError(Exception):
    """Fewer people than a comparison takes. `least`: how many of each it takes."""

    def __init__(self, least: int) -> None:
        super().__init__(least)
        self.least = least


def sample(people: Iterable[Person], things: Iterable[str]) -> dict[str, Sample]:
    """By cycle, as many travelers as others; cycles without one of them are left out. Only people of whom everything
    is known are to be given."""
    groups: dict[str, dict[bool, list[Person]]] = defaultdict(lambda: {True: [], False: []})
    for person in people:
        groups[person.cycle][person.is_traveler].append(person)
    names, found = list(things), {}
    for cycle, group in sorted(groups.items()):
        number = min(map(len, group.values()))
        if not number:
            continue
        taken = {is_traveler: sorted(some, key=_drawn)[:number] for is_traveler, some in group.items()}
        yes = {
            is_traveler: {name: sum(person.said[name] for person in some) for name in names}
            for is_traveler, some in taken.items()
        }
        found[cycle] = Sample(number, yes[True], yes[False])
    return found


def _drawn(person: Person) -> tuple[str, str]:
    return hashlib.sha256(f"comparison {person.code}".encode()).hexdigest(), person.code


def compare(
    number: int, travelers: tuple[int, int], others: tuple[int, int], *, least: int, percent: float
) -> Comparison:
    """`number` of each. travelers, others: the least and greatest number who said yes. TooFewError."""
    if number < max(1, least):
        raise TooFewError(least)
    (low, high), (other_low, other_high) = travelers, others
    return Comparison(
        number=number,
        travelers=Interval(low / number, high / number),
        others=Interval(other_low / number, other_high / number),
        difference=Interval((low - other_high) / number, (high - other_low) / number),
        interval=Interval(
            difference(low, number, other_high, number, percent).low,
            difference(high, number, other_low, number, percent).high,
        ),
    )


def difference(one: int, of_one: int, other: int, of_other: int, percent: float) -> Interval:
    """Newcombe's interval of one/of_one - other/of_other."""
    p, q = one / of_one, other / of_other
    first, second = wilson(one, of_one, percent), wilson(other, of_other, percent)
    return Interval(
        p - q - sqrt((p - first.low) ** 2 + (second.high - q) ** 2),
        p - q + sqrt((first.high - p) ** 2 + (q - second.low) ** 2),
    )


def wilson(yes: int, of: int, percent: float) -> Interval:
    z = NormalDist().inv_cdf(0.5 + percent / 200)
    p, share = yes / of, z * z / of
    middle, half = (p + share / 2) / (1 + share), z * sqrt(p * (1 - p) / of + share / (4 * of)) / (1 + share)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
