"""Published ranges in words."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from exchange.figures.counts import ENDLESS, Range

# Simple parts of a whole, the largest first.
PARTS = ((9, 10), (4, 5), (3, 4), (2, 3), (1, 2), (1, 3), (1, 4), (1, 5), (1, 10))
HALF = (1, 2)
ABOUT = 0.15  # a range this wide, as a part of the whole, or narrower is about something


@dataclass(frozen=True, slots=True)
class ShareWords:
    """`figure`: a percentage, or about which part; then `range` says between which percentages it is."""

    figure: str
    range: str = ""

    @property
    def in_full(self) -> str:
        return f"{self.figure}, {self.range}" if self.range else self.figure


def payer_text(fund: str) -> str:
    """Who pays a line of a budget; a line without a sponsor is the program's."""
    return fund or _("The program")


def count_text(count: Range | None) -> str:
    if count is None:
        return _("not shown")
    if count.is_exact:
        return str(count.low)
    if count.high >= ENDLESS:
        return _("%(number)s or more") % {"number": count.low}
    return _("%(low)s to %(high)s") % {"low": count.low, "high": count.high}


def share_words(count: Range, of: int) -> ShareWords:
    """A share of `of` persons (not zero): whole percent, halves up. A range is said by both of its ends, never by one;
    where it isn't wide, with the simple part that is near its middle."""
    low, high = percent_of(count.low, of), percent_of(count.high, of)
    if low == high:
        return ShareWords(_("%(percent)s%%") % {"percent": low})
    ends = _("%(low)s to %(high)s%%") % {"low": low, "high": high}
    width = count.high - count.low
    away = {part: abs(part[0] / part[1] * of - (count.low + count.high) / 2) for part in PARTS}
    part, whole = min(PARTS, key=lambda each: away[each])
    if width > ABOUT * of or away[part, whole] * 3 > width:
        return ShareWords(ends)
    if (part, whole) == HALF:
        return ShareWords(_("About half"), ends)
    return ShareWords(_("About %(part)s in %(whole)s") % {"part": part, "whole": whole}, ends)


def percent_of(count: int, of: int) -> int:
    """Whole percent, halves up."""
    return math.floor(count * 100 / of + 0.5)


def least_part(counts: Iterable[tuple[Range, int]]) -> str:
    """The largest simple part that each share, a count and of how many, has at the least: "half", or "2 in 3"; ""."""
    shares = list(counts)
    for part, whole in PARTS:
        if all(count.low * whole >= part * of for count, of in shares):
            return _("half") if (part, whole) == HALF else _("%(part)s in %(whole)s") % {"part": part, "whole": whole}
    return ""
