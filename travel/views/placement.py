"""Trips, the matching and its release for the office; the seat and its letter for the student."""

from collections import Counter
from collections.abc import Iterable
from io import BytesIO

from django.db.models import Count, Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from applications.models import Application, Cycle
from applications.states import Status
from exchange.models import PartnerCity
from exchange.web import page_of, require, rule_message
from travel import documents, permissions
from travel.actions import placement as actions
from travel.models import PassportCase, Placement, PlacementRun, Trip
from travel.programme import shown_days
from travel.states import STAGE_TONES, URGENCY_TONES
from travel.ticket import placement_ticket

STILL_GOING = Q(placements__application__status=Status.CONFIRMED)
# Why a choice was not the one; no names, no scores.
REASONS = {
    "filled_by_higher_priority": gettext_lazy("Its seats went to students ahead of you by the readers’ scores."),
    "not_feasible": gettext_lazy("We could not offer you a seat on this trip."),
    "no_seats": gettext_lazy("It has no seats left."),
    actions.NO_TRIP: gettext_lazy("No trip goes there in this cycle."),
}
STAFF_REASONS = {
    "filled_by_higher_priority": gettext_lazy("full, by score"),
    "not_feasible": gettext_lazy("not feasible"),
    "no_seats": gettext_lazy("no seats"),
    actions.NO_TRIP: gettext_lazy("no trip"),
}


def choice_label(rank: int) -> str:
    """ "first choice"; a number from the fourth on."""
    words = {1: _("first choice"), 2: _("second choice"), 3: _("third choice")}
    return words.get(rank) or _("choice number %(rank)s") % {"rank": rank}


# --- Trips ------------------------------------------------------------------------------------------


@require_GET
def trip_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_list_trips(request.user))
    cycles = list(Cycle.objects.public())
    cycle = _chosen(cycles, request.GET.get("cycle"))
    trips = Trip.objects.visible_to(request.user).filter(cycle=cycle).select_related("city", "host", "cycle")
    may_place = permissions.can_place(request.user)
    context = {
        "cycle": cycle,
        "tabs": [{"label": each.name, "href": f"?cycle={each.code}", "current": each == cycle} for each in cycles],
        "trips": [
            {"trip": trip, "placed": trip.placed, "warnings": warnings(trip, trip.placed)}
            for trip in trips.annotate(placed=Count("placements", filter=STILL_GOING))
        ],
        "waiting": _waiting(request, cycle),
        "may_place": may_place,
        "may_manage": permissions.can_manage_partners(request.user),
        "runs": cycle.placement_runs.select_related("run_by")[:5] if cycle and may_place else [],
    }
    return render(request, "travel/placement/trip_list.html", context)


def _waiting(request: HttpRequest, cycle: Cycle | None) -> int:
    """Confirmed students without a city, of those that the person may see."""
    confirmed = Application.objects.visible_to(request.user).confirmed()
    return confirmed.filter(cycle=cycle, placement__isnull=True).count()


def _chosen(cycles: list[Cycle], code: str | None) -> Cycle | None:
    """The cycle of the address, else the newest that still runs, else the newest."""
    running = [each for each in cycles if each.closed_out_at is None]
    named = [each for each in cycles if each.code == code]
    return next(iter(named or running or cycles), None)


def warnings(trip: Trip, placed: int) -> list[str]:
    """What someone should look at."""
    today = timezone.localdate()
    found = []
    if trip.departed_at is None and placed < trip.minimum_group:
        found.append(
            ngettext(
                "One more needed for the smallest group",
                "%(count)s more needed for the smallest group",
                trip.minimum_group - placed,
            )
            % {"count": trip.minimum_group - placed}
        )
    if placed > trip.seats:
        found.append(_("More students than seats"))
    if trip.departed_at is None and trip.leaves_on <= today and placed:
        found.append(_("Has it left? Mark it"))
    if trip.departed_at and trip.returned_at is None and trip.returns_on <= today:
        found.append(_("Is it home? Mark it"))
    return found


@require_GET
def trip_detail(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_list_trips(request.user))
    trips = Trip.objects.visible_to(request.user).select_related("city", "host", "cycle")
    trip = get_object_or_404(trips.annotate(placed=Count("placements", filter=STILL_GOING)), code=code)
    shows_roster = permissions.can_view_roster(request.user)
    roster = Placement.objects.visible_to(request.user).active().filter(trip=trip)
    roster = roster.with_people().order_by("application__student__full_name", "pk")
    may_move = permissions.can_move_trip(request.user)
    context = {
        "trip": trip,
        "warnings": warnings(trip, trip.placed),
        "shows_roster": shows_roster,
        "page_obj": page_of(roster, request) if shows_roster else None,
        "choices": {rank: choice_label(rank) for rank in range(1, 26)},
        "stage_tones": STAGE_TONES,
        "urgency_tones": URGENCY_TONES,
        "may_depart": may_move and trip.departed_at is None,
        "may_manage": permissions.can_manage_partners(request.user),
        "leaders": trip.leaders.all(),
        "days": shown_days(trip),
        "may_return": may_move and trip.departed_at is not None and trip.returned_at is None,
    }
    return render(request, "travel/placement/trip_detail.html", context)


