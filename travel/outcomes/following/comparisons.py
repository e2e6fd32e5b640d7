"""Travelers compared with applicants who stayed, in words, from published figures alone (docs/adr/0092)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from exchange.figures.counts import Key, Range
from exchange.models import Fact
from exchange.templatetags.ui import day_year
from travel.outcomes.comparing import Comparison, Interval, Kind, TooFewError, compare
from travel.outcomes.following.words import item_text, who_text
from travel.outcomes.population import (
    COMPARED,
    COMPARED_WITH,
    COMPARED_YEAR,
    Item,
    compared_key,
    compared_number_key,
    item_name,
)
from travel.outcomes.published import Report


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is compared."""

    text: str
    interval: str


@dataclass(frozen=True, slots=True)
class Compared:
    title: str
    cycles: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Comparisons:
    """`refusal`: why there's none (yet)."""

    found: list[Compared]
    refusal: str = ""


def comparisons(report: Report, *, is_asked: bool) -> Comparisons:
    """What was published. is_asked: whether anything is known of the time after a trip; otherwise nothing is said. No
    query."""
    if not is_asked or report.least is None or report.percent is None:
        return Comparisons([])
    least, percent = int(report.least.value), float(report.percent.value)
    names = {cycle.code: str(cycle.name) for cycle in report.public}
    found, is_enough = [], False
    for key, number in report.told.items():
        if (key.name, key.by) != ("compared_number", COMPARED_WITH) or not _is_about(report, key.subject):
            continue
        is_enough = is_enough or number is None or number.high >= least
        if lines := list(_lines(Kind(key.group), key.subject, report.told, least, percent)):
            cycles = ", ".join(names.get(code, code) for code in key.subject.split("+"))
            found.append(Compared(_title(Kind(key.group)), cycles, lines))
    return Comparisons(found, "" if found else _refusal(report.least, is_enough=is_enough))


def _refusal(least: Fact, *, is_enough: bool) -> str:
    if is_enough:
        return _("There are enough people for a comparison, but showing it would say too much about a few of them.")
    return _(
        "No comparison yet: it takes at least %(least)s travelers and as many others from the same years, all of whom"
        " agreed. That’s our own rule of %(day)s; fewer can’t tell a difference from chance."
    ) % {"least": int(least.value), "day": day_year(least.as_of)}


def _is_about(report: Report, subject: str) -> bool:
    return report.chosen is None or report.chosen.code in subject.split("+")


def _lines(kind: Kind, subject: str, told: Mapping[Key, Range | None], least: int, percent: float) -> Iterable[Line]:
    number = told.get(compared_number_key(subject, kind))
    if number is None or not number.is_exact:
        return
    for item in COMPARED:
        ranges = [told.get(compared_key(subject, kind, item, travelers=each)) for each in (True, False)]
        travelers, others = ((each.low, each.high) if each else (0, number.low) for each in ranges)
        if None in ranges:
            continue
        try:
            found = compare(number.low, travelers, others, least=least, percent=percent)
        except TooFewError:
            return
        yield Line(_line_text(kind, item, found), _interval_text(found, percent))


def _line_text(kind: Kind, item: Item, found: Comparison) -> str:
    words = {
        "what": item_text(item_name(item, COMPARED_YEAR)),
        "travelers": _share(found.travelers),
        "others": _share(found.others),
        "number": found.number,
        "who": who_text(kind),
    }
    return _("%(what)s: %(travelers)s of %(number)s travelers, compared with %(others)s of %(number)s %(who)s.") % words


def _interval_text(found: Comparison, percent: float) -> str:
    words = {
        "difference": _points(found.difference),
        "low": _signed(found.interval.low),
        "high": _signed(found.interval.high),
        "percent": f"{percent:g}",
    }
    text = _("Difference: %(difference)s points; %(percent)s%% interval: %(low)s to %(high)s.") % words
    if found.is_clear:
        return f"{text} {_('The interval leaves out zero.')}"
    return f"{text} {_('The interval includes zero, so these numbers don’t show a difference.')}"


def _share(share: Interval) -> str:
    low, high = round(share.low * 100), round(share.high * 100)
    return f"{low}%" if low == high else _("%(low)s%% to %(high)s%%") % {"low": low, "high": high}


def _points(difference: Interval) -> str:
    low, high = _signed(difference.low), _signed(difference.high)
    return low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}


def _signed(share: float) -> str:
    points = round(share * 100)
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"


def _title(kind: Kind) -> str:
    return {
        Kind.BELOW: _("Travelers compared with applicants just below the line"),
        Kind.LOTTERY: _("Travelers compared with applicants whom the lottery kept at home"),
    }[kind]
