"""How many of a cycle's applications are at each stage, each figure with a link to exactly those rows. Reads only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.base import waitlist
from applications.models import Application, Cycle, Endorsement, ScheduledRelease
from applications.release.actions.calls import SILENT_HOURS
from applications.states import IN_THE_CYCLE, WAS_SELECTED, Reached, Status
from exchange.background.cached_figures import cached
from exchange.base.counting import Kind, counted
from exchange.models import College, User
from exchange.reference import facts
from travel.models import AcceptanceFacility, PassportCase, Placement, Trip
from travel.office.home import office_work
from travel.partners import partners
from travel.partners.actions import agreement
from travel.passport.calls.to_call import FACTS as CALLS
from travel.passport.calls.to_call import Calls, ToCall, calls_of, to_call
from travel.passport.case import cities_open
from travel.passport.case import where_to_apply as passport_days
from travel.placement import free_seats
from travel.prepare.checklist.forms import PLACED
from travel.states import HAS_PASSPORT

QUIET_DAYS = "pipeline.quiet_days"
OFFICE_DAYS = (office_work.LATE_DAYS, office_work.RETURNED_DAYS)
FACTS = (QUIET_DAYS, SILENT_HOURS, passport_days.REVIEW_DAYS, *OFFICE_DAYS, agreement.REMIND_DAYS, *CALLS)
CARDS = ("not_endorsed", "unread", "unanswered", "silent", "quiet", "nowhere", "late")
ENDORSED = "endorsed"  # counted beside the states


@dataclass(frozen=True, slots=True)
class PipelineFigures:
    """The counts of one cycle at one moment; mappings are by college key."""

    by_status: dict[str, int]
    by_college: dict[int, Counter[str]]
    not_endorsed: int
    unread: int
    unanswered: int
    silent: int
    quiet: int
    placed: int
    late: int
    in_hand: int
    first_leaves_on: date | None
    colleges: list[College]
    to_call: ToCall
    nowhere: int
    owed: Counter[str]  # the office's work, by kind
    trips: list[Trip]  # not home yet, each with `placed`: spots with somebody on them
    scheduled: list[ScheduledRelease]  # in any cycle, soonest first


@dataclass(frozen=True, slots=True)
class PipelineStage:
    """A number of the line of stages, and the address of its rows. What each counts: how_this_works.toml."""

    label: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A number, and the address of its rows."""

    count: int
    href: str


@dataclass(frozen=True, slots=True)
class WithOthers:
    """What somebody else has to do. `who`: how many of whom, with the address of those rows."""

    who: str
    what: str
    href: str
    count: int
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class CollegeRow:
    college: College
    submitted: Linked
    endorsed: Linked
    selected: Linked
    confirmed: Linked
    in_hand: Linked


@dataclass(frozen=True, slots=True)
class Pipeline:
    cycle: Cycle
    counted_at: datetime | None  # None: just now
    stages: list[PipelineStage]
    others: list[PipelineStage]
    calls: Calls
    nowhere: int  # students without a feasible city
    owed: Counter[str]  # by kind; travel.office.home.office_work puts them into words
    colleges: list[CollegeRow]
    days_to_departure: int | None
    scheduled: list[ScheduledRelease]
    with_others: list[WithOthers]
    trips: list[Trip]
    cycles: list[Cycle] = field(default_factory=list)


def pipeline_of(cycle: Cycle, *, by: User) -> Pipeline:
    """The pipeline as `by` may see it. After an action of their own it's always fresh, even if counting is slow."""
    found = cached(f"pipeline:scheduled:{cycle.pk}", lambda: figures_of(cycle), by=by, always_cache=True)
    figures, today = found.value, timezone.localdate()
    return Pipeline(
        cycle=cycle,
        counted_at=found.counted_at if found.is_slow else None,
        stages=_stages(cycle, figures),
        others=_others(cycle, figures),
        calls=calls_of(figures.to_call, PassportCase.objects.filter(application__cycle=cycle), by=by),
        nowhere=figures.nowhere,
        owed=figures.owed,
        colleges=_college_rows(cycle, figures),
        days_to_departure=max(0, (figures.first_leaves_on - today).days) if figures.first_leaves_on else None,
        scheduled=figures.scheduled,
        with_others=_with_others(cycle, figures),
        trips=figures.trips,
    )


# --- counting ----------------------------------------------------------------------------------------


