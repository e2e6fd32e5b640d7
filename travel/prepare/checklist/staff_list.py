"""The list of students who get ready, for staff: its columns, who is on it in which order, and what each row says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, FloatField, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Cast, Coalesce, NullIf
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.base.searching import found_by
from applications.models import Application
from applications.models.application import ApplicationQuerySet
from exchange.base import roles
from exchange.models import College, User
from exchange.web.worklist import Column, Columns, place_in
from travel.models import ChecklistItem, PassportCase, Trip
from travel.models.passport import PassportCaseQuerySet
from travel.passport.calls.to_call import ToCall, to_call
from travel.passport.case import duties, guidance
from travel.passport.case.views import slack_label, slack_tone
from travel.passport.plan import planning
from travel.prepare.checklist import actions
from travel.prepare.checklist.forms import HAS_ONE, PLACED, ChecklistFilterForm
from travel.states import HAS_PASSPORT, SEEN, PassportStage, Urgency

TO_VERIFY = Q(done_at__isnull=False, verified_at__isnull=True, step__needs_verification=True) & ~Q(
    step__timing__in=actions.FOLLOWS_PASSPORT
)


def _how_many(items: QuerySet[ChecklistItem]) -> Coalesce:
    counted = items.order_by().values("placement").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


THEIRS = duties.shown(ChecklistItem.objects.filter(placement=OuterRef("application__placement")))
TOTAL, DONE = _how_many(THEIRS), _how_many(THEIRS.filter(done_at__isnull=False))
CHECKS = ChecklistItem.objects.filter(TO_VERIFY, placement=OuterRef("application__placement"))
NO_WAY_FIRST = Case(When(~Q(stage__in=SEEN), urgency=Urgency.NOT_FEASIBLE, then=0), default=1)
COLUMNS = Columns(
    Column(
        "name", _("Student"), ("application__student__full_name",), cell=lambda row: str(row["application"].student)
    ),
    Column(
        "college",
        _("College"),
        ("application__college__short_name", "application__student__full_name"),
        cell=lambda row: row["application"].college.short_name,
    ),
    Column("trip", _("Trip"), ("trip__leaves_on", "next_on"), computed={}, cell=lambda row: row["trip"]),
    Column(
        "passport",
        _("Passport"),
        ("reached", "next_on"),
        computed={"reached": place_in(PassportStage, "stage")},
        cell=lambda row: row["case"].get_stage_display(),
    ),
    Column(
        "slack",
        _("Time left"),
        ("no_way", "due"),
        computed={"no_way": NO_WAY_FIRST, "due": F("next_on")},
        cell=lambda row: str(row["slack"]),
    ),
    Column("next", _("Next date"), ("next_on",), computed={}, cell=lambda row: row["case"].next_on),
    Column(
        "safe",
        _("Last safe day"),
        ("safe", "next_on"),
        computed={"safe": Case(When(next_on__isnull=False, then=F("last_safe_on")))},  # as the row says it
        cell=lambda row: row["safe"],
    ),
    Column(
        "done",
        pgettext_lazy("column", "Checklist"),
        ("share", "next_on"),
        computed={"share": Cast(DONE, FloatField()) / NullIf(TOTAL, 0)},
        cell=lambda row: f"{row['done']}/{row['total']}" if row["total"] else "",
    ),
    Column(
        "check",
        _("To check"),
        ("checks", "next_on"),
        falls=True,
        computed={"checks": _how_many(CHECKS)},
        cell=lambda row: len(row["to_verify"]),
    ),
    default="slack",
)


@dataclass(frozen=True, slots=True)
class ChecklistIndex:
    """Keys of the whole list in its order, and how many are late in all.

    Lateness follows from stages, dates and items, so no index has this order; the sorted list is cached.
    """

    keys: list[int]
    late: int
    to_call: ToCall
    overdue: int  # reference rows past their review date


def form_for(query: QueryDict, user: User) -> ChecklistFilterForm:
    colleges = College.objects.all()
    if not roles.is_coordinator(user):
        colleges = colleges.filter(pk__in=roles.advisor_college_ids(user))
    trips = Trip.objects.visible_to(user).filter(returned_at__isnull=True).select_related("city")
    return ChecklistFilterForm(query, colleges=colleges, trips=trips, sorts=COLUMNS)


def index_of(form: ChecklistFilterForm, user: User) -> ChecklistIndex:
    today, visible = timezone.localdate(), PassportCase.objects.visible_to(user)
    filtered = _filtered(visible, form, today, user)
    keys = list(COLUMNS.sorted(filtered.with_next_on(), form.cleaned_data.get("sort")).values_list("pk", flat=True))
    late = visible.before_return().late(today).count()
    return ChecklistIndex(keys, late, to_call(filtered.before_return()), guidance.overdue(today))


def applications_on(query: QueryDict, user: User) -> ApplicationQuerySet:
    """Whom the filters find, for acts on many."""
    form = form_for(query, user)
    cases = _filtered(PassportCase.objects.visible_to(user), form, timezone.localdate(), user)
    return Application.objects.filter(passport_case__in=cases.order_by().values("pk"))


def rows_of(keys: Iterable[int], user: User, urgent_days: int) -> list[dict[str, Any]]:
    """The rows of these cases in this order, if the person may still see them.

    Items are counted only for these: in a join, the database would count them for every row. Two queries.
    """
    cases, today = _with_people(PassportCase.objects.visible_to(user), list(keys)), timezone.localdate()
    return [_row(case, today, urgent_days) for case in cases]


def _filtered(cases: PassportCaseQuerySet, form: ChecklistFilterForm, today: date, user: User) -> PassportCaseQuerySet:
    form.is_valid()
    chosen = form.cleaned_data
    cases = cases.active().filter(application__cycle=chosen["cycle"]) if chosen.get("cycle") else cases.before_return()
    if chosen.get("q"):
        cases = cases.filter(application__in=Application.objects.filter(found_by(chosen["q"], user)).values("pk"))
    if chosen.get("late") == PLACED:
        cases = cases.filter(application__placement__isnull=False, trip__closed_at__isnull=True)
    elif chosen.get("late"):
        cases = cases.before_return().late(today)
    if chosen.get("college"):
        cases = cases.filter(application__college=chosen["college"])
    if chosen.get("trip"):
        cases = cases.filter(trip=chosen["trip"])
    if chosen.get("stage"):
        cases = cases.filter(stage__in=HAS_PASSPORT if chosen["stage"] == HAS_ONE else [chosen["stage"]])
    return cases


def _with_people(visible: PassportCaseQuerySet, keys: list[int]) -> list[Any]:
    items = ChecklistItem.objects.filter(TO_VERIFY).select_related("step")
    to_verify = Prefetch("application__placement__checklist_items", queryset=items, to_attr="to_verify")
    counted = visible.filter(pk__in=keys).with_next_on().annotate(total=TOTAL, done=DONE)
    cases = counted.with_people().prefetch_related(to_verify).in_bulk()
    return [cases[key] for key in keys if key in cases]


def _row(case: Any, today: date, urgent_days: int) -> dict[str, Any]:
    slack, seat = planning.slack(case, today), case.placement
    return {
        "case": case,
        "application": case.application,
        "placement": seat,
        "trip": seat.trip.city.name if seat else "",
        "slack": slack_label(slack),
        "tone": slack_tone(case, slack, urgent_days),
        "safe": case.last_safe_on if case.next_on else None,
        "done": case.done if seat else 0,
        "total": case.total if seat else 0,
        "to_verify": seat.to_verify if seat else [],
    }
