"""Travelers compared with applicants who stayed, over all years, in words, from published figures (docs/adr/0028)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from exchange.figures.counts import Key, Range
from exchange.models import Fact
from exchange.templatetags.ui import day_year
from travel.outcomes.comparing import Comparison, Interval, compare
from travel.outcomes.population import compared_key, compared_number_key
from travel.outcomes.published import Report


@dataclass(frozen=True, slots=True)
class InWords:
    """`text`: what came out, or why there's nothing (yet). `cycles` and `interval`: only if something came out."""

    text: str
    cycles: str = ""
    interval: str = ""


def comparison(report: Report, *, is_asked: bool) -> InWords | None:
    """All published years as one, whatever cycle was chosen. is_asked: whether the page says anything of the time after
    a trip; otherwise a missing comparison isn't explained. No query."""
    subjects = [key.subject for key in report.told if key == compared_number_key(key.subject)]
    if not (is_asked or subjects) or report.least is None or report.percent is None:
        return None
    least, percent = int(report.least.value), float(report.percent.value)
    shown = {subject: ranges for subject in subjects if (ranges := _ranges(subject, report.told))}
    number = sum(each[0].low for each in shown.values())
    if number < max(1, least):
        return InWords(_refusal(report.least, is_enough=len(shown) < len(subjects)))
    travelers, others = (
        (sum(each[place].low for each in shown.values()), sum(each[place].high for each in shown.values()))
        for place in (1, 2)
    )
    found = compare(number, travelers, others, percent=percent)
    names = {cycle.code: str(cycle.name) for cycle in report.public}
    cycles = ", ".join(names.get(code, code) for subject in shown for code in subject.split("+"))
    return InWords(_text(found), cycles, _interval_text(found, percent))


def _ranges(subject: str, told: Mapping[Key, Range | None]) -> tuple[Range, Range, Range] | None:
    """How many are compared, and of travelers and of others how many are a yes; None if one of them isn't shown."""
    number = told.get(compared_number_key(subject))
    travelers, others = (told.get(compared_key(subject, travelers=each)) for each in (True, False))
    if number is None or not number.is_exact or travelers is None or others is None:
        return None
    return number, travelers, others


def _refusal(least: Fact, *, is_enough: bool) -> str:
    """is_enough: whether years had enough people, and showing them would have said too much."""
    if is_enough:
        return _("There are enough people for a comparison, but showing it would say too much about a few of them.")
    return _(
        "No comparison yet: it takes at least %(least)s travelers and as many others from the same years, all of whom"
        " agreed. That’s our own rule of %(day)s; fewer can’t tell a difference from chance."
    ) % {"least": int(least.value), "day": day_year(least.as_of)}


def _text(found: Comparison) -> str:
    words = {"travelers": _share(found.travelers), "others": _share(found.others), "number": found.number}
    return (
        _(
            "Transferred to a four-year college in the first year: %(travelers)s of %(number)s travelers, compared with"
            " %(others)s of %(number)s applicants just below the line."
        )
        % words
    )


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
