"""The groups of a cycle as text, tables and charts: one description for the page, the PDF and the CSV."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from applications.models import Lever
from exchange.files.spreadsheets import Cell
from exchange.models import Language
from exchange.templatetags.ui import clock, day_year
from travel.base.charts import Bar, Drawn, Picture, Span, bars, spans
from travel.outcomes.fairness import FairnessRow, FairnessTable, Ratio, SelectionShare, Step
from travel.outcomes.fairness_figures import COLLEGE, LANGUAGE, NO, UNKNOWN, YES, GroupCounts, Moment
from travel.outcomes.report_charts import ChartCard, with_charts

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
    words: list[tuple[str, str]] = field(default_factory=list)
    drawing: Drawn = Drawn({})


def page_of(counted: GroupCounts, *, for_print: bool = False) -> Page:
    cycle, threshold = counted.cycle, counted.rules.threshold
    title, label = _("Who applied and who was chosen"), cycle.name
    if not counted.fairness.total:
        return Page(title, label, "", empty_title=_empty_title(counted), empty_text=_empty_text(counted))
    aside = _("groups of fewer than %(threshold)s aren’t shown") % {"threshold": threshold}
    if counted.counted_at:
        aside = _("%(rule)s · counted %(day)s at %(time)s") % {
            "rule": aside,
            "day": day_year(counted.counted_at),
            "time": clock(counted.counted_at),
        }
    cards = [_group_card(counted, table, for_print) for table in counted.fairness.tables]
    (total, *groups), drawing = with_charts([_total_card(counted, for_print), *cards], for_print=for_print)
    return Page(
        title,
        label,
        aside,
        lead=_lead(counted),
        pdf_href=reverse("travel:outcomes-fairness-pdf", kwargs={"code": cycle.code}),
        csv_href=reverse("travel:outcomes-fairness-csv", kwargs={"code": cycle.code}),
        total=total,
        groups=groups,
        words=_words(counted),
        drawing=drawing,
    )


def _empty_title(counted: GroupCounts) -> str:
    return _("Still open") if counted.moment is Moment.OPEN else _("Too few to show")


def _empty_text(counted: GroupCounts) -> str:
    if counted.moment is Moment.OPEN:
        return _(
            "Figures by group appear here after the cycle closes. First you’ll see who started and who submitted."
            " Who was selected comes once results are out and no one is waiting for a spot, and who confirmed"
            " comes last."
        )
    return _(
        "No step had %(threshold)s students or more. With so few, the figures would be about individual people."
    ) % {"threshold": counted.rules.threshold}


def _lead(counted: GroupCounts) -> str:
    match counted.moment:
        case Moment.CLOSED:
            return _("The results aren’t out. Until they are, this page shows only who started and who submitted.")
        case Moment.RELEASED:
            return _(
                "The results are out, and students are waiting for a spot. Who was selected appears once no one"
                " is waiting. Until then, comparing today’s page with yesterday’s would reveal who moved up."
            )
        case Moment.SETTLED:
            return _("The results are out, and some offers haven’t been answered. Who confirmed appears after that.")
    return _("The results are out, and every offer has been answered.")


# --- Names ------------------------------------------------------------------------------------------


def step_name(step: Step) -> str:
    return {
        Step.STARTED: pgettext("students who got this far", "Started"),
        Step.SUBMITTED: pgettext("students who got this far", "Submitted"),
        Step.ENDORSED: pgettext("students who got this far", "Endorsed"),
        Step.READ: pgettext("students who got this far", "Read"),
        Step.SELECTED: pgettext("students who got this far", "Selected"),
        Step.CONFIRMED: pgettext("students who got this far", "Confirmed"),
    }[step]


def _table_name(by: str) -> str:
    return {
        COLLEGE: _("By college"),
        LANGUAGE: _("By language of the answers"),
        Lever.Kind.FIRST_GENERATION: _("First generation in college"),
        Lever.Kind.NEED: _("Financial need"),
        Lever.Kind.FIRST_TRIP: _("First time abroad"),
        Lever.Kind.DISTRICT: _("By council district"),
    }[by]


def _table_definition(counted: GroupCounts, by: str) -> str:
    if by == COLLEGE:
        return _("The college listed in the application. Students who hadn’t listed one yet are a separate group.")
    if by == LANGUAGE:
        return _("The language the student answered in.")
    return str(counted.levers[by].definition)


def _group_name(counted: GroupCounts, by: str, group: str) -> str:
    if by == COLLEGE:
        college = counted.colleges.get(group)
        return college.short_name if college else _("No college listed")
    if by == LANGUAGE:
        return {Language.ENGLISH: _("English"), Language.SPANISH: _("Spanish")}[Language(group)]
    if group == UNKNOWN:
        return _("Another answer, or none") if by == Lever.Kind.DISTRICT else _("Not answered")
    if by == Lever.Kind.DISTRICT:
        return _("District %(number)s") % {"number": group}
    return {YES: pgettext("of a group", "Yes"), NO: pgettext("of a group", "No, or not sure")}[group]


def _ordered(counted: GroupCounts, table: FairnessTable) -> list[tuple[str, FairnessRow]]:
    """Colleges by name, districts by number, yes before no; those without an answer last."""

    def place(pair: tuple[str, FairnessRow]) -> tuple[bool, int, str]:
        name, group = pair[0], pair[1].group
        number = int(group) if table.by == Lever.Kind.DISTRICT and group.isdigit() else 0
        return group == UNKNOWN, number or (YES, NO).index(group) if group in (YES, NO) else number, name

    return sorted(((_group_name(counted, table.by, row.group), row) for row in table.rows), key=place)


# --- Figures in words -------------------------------------------------------------------------------


def count_text(count: int | None) -> str:
    return _("not shown") if count is None else str(count)


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


def _has_results(counted: GroupCounts) -> bool:
    return {Step.SUBMITTED, Step.SELECTED} <= set(counted.fairness.total)


def head_of(counted: GroupCounts) -> list[str]:
    head = [_("Group"), *(step_name(step) for step in counted.fairness.total)]
    if _has_results(counted):
        head += [_("Selected, out of submitted"), _("range"), _("Ratio to the highest"), _("range"), _("Note")]
    return head


def rows_of(counted: GroupCounts, table: FairnessTable) -> list[list[str]]:
    rows = [_line(counted, name, row) for name, row in _ordered(counted, table)]
    return [*rows, _line(counted, _("All"), FairnessRow("", dict(counted.fairness.total), counted.fairness.share))]


def _line(counted: GroupCounts, name: str, row: FairnessRow) -> list[str]:
    line = [name, *(count_text(row.reached.get(step)) for step in counted.fairness.total)]
    if _has_results(counted):
        line += [share_text(row.share), share_range_text(row.share)]
        line += [ratio_text(row.ratio), ratio_range_text(row.ratio), remark(row)]
    return line


def _total_card(counted: GroupCounts, for_print: bool) -> ChartCard:
    rows = [Bar(step_name(step), count, str(count)) for step, count in counted.fairness.total.items()]
    title = _("All students, step by step")
    description = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return ChartCard(
        id="everybody",
        title=title,
        svg=bars(rows, title=title, description=description, for_print=for_print),
        narrow="" if for_print else bars(rows, title=title, description=description, narrow=True),
        definition=_(
            "Each line counts students who got at least that far, so anyone selected counts in every line above."
            " Students who withdrew count as far as they got. A step is left out if only a few students dropped"
            " out between it and the next one."
        ),
        table={"head": [_("Step"), _("Students")], "rows": [[row.label, row.text] for row in rows]},
        note=_total_note(counted),
    )


def _total_note(counted: GroupCounts) -> str:
    """Shown once for the totals, not again for each group."""
    if counted.moment < Moment.SETTLED or _has_results(counted):
        return ""
    return _(
        "We don’t show how many were selected, because too few students dropped out just before or after that step."
    )


def _group_card(counted: GroupCounts, table: FairnessTable, for_print: bool) -> ChartCard:
    lines = _ordered(counted, table)
    title = _table_name(table.by)
    rows = [_span(name, row.share) for name, row in lines if row.share or row.reached.get(Step.SUBMITTED) != 0]
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
        note=_note(counted, table, lines),
        is_without_chart=not wide,
    )


def _span(name: str, share: SelectionShare | None) -> Span:
    if share is None:
        return Span(name, None, None, None, share_text(None))
    return Span(name, share.range.low, share.value, share.range.high, share_text(share))


def _note(counted: GroupCounts, table: FairnessTable, lines: Sequence[tuple[str, FairnessRow]]) -> str:
    if not table.steps:
        return _("The groups are too small to show.")
    if counted.moment < Moment.SETTLED or not _has_results(counted):
        return ""
    if sum(row.share is not None for _name, row in lines) < TWO:
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


def _words(counted: GroupCounts) -> list[tuple[str, str]]:
    rules = counted.rules
    numbers = {
        "line": _percent(rules.line),
        "confidence": round(rules.confidence * 100),
        "threshold": rules.threshold,
        "most": rules.threshold - 1,
    }
    meanings = [
        (Step.ENDORSED, _("The student’s college said yes, or the student reached a later step.")),
        (
            Step.READ,
            _(
                "The application was endorsed and scored by as many readers as the cycle asks for, or the student"
                " reached a later step."
            ),
        ),
        (
            Step.SELECTED,
            _(
                "The student was told they have a spot. A result that hasn’t been released doesn’t count anywhere"
                " on this page."
            ),
        ),
        (Step.CONFIRMED, _("The student said yes to the spot.")),
    ]
    steps = [(step_name(step), meaning) for step, meaning in meanings if step in counted.fairness.total]
    *shares, hidden = _words_of_figures(numbers)
    return [*steps, *(shares if _has_results(counted) else []), hidden]


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


def csv_rows(counted: GroupCounts) -> Iterator[Sequence[Cell]]:
    """What the page shows, one line per group. Counts are numbers; hidden ones say so."""
    yield [_("Grouped by"), *head_of(counted)]
    last = len(counted.fairness.total) + 1
    for table in counted.fairness.tables:
        for row in rows_of(counted, table):
            counts = [int(cell) if cell.isdigit() else cell for cell in row[1:last]]
            yield [_table_name(table.by), row[0], *counts, *row[last:]]
