"""A lottery that anyone can repeat: a frozen list, a public draw named beforehand, and a rule for the order.

Pure. What is frozen is one text: the lottery's code, the zone (the rule for being an entry and the number of seats),
the public draw with its day, and the codes of the entries. Its SHA-256 is public before that draw takes place; the
text itself is the file that is published later.

The order: the entries sorted by the SHA-256 of "<result>:<code>", compared as text. A few lines of shell
(docs/lottery.md, and the lottery's page) do the same: change them together.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# so many outcomes that nobody tries candidates and draws until one pleases
DIGITS_MIN = 4
NUMBERS = re.compile(r"[0-9]+")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def zone_of_means(low: Decimal, high: Decimal, seats: int) -> str:
    """The zone of applicants with a raw mean from `low` to `high`, inclusive."""
    return f"mean from {low:.3f} to {high:.3f} seats {seats}"


def zone_too_close(*, score: str, percent: Decimal | int, line: float, marked: int, seats: int) -> str:
    """The zone of applicants whose interval contains the seat line.

    score: "adjusted" or "mean", the one that counts. percent: the confidence level of the intervals. marked: how many
    applicants of the cycle are too close to call, including those with a result, who are not entries.
    """
    known = f"score {score} percent {Decimal(percent).normalize():f} line {line:.3f}"
    return f"close {known} marked {marked} seats {seats}"


def terms_of(zone: str) -> dict[str, str]:
    """The keywords and values of a zone."""
    kind, *words = zone.split()
    return {"kind": kind, **dict(zip(words[::2], words[1::2], strict=True))}


def entries_text(codes: Iterable[str]) -> str:
    """The entries as stored: sorted, one code to a line, each line with a newline."""
    return "".join(f"{code}\n" for code in sorted(codes))


def numbers_of(typed: str) -> str:
    """The numbers of a public draw as its source prints them, in that order, joined by hyphens.

    "07 14 25, Mega 3" and "7-14-25-3" are the same, so that nobody can try spellings until one pleases. Empty: too few
    digits.
    """
    found = NUMBERS.findall(typed)
    return "-".join(str(int(number)) for number in found) if sum(map(len, found)) >= DIGITS_MIN else ""


def order_of(codes: Iterable[str], result: str) -> tuple[str, ...]:
    """The codes in the drawn order, which depends on the result and not on the order in which they are given."""
    return tuple(sorted(codes, key=lambda code: (sha256(f"{result}:{code}"), code)))


@dataclass(frozen=True, slots=True)
class Draw:
    """One lottery. Before the draw `result` and `order` are empty."""

    code: str
    zone: str
    entries: str  # `entries_text`
    public_draw: str = ""
    public_draw_on: date | None = None
    result: str = ""
    order: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is frozen, and later published as a file."""
        lines = [f"lottery {self.code}", f"zone {self.zone}"]
        lines += [f"draw {self.public_draw_on:%Y-%m-%d} {self.public_draw}"] if self.public_draw_on else []
        return "".join(f"{line}\n" for line in lines) + self.entries


def faults_of(draw: Draw, frozen_hash: str) -> list[str]:
    """What doesn't fit; empty for an honest lottery.

    entries_changed: the text differs from the one whose hash was published; wrong_order: not the order that the result
    gives.
    """
    faults = [] if sha256(draw.text) == frozen_hash else ["entries_changed"]
    right = order_of(draw.entries.split(), draw.result) if draw.result else ()
    return faults if draw.order == right else [*faults, "wrong_order"]
