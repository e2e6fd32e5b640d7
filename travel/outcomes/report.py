"""The outcomes as text, cards and charts: one description for the page and for the PDF."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from exchange.templatetags.ui import day_year
from travel.base.charts import Drawn
from travel.outcomes.disclosure import Rate, Shown, rate
from travel.outcomes.figures import Mark, Outcomes, OutcomeStage, Share
from travel.outcomes.outcomes import ALL, Report
from travel.outcomes.report_charts import ChartCard, breakdown_cards, count_text, map_card, stages_card, with_charts

FIGURE_CARDS = 4


@dataclass(frozen=True, slots=True)
class FigureCard:
    """What components/figure_card.html shows, and its line in the table of definitions."""

    figure: str
    sentence: str
    hidden: bool
    name: str
    definition: str
    count: str = ""
    of: str = ""


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
    pdf_href: str = ""
    groups_href: str = ""
    empty_title: str = ""
    empty_text: str = ""
    figures: list[FigureCard] = field(default_factory=list)
    how_we_count: ChartCard | None = None
    stages: ChartCard | None = None
    map: ChartCard | None = None
    breakdowns: list[ChartCard] = field(default_factory=list)
    quote: str = ""
    quote_source: str = ""
    drawing: Drawn = Drawn({})


def page_of(report: Report, *, for_print: bool = False) -> Page:
    tabs = _tabs(report)
    if report.outcomes is None:
        title, text = _why_empty(report)
        name = report.chosen.name if report.chosen else _("Outcomes")
        return Page(
            title=name, aside="", tabs=tabs, groups_href=_groups_href(report), empty_title=title, empty_text=text
        )
    outcomes = report.outcomes
    figures = _figures(outcomes)
    cards = [stages_card(outcomes, for_print), map_card(report, outcomes, for_print)]
    cards += breakdown_cards(report, outcomes, for_print)
    (stages, world, *breakdowns), drawing = with_charts(cards, for_print=for_print)
    return Page(
        title=_headline(report, outcomes),
        drawing=drawing,
        aside=_("as of %(day)s · groups of fewer than %(threshold)s aren’t shown")
        % {"day": day_year(report.counted_at), "threshold": report.threshold},
        tabs=tabs,
        pdf_href=f"{reverse('travel:outcomes-pdf')}?cycle={report.code}",
        groups_href=_groups_href(report),
        figures=[card for card in figures if card.figure or card.hidden][:FIGURE_CARDS],
        how_we_count=_how_we_count(report, outcomes, figures),
        stages=stages,
        map=world,
        breakdowns=breakdowns,
        quote=report.quote.text if report.quote else "",
        quote_source=_("Student, %(year)s · shared with consent") % {"year": report.quote.year} if report.quote else "",
    )


def _groups_href(report: Report) -> str:
    """The groups' page shows one cycle: the chosen one, or the newest."""
    cycle = report.chosen or next(iter(report.cycles), None)
    return reverse("travel:outcomes-fairness", kwargs={"code": cycle.code}) if cycle else ""


def _tabs(report: Report) -> list[Tab]:
    address = reverse("travel:outcomes")
    tabs = [Tab(cycle.name, f"{address}?cycle={cycle.code}", cycle == report.chosen) for cycle in report.cycles]
    if len(tabs) > 1:
        tabs.append(Tab(_("All years"), f"{address}?cycle={ALL}", report.chosen is None))
    return tabs if len(tabs) > 1 or report.outcomes is None else []


def _why_empty(report: Report) -> tuple[str, str]:
    if report.is_home:
        text = _(
            "Fewer than %(threshold)s students traveled in this cycle. With so few, the figures would be about"
            " individual people."
        )
        return _("Too few to show"), text % {"threshold": report.threshold}
    if report.chosen:
        return _("No one is back yet"), _("This cycle’s figures appear here once all its groups are back.")
    text = _("Figures appear here once all of a cycle’s groups are back, if at least %(threshold)s students went.")
    return _("No outcomes yet"), text % {"threshold": report.threshold}


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
    students, cities = outcomes.travelers, len(outcomes.city_ids)
    return _("%(students)s, %(cities)s, %(time)s") % {
        "students": ngettext("%(count)s student", "%(count)s students", students) % {"count": students},
        "cities": _("one city") if cities == 1 else _("%(number)s cities") % {"number": _number(cities)},
        "time": _time(report, outcomes),
    }


