"""Counts of persons over disjoint classes, for `reader` and `planning`. Pure Python: no database, no Django.

A *class* is a set of persons that no count cuts in two ("from this college, came as far as selected"). People may be
cut into classes several ways at once (by college; by language): `equal` says which sums of classes are the same people.
A *count* is the number of persons in some classes of one way of cutting.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

# More people than any cycle has: the upper end of what isn't known.
ENDLESS = 10**6


class Range(NamedTuple):
    """Whole numbers from low to high, both included."""

    low: int
    high: int

    @property
    def values(self) -> int:
        return self.high - self.low + 1

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and self.low <= value <= self.high

    def within(self, other: "Range") -> "Range":
        return Range(max(self.low, other.low), min(self.high, other.high))


UNKNOWN = Range(0, ENDLESS)


class Key(NamedTuple):
    """What a count is of. subject: a cycle, or several joined by "+". by and group: empty for everybody."""

    subject: str
    name: str
    by: str = ""
    group: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


@dataclass(frozen=True, slots=True)
class Count:
    """A number of persons that is published, or (`is_published` False) only kept from being worked out.

    `classes`: whose sum it is. `within`: keys of counts that include it by definition. `may_be_none`: that there is
    nobody may be said, because it tells nothing about anybody.
    """

    key: Key
    classes: frozenset[str]
    within: frozenset[Key] = frozenset()
    is_published: bool = True
    may_be_none: bool = False


class Unanswered(Exception):
    """No way of asking the solver brought an answer. Whoever asked takes what tells less."""


class Contradiction(ValueError):
    """What is told and known can't all be true."""


class Why(StrEnum):
    """Why a count is told as it is."""

    KNOWN = "known"  # everybody knows it
    TOLD = "told"  # by an earlier release
    EXACT = "exact"
    SMALL = "small"  # few have it, or few don't
    PROTECTS = "protects"  # told, it would give away another one


@dataclass(frozen=True, slots=True)
class Figure:
    """How a count is told. `range`: from what to what; an exact one has one value."""

    range: Range
    why: Why

    @property
    def is_exact(self) -> bool:
        return self.range.is_exact


@dataclass(frozen=True, slots=True)
class Rules:
    """threshold: counts from 1 to threshold - 1 aren't told. band: the least values of a range that stands for a
    count. open: the least values that a count that isn't told must keep, whatever else is published."""

    threshold: int = 11
    band: int = 8
    open: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.open <= self.band:
            raise ValueError(f"A range of {self.band} values can't leave {self.open} of them open.")
        if self.threshold < self.open:
            raise ValueError(f"The threshold ({self.threshold}) is under the values that stay open ({self.open}).")


@dataclass
class Population:
    """Classes with what everybody knows of them, sums that are the same people, and counts, the most important first.

    Raises ValueError (`check`) for a count of unknown classes or one that names an unknown count.
    """

    classes: dict[str, Range] = field(default_factory=dict)
    equal: list[tuple[frozenset[str], frozenset[str]]] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    known: dict[Key, Range] = field(default_factory=dict)  # key of a count -> what everybody knows of it

    def count(
        self,
        key: Key,
        classes: Iterable[str],
        *,
        within: Iterable[Key] = (),
        is_published: bool = True,
        may_be_none: bool = False,
    ) -> Key:
        """Add a count, and classes that are new. Returns its key."""
        one = Count(key, frozenset(classes), frozenset(within), is_published, may_be_none)
        for name in sorted(one.classes):
            self.classes.setdefault(name, UNKNOWN)
        self.counts.append(one)
        return key

    def check(self) -> None:
        keys = {count.key for count in self.counts}
        if len(keys) != len(self.counts):
            raise ValueError("Two counts have one key.")
        for count in self.counts:
            if above := count.within - keys:
                raise ValueError(f"{count.key} is within unknown counts: {', '.join(map(str, sorted(above)))}.")
        for one, other in self.equal:
            if unknown := (one | other) - self.classes.keys():
                raise ValueError(f"Unknown classes: {', '.join(sorted(unknown))}.")
        if missing := self.known.keys() - keys:
            raise ValueError(f"Unknown counts are known: {', '.join(map(str, sorted(missing)))}.")

    @cached_property
    def above(self) -> dict[Key, frozenset[Key]]:
        """For each count, all that include it."""
        direct = {count.key: count.within for count in self.counts}
        found: dict[Key, frozenset[Key]] = {}

        def climb(key: Key) -> frozenset[Key]:
            if key not in found:
                found[key] = frozenset()  # a circle ends here
                found[key] = frozenset((*direct[key], *(above for each in direct[key] for above in climb(each))))
            return found[key]

        for key in direct:
            climb(key)
        return found

    @cached_property
    def below(self) -> dict[Key, frozenset[Key]]:
        """For each count, all that it includes."""
        found: dict[Key, set[Key]] = {count.key: set() for count in self.counts}
        for key, above in self.above.items():
            for each in above:
                found[each].add(key)
        return {key: frozenset(each) for key, each in found.items()}


def numbers(population: Population, people: Mapping[str, int]) -> dict[Key, int]:
    """Each count's number, from the persons in each class (a class left out has nobody)."""
    return {count.key: sum(people.get(name, 0) for name in count.classes) for count in population.counts}
