"""Compares travelers with applicants who stayed, from counts. Pure: no Django, no numpy.

Travelers are chosen and choose, so they differ from others before they leave. What is said here is "compared with",
never "because of". They're compared with those just below the line: the best-scored who got no spot.

From each cycle as many of the one as of the other are taken (`sample`), so a good year or a year with many seats can't
look like a difference between the groups. Who is taken is decided by a hash of their codes, not by how they did.

The interval is Newcombe's for a difference of two shares, from two Wilson intervals (R. G. Newcombe, 1998, method 10).
It holds for small groups and for shares near 0 and 1.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Person:
    """Of one cycle. `yes`: what is compared."""

    code: str
    is_traveler: bool
    yes: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """One cycle: so many travelers and as many others, and how many of each are a yes."""

    number: int
    travelers: int
    others: int


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


def sample(people: Iterable[Person]) -> Sample | None:
    """As many travelers as others of one cycle; None without one of them. Only people of whom it's known are to be
    given."""
    groups: dict[bool, list[Person]] = {True: [], False: []}
    for person in people:
        groups[person.is_traveler].append(person)
    number = min(map(len, groups.values()))
    yes = {
        is_traveler: sum(person.yes for person in sorted(some, key=_drawn)[:number])
        for is_traveler, some in groups.items()
    }
    return Sample(number, yes[True], yes[False]) if number else None


def _drawn(person: Person) -> tuple[str, str]:
    return hashlib.sha256(f"comparison {person.code}".encode()).hexdigest(), person.code


def compare(number: int, travelers: tuple[int, int], others: tuple[int, int], *, percent: float) -> Comparison:
    """`number` of each, at least one. travelers, others: the least and greatest number of yeses."""
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
