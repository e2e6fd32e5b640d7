"""The charts of the outcomes, each with its table and a text on what it counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications.models import Cycle
from exchange.figures.counts import ENDLESS, Range
from exchange.templatetags.ui import dollars
from travel.base import world_map
from travel.base.charts import Bar, Drawn, Picture, Stack, bars, drawn, space_for, stacks
from travel.base.drawing import JOINED
from travel.base.maps import home, place_of
from travel.models.earlier import PREFIX
from travel.outcomes.earlier import years_of
from travel.outcomes.findings import half_within, of_costs, of_stages, of_waits, of_years
from travel.outcomes.measures import STEPS, title_of, within_text
from travel.outcomes.now import Money
from travel.outcomes.population import By, Mark, Stage, travelers_key
from travel.outcomes.published import Outcomes, Part, Report, Share, outcomes_of
from travel.outcomes.words import count_text, payer_text, share_words

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
    """Neighboring stages that are told alike, exactly or as a range, are one bar."""
    folded: list[tuple[list[str], Range]] = []
    for stage, count in stages.items():
        if folded and folded[-1][1] == count:
            folded[-1][0].append(title_of(stage))
        else:
            folded.append(([title_of(stage)], count))
    return [bar_of(JOINED.join(names), count) for names, count in folded]


def stages_card(outcomes: Outcomes, for_print: bool) -> ChartCard:
    rows = stage_bars(outcomes.stages)
    title = of_stages(outcomes.stages)
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
            "rows": [[title_of(stage), count_text(count)] for stage, count in outcomes.stages.items()],
        },
    )


def waits_card(outcomes: Outcomes, for_print: bool) -> ChartCard | None:
    """How long each step took the travelers; None if no release says."""
    if not outcomes.waits:
        return None
    rows = []
    for step, counts in outcomes.waits.items():
        weeks = half_within(outcomes.travelers, counts)
        label = str(STEPS[step])
        rows.append(bar_of(f"{label}{JOINED}{within_text(weeks)}", counts[weeks]) if weeks else bar_of(label, None))
    title = of_waits(outcomes.travelers, outcomes.waits)
    wide, narrow = _pictures(rows, title, for_print)
    return ChartCard(
        id="waits",
        title=title,
        svg=wide,
        narrow=narrow,
        definition=_(
            "Only students who traveled, out of %(count)s. A decision: from the day they sent their application to the"
            " offer. An answer: from the offer to their yes. A passport: from their yes until a person on staff had"
            " seen it; those who already had one count as soon as it was seen. Each bar shows the shortest time within"
            " which half or more were done. A step whose day we don’t know counts in none."
        )
        % {"count": outcomes.travelers},
        table={
            "head": [_("Step"), *(within_text(weeks) for weeks in next(iter(outcomes.waits.values())))],
            "rows": [[str(STEPS[step]), *map(count_text, counts.values())] for step, counts in outcomes.waits.items()],
        },
    )


def map_card(report: Report, outcomes: Outcomes, for_print: bool) -> ChartCard:
    cities = {trip.city.code: trip.city for trip in report.trips if trip.city.code in outcomes.cities}
    went = {code: _travelers_to(code, report, outcomes) for code in cities}
    visited = sorted(cities.values(), key=lambda city: city.name)
    places = [replace(place_of(city), label=f"{city.name} {went[city.code]}".strip()) for city in visited]
    title = ngettext("%(count)s student, %(cities)s", "%(count)s students, %(cities)s", outcomes.travelers) % {
        "count": outcomes.travelers,
        "cities": get_text_list([city.name for city in visited], _("and")),
    }
    return ChartCard(
        id="map",
        title=title,
        svg=world_map.draw(
            home(),
            places,
            title=_("Where they went"),
            description=", ".join(place.label for place in places),
            for_print=for_print,
        ),
        definition=_(
            "Cities our groups traveled to, with the number of travelers. A line is the shortest way over the globe."
        ),
        table={
            "head": [_("City"), _("Country"), _("Travelers")],
            "rows": [[city.name, city.country, went[city.code]] for city in visited],
        },
    )


def _travelers_to(city: str, report: Report, outcomes: Outcomes) -> str:
    """As published, of these cycles; empty where a release didn't say."""
    found = [report.told.get(travelers_key(cycle, city)) for cycle in outcomes.cycles]
    numbers = [range_.low for range_ in found if range_]
    return str(sum(numbers)) if numbers else ""


# --- Years side by side -----------------------------------------------------------------------------


def years_of_all(report: Report) -> list[tuple[str, Outcomes]]:
    """Each finished year by its name, the oldest first; those from before the portal, too."""
    cycles, before = list(reversed(report.cycles)), years_of(report.told)
    opened = [str(cycle.opens_at.year) for cycle in cycles]
    names = opened if len(set(opened)) == len(opened) else [cycle.name for cycle in cycles]
    codes = {
        **{code: code.removeprefix(PREFIX) for code in before},
        **dict(zip([c.code for c in cycles], names, strict=True)),
    }
    return [(name, outcomes_of((code,), report.told, report.trips)) for code, name in codes.items()]


