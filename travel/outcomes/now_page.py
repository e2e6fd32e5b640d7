"""The upper part of the director's page: what is so today, in words. Reads what `now` and `trips` found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Cycle
from exchange.figures.counts import Range
from exchange.templatetags.ui import clock, dollars, short_day
from travel.base.charts import Curve, curves
from travel.outcomes.measures import TODAY
from travel.outcomes.now import WEEK, Applying, Danger, Line, Money, Now
from travel.outcomes.population import Stage
from travel.outcomes.published import Report
from travel.outcomes.report_charts import ChartCard
from travel.outcomes.trips import Abroad, TripSeen, abroad
from travel.outcomes.words import count_text


class Figure(NamedTuple):
    """What a line counts, such as "abroad PARIS123", and what it tells: the page names both in its markup."""

    measures: str
    told: Range


@dataclass(frozen=True, slots=True)
class Panel:
    """One answer of today. lines: what, how many or when; more: such lines that nobody has to act on, folded.

    `bar`: percent of a whole. `figures`: those of the lines, by what they're about.
    """

    label: str
    title: str
    tone: str = ""
    text: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)
    more: list[tuple[str, str]] = field(default_factory=list)
    more_label: str = ""
    bar: int | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict, compare=False)
    chart: ChartCard | None = None
    beside: "Panel | None" = None


@dataclass(frozen=True, slots=True)
class NowPage:
    panels: list[Panel]
    made_at: datetime | None

    @property
    def chart(self) -> ChartCard | None:
        """The one whose definition and table stand at the foot."""
        return next((panel.chart for panel in self.panels if panel.chart), None)


def now_page(report: Report, now: Now | None, cycles: Mapping[str, Cycle]) -> NowPage:
    trips = {trip.code: trip for trip in report.trips}
    groups = abroad(report.trips)
    panels = [_abroad_panel(groups)]
    if now is not None:
        if now.applying and now.applying.line.cycle in cycles:
            applying = _applying_panel(now.applying, cycles, report.threshold)
            panels.insert(0, replace(applying, beside=_waiting_panel(now.waiting)))
        panels.append(_passport_panel(now.dangers, trips))
        panels.append(_money_panel(now.money, trips, cycles))
    return NowPage(panels, now.made_at if now else None)


# --- Abroad -----------------------------------------------------------------------------------------


def _abroad_panel(groups: Abroad) -> Panel:
    lines = [(trip.city.name, _there(trip)) for trip in groups.trips]
    figures = {trip.city.name: Figure(f"abroad {trip.code}", Range(trip.went, trip.went)) for trip in groups.trips}
    if groups.decisions:
        lines.append((_("Open decisions about trips"), str(groups.decisions)))
    panel = Panel(_("Abroad today"), _("No group is abroad"), lines=lines, figures=figures)
    if not groups.trips and not groups.is_asked:
        return panel
    if not groups.is_asked:
        text = _("We ask everyone with a check-in when something happens where they are.")
        return replace(panel, title=_("No check-in is open"), text=text)
    if groups.all_found and not groups.everyone_asked:
        text = _("Others abroad weren’t asked. Who is in the check-in said they’re safe, or was seen or spoken with.")
        return replace(panel, title=_("All who were asked are accounted for"), tone="good", text=text)
    if groups.all_found:
        text = _("Each of them said they’re safe, or a person we know by name saw them or spoke with them.")
        return replace(panel, title=_("All accounted for"), tone="good", text=text)
    return replace(panel, title=_("Not all accounted for yet"), tone="stop")


def _there(trip: TripSeen) -> str:
    students = ngettext("%(count)s student", "%(count)s students", trip.went) % {"count": trip.went}
    if not trip.city.time_zone:
        return students
    with timezone.override(ZoneInfo(trip.city.time_zone)):
        return _("%(students)s, %(time)s there") % {"students": students, "time": clock(timezone.now())}


# --- Applications -----------------------------------------------------------------------------------


def _applying_panel(applying: Applying, cycles: Mapping[str, Cycle], threshold: int) -> Panel:
    cycle, count = cycles[applying.line.cycle], applied(applying, threshold)
    label = _("Applications for %(cycle)s") % {"cycle": cycle.name}
    if not count.low:
        title = _("Fewer than %(threshold)s submitted so far") % {"threshold": threshold}
        return Panel(label, title, text=_until(applying))
    title = _("%(count)s submitted") % {"count": least(count)}
    title = title[:1].upper() + title[1:]
    compared, text = against(applying, cycles, threshold), _until(applying)
    if compared:
        title = f"{title}, {compared}"
    else:
        text = f"{text} {_('There’s no earlier cycle to compare with yet.')}"
    before = cycles.get(applying.before.cycle) if applying.before else None
    return Panel(label, title, text=text, chart=_applying_chart(applying, cycle, before, title))


def applied(applying: Applying, threshold: int) -> Range:
    """How many had applied by the end of the last whole week."""
    return _range_at(applying.line, applying.week, threshold)


def least(count: Range) -> str:
    return str(count.low) if count.is_exact else _("at least %(count)s") % {"count": count.low}


def _until(applying: Applying) -> str:
    if not applying.week:
        return _("We count by week, and the first one isn’t over yet.")
    return _("Counted by week, until %(day)s.") % {"day": short_day(applying.until)}


def _range_at(line: Line, week: int, threshold: int) -> Range:
    """What is told of a line at a week: exact at a point, else from the last point to just under the next one."""
    total = next(total for place, total in reversed(line.points) if place <= week)
    return Range(total, total if (week, total) in line.points else total + threshold - 1)


def against(applying: Applying, cycles: Mapping[str, Cycle], threshold: int) -> str:
    """Beside the earlier cycle when it was as old; "" if there is none."""
    before = cycles.get(applying.before.cycle) if applying.before else None
    if applying.before is None or before is None:
        return ""
    now, then = applied(applying, threshold), _range_at(applying.before, applying.week, threshold)
    when = _("a year before")
    if not applying.is_year_before:
        when = ngettext("%(cycle)s had after %(count)s week", "%(cycle)s had after %(count)s weeks", applying.week) % {
            "cycle": before.name,
            "count": applying.week,
        }
    words = {"when": when, "count": abs(now.low - then.low)}
    if now.is_exact and then.is_exact and now != then:
        more = now.low > then.low
        return (_("%(count)s more than %(when)s") if more else _("%(count)s fewer than %(when)s")) % words
    if now == then and now.is_exact:
        return _("as many as %(when)s") % words
    if now.low > then.high:
        return _("more than %(when)s") % words
    return (_("fewer than %(when)s") if now.high < then.low else _("about as many as %(when)s")) % words


def _applying_chart(applying: Applying, cycle: Cycle, before: Cycle | None, title: str) -> ChartCard:
    line = applying.line
    rows = [Curve(cycle.name, line.points, _last_only(line), is_main=True)]
    if applying.before and before:
        rows.append(Curve(before.name, applying.before.points, _last_only(applying.before), is_main=False))
    last = max(each.weeks for each in (line, applying.before) if each)
    ticks = [
        (0, short_day(timezone.localdate(cycle.opens_at))),
        (last, short_day(timezone.localdate(cycle.opens_at) + timedelta(days=WEEK * last))),
    ]
    description = "; ".join(f"{row.label}: {row.points[-1][1]:.0f}" for row in rows)
    return ChartCard(
        id="applications-by-week",
        title=title,
        svg=curves(rows, ticks=ticks, title=title, description=description),
        definition=str(TODAY["applied"].definition),
        table={
            "head": [_("Weeks since opening"), cycle.name, *([before.name] if before else [])],
            "rows": _rows(line, applying.before if before else None),
        },
    )


def _last_only(line: Line) -> list[str]:
    return ["" for _point in line.points[:-1]] + [str(line.points[-1][1])]


def _rows(line: Line, before: Line | None) -> list[list[str]]:
    lines = [dict(each.points) for each in (line, before) if each]
    weeks = sorted(set().union(*lines) - {0})
    return [[str(week), *(str(each.get(week, "—")) for each in lines)] for week in weeks]


# --- Who waits --------------------------------------------------------------------------------------


def _waiting_panel(waiting: Mapping[Stage, Range | None]) -> Panel:
    names = {
        Stage.STARTED: _("the student to submit"),
        Stage.SUBMITTED: _("the college to endorse"),
        Stage.ENDORSED: _("readers to score"),
        Stage.READ: _("the committee to decide"),
        Stage.SELECTED: _("the student to answer"),
    }
    lines = [(names[stage], count_text(count)) for stage, count in waiting.items() if count != Range(0, 0)]
    figures = {names[stage]: Figure(f"waits {stage.name}", count) for stage, count in waiting.items() if count}
    if not lines:
        return Panel(str(TODAY["waiting"].title), _("No application is waiting"))
    least, most = max(((count.low, stage) for stage, count in waiting.items() if count), default=(0, None))
    titles = {
        Stage.STARTED: _("Most are with the students"),
        Stage.SUBMITTED: _("Most are with the colleges"),
        Stage.ENDORSED: _("Most are with the readers"),
        Stage.READ: _("Most are with the committee"),
        Stage.SELECTED: _("Most wait for the student’s answer"),
    }
    others = sum(count.high for stage, count in waiting.items() if count and stage is not most)
    is_sure = most is not None and least > others and None not in waiting.values()
    title = titles[most] if is_sure and most is not None else _("Where applications are")
    return Panel(str(TODAY["waiting"].title), title, lines=lines, figures=figures)


# --- Passports --------------------------------------------------------------------------------------


def _passport_panel(dangers: Sequence[Danger], trips: Mapping[str, TripSeen]) -> Panel:
    label = str(TODAY["in_danger"].title)
    seen = [(trips[each.trip], each) for each in dangers if each.trip in trips]
    if not seen:
        return Panel(label, _("No group is getting ready to leave"))
    lines: list[tuple[str, str]] = []
    safe: list[tuple[str, str]] = []
    figures = {_leaves(trip): Figure(f"in danger {danger.trip}", danger.count) for trip, danger in seen}
    for trip, danger in seen:
        (safe if danger.count == Range(0, 0) else lines).append((_leaves(trip), of_group(danger)))
    if not lines:
        return Panel(label, _("None in danger"), "good", lines=safe, figures=figures)
    trip, danger = next(each for each in seen if each[1].count != Range(0, 0))
    title = _("%(count)s for %(city)s") % {"count": of_group(danger), "city": trip.city.name}
    more_label = ngettext("%(count)s group with none in danger", "%(count)s groups with none in danger", len(safe))
    title = title[:1].upper() + title[1:]
    text = _("Each has a next date and a person who calls.")
    if len(lines) == 1:
        leaves = _("The group leaves %(day)s.") % {"day": short_day(trip.leaves_on)}
        text, lines = f"{text} {leaves}", []
    return Panel(label, title, "wait", text, lines, safe, more_label % {"count": len(safe)}, figures=figures)


def _leaves(trip: TripSeen) -> str:
    return _("%(city)s, leaves %(day)s") % {"city": trip.city.name, "day": short_day(trip.leaves_on)}


def of_group(danger: Danger) -> str:
    count = danger.count
    if count.low == 1 and not count.is_exact:
        if count.high + 1 >= danger.of:
            return _("some of %(of)s") % {"of": danger.of}
        return _("fewer than %(number)s of %(of)s") % {"number": count.high + 1, "of": danger.of}
    return _("%(count)s of %(of)s") % {"count": count_text(count), "of": danger.of}


# --- Money ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spending:
    """In cents, of the trips of a cycle; `planned_for`: by city."""

    cycle: str
    planned: int
    actual: int
    planned_for: Mapping[str, int]


def spending(money: Sequence[Money], trips: Mapping[str, TripSeen]) -> Spending | None:
    """Of the cycle whose groups are away or leave next; without one, of the newest that has a budget."""
    known = [each for each in money if each.trip in trips]
    if not known:
        return None
    running = [each for each in known if trips[each.trip].is_away or trips[each.trip].is_ahead]
    code = trips[(running or known)[0 if running else -1].trip].cycle
    rows = [each for each in known if trips[each.trip].cycle == code]
    by_city: dict[str, int] = {}
    for each in rows:
        by_city[trips[each.trip].city.name] = by_city.get(trips[each.trip].city.name, 0) + each.planned
    return Spending(code, sum(each.planned for each in rows), sum(each.actual for each in rows), by_city)


def _money_panel(money: Sequence[Money], trips: Mapping[str, TripSeen], cycles: Mapping[str, Cycle]) -> Panel:
    found = spending(money, trips)
    if found is None:
        text = _("Once the exchange team enters the budget of a trip, you see here what is planned and spent.")
        return Panel(_("Money"), _("No budget yet"), text=text)
    label = _("Money, %(cycle)s") % {"cycle": cycles[found.cycle].name} if found.cycle in cycles else _("Money")
    title = _("%(spent)s of %(planned)s spent") % {"spent": whole(found.actual), "planned": whole(found.planned)}
    lines = [(city, _("%(amount)s planned") % {"amount": whole(cents)}) for city, cents in found.planned_for.items()]
    bar = min(100, round(100 * found.actual / found.planned)) if found.planned else None
    return Panel(label, title, lines=lines, bar=bar)


def whole(cents: int) -> str:
    """Whole dollars."""
    return dollars(Decimal(round(cents / 100)))
