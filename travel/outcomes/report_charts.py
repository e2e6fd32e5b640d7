"""The charts of the outcomes, each with its table and a text on what it counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from travel.base.charts import Bar, Drawn, Picture, bars, drawn, flight_map, space_for
from travel.base.maps import home, place_of
from travel.outcomes.figures import Breakdown, By, Mark, Outcomes, OutcomeStage
from travel.outcomes.outcomes import Report

MOST_BARS = 5
NOT_DRAWN = gettext_lazy("The chart couldn’t be drawn this time. The table has the same figures.")


@dataclass(frozen=True, slots=True)
class ChartCard:
    """What components/chart_card.html shows, once `with_charts` has replaced pictures by charts.

    For print, pictures stay: a worker draws them with the PDF. `is_without_chart`: there is none, it couldn't be drawn,
    or it's still being drawn (`is_waiting`, with empty space for it); then the table is open.
    """

    id: str
    title: str
    definition: str
    table: dict[str, list[Any]]
    svg: Picture | SafeString | str = ""
    narrow: Picture | SafeString | str = ""
    note: str = ""
    is_without_chart: bool = False
    is_waiting: bool = False


def with_charts(cards: Sequence[ChartCard], *, for_print: bool) -> tuple[list[ChartCard], Drawn]:
    """The same cards with the charts that are there, drawn together; on paper, as they are."""
    pictures = [each for card in cards for each in (card.svg, card.narrow) if isinstance(each, Picture)]
    if for_print:
        return list(cards), Drawn({})
    drawing = drawn(pictures)
    return [_with_chart(card, drawing) for card in cards], drawing


def _with_chart(card: ChartCard, drawing: Drawn) -> ChartCard:
    if not isinstance(card.svg, Picture):
        return card
    svg = drawing.of(card.svg)
    narrow = drawing.of(card.narrow) if isinstance(card.narrow, Picture) else None
    if svg is None and drawing.is_waiting:
        space = space_for(card.narrow) if isinstance(card.narrow, Picture) else ""
        return replace(card, svg=space_for(card.svg), narrow=space, is_without_chart=True, is_waiting=True)
    if svg is None:
        return replace(card, svg="", narrow="", note=f"{NOT_DRAWN} {card.note}".strip(), is_without_chart=True)
    return replace(card, svg=svg, narrow=narrow or "")


def count_text(count: int | None) -> str:
    return _("not shown") if count is None else str(count)


def _described(rows: Iterable[Bar]) -> str:
    return "; ".join(f"{row.label}: {row.text}" for row in rows)


def _pictures(rows: list[Bar], title: str, for_print: bool) -> tuple[Picture, Picture | str]:
    """A page has the chart in two widths and shows the one that fits; a PDF has one."""
    description = _described(rows)
    wide = bars(rows, title=title, description=description, for_print=for_print)
    return wide, "" if for_print else bars(rows, title=title, description=description, narrow=True)


def stages_card(outcomes: Outcomes, for_print: bool) -> ChartCard:
    labels = {
        OutcomeStage.STARTED: pgettext("students who got this far", "Started"),
        OutcomeStage.SUBMITTED: pgettext("students who got this far", "Submitted"),
        OutcomeStage.ENDORSED: pgettext("students who got this far", "Endorsed"),
        OutcomeStage.SELECTED: pgettext("students who got this far", "Selected"),
        OutcomeStage.CONFIRMED: pgettext("students who got this far", "Confirmed"),
        OutcomeStage.PASSPORT: pgettext("students who got this far", "Passport in hand"),
        OutcomeStage.TRAVELED: pgettext("students who got this far", "Traveled"),
        OutcomeStage.RETURNED: pgettext("students who got this far", "Returned"),
    }
    counts = outcomes.stages
    rows = [Bar(label, counts[stage], count_text(counts[stage])) for stage, label in labels.items()]
    title = _("From application to return")
    wide, narrow = _pictures(rows, title, for_print)
    return ChartCard(
        id="stages",
        title=title,
        svg=wide,
        narrow=narrow,
        definition=_(
            "Each line counts students who got at least that far, so anyone who traveled counts in every line"
            " above. Endorsed: their college said yes. Selected: chosen by the committee. Confirmed: the student"
            " said yes. A stage isn’t shown if only a few students dropped out between it and another stage."
        ),
        table={"head": [_("Stage"), _("Students")], "rows": [[row.label, row.text] for row in rows]},
    )


def map_card(report: Report, outcomes: Outcomes, for_print: bool) -> ChartCard:
    cities = sorted(report.cities.values(), key=lambda city: city.name)
    places = [place_of(city) for city in cities]
    others = [place_of(city) for city in report.other_cities]
    title = _("Where they went")
    names = ", ".join(place.label for place in places)
    return ChartCard(
        id="map",
        title=title,
        svg=flight_map(home(), places, others=others, title=title, description=names, for_print=for_print),
        definition=_(
            "Named dots are cities our groups traveled to. Rings are our other partner cities. We don’t say how"
            " many students went to each, because that could reveal the figures of a small group."
        ),
        table={"head": [_("City"), _("Country")], "rows": [[city.name, city.country] for city in cities]},
    )


def breakdown_cards(report: Report, outcomes: Outcomes, for_print: bool) -> list[ChartCard]:
    return _merged([_breakdown(report, outcomes, mark, by, for_print) for mark, by in outcomes.breakdowns])


def _breakdown(report: Report, outcomes: Outcomes, mark: Mark, by: By, for_print: bool) -> ChartCard:
    shown = outcomes.breakdowns[mark, by]
    title = {
        (Mark.PASSPORT, By.COLLEGE): _("First passports by college"),
        (Mark.PASSPORT, By.CITY): _("First passports by city"),
        (Mark.FLIGHT, By.COLLEGE): _("First flights by college"),
        (Mark.FLIGHT, By.CITY): _("First flights by city"),
    }[mark, by]
    lines = _lines(report, by, shown) if shown else []
    rows = _bars(lines, shown) if shown else []
    wide, narrow = _pictures(rows, title, for_print) if rows else ("", "")
    table = [[name, count_text(count)] for name, count in lines]
    if shown and rows and shown.others:
        table.append([_("Total of those not shown"), str(shown.others)])
    return ChartCard(
        id=f"{mark.value}-{by.value}".replace("_", "-"),
        title=title,
        svg=wide,
        narrow=narrow,
        definition=_(
            "Travelers only. We don’t show counts from 1 to %(most)s, or any count that would reveal one. Hidden"
            " counts are shown only as a total."
        )
        % {"most": report.threshold - 1},
        table={"head": [_("College") if by is By.COLLEGE else _("City"), _("Students")], "rows": table},
        note="" if rows else _in_all(outcomes.shares[mark].count),
    )


def _merged(cards: list[ChartCard]) -> list[ChartCard]:
    """Merges several cards without a chart into one, with a sentence for each."""
    hidden = [card for card in cards if not card.svg]
    if len(hidden) < 2:
        return cards
    one = ChartCard(
        id="too-small",
        title=_("Groups too small to show"),
        definition=hidden[0].definition,
        table={
            "head": [_("Figure"), _("College or city"), _("Students")],
            "rows": [[card.title, *row] for card in hidden for row in card.table["rows"]],
        },
        note=" ".join(
            _("%(title)s: %(note)s") % {"title": card.title, "note": card.note[:1].lower() + card.note[1:]}
            for card in hidden
        ),
    )
    return [*(card for card in cards if card.svg), one]


def _bars(lines: list[tuple[str, int | None]], shown: Breakdown) -> list[Bar]:
    """The largest, and a last bar for all others together; none if every group is too small."""
    known = sorted(((name, count) for name, count in lines if count), key=lambda line: -line[1])
    if len(known) + bool(shown.others) > MOST_BARS:
        known = known[: MOST_BARS - 1]
    others = shown.total - sum(count for _name, count in known)
    rows = [Bar(name, count, str(count)) for name, count in known]
    if rows and others:
        rows.append(Bar(_("All others"), others, str(others)))
    return rows


def _in_all(count: int | None) -> str:
    if count is None:
        return _("There are too few to show.")
    return _("%(count)s in total, in groups too small to show.") % {"count": count}


def _lines(report: Report, by: By, shown: Breakdown) -> list[tuple[str, int | None]]:
    """Every college; or the cities of the trips."""
    if by is By.COLLEGE:
        return [(college.short_name, shown.counts.get(college.pk, 0)) for college in report.colleges]
    cities = sorted(report.cities.values(), key=lambda city: city.name)
    return [(city.name, shown.counts.get(city.pk, 0)) for city in cities]