def finding_of_years(years: Sequence[tuple[str, Outcomes]]) -> str:
    """What the ranges of all years say for certain, or ""."""
    return of_years(Mark.ABROAD, [year.shares[Mark.ABROAD] for _name, year in years])


def years_card(report: Report, years: Sequence[tuple[str, Outcomes]], money: Sequence[Money]) -> ChartCard | None:
    """Every finished year beside the others, as a table; None while there is only one."""
    if len(years) < 2:
        return None
    cycles, before = list(reversed(report.cycles)), years_of(report.told)
    every = [year for _name, year in years]
    shown = [mark for mark in Mark if any(year.shares[mark].count for year in every)]
    return ChartCard(
        id="years",
        title=_("Year by year"),
        is_without_chart=True,
        definition=_("Shares of the travelers of each cycle, as they were published."),
        table={
            "head": ["", *(_before(code) for code in before), *(cycle.name for cycle in cycles)],
            "rows": [
                [_("Travelers"), *(str(year.travelers) for year in every)],
                *([title_of(mark), *(_share_text(year.shares[mark]) for year in every)] for mark in shown),
                *_padded(_cost_rows(cycles, every[len(before) :], report, money), len(before)),
            ],
        },
    )


def _padded(rows: Iterable[list[str]], number: int) -> list[list[str]]:
    """Rows of our own years, with so many empty cells for the years from before the portal."""
    return [[name, *[_("not recorded")] * number, *cells] for name, *cells in rows]


def _before(code: str) -> str:
    return _("%(year)s, from before the portal") % {"year": code.removeprefix(PREFIX)}


def _share_text(share: Share) -> str:
    if share.count is None or not share.of:
        return count_text(None)
    words = share_words(share.count, share.of)
    return words.in_full


def _cost_rows(
    cycles: Sequence[Cycle], years: Sequence[Outcomes], report: Report, money: Sequence[Money]
) -> list[list[str]]:
    """What a student cost, for cycles whose bills are all in; nothing if none is."""
    cells = []
    for cycle, year in zip(cycles, years, strict=True):
        trips = {trip.code for trip in report.trips if trip.cycle == cycle.code}
        rows = [each for each in money if each.trip in trips]
        whole_bill = rows and all(each.is_whole for each in rows) and year.travelers
        cells.append(dollars_of(sum(each.actual for each in rows) / year.travelers) if whole_bill else "—")
    return [[_("Cost per student"), *cells]] if any(cell != "—" for cell in cells) else []


# --- Costs ------------------------------------------------------------------------------------------


def costs_card(report: Report, outcomes: Outcomes, money: Sequence[Money], for_print: bool) -> ChartCard | None:
    """By trip and who pays, for each student; None without a budget. A trip without all its bills shows its plan."""
    trips = [trip for trip in report.trips if trip.cycle in outcomes.cycles and trip.went]
    rows, table = [], []
    whole: dict[str, Counter[str]] = {}  # by name, as the chart has them
    years = {cycle.code: cycle.opens_at.year for cycle in report.cycles}
    for trip in trips:
        lines = [each for each in money if each.trip == trip.code]
        if not lines:
            continue
        name = f"{trip.city.name} {years.get(trip.cycle, '')}".strip()
        planned, actual = sum(each.planned for each in lines), sum(each.actual for each in lines)
        is_whole = all(each.is_whole for each in lines)
        if is_whole:
            whole[name] = whole.get(name, Counter()) + Counter(planned=planned, actual=actual)
        parts = [
            (payer_text(each.fund), (each.actual if is_whole else each.planned) / trip.went / 100) for each in lines
        ]
        text = dollars_of((actual if is_whole else planned) / trip.went)
        rows.append(Stack(name, parts, text, planned / trip.went / 100 if is_whole else None))
        table += [
            [name, payer_text(each.fund), dollars_of(each.planned / trip.went), dollars_of(each.actual / trip.went)]
            for each in lines
        ]
    if not rows:
        return None
    title = of_costs([(name, sums["planned"], sums["actual"]) for name, sums in whole.items()])
    described = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return ChartCard(
        id="costs",
        title=title,
        svg=stacks(rows, title=title, description=described, for_print=for_print),
        narrow="" if for_print else stacks(rows, title=title, description=described, narrow=True),
        definition=_(
            "For each student who traveled, by who pays: the budget of the trip, and what the portal paid the students."
            " The mark is the plan. A trip whose bills aren’t all in shows its plan, without a mark."
        ),
        table={"head": [_("Trip"), _("Who pays"), _("Planned"), _("Came to")], "rows": table},
    )


def dollars_of(cents: float) -> str:
    return dollars(Decimal(round(cents / 100)))


def breakdown_cards(
    report: Report, outcomes: Outcomes, colleges: Mapping[str, str], for_print: bool
) -> list[ChartCard]:
    """colleges: short names by code."""
    cities = {trip.city.code: trip.city.name for trip in report.trips}
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
