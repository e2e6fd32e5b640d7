"""Shares of the travelers as cards: for the director's page, the public page and its card, the report and briefings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from exchange.figures.counts import Range
from travel.outcomes.measures import MEASURES
from travel.outcomes.population import Mark
from travel.outcomes.published import Outcomes, Share, Yardstick
from travel.outcomes.words import count_text, percent_of, share_words

YEARS_SHOWN = 5  # on a card; the table has all


@dataclass(frozen=True, slots=True)
class ShareBar:
    """A share in percent, as a bar: certain up to `low`, possible up to `high`; `mark`: what was published earlier."""

    low: int
    high: int
    mark: int | None = None
    mark_text: str = ""

    @property
    def possible(self) -> int:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class YearBar:
    """A year's share on a card; `bar` is None if it isn't shown."""

    name: str
    text: str
    bar: ShareBar | None


@dataclass(frozen=True, slots=True)
class FigureCard:
    """What components/figure_card.html shows, and its line in the table of definitions.

    years: the same share year by year, the oldest first; then there is no `bar`.
    """

    figure: str
    sentence: str
    hidden: bool = False
    name: str = ""
    definition: str = ""
    count: str = ""
    of: str = ""
    aside: str = ""
    bar: ShareBar | None = None
    years: Sequence[YearBar] = ()
    yardstick: str = ""


def cards_of(
    outcomes: Outcomes, marks: Iterable[Mark], yardsticks: Mapping[Mark, Yardstick] | None = None
) -> list[FigureCard]:
    """One for each mark, in this order, shown or not."""
    found = []
    for mark in marks:
        measure = MEASURES[mark]
        sentence = _passport_sentence(outcomes) if mark is Mark.PASSPORT else str(measure.sentence)
        yardstick = (yardsticks or {}).get(mark)
        card = share_card(outcomes.shares[mark], str(measure.title), sentence, str(measure.definition), yardstick)
        found.append(card)
    return found


def year_by_year(
    cards: Sequence[FigureCard],
    marks: Iterable[Mark],
    years: Sequence[tuple[str, Outcomes]],
    yardsticks: Mapping[Mark, Yardstick],
) -> list[FigureCard]:
    """The cards of these marks, each with its newest years in place of its bar. years: by name, the oldest first."""
    return [
        replace(
            card,
            bar=None,
            years=[_year_bar(name, year.shares[mark], yardsticks.get(mark)) for name, year in years[-YEARS_SHOWN:]],
            yardstick=_yardstick_text(mark, yardsticks),
        )
        for card, mark in zip(cards, marks, strict=True)
    ]


def _year_bar(name: str, share: Share, yardstick: Yardstick | None) -> YearBar:
    if share.count is None or not share.of:
        return YearBar(name, count_text(None), None)
    ends = sorted({percent_of(share.count.low, share.of), percent_of(share.count.high, share.of)})
    return YearBar(name, f"{'–'.join(map(str, ends))}%", _bar(share.count, share.of, yardstick))


def share_card(
    share: Share, name: str, sentence: str, definition: str, yardstick: Yardstick | None = None
) -> FigureCard:
    """A share never stands without saying of how many."""
    if yardstick:
        definition = f"{definition} {_published(yardstick)}"
    if share.count is None or not share.of:
        return FigureCard("", sentence, hidden=True, name=name, definition=definition, of=str(share.of))
    words = share_words(share.count, share.of)
    count = count_text(share.count)
    return FigureCard(
        figure=words.figure,
        sentence=f"{words.range} {sentence}".strip(),
        name=name,
        definition=definition,
        count=count,
        of=str(share.of),
        aside=_("%(count)s of %(of)s") % {"count": count, "of": share.of},
        bar=_bar(share.count, share.of, yardstick),
    )


def _bar(count: Range, of: int, yardstick: Yardstick | None) -> ShareBar:
    low, high = 100 * count.low // of, -(-100 * count.high // of)
    if yardstick is None:
        return ShareBar(low, high)
    return ShareBar(low, high, round(yardstick.percent), _beside(yardstick))


def _yardstick_text(mark: Mark, yardsticks: Mapping[Mark, Yardstick]) -> str:
    """Where others have an earlier figure to compare with, that this one has none."""
    if not yardsticks:
        return ""
    if mark in yardsticks:
        return _beside(yardsticks[mark])
    return _("No %(year)s figure") % {"year": max(each.as_of.year for each in yardsticks.values())}


def _beside(yardstick: Yardstick) -> str:
    return f"{yardstick.as_of.year}: {round(yardstick.percent)}%"


def _published(yardstick: Yardstick) -> str:
    return _("The mark is %(percent)s%%, published in %(year)s (%(source)s).") % {
        "percent": round(yardstick.percent),
        "year": yardstick.as_of.year,
        "source": yardstick.source,
    }


def _passport_sentence(outcomes: Outcomes) -> str:
    late = outcomes.too_late
    if late is not None and late.high == 0:
        return _("got their first passport, all in time for the trip")
    if late is not None and late.is_exact:
        return _("got their first passport; %(count)s more came too late") % {"count": late.low}
    return str(MEASURES[Mark.PASSPORT].sentence)
