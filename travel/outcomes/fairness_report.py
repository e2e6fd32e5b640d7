"""The groups of a cycle as text, tables and charts: one description for the page, the PDF and the CSV."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Lever
from exchange.files.spreadsheets import Cell
from exchange.templatetags.ui import day_year
from travel.base.charts import Drawn, Picture, Span, bars, spans
from travel.outcomes.fairness import FairnessRow, FairnessTable, Ratio, SelectionShare
from travel.outcomes.groups import Groups
from travel.outcomes.measures import LANGUAGE, NO, UNKNOWN, WAYS, group_name, title_of
from travel.outcomes.population import COLLEGE, IN_GROUPS, YES, Stage
from travel.outcomes.report_charts import ChartCard, stage_bars, with_charts
from travel.outcomes.words import count_text

# A table with fewer has nothing to compare.
TWO = 2


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    label: str
    aside: str
    lead: str = ""
    empty_title: str = ""
    empty_text: str = ""
    pdf_href: str = ""
    csv_href: str = ""
    total: ChartCard | None = None
    groups: list[ChartCard] = field(default_factory=list)
    untold: str = ""
    words: list[tuple[str, str]] = field(default_factory=list)
    drawing: Drawn = Drawn({})


def page_of(counted: Groups, *, for_print: bool = False) -> Page:
    cycle = counted.cycle
    title, label = _("Who applied and who was chosen"), cycle.name
    if counted.as_of is None:
        text = _(
            "Figures by group appear here once all groups are home and the exchange team publishes them. Until then,"
            " comparing one day’s page with the next would reveal individual students."
        )
        return Page(title, label, "", empty_title=_("Nothing published yet"), empty_text=text)
    aside = _("as of %(day)s · groups of fewer than %(threshold)s aren’t shown") % {
        "day": day_year(counted.as_of),
        "threshold": counted.threshold,
    }
    cards = [_group_card(counted, table, for_print) for table in counted.tables if says_something(table)]
    (total, *groups), drawing = with_charts([_total_card(counted, for_print), *cards], for_print=for_print)
    return Page(
        title,
        label,
        aside,
        pdf_href=reverse("travel:outcomes-fairness-pdf", kwargs={"code": cycle.code}),
        csv_href=reverse("travel:outcomes-fairness-csv", kwargs={"code": cycle.code}),
        total=total,
        groups=groups,
        untold=_untold(counted),
        words=_words(counted),
        drawing=drawing,
    )


# --- Names ------------------------------------------------------------------------------------------


def _table_definition(counted: Groups, by: str) -> str:
    if by == COLLEGE:
        return _("The college listed in the application. Students who hadn’t listed one yet are a separate group.")
    if by == LANGUAGE:
        return _("The language the student answered in.")
    return str(counted.levers[by].definition)


def _ordered(counted: Groups, table: FairnessTable) -> list[tuple[str, FairnessRow]]:
    """Colleges by name, districts by number, yes before no; those without an answer last."""

    def place(pair: tuple[str, FairnessRow]) -> tuple[bool, int, str]:
        name, group = pair[0], pair[1].group
        number = int(group) if table.by == Lever.Kind.DISTRICT and group.isdigit() else 0
        return group == UNKNOWN, number or (YES, NO).index(group) if group in (YES, NO) else number, name

    names = {COLLEGE: {code: college.short_name for code, college in counted.colleges.items()}}
    return sorted(((group_name(table.by, row.group, names), row) for row in table.rows), key=place)


# --- Figures in words -------------------------------------------------------------------------------


def _percent(value: float) -> str:
    return _("%(percent)s%%") % {"percent": math.floor(value * 100 + 0.5)}


def _range_text(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def share_text(share: SelectionShare | None) -> str:
    return _percent(share.value) if share else _("not shown")


def share_range_text(share: SelectionShare | None) -> str:
    return _range_text(_percent(share.range.low), _percent(share.range.high)) if share else ""


def ratio_text(ratio: Ratio | None) -> str:
    return f"{ratio.value:.2f}" if ratio else ""


def ratio_range_text(ratio: Ratio | None) -> str:
    if ratio is None:
        return ""
    if math.isinf(ratio.range.high):
        return _("%(low)s or more") % {"low": f"{ratio.range.low:.2f}"}
    return _range_text(f"{ratio.range.low:.2f}", f"{ratio.range.high:.2f}")


def remark(row: FairnessRow) -> str:
    if row.is_highest:
        return _("highest share")
    if not (row.ratio and row.ratio.is_flagged):
        return ""
    flag = ngettext(
        "flag: selecting %(count)s more would clear it",
        "flag: selecting %(count)s more would clear it",
        row.ratio.short,
    ) % {"count": row.ratio.short}
    return _("%(flag)s; could be due to chance") % {"flag": flag} if row.ratio.may_be_chance else flag


# --- Cards ------------------------------------------------------------------------------------------


def _stages(counted: Groups) -> list[Stage]:
    """Those that groups are told of."""
    return [stage for stage in sorted(IN_GROUPS) if stage in counted.total]


def head_of(counted: Groups) -> list[str]:
    head = [_("Group"), *(title_of(stage) for stage in _stages(counted))]
    return [*head, _("Selected, out of submitted"), _("range"), _("Ratio to the highest"), _("range"), _("Note")]


def rows_of(counted: Groups, table: FairnessTable) -> list[list[str]]:
    rows = [_line(counted, name, row) for name, row in _ordered(counted, table)]
    return [*rows, _line(counted, _("All"), FairnessRow("", counted.total, counted.share))]


def _line(counted: Groups, name: str, row: FairnessRow) -> list[str]:
    counts = [count_text(row.reached.get(stage)) for stage in _stages(counted)]
    shares = [share_text(row.share), share_range_text(row.share)]
    return [name, *counts, *shares, ratio_text(row.ratio), ratio_range_text(row.ratio), remark(row)]


def _total_card(counted: Groups, for_print: bool) -> ChartCard:
    rows = stage_bars(counted.total)
    title = _("All students, step by step")
    description = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return ChartCard(
        id="everybody",
        title=title,
        svg=bars(rows, title=title, description=description, for_print=for_print),
        narrow="" if for_print else bars(rows, title=title, description=description, narrow=True),
        definition=_(
            "Each line counts students who got at least that far, so anyone selected counts in every line above."
            " Students who withdrew count as far as they got. A pale bar is a range: only a few students dropped out"
            " there, so we don’t say how many."
        ),
        table={
            "head": [_("Stage"), _("Students")],
            "rows": [[title_of(stage), count_text(count)] for stage, count in counted.total.items()],
        },
    )


def says_something(table: FairnessTable) -> bool:
    """Not of ranges alone."""
    return any(count.is_exact for row in table.rows for count in row.reached.values())


def _untold(counted: Groups) -> str:
    """One sentence in place of a card for each table that says nothing."""
    titles = [str(WAYS[table.by]) for table in counted.tables if not says_something(table)]
    ways = [title[0].lower() + title[1:] for title in titles]
    return _("Too small to show: %(ways)s.") % {"ways": ", ".join(ways)} if ways else ""


def _group_card(counted: Groups, table: FairnessTable, for_print: bool) -> ChartCard:
    lines = _ordered(counted, table)
    title = str(WAYS[table.by])
    rows = [_span(name, row.share) for name, row in lines if row.share]
    wide: Picture | str = ""
    narrow: Picture | str = ""
    if sum(row.value is not None for row in rows) >= TWO:
        description = "; ".join(f"{row.label}: {row.text}" for row in rows)
        wide = spans(rows, title=title, description=description, for_print=for_print)
        if not for_print:
            narrow = spans(rows, title=title, description=description, narrow=True)
    return ChartCard(
        id=f"by-{table.by}".replace("_", "-"),
        title=title,
        svg=wide,
        narrow=narrow,
        definition=_table_definition(counted, table.by),
        table={"head": head_of(counted), "rows": rows_of(counted, table)},
        note=_note(table, lines),
        is_without_chart=not wide,
    )


def _span(name: str, share: SelectionShare | None) -> Span:
    if share is None:
        return Span(name, None, None, None, share_text(None))
    return Span(name, share.range.low, share.value, share.range.high, share_text(share))


def _note(table: FairnessTable, lines: Sequence[tuple[str, FairnessRow]]) -> str:
    shown = sum(row.share is not None for _name, row in lines)
    if not shown:
        return _("The groups are too small to show.")
    if shown < TWO:
        return _("Too few groups are large enough to compare.")
    if not table.flagged:
        return _("No flag: no group we can show is below four fifths of the highest share.")
    said = [
        _("%(group)s: %(ratio)s of the highest share, %(remark)s")
        % {"group": name, "ratio": ratio_text(row.ratio), "remark": remark(row)}
        for name, row in lines
        if row.ratio and row.ratio.is_flagged
    ]
    return _("A reason to look closer, not a finding. %(groups)s.") % {"groups": "; ".join(said)}


def _words(counted: Groups) -> list[tuple[str, str]]:
    rules = counted.rules
    numbers = {
        "line": _percent(rules.line),
        "confidence": round(rules.confidence * 100),
        "most": counted.threshold - 1,
    }
    meanings = [
        (Stage.ENDORSED, _("The student’s college said yes, or the student reached a later step.")),
        (
            Stage.READ,
            _(
                "The application was endorsed and scored by as many readers as the cycle asks for, or the student"
                " reached a later step."
            ),
        ),
        (Stage.SELECTED, _("The student was told they have a spot.")),
        (Stage.CONFIRMED, _("The student said yes to the spot.")),
    ]
    steps = [(title_of(stage), meaning) for stage, meaning in meanings if stage in counted.total]
    return [*steps, *_words_of_figures(numbers)]


def _words_of_figures(numbers: Mapping[str, object]) -> list[tuple[str, str]]:
    return [
        (
            _("Selected, out of submitted"),
            _(
                "The share of students in the group who were selected, out of those who submitted. The range"
                " contains the true share in %(confidence)s of 100 cases like this (Wilson interval). With fewer"
                " students, the range is wider."
            )
            % numbers,
        ),
        (
            _("Ratio to the highest"),
            _(
                "The group’s share divided by the highest share in its table, with its range. 1.00 means the two"
                " are the same. A range that reaches 1 or more means that chance alone could explain the"
                " difference."
            ),
        ),
        (
            _("Flag"),
            _(
                "The share is less than %(line)s of the highest share. That’s the four-fifths rule in federal"
                " hiring guidelines. A flag is only a sign to look closer. In a small group, one student can"
                " change it, so we say how many more students would have to be selected to clear it. A difference"
                " can also be real without a flag."
            )
            % numbers,
        ),
        (
            _("Not shown"),
            _(
                "We don’t show counts from 1 to %(most)s, or any count that would reveal one by subtraction. We"
                " show a percentage only when both of the counts behind it are shown. The CSV and the PDF leave"
                " out the same counts."
            )
            % numbers,
        ),
    ]


# --- CSV --------------------------------------------------------------------------------------------


def csv_rows(counted: Groups) -> Iterator[Sequence[Cell]]:
    """What the page shows, one line per group. Counts are numbers; ranges and hidden ones are words."""
    yield [_("Grouped by"), *head_of(counted)]
    last = len(_stages(counted)) + 1
    for table in counted.tables:
        if not says_something(table):
            continue
        for row in rows_of(counted, table):
            counts = [int(cell) if cell.isdigit() else cell for cell in row[1:last]]
            yield [str(WAYS[table.by]), row[0], *counts, *row[last:]]