def _time(report: Report, outcomes: Outcomes) -> str:
    """One cycle is a season, or is named if its groups left in several; more cycles are years."""
    seasons = {day.month % 12 // 3 for day in outcomes.departures}
    years = len({day.year for day in outcomes.departures})
    if len(outcomes.cycle_ids) > 1:
        return _("one year") if years == 1 else _("%(number)s years") % {"number": _number(years)}
    if len(seasons) == 1:
        return (_("one winter"), _("one spring"), _("one summer"), _("one fall"))[seasons.pop()]
    return str(next(cycle.name for cycle in report.cycles if cycle.pk in outcomes.cycle_ids))


# --- Figures ----------------------------------------------------------------------------------------


def percent(share: Rate) -> str:
    words = {
        Shown.EXACT: _("%(percent)s%%"),
        Shown.AT_LEAST: _("%(percent)s%% or more"),
        Shown.AT_MOST: _("%(percent)s%% or less"),
        Shown.HIDDEN: "",
    }
    return words[share.shown] % {"percent": share.percent} if share.percent is not None else ""


def _figures(outcomes: Outcomes) -> list[FigureCard]:
    """The first three always, hidden or not; then those that the figures support."""
    shares = outcomes.shares
    more = [
        _share_card(
            shares[Mark.GENERATION],
            _("First generation"),
            _("have no parent with a four-year degree"),
            _(
                "Travelers with no parent who has a four-year degree, out of those who know how far their parents"
                " went in school."
            ),
        ),
        _share_card(
            shares[Mark.CHOICE],
            _("First choice"),
            _("went to the city they ranked first"),
            _("Travelers whose spot was in the city they ranked first."),
        ),
        *_went(outcomes),
    ]
    return [
        _share_card(
            shares[Mark.ABROAD],
            _("Never abroad"),
            _("had never left the country"),
            _("Travelers who said in their application that they had never left the country."),
        ),
        _share_card(
            shares[Mark.FLIGHT],
            _("First flight"),
            _("flew for the first time"),
            _("Travelers who said in their application that they had never been on an airplane."),
        ),
        _passports(outcomes),
        *[card for card in more if card.figure],
    ]


def _passports(outcomes: Outcomes) -> FigureCard:
    share = outcomes.shares[Mark.PASSPORT]
    return FigureCard(
        figure="" if share.count is None else str(share.count),
        sentence=_with_counts(_passport_sentence(outcomes), share),
        hidden=share.count is None,
        name=_("First passport"),
        definition=_(
            "Travelers who got their first passport for this trip. A passport counts as late if the student had"
            " to stay home because it hadn’t come by the day the group left."
        ),
        count=count_text(share.count),
        of=count_text(share.of),
    )


def _share_card(share: Share, name: str, sentence: str, definition: str) -> FigureCard:
    return FigureCard(
        figure=percent(share.rate),
        sentence=_with_counts(sentence, share),
        hidden=share.rate.hidden,
        name=name,
        definition=definition,
        count=count_text(share.count),
        of=count_text(share.of),
    )


def _with_counts(sentence: str, share: Share) -> str:
    """A percentage never stands without saying of how many, unless the counts are hidden."""
    if share.count is None or share.of is None:
        return sentence
    return _("%(sentence)s (%(count)s of %(of)s)") % {"sentence": sentence, "count": share.count, "of": share.of}


def _passport_sentence(outcomes: Outcomes) -> str:
    if outcomes.shares[Mark.PASSPORT].count is None:
        return _("First passports.")
    match outcomes.too_late:
        case 0:
            return _("first passports, all in time for the trip")
        case None:
            return _("first passports; a few more came too late")
    return _("first passports; %(count)s more came too late") % {"count": outcomes.too_late}


def _went(outcomes: Outcomes) -> list[FigureCard]:
    """Of those who confirmed. Both figures are among the stages already, so this reveals nothing new."""
    confirmed = outcomes.stages[OutcomeStage.CONFIRMED]
    if not confirmed:
        return []
    share = Share(rate(outcomes.travelers, confirmed, 1), outcomes.travelers, confirmed)
    return [
        _share_card(
            share,
            _("Traveled"),
            _("of those who confirmed went on the trip"),
            _("Students who left with their group, out of those who said yes to their spot."),
        )
    ]


def _how_we_count(report: Report, outcomes: Outcomes, figures: list[FigureCard]) -> ChartCard:
    rows = [[card.name, card.figure or _("not shown"), card.count, card.of, card.definition] for card in figures]
    definition = _(
        "A traveler is a student who left with their group. We count only cycles whose groups are all back and"
        " that had at least %(threshold)s travelers. We don’t show counts from 1 to %(most)s, or any count that"
        " would reveal one. When almost no one or almost everyone is counted, we give a range, such as “25%% or"
        " less.”"
    ) % {"threshold": report.threshold, "most": report.threshold - 1}
    return ChartCard(
        id="definitions",
        title=_("How we count"),
        definition=definition,
        table={"head": [_("Figure"), _("Shown"), _("Students"), _("Out of"), _("What it means")], "rows": rows},
        note=_left_out(report, outcomes.left_out),
    )


def _left_out(report: Report, left_out: Mapping[Mark, Iterable[int]]) -> str:
    """All years are the sum of the cycles that can be shown; names the others."""
    if report.chosen:
        return ""
    names = {Mark.ABROAD: _("Never abroad"), Mark.FLIGHT: _("First flight"), Mark.PASSPORT: _("First passport")}
    parts = []
    for mark, name in names.items():
        cycles = [cycle.name for cycle in report.cycles if cycle.pk in left_out[mark]]
        if cycles:
            parts.append(_("%(figure)s: not counting %(cycles)s.") % {"figure": name, "cycles": ", ".join(cycles)})
    return " ".join(parts)