def figures_of(cycle: Cycle) -> PipelineFigures:
    numbers, mine = facts.numbers(*FACTS), Application.objects.filter(cycle=cycle)
    by_status, by_college = _count_states(cycle)
    placements = _count_placements(cycle, by_college)
    limits = {name: int(numbers[name]) for name in FACTS}
    counts = counted(
        [
            ("not_endorsed", mine.not_endorsed()),
            ("unread", mine.unread()),
            ("unanswered", mine.unanswered()),
            ("silent", mine.silent(limits[SILENT_HOURS])),
            ("quiet", mine.quiet(limits[QUIET_DAYS])),
            ("nowhere", cities_open.nowhere(mine)),
            ("late", PassportCase.objects.before_return().filter(application__cycle=cycle).late(timezone.localdate())),
            *_owed_to_office(cycle, limits),
        ]
    )
    ahead = Trip.objects.filter(cycle=cycle, leaves_on__gte=timezone.localdate())
    scheduled = list(ScheduledRelease.objects.waiting().select_related("cycle", "set_by").order_by("due_at"))
    free = waitlist.open_spots(cycle) if counts.pop(office_work.WAITING_LIST) else 0
    place = by_status[Status.CONFIRMED] - placements["placed"]
    return PipelineFigures(
        by_status=dict(by_status),
        by_college=by_college,
        **{name: counts.pop(name) for name in CARDS},
        first_leaves_on=ahead.aggregate(first=Min("leaves_on"))["first"],
        colleges=list(College.objects.all()),
        to_call=to_call(PassportCase.objects.before_return().filter(application__cycle=cycle), numbers),
        owed=counts + Counter(upgrades=placements.pop("asked_for"), place=place, free=free),
        scheduled=scheduled,
        trips=_trips(cycle),
        **placements,
    )


def _trips(cycle: Cycle) -> list[Trip]:
    going = Trip.objects.filter(cycle=cycle, closed_at=None, returned_at=None).select_related("city")
    return list(going.annotate(placed=free_seats.PLACED).order_by("leaves_on"))


def _owed_to_office(cycle: Cycle, days: Mapping[str, int]) -> list[Kind]:
    asked_by = passport_days.oldest_wait_day(days[passport_days.REVIEW_DAYS])
    return [
        *partners.owed_now(cycle, days[agreement.REMIND_DAYS]),
        *office_work.owed_in(
            cycle, late_days=days[office_work.LATE_DAYS], returned_days=days[office_work.RETURNED_DAYS]
        ),
        ("arrivals", Trip.objects.filter(cycle=cycle).lacking_arrival()),
        ("counters", AcceptanceFacility.objects.waits_before(asked_by)),
        ("results", passport_days.without_result()),
    ]


def _count_states(cycle: Cycle) -> tuple[Counter[str], dict[int, Counter[str]]]:
    """Counts by status, in all and by college (there with the endorsed ones). One query."""
    mine = Application.objects.filter(cycle=cycle).order_by()
    endorsed = Endorsement.objects.filter(
        application__cycle=cycle, application__status__in=IN_THE_CYCLE, result=Endorsement.Result.ENDORSED
    ).order_by()
    # visitors' drafts and tests are never sent, so only drafts need the filter
    states = [mine.exclude(status=Status.DRAFT), mine.real().filter(status=Status.DRAFT)]
    parts: list[QuerySet[Any, Any]] = [
        rows.values_list("status", "college").annotate(number=Count("pk")) for rows in states
    ]
    parts.append(endorsed.values_list(Value(ENDORSED), "application__college").annotate(number=Count("pk")))
    by_status: Counter[str] = Counter()
    by_college: dict[int, Counter[str]] = {}
    for state, college, number in parts[0].union(*parts[1:], all=True).order_by():
        if state != ENDORSED:
            by_status[state] += number
        if college:
            by_college.setdefault(college, Counter())[state] += number
    return by_status, by_college


def _count_placements(cycle: Cycle, by_college: dict[int, Counter[str]]) -> dict[str, int]:
    """One query. Passports are those of all who confirmed, as their list has them: some have one before a spot."""
    placed = Placement.objects.active().filter(trip__cycle=cycle)
    parts: dict[str, QuerySet[Any]] = {
        "placed": placed,
        "asked_for": placed.filter(pk__in=free_seats.asked_for(cycle).values("pk")),
        "in_hand": PassportCase.objects.active().filter(application__cycle=cycle, stage__in=HAS_PASSPORT),
    }
    rows = [
        part.order_by().values_list(Value(name), "application__college").annotate(number=Count("pk"))
        for name, part in parts.items()
    ]
    total: Counter[str] = Counter()
    for name, college, number in rows[0].union(*rows[1:], all=True).order_by():
        by_college.setdefault(college, Counter())[name] += number
        total[name] += number
    return {name: total[name] for name in parts}


