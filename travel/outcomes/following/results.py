"""How travelers' studies went after the trip, from the published figures alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from exchange.figures.counts import Key, Range
from travel.models.follow_up import YEARS
from travel.outcomes.findings import of_studies
from travel.outcomes.measures import ANSWERS, YEAR_TEXTS, item_text
from travel.outcomes.population import (
    COLLEGES_SAY,
    OPTIONS,
    TRAVELERS_SAY,
    Item,
    Stage,
    Told,
    item_name,
    known_key,
    stage_key,
    told_key,
)
from travel.outcomes.published import Report
from travel.outcomes.words import count_text

SOURCES = (COLLEGES_SAY, TRAVELERS_SAY)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """`cells`: what was said, and of how many travelers."""

    text: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FollowUpResult:
    """One cycle's travelers in one year after the trip, from one source. `rate`: how many are known, of how many.

    `finding`: one sentence that colleges' answers carry, or "".
    """

    id: str
    title: str
    cycle: str
    finding: str
    rate: str
    is_self_reported: bool
    items: list[ItemResult]


def results(report: Report) -> list[FollowUpResult]:
    """Of the chosen cycle or of all, the newest first; only what was published. No query."""
    if report.outcomes is None:
        return []
    names = {cycle.code: str(cycle.name) for cycle in report.cycles}
    return [
        _result(code, names[code], source, year, report.told)
        for code in reversed(report.outcomes.cycles)
        for source in SOURCES
        for year in YEARS
        if known_key(code, source, year) in report.told
    ]


def _result(code: str, cycle: str, source: str, year: int, told: Mapping[Key, Range | None]) -> FollowUpResult:
    known = told[known_key(code, source, year)]
    is_own = source == TRAVELERS_SAY
    words = {"known": count_text(known), "travelers": count_text(told[stage_key(code, Stage.TRAVELED)])}
    rate = _("Known from their college: %(known)s of %(travelers)s travelers")
    if is_own:
        rate = _("Answered: %(known)s of %(travelers)s travelers")
    if known is None:
        rate = _("%(travelers)s travelers. Too few are known to show how many.")
    said = {
        item: (
            told.get(told_key(code, source, Told.YES, item_name(item, year))),
            told.get(told_key(code, source, Told.NO, item_name(item, year))),
        )
        for item in Item
    }
    title = _("Studies in the %(year)s after the trip") % {"year": YEAR_TEXTS[year]}
    if is_own:
        title = _("Studies after the trip, as students say themselves")
    return FollowUpResult(
        id=f"{source}-{year}-{code}",
        title=title,
        cycle=cycle,
        finding="" if is_own else of_studies(known, said, year),
        rate=rate % words,
        is_self_reported=is_own,
        items=list(_items(code, source, year, told)),
    )


def _items(code: str, source: str, year: int, told: Mapping[Key, Range | None]) -> Iterable[ItemResult]:
    """Those of which anything is shown."""
    for item in Item:
        name = item_name(item, year)
        ranges = {each: told.get(told_key(code, source, each, name)) for each in OPTIONS[item]}
        if any(range_ is not None for range_ in ranges.values()):
            text = (
                _("Enrolled in college now") if source == TRAVELERS_SAY and item is Item.ENROLLED else item_text(name)
            )
            cells = tuple((str(ANSWERS[each]), _cell(range_)) for each, range_ in ranges.items())
            yield ItemResult(text, cells)


def _cell(range_: Range | None) -> str:
    if range_ is not None and not range_.low and range_.high:
        return _("%(number)s or fewer") % {"number": range_.high}
    return count_text(range_)
