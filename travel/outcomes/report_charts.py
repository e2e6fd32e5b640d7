"""The charts of the outcomes, each with its table and a text on what it counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exchange.figures.counts import ENDLESS, Range
from exchange.models import College, PartnerCity
from travel.base.charts import Bar, Drawn, Picture, bars, drawn, flight_map, space_for
from travel.base.maps import home, place_of
from travel.outcomes.population import By, Mark, Stage
from travel.outcomes.published import Outcomes, Part, Report
from travel.outcomes.words import count_text, stage_name

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


def _described(rows: Iterable[Bar]) -> str:
    return "; ".join(f"{row.label}: {row.text}" for row in rows)


def _pictures(rows: list[Bar], title: str, for_print: bool) -> tuple[Picture, Picture | str]:
    """A page has the chart in two widths and shows the one that fits; a PDF has one."""
    description = _described(rows)
    wide = bars(rows, title=title, description=description, for_print=for_print)
    return wide, "" if for_print else bars(rows, title=title, description=description, narrow=True)


def bar_of(label: str, count: Range | None) -> Bar:
    """A bar for a count; a range is drawn as a band."""
    if count is None:
        return Bar(label, None, count_text(None))
    if count.is_exact or count.high >= ENDLESS:
        return Bar(label, count.low, count_text(count))
    return Bar(label, count.low, count_text(count), count.high)


def stage_bars(stages: Mapping[Stage, Range]) -> list[Bar]:
    """Neighboring stages with the same number are one bar."""
    folded: list[tuple[list[str], Range]] = []
    for stage, count in stages.items():
        if folded and folded[-1][1] == count and count.is_exact:
            folded[-1][0].append(stage_name(stage))
        else:
            folded.append(([stage_name(stage)], count))
    return [bar_of(" · ".join(names), count) for names, count in folded]


def stages_card(outcomes: Outcomes, for_print: bool) -> ChartCard:
    rows = stage_bars(outcomes.stages)
    title = _("From application to return")
    wide, narrow = _pictures(rows, title, for_print)
    return ChartCard(
        id="stages",
        title=title,
        svg=wide,
        narrow=narrow,
        definition=_(
            "Each line counts students who got at least that far, so anyone who traveled counts in every line above."
            " Endorsed: their college said yes. Read: scored by as many readers as the cycle asks for. Selected:"
            " chosen by the committee. Confirmed: the student said yes. A pale bar is a range: only a few students"
            " dropped out there, so we don’t say how many."
        ),
        table={
            "head": [_("Stage"), _("Students")],
            "rows": [[stage_name(stage), count_text(count)] for stage, count in outcomes.stages.items()],
        },
    )


def map_card(report: Report, outcomes: Outcomes, for_print: bool) -> ChartCard:
    cities = sorted(PartnerCity.objects.filter(code__in=outcomes.cities), key=lambda city: city.name)
    places = [place_of(city) for city in cities]
    rest = PartnerCity.objects.filter(is_offered=True).exclude(code__in=outcomes.cities)
    others = [place_of(city) for city in rest]
    title = _("Where they went")
    names = ", ".join(place.label for place in places)
    return ChartCard(
        id="map",
        title=title,
        svg=flight_map(home(), places, others=others, title=title, description=names, for_print=for_print),
        definition=_("Named dots are cities our groups traveled to. Rings are our other partner cities."),
        table={"head": [_("City"), _("Country")], "rows": [[city.name, city.country] for city in cities]},
    )


def breakdown_cards(report: Report, outcomes: Outcomes, for_print: bool) -> list[ChartCard]:
    colleges = dict(College.objects.values_list("code", "short_name"))
    cities = {city.code: city.name for city in PartnerCity.objects.filter(code__in=outcomes.cities)}
    names = {By.COLLEGE: colleges, By.CITY: cities}
    return _merged(
        [
            _breakdown(
                report, mark, by, [(names[by].get(part.group, _("Not known")), part) for part in parts], for_print
            )
            for (mark, by), parts in outcomes.parts.items()
        ]
    )


def _breakdown(report: Report, mark: Mark, by: By, parts: list[tuple[str, Part]], for_print: bool) -> ChartCard:
    title = {
        (Mark.PASSPORT, By.COLLEGE): _("First passports by college"),
        (Mark.PASSPORT, By.CITY): _("First passports by city"),
        (Mark.FLIGHT, By.COLLEGE): _("First flights by college"),
        (Mark.FLIGHT, By.CITY): _("First flights by city"),
    }[mark, by]
    lines = sorted(parts, key=lambda line: (-(line[1].count.low if line[1].count else -1), line[0]))
    rows = [bar_of(name, part.count) for name, part in lines if part.count][:MOST_BARS]
    wide, narrow = _pictures(rows, title, for_print) if rows else ("", "")
    hidden = sum(part.count is None for _name, part in lines)
    note = ""
    if rows and hidden:
        note = ngettext("%(count)s group is too small to show.", "%(count)s groups are too small to show.", hidden)
        note %= {"count": hidden}
    return ChartCard(
        id=f"{mark.value}-{by.value}".replace("_", "-"),
        title=title,
        svg=wide,
        narrow=narrow,
        definition=_(
            "Travelers only. We don’t show counts from 1 to %(most)s, or any count that would reveal one. A group that"
            " is too small in one year may be shown for several years together."
        )
        % {"most": report.threshold - 1},
        table={
            "head": [_("College") if by is By.COLLEGE else _("City"), _("Students")],
            "rows": [[name, count_text(part.count)] for name, part in lines],
        },
        note=note or ("" if rows else _("There are too few to show.")),
    )


def _merged(cards: list[ChartCard]) -> list[ChartCard]:
    """Cards that would show nothing are one sentence."""
    hidden = [card for card in cards if not card.svg]
    if not hidden:
        return cards
    names = ", ".join(card.title[:1].lower() + card.title[1:] for card in hidden)
    one = ChartCard(
        id="too-small",
        title=_("Groups too small to show"),
        definition=hidden[0].definition,
        table={},
        note=_("Not shown, because the groups are too small: %(names)s.") % {"names": names},
    )
    return [*(card for card in cards if card.svg), one]
