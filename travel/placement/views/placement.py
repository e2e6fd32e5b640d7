"""Views of trips: the list, and one trip with its students."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from applications.models import Application, Cycle
from exchange.background.cached_figures import cached_for
from exchange.base.roles import Person
from exchange.web.list_files import asked_file
from exchange.web.shortcuts import me, page_of, require
from exchange.web.worklist import SORT, worklist
from travel import permissions
from travel.base import task_rows
from travel.models import GoDecision, Trip, TripChange
from travel.models.placement import without_seat
from travel.partners import entry_rules
from travel.partners.programme import shown_days
from travel.placement import trip_rows
from travel.placement.free_seats import PLACED

# --- Trips ------------------------------------------------------------------------------------------


@require_GET
def trip_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_list_trips(request.user))
    cycles = list(Cycle.objects.public())
    cycle, form = _chosen(cycles, request.GET.get("cycle")), trip_rows.TripFilterForm(request.GET)
    found = trip_rows.found_on(cycle, form, me(request))
    counts, waiting = cached_for(request, "trips", lambda: (trip_rows.counts_of(found), _waiting(request, cycle)))
    title, columns = _("Trips"), trip_rows.COLUMNS
    page = page_of(columns.sorted(found, request.GET.get(SORT)), request, count=len(counts))
    context = {
        "cycle": cycle,
        "tabs": [{"label": each.name, "href": f"?cycle={each.code}", "current": each == cycle} for each in cycles],
        "list": worklist(request, title=title, columns=columns, form=form, page=page, kept=("cycle",), has_peek=True),
        "rows": trip_rows.rows_of(page, counts),
        "waiting": waiting,
        "may_place": permissions.can_place(request.user),
        "may_manage": permissions.can_manage_partners(request.user),
        "clear_href": f"?cycle={cycle.code}" if cycle else "?",
    }
    return render(request, "travel/placement/trip_list.html", context)


@require_GET
def trip_peek(request: HttpRequest, code: str) -> HttpResponse:
    """One trip beside the list: a part of a page, which list.js puts there."""
    require(permissions.can_list_trips(request.user))
    trips = Trip.objects.visible_to(request.user).select_related("city", "host", "cycle").filter(code=code)
    trip = get_object_or_404(trips)
    (row,) = trip_rows.rows_of([trip], trip_rows.counts_of(trips))
    context = {
        "trip": trip,
        "row": row,
        "facts": trip_rows.facts_of(row),
        "may_manage": permissions.can_manage_partners(request.user),
    }
    return render(request, "travel/placement/trip_peek.html", context)


@require_POST
def trip_file(request: HttpRequest) -> HttpResponseBase:
    """What the list has, as a file, which names nobody. `query`: its address; `format`: csv or xlsx."""
    require(permissions.can_list_trips(request.user))
    asked, columns = asked_file(request, reverse("travel:trip-list"), names_people=False), trip_rows.COLUMNS
    if isinstance(asked, HttpResponse):
        return asked
    cycle = _chosen(list(Cycle.objects.public()), asked.query.get("cycle"))
    found = trip_rows.found_on(cycle, trip_rows.TripFilterForm(asked.query), me(request))
    rows = trip_rows.rows_of(columns.sorted(found, asked.query.get(SORT)), trip_rows.counts_of(found))
    return columns.file(rows, asked.form, name=_("trips"))


def _waiting(request: HttpRequest, cycle: Cycle | None) -> int:
    """Number of confirmed students without a city, among those this person may see."""
    confirmed = Application.objects.visible_to(request.user).confirmed()
    return confirmed.filter(without_seat(), cycle=cycle).count()


def _chosen(cycles: list[Cycle], code: str | None) -> Cycle | None:
    """The cycle in the address, else the newest that isn't closed out, else the newest."""
    running = [each for each in cycles if each.closed_out_at is None]
    named = [each for each in cycles if each.code == code]
    return next(iter(named or running or cycles), None)


@require_GET
def trip_detail(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_list_trips(request.user))
    trip: Any = get_object_or_404(_counted(request.user).annotate(lacks_rules=entry_rules.none_for("city")), code=code)
    context = {
        "trip": trip,
        "warnings": trip_rows.warnings(trip, trip.placed) + [entry_rules.missing(trip.city)] * trip.lacks_rules,
        "may_manage": permissions.can_manage_partners(request.user),
        "leaders": list(trip.leaders.all()),
        "days": shown_days(trip),
    }
    return render(request, "travel/placement/trip_detail.html", context | _decisions(request, trip))


def _counted(user: Person) -> QuerySet[Any]:
    """Trips with how many go. One query."""
    trips = Trip.objects.visible_to(user).select_related("city", "host", "cycle")
    return trips.annotate(placed=PLACED)


def _decisions(request: HttpRequest, trip: Trip) -> dict[str, Any]:
    """What the office decided about the trip as a whole, and the tasks that came of it; empty for everyone else."""
    changes = TripChange.objects.visible_to(request.user).filter(trip=trip, discarded_at=None)
    go_decisions = GoDecision.objects.visible_to(request.user).filter(trip=trip)
    return {
        "may_change": permissions.can_change_trip(request.user) and not (trip.closed_at or trip.returned_at),
        "changes": changes.select_related("drafted_by", "applied_by"),
        "go_decisions": go_decisions.select_related("standing", "decided_by"),
        "tasks": task_rows.about(trip, request.user),
        "today": timezone.localdate(),
    }