@require_POST
def trip_depart(request: HttpRequest, code: str) -> HttpResponse:
    trip = get_object_or_404(Trip.objects.visible_to(request.user), code=code)
    require(permissions.can_move_trip(request.user))
    with rule_message(request, success=_("Marked: the group has left.")):
        actions.depart(trip, by=request.user)
    return redirect(trip)


@require_POST
def trip_return(request: HttpRequest, code: str) -> HttpResponse:
    trip = get_object_or_404(Trip.objects.visible_to(request.user), code=code)
    require(permissions.can_move_trip(request.user))
    with rule_message(request, success=_("Marked: the group is home.")):
        actions.bring_back(trip, by=request.user)
    return redirect(trip)


# --- Runs of the matching ---------------------------------------------------------------------------


@require_POST
def placement_run(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_place(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    with rule_message(request):
        return redirect(actions.run(cycle, by=request.user))
    return redirect("travel:trip-list")


@require_GET
def placement_run_detail(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_place(request.user))
    runs = PlacementRun.objects.visible_to(request.user).select_related("cycle", "run_by", "released_by")
    run = get_object_or_404(runs, code=code)
    page = page_of(run.results, request)
    ranks = Counter(row["rank"] for row in run.results if row["rank"])
    context = {
        "run": run,
        "page_obj": page,
        "rows": _rows(request, page.object_list),
        "placed": sum(ranks.values()),
        "unplaced": len(run.results) - sum(ranks.values()),
        "totals": [(choice_label(rank), ranks[rank]) for rank in sorted(ranks)],
        "is_outdated": actions.is_outdated(run),
    }
    return render(request, "travel/placement/run_detail.html", context)


def _rows(request: HttpRequest, results: Iterable[dict]) -> list[dict]:
    """One page of results with the people and cities that they name by code."""
    codes = [row["application"] for row in results]
    visible = Application.objects.visible_to(request.user).filter(code__in=codes)
    people = {each.code: each for each in visible.with_people()}
    cities = _cities(why["city"] for row in results for why in row["why"])
    return [
        {
            "application": people[row["application"]],
            "city": cities.get(row["why"][-1]["city"]) if row["trip"] else None,
            "choice": choice_label(row["rank"]) if row["trip"] else "",
            "why": [
                {"city": cities.get(why["city"]), "reason": STAFF_REASONS[why["reason"]]}
                for why in row["why"]
                if why["reason"] in STAFF_REASONS
            ],
        }
        for row in results
        if row["application"] in people
    ]


def _cities(codes: Iterable[str]) -> dict[str, PartnerCity]:
    return {city.code: city for city in PartnerCity.objects.filter(code__in=set(codes))}


@require_POST
def placement_run_release(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_place(request.user))
    run = get_object_or_404(PlacementRun.objects.visible_to(request.user), code=code)
    with rule_message(request, success=_("Released. Each student is told now.")):
        actions.release(run, by=request.user)
    return redirect(run)


# --- The seat ---------------------------------------------------------------------------------------


@require_GET
def placement_detail(request: HttpRequest, code: str) -> HttpResponse:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    is_own = permissions.can_work_on_checklist(request.user, placement)
    why = [row for row in placement.explanation if row["reason"] in REASONS]
    cities = _cities(row["city"] for row in why)
    case = PassportCase.objects.visible_to(request.user).filter(application=placement.application_id).first()
    context = {
        "placement": placement,
        "trip": placement.trip,
        "case": case,
        "choice": choice_label(placement.rank),
        "leaders": placement.trip.leaders.all(),
        "days": shown_days(placement.trip),
        "why": [
            {
                "city": cities.get(row["city"]),
                "choice": choice_label(row["rank"]),
                "reason": (REASONS if is_own else STAFF_REASONS)[row["reason"]],
            }
            for row in why
        ],
    }
    if is_own:
        context["ticket"] = placement_ticket(placement, case)
        return render(request, "travel/placement/placement_detail.html", context)
    return render(request, "travel/placement/placement_staff.html", context)


@require_GET
def placement_letter(request: HttpRequest, code: str) -> FileResponse:
    placement = get_object_or_404(Placement.objects.visible_to(request.user).with_people(), code=code)
    letter = BytesIO(documents.placement_letter(placement))
    return FileResponse(letter, content_type="application/pdf", filename=f"placement-{placement.code}.pdf")
