"""The outcomes as text, cards and charts: one description for the page and for the PDF."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from applications.models import Cycle
from exchange.figures.counts import Range
from exchange.models import College
from exchange.templatetags.ui import day_year
from travel.base.charts import Drawn
from travel.outcomes.cards import FigureCard, cards_of, share_card, year_by_year
from travel.outcomes.measures import title_of
from travel.outcomes.now import Now
from travel.outcomes.now_page import NowPage, now_page
from travel.outcomes.population import MARKS_FIRST, Stage
from travel.outcomes.published import ALL, Outcomes, Report, Share
from travel.outcomes.quotes import quote_of
from travel.outcomes.report_charts import (
    ChartCard,
    breakdown_cards,
    costs_card,
    finding_of_years,
    map_card,
    stages_card,
    waits_card,
    with_charts,
    years_card,
    years_of_all,
)
from travel.outcomes.today import Top, top
from travel.outcomes.whom import Way, ways
from travel.reflection.stories import Told

FIGURE_CARDS = 4


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    aside: str
    tabs: list[Tab]
    what: str = ""
    pdf_href: str = ""
    groups_href: str = ""
    empty_title: str = ""
    empty_text: str = ""
    figures: list[FigureCard] = field(default_factory=list)
    how_we_count: ChartCard | None = None
    stages: ChartCard | None = None
    map: ChartCard | None = None
    breakdowns: list[ChartCard] = field(default_factory=list)
    finding: str = ""
    years: ChartCard | None = None
    costs: ChartCard | None = None
    waits: ChartCard | None = None
    ways: list[Way] = field(default_factory=list)
    ways_title: str = ""
    now: NowPage | None = None
    top: Top | None = None
    quote: Told | None = None
    drawing: Drawn = Drawn({})

    @property
    def more(self) -> list[ChartCard]:
        """What stands folded below the main story."""
        return [*(card for card in (self.years, self.costs, self.waits, self.map) if card), *self.breakdowns]


def page_of(report: Report, now: Now | None = None, *, for_print: bool = False) -> Page:
    """The page, with what is so today if `now_page` is asked for by giving `now`; on paper, the outcomes alone."""
    tabs, cycles = _tabs(report), {cycle.code: cycle for cycle in report.public}
    today = None if for_print else now_page(report, now, cycles)
    first = None if for_print else top(report, now, cycles)
    if report.outcomes is None:
        title, text = _why_empty(report)
        name = report.chosen.name if report.chosen else _("Outcomes")
        (*charts,), drawing = with_charts(_charts_of(today), for_print=for_print)
        return Page(
            title=(first.said.first if first else "") or name,
            top=first,
            aside="",
            tabs=tabs,
            groups_href=_groups_href(report),
            empty_title=title,
            empty_text=text,
            now=_drawn_now(today, charts),
            drawing=drawing,
        )
    full = _full_page(report, report.outcomes, today, now, for_print=for_print)
    return replace(full, title=first.said.first or full.title, top=first) if first else full


def _full_page(report: Report, outcomes: Outcomes, today: NowPage | None, now: Now | None, *, for_print: bool) -> Page:
    years, shares = years_of_all(report), cards_of(outcomes, MARKS_FIRST, report.yardsticks)
    if len(years) > 1 and not for_print:
        shares = year_by_year(shares, MARKS_FIRST, years, report.yardsticks)
    figures = [*shares, *_went(outcomes)]
    cards = {"stages": stages_card(outcomes, for_print), "map": map_card(report, outcomes, for_print)}
    costs = now.money if now else ()
    wide = {"costs": costs_card(report, outcomes, costs, for_print), "waits": waits_card(outcomes, for_print)}
    cards |= {name: card for name, card in wide.items() if card}
    colleges = dict(College.objects.values_list("code", "short_name"))
    breakdowns, charts = breakdown_cards(report, outcomes, colleges, for_print), _charts_of(today)
    drawn, drawing = with_charts([*cards.values(), *breakdowns, *charts], for_print=for_print)
    named = dict(zip(cards, drawn, strict=False))
    headline, grouped = _headline(report, outcomes), _grouped(report)
    return Page(
        title=headline,
        what=headline,
        drawing=drawing,
        aside=_("as of %(day)s · groups of fewer than %(threshold)s aren’t shown")
        % {"day": day_year(report.as_of), "threshold": report.threshold},
        tabs=_tabs(report),
        pdf_href=f"{reverse('travel:outcomes-pdf')}?cycle={report.code}",
        groups_href=_groups_href(report),
        figures=figures[: None if for_print else FIGURE_CARDS],
        how_we_count=_how_we_count(report, figures),
        stages=named["stages"],
        map=named["map"],
        finding=finding_of_years(years),
        years=years_card(report, years, costs),
        costs=named.get("costs"),
        waits=named.get("waits"),
        ways=ways(grouped.code, report.told, colleges, _groups_href(report)),
        ways_title=_("Who applied and who was chosen: %(cycle)s") % {"cycle": grouped.name},
        breakdowns=drawn[len(cards) : len(cards) + len(breakdowns)],
        now=_drawn_now(today, drawn[len(cards) + len(breakdowns) :]),
        quote=quote_of(cycle for cycle in report.cycles if cycle.code in outcomes.cycles),
    )


def _charts_of(today: NowPage | None) -> list[ChartCard]:
    return [panel.chart for panel in today.panels if panel.chart] if today else []


def _drawn_now(today: NowPage | None, charts: Sequence[ChartCard]) -> NowPage | None:
    """The same, with its charts as they were drawn."""
    if today is None:
        return None
    left = iter(charts)
    panels = [replace(panel, chart=next(left)) if panel.chart else panel for panel in today.panels]
    return replace(today, panels=panels)


def _grouped(report: Report) -> Cycle:
    """The groups' page shows one cycle: the chosen one, or the newest. There must be one."""
    return report.chosen or report.cycles[0]


