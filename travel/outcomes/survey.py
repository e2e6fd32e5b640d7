"""What travelers answered in the survey after the trip, from the published figures alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from exchange.figures.counts import Key, Range
from travel.models import SurveyItem
from travel.outcomes.findings import of_survey
from travel.outcomes.measures import title_of
from travel.outcomes.population import SURVEY_ITEM, Said, Stage, answered_key, said_key, stage_key
from travel.outcomes.published import Report
from travel.outcomes.words import count_text

COLUMNS = (Said.MORE, Said.SAME, Said.LESS)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item with its cells, in the order of COLUMNS."""

    text: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """One cycle's survey. `rate`: how many answered, of how many. No items: too few answered to say more.

    `finding`: what most said of most sentences, if the ranges carry it.
    """

    code: str
    cycle: str
    rate: str
    items: list[ItemResult]
    finding: str = ""

    @property
    def heads(self) -> tuple[str, ...]:
        """What the cells are, in the order of COLUMNS."""
        return tuple(map(title_of, COLUMNS))


def results(report: Report) -> list[SurveyResult]:
    """Of the chosen cycle or of all, the newest first; only those whose survey was published. One query."""
    if report.outcomes is None:
        return []
    told = report.told
    codes = [code for code in reversed(report.outcomes.cycles) if answered_key(code) in told]
    if not codes:
        return []
    names = {cycle.code: str(cycle.name) for cycle in report.cycles}
    # by their names: the words of a name are the same in every cycle
    texts = {item.name: item.text for item in SurveyItem.objects.order_by("order", "pk")}
    return [_result(code, names[code], told, texts) for code in codes]


def _result(code: str, cycle: str, told: Mapping[Key, Range | None], texts: Mapping[str, str]) -> SurveyResult:
    traveled = told[stage_key(code, Stage.TRAVELED)]
    words = {"answered": count_text(told[answered_key(code)]), "travelers": count_text(traveled)}
    names = {key.group for key in told if key.subject == code and key.by == SURVEY_ITEM}
    items, higher = [], []
    for name in sorted(names, key=list(texts).index if names <= texts.keys() else None):
        ranges = [told.get(said_key(code, said, name)) for said in COLUMNS]
        higher.append(ranges[COLUMNS.index(Said.MORE)])
        if any(range_ is not None for range_ in ranges):
            items.append(ItemResult(texts.get(name, name), tuple(map(_cell, ranges))))
    rate = _("Answered: %(answered)s of %(travelers)s travelers")
    if told[answered_key(code)] is None:
        rate = _("%(travelers)s travelers. Too few to show how many answered.")
    answered = told[answered_key(code)] or told[stage_key(code, Stage.TRAVELED)]
    finding = of_survey(answered, higher) if answered else ""
    return SurveyResult(code, cycle, rate % words, items, finding)


def _cell(range_: Range | None) -> str:
    if range_ is not None and not range_.low and range_.high:
        return _("%(number)s or fewer") % {"number": range_.high}
    return count_text(range_)
