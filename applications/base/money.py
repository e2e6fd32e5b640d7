"""One table of what a student's passport costs and who pays. Pure Python: no database, no Django.

Amounts are US dollars. Every cost is divided among four: the city pays it, the student pays first and gets it back, the
student pays it, or nobody has said who pays. What isn't known counts in no promise. The four add up to the cost, line
by line and in total.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cost:
    """One thing to pay. `is_reliable`: whether a page may state the amount without "about".

    `city`, `back`: how much of it the city pays, and how much the student gets back; None where nobody has said. With
    one of them known, the rest is the student's own.
    """

    key: str
    amount: Decimal
    is_reliable: bool = True
    city: Decimal | None = None
    back: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """Who pays how much of an amount."""

    city: Decimal = ZERO
    back: Decimal = ZERO
    own: Decimal = ZERO
    unknown: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.city + self.back + self.own + self.unknown

    def __add__(self, other: "Shares") -> "Shares":
        return Shares(
            self.city + other.city, self.back + other.back, self.own + other.own, self.unknown + other.unknown
        )


@dataclass(frozen=True, slots=True)
class Table:
    """`lines` in the given order. `is_reliable`: whether every amount in it is."""

    lines: tuple[tuple[Cost, Shares], ...]
    shares: Shares
    is_reliable: bool

    @property
    def total(self) -> Decimal:
        return self.shares.total


def shares_of(cost: Cost) -> Shares:
    """Divide one cost. A promise of more than the amount counts as the amount; ValueError for a negative number."""
    if min(cost.amount, cost.city or ZERO, cost.back or ZERO) < 0:
        raise ValueError(f"{cost.key}: money cannot be negative.")
    if cost.city is None and cost.back is None:
        return Shares(unknown=cost.amount)
    city = min(cost.city or ZERO, cost.amount)
    back = min(cost.back or ZERO, cost.amount - city)
    return Shares(city, back, cost.amount - city - back)


def table_of(costs: Iterable[Cost]) -> Table:
    lines = tuple((cost, shares_of(cost)) for cost in costs)
    shares = sum((each for _cost, each in lines), Shares())
    return Table(lines, shares, all(cost.is_reliable for cost, _shares in lines))
