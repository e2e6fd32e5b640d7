"""What one promise of money adds up to: paid, open and canceled are always what was promised. Pure: no Django.

Amounts are whole cents. Each step returns the promise after it, or raises `NotPossible`; the actions ask here first and
then write the same thing into rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

MOST = 10_000_000  # cents: more than anyone is promised, and a typing error


class NotPossible(ValueError):  # noqa: N818 -- says what happened
    """`code`: too_much, nothing_open, nothing_canceled, too_late."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Promise:
    """`approved`: how much may be paid, all of a stipend, or what receipts come to; `listed`: on a list to be paid."""

    promised: int
    approved: int = 0
    listed: int = 0
    paid: int = 0
    canceled: int = 0

    @property
    def open(self) -> int:
        return self.promised - self.paid - self.canceled

    @property
    def free(self) -> int:
        """Open and on no list: what can still be canceled."""
        return self.open - self.listed

    @property
    def payable(self) -> int:
        """What the next list can pay."""
        return max(0, min(self.free, self.approved - self.listed - self.paid))

    @property
    def room(self) -> int:
        """How much more receipts can be approved for."""
        return max(0, self.promised - self.canceled - self.approved)


def approve(promise: Promise, cents: int) -> Promise:
    """Approve a receipt for so much. NotPossible("too_much"): more than is left of the promise."""
    if not 0 < cents <= promise.room:
        raise NotPossible("too_much")
    return replace(promise, approved=promise.approved + cents)


def disapprove(promise: Promise, cents: int) -> Promise:
    """Take an approval back. NotPossible("too_late"): it's on a list, or paid."""
    left = promise.approved - cents
    if left < promise.listed + promise.paid:
        raise NotPossible("too_late")
    return replace(promise, approved=left)


def put_on_list(promise: Promise) -> tuple[Promise, int]:
    """Everything payable goes on a list. NotPossible("nothing_open")."""
    cents = promise.payable
    if not cents:
        raise NotPossible("nothing_open")
    return replace(promise, listed=promise.listed + cents), cents


def take_off_list(promise: Promise, cents: int) -> Promise:
    return replace(promise, listed=promise.listed - cents)


def pay(promise: Promise, cents: int) -> Promise:
    return replace(promise, listed=promise.listed - cents, paid=promise.paid + cents)


def cancel(promise: Promise, keep: int = 0) -> tuple[Promise, int]:
    """Cancel what's open and on no list, but for `keep` cents of it. NotPossible("nothing_open")."""
    cents = promise.free - keep
    if cents <= 0:
        raise NotPossible("nothing_open")
    return replace(promise, canceled=promise.canceled + cents), cents


def restore(promise: Promise) -> Promise:
    """Everything canceled is open again. NotPossible("nothing_canceled")."""
    if not promise.canceled:
        raise NotPossible("nothing_canceled")
    return replace(promise, canceled=0)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums in cents. `open` includes what is on a list."""

    promised: int = 0
    paid: int = 0
    open: int = 0
    canceled: int = 0
    listed: int = 0
    payable: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.promised + other.promised,
            self.paid + other.paid,
            self.open + other.open,
            self.canceled + other.canceled,
            self.listed + other.listed,
            self.payable + other.payable,
        )

    @property
    def ties_out(self) -> bool:
        return self.promised == self.paid + self.open + self.canceled


def totals(promises: Iterable[Promise]) -> Totals:
    found = Totals()
    for each in promises:
        found += Totals(each.promised, each.paid, each.open, each.canceled, each.listed, each.payable)
    return found


def cents_of(amount: Decimal) -> int:
    """Dollars as cents. ValueError for a fraction of a cent, a negative amount, or more than MOST."""
    cents = amount * 100
    if cents != cents.to_integral_value() or not 0 <= cents <= MOST:
        raise ValueError(f"{amount} is no amount in cents")
    return int(cents)


def decimal(cents: int) -> Decimal:
    """Dollars with two decimals, exactly."""
    return Decimal(cents).scaleb(-2)


def expected_on(
    timing: str, days: int, *, leaves_on: date, returns_on: date, approved_on: date | None = None
) -> date | None:
    """The day by which the money should be there; None while a receipt has to be approved first."""
    if timing == "before_departure":
        return leaves_on - timedelta(days=days)
    if timing == "after_return":
        return returns_on + timedelta(days=days)
    return approved_on + timedelta(days=days) if approved_on else None