# --- the cards ---------------------------------------------------------------------------------------


def _list(cycle: Cycle, **filters: str) -> str:
    return reverse("applications:application-list") + "?" + urlencode({"cycle": cycle.code, **filters})


def _checklists(cycle: Cycle, **filters: str) -> str:
    return reverse("travel:checklist-list") + "?" + urlencode({"cycle": cycle.code, **filters})


def _stages(cycle: Cycle, figures: PipelineFigures) -> list[PipelineStage]:
    of = {status: figures.by_status.get(status, 0) for status in Status}
    read = reverse("applications:selection-list") + "?" + urlencode({"cycle": cycle.code, "read": "all"})
    return [
        PipelineStage(_("drafting"), of[Status.DRAFT], _list(cycle, status=Status.DRAFT)),
        PipelineStage(Status.SUBMITTED.plural, of[Status.SUBMITTED], _list(cycle, status=Status.SUBMITTED)),
        PipelineStage(_("read"), of[Status.SUBMITTED] - figures.unread, read),
        PipelineStage(Status.SELECTED.plural, of[Status.SELECTED], _list(cycle, status=Status.SELECTED)),
        PipelineStage(Status.CONFIRMED.plural, of[Status.CONFIRMED], _list(cycle, status=Status.CONFIRMED)),
        PipelineStage(_("placed"), figures.placed, _checklists(cycle, late=PLACED)),
        PipelineStage(_("passport in hand"), figures.in_hand, _checklists(cycle, stage="has_one")),
    ]


def _with_others(cycle: Cycle, figures: PipelineFigures) -> list[WithOthers]:
    """What is with colleges, readers, students and advisors, what is late first; nothing that the office owes."""
    lists = {owed: _list(cycle, owed=owed) for owed in ("not_endorsed", "unread", "unanswered", "silent", "quiet")}
    rows = [
        (figures.late, _students, _("behind on the passport"), _checklists(cycle, late="1"), True),
        (figures.silent, _students, _("to call: no answer to the offer"), lists["silent"], True),
        (figures.quiet, _students, _("stopped writing"), lists["quiet"], False),
        (figures.not_endorsed, _applications, _("with their college"), lists["not_endorsed"], False),
        (figures.unread, _applications, _("with readers"), lists["unread"], False),
    ]
    if not figures.silent:
        rows.append((figures.unanswered, _students, _("answering an offer"), lists["unanswered"], False))
    return [WithOthers(said(count), what, href, count, is_late) for count, said, what, href, is_late in rows if count]


def _students(count: int) -> str:
    return ngettext("%(count)s student", "%(count)s students", count) % {"count": count}


def _applications(count: int) -> str:
    return ngettext("%(count)s application", "%(count)s applications", count) % {"count": count}


def _others(cycle: Cycle, figures: PipelineFigures) -> list[PipelineStage]:
    """The statuses outside the main path, if anyone has them."""
    beside = (Status.RETURNED, Status.WAITLISTED, Status.NOT_SELECTED, Status.DECLINED, Status.WITHDRAWN)
    return [
        PipelineStage(status.plural, figures.by_status[status], _list(cycle, status=status))
        for status in beside
        if figures.by_status.get(status)
    ]


def _college_rows(cycle: Cycle, figures: PipelineFigures) -> list[CollegeRow]:
    counts = figures.by_college
    return [_college_row(cycle, college, counts.get(college.pk, Counter())) for college in figures.colleges]


def _college_row(cycle: Cycle, college: College, counts: Counter[str]) -> CollegeRow:
    def listed(count: int, status: str) -> Linked:
        return Linked(count, _list(cycle, college=college.code, status=status))

    return CollegeRow(
        college=college,
        submitted=listed(sum(counts[status] for status in IN_THE_CYCLE), Reached.SENT),
        endorsed=listed(counts[ENDORSED], Reached.ENDORSED),
        selected=listed(sum(counts[status] for status in WAS_SELECTED), Reached.CHOSEN),
        confirmed=listed(counts[Status.CONFIRMED], Status.CONFIRMED),
        in_hand=Linked(counts["in_hand"], _checklists(cycle, college=college.code, stage="has_one")),
    )
