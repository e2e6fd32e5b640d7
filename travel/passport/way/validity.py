"""How long a passport must be valid for a trip. Pure Python: no database, no Django.

Source: domain reference 2.7 (validity counts from entry, from exit, or for the stay only).
"""

from dataclasses import dataclass
from datetime import date

from travel.passport.way.answers import add_months


@dataclass(frozen=True, slots=True)
class Validity:
    """What the trip requires of a passport. `basis` is "entry" (months after arrival abroad), "exit" or "stay"."""

    arrives_on: date
    returns_on: date
    months: int = 0
    basis: str = "stay"
    blank_pages: int = 0
    is_full: bool = False  # the blank pages of the existing passport were counted: too few

    @property
    def needed_until(self) -> date:
        """The first day on which the passport may have expired; it must still be valid on that day."""
        start = self.arrives_on if self.basis == "entry" else self.returns_on
        return max(add_months(start, self.months), self.returns_on)

    def covers(self, expires_on: date) -> bool:
        return expires_on >= self.needed_until