def _groups_href(report: Report) -> str:
    cycle = report.chosen or next(iter(report.cycles), None)
    return reverse("travel:outcomes-fairness", kwargs={"code": cycle.code}) if cycle else ""


def _tabs(report: Report) -> list[Tab]:
    address = reverse("travel:outcomes")
    tabs = [Tab(cycle.name, f"{address}?cycle={cycle.code}", cycle == report.chosen) for cycle in report.cycles]
    if len(tabs) > 1:
        tabs.append(Tab(_("All years"), f"{address}?cycle={ALL}", report.chosen is None))
    return tabs if len(tabs) > 1 or report.outcomes is None else []


def _why_empty(report: Report) -> tuple[str, str]:
    if report.chosen:
        text = _("This cycle’s figures appear here once all its groups are back and the exchange team publishes them.")
        return _("Nothing published yet"), text
    text = _("Figures appear here once all of a cycle’s groups are back and the exchange team publishes them.")
    return _("No outcomes yet"), text


# --- The headline -----------------------------------------------------------------------------------


def _number(number: int) -> str:
    """In words up to ten; called only for two and more."""
    words = {
        2: pgettext("number of cities or years", "two"),
        3: pgettext("number of cities or years", "three"),
        4: pgettext("number of cities or years", "four"),
        5: pgettext("number of cities or years", "five"),
        6: pgettext("number of cities or years", "six"),
        7: pgettext("number of cities or years", "seven"),
        8: pgettext("number of cities or years", "eight"),
        9: pgettext("number of cities or years", "nine"),
        10: pgettext("number of cities or years", "ten"),
    }
    return words.get(number, str(number))


def _headline(report: Report, outcomes: Outcomes) -> str:
    """For example "44 students, two cities, one summer"."""
    students, cities = outcomes.travelers, len(outcomes.cities)
    return _("%(students)s, %(cities)s, %(time)s") % {
        "students": ngettext("%(count)s student", "%(count)s students", students) % {"count": students},
        "cities": _("one city") if cities == 1 else _("%(number)s cities") % {"number": _number(cities)},
        "time": _time(report, outcomes),
    }


def _time(report: Report, outcomes: Outcomes) -> str:
    """One cycle is a season, or is named if its groups left in several; more cycles are years."""
    seasons = {day.month % 12 // 3 for day in outcomes.departures}
    years = len({day.year for day in outcomes.departures})
    if len(outcomes.cycles) > 1:
        return _("one year") if years == 1 else _("%(number)s years") % {"number": _number(years)}
    if len(seasons) == 1:
        return (_("one winter"), _("one spring"), _("one summer"), _("one fall"))[seasons.pop()]
    return str(next(cycle.name for cycle in report.cycles if cycle.code in outcomes.cycles))


# --- Figures ----------------------------------------------------------------------------------------


def _went(outcomes: Outcomes) -> list[FigureCard]:
    """Of those who confirmed. Both figures are among the stages already, so this reveals nothing new."""
    confirmed = outcomes.stages.get(Stage.CONFIRMED)
    if confirmed is None or not confirmed.is_exact or not confirmed.low:
        return []
    went = Range(outcomes.travelers, outcomes.travelers)
    return [
        share_card(
            Share(went, confirmed.low),
            title_of(Stage.TRAVELED),
            _("of those who confirmed went on the trip"),
            _("Students who left with their group, out of those who said yes to their spot."),
        )
    ]


def _how_we_count(report: Report, figures: list[FigureCard]) -> ChartCard:
    rows = [[card.name, card.figure or _("not shown"), card.count, card.of, card.definition] for card in figures]
    definition = _(
        "A traveler is a student who left with their group. We count a cycle once all its groups are back, and what was"
        " published stays as it was. We don’t show counts from 1 to %(most)s, or any count that would reveal one. When"
        " almost no one or almost everyone is counted, or when a group is small, we give a range, such as “3 in 4 or"
        " more.”"
    ) % {"most": report.threshold - 1}
    return ChartCard(
        id="definitions",
        title=_("How we count"),
        definition=definition,
        table={"head": [_("Figure"), _("Shown"), _("Students"), _("Out of"), _("What it means")], "rows": rows},
    )
