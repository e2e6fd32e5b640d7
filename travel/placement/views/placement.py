"""Views of trips: the list, and one trip with its students."""

from typing import Any

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from applications.models import Application, Cycle
from applications.states import Status
from exchange.base.roles import Person
from exchange.web.shortcuts import page_of, require
from travel import permissions
from travel.base import task_rows
from travel.models import GoDecision, Placement, RollCall, Trip, TripChange
from travel.models.placement import without_seat
from travel.partners.programme import shown_days
from travel.placement.placing_words import choice_label
from travel.states import STAGE_TONES, URGENCY_TONES

STILL_GOING = Q(placements__application__status=Status.CONFIRMED, closed_at=None)
MATCHED = Q(placements__ticket_name__matched_at__isnull=False)
WANTS_TO_TALK = Q(placements__practical_needs__wants_to_talk=True, placements__practical_needs__talked_at=None)


# --- Trips ------------------------------------------------------------------------------------------


@require_GET
def trip_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_list_trips(request.user))
    cycles = list(Cycle.objects.public())
    cycle = _chosen(cycles, request.GET.get("cycle"))
    trips = Trip.objects.visible_to(request.user).filter(cycle=cycle).select_related("city", "host", "cycle")
    counted: QuerySet[Any] = trips.annotate(
        placed=Count("placements", filter=STILL_GOING),
        to_talk=Count("placements", filter=STILL_GOING & WANTS_TO_TALK),
    )
    may_place = permissions.can_place(request.user)
    context = {
        "cycle": cycle,
        "tabs": [{"label": each.name, "href": f"?cycle={each.code}", "current": each == cycle} for each in cycles],
        "trips": [
            {"trip": trip, "placed": trip.placed, "warnings": warnings(trip, trip.placed, to_talk=trip.to_talk)}
            for trip in counted
        ],
        "waiting": _waiting(request, cycle),
        "may_place": may_place,
        "may_manage": permissions.can_manage_partners(request.user),
    }
    return render(request, "travel/placement/trip_list.html", context)


def _waiting(request: HttpRequest, cycle: Cycle | None) -> int:
    """Number of confirmed students without a city, among those this person may see."""
    confirmed = Application.objects.visible_to(request.user).confirmed()
    return confirmed.filter(without_seat(), cycle=cycle).count()


def _chosen(cycles: list[Cycle], code: str | None) -> Cycle | None:
    """The cycle in the address, else the newest that isn't closed out, else the newest."""
    running = [each for each in cycles if each.closed_out_at is None]
    named = [each for each in cycles if each.code == code]
    return next(iter(named or running or cycles), None)


def warnings(trip: Trip, placed: int, *, to_talk: int = 0) -> list[str]:
    """What staff should look at."""
    today = timezone.localdate()
    found = []
    if to_talk:
        found.append(
            ngettext(
                "%(count)s student wants to talk about what they need",
                "%(count)s students want to talk about what they need",
                to_talk,
            )
            % {"count": to_talk}
        )
    if trip.closed_at is None and trip.departed_at is None and placed < trip.minimum_group:
        found.append(
            ngettext(
                "One more needed for the minimum group",
                "%(count)s more needed for the minimum group",
                trip.minimum_group - placed,
            )
            % {"count": trip.minimum_group - placed}
        )
    if trip.arrives_on is None and trip.departed_at is None and placed:
        found.append(_("No arrival date yet. Until you enter one, we check passports against a late arrival"))
    if placed > trip.seats:
        found.append(_("More students than seats"))
    if trip.departed_at is None and trip.leaves_on <= today and placed:
        found.append(_("Has the group left? Mark it"))
    if trip.departed_at and trip.returned_at is None and trip.home_on <= today:
        found.append(_("Is the group home? Mark it"))
    return found


@require_GET
def trip_detail(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_list_trips(request.user))
    trip: Any = get_object_or_404(_counted(request.user), code=code)
    shows_roster = permissions.can_open_roster(request.user)
    roster = Placement.objects.visible_to(request.user).active().filter(trip=trip)
    # those who want to talk about their needs come first, so that the first page has them all
    wants = Q(practical_needs__wants_to_talk=True, practical_needs__talked_at=None)
    ordered: QuerySet[Any] = roster.with_people().annotate(wants=Case(When(wants, then=1), default=0))
    ordered = ordered.order_by("-wants", "application__student__full_name", "pk")
    leaders = list(trip.leaders.all())
    # the office sees everyone who goes, and they are counted already
    page = page_of(ordered, request, count=trip.placed if permissions.can_place(request.user) else None)
    people: list[Any] = list(page)
    page.object_list = sorted(people, key=lambda each: (str(each.application.student.full_name).casefold(), each.pk))
    context = {
        "trip": trip,
        "going": page.paginator.count,
        "unmatched": page.paginator.count - trip.matched,
        "may_book": permissions.can_book(request.user),
        "may_open_cards": permissions.can_open_cards(request.user, leaders),
        "warnings": warnings(trip, trip.placed),
        "shows_roster": shows_roster,
        "page_obj": page if shows_roster else None,
        "choices": {rank: choice_label(rank) for rank in range(1, 26)},
        "stage_tones": STAGE_TONES,
        "urgency_tones": URGENCY_TONES,
        "to_talk": [each for each in people if each.wants] if permissions.can_note_talk(request.user) else [],
        "may_move": permissions.can_move_trip(request.user),
        "may_manage": permissions.can_manage_partners(request.user),
        "leaders": leaders,
        "days": shown_days(trip),
    }
    return render(request, "travel/placement/trip_detail.html", context | _decisions(request, trip))


def _counted(user: Person) -> QuerySet[Any]:
    """Trips with how many go, how many of their names are matched, and the last roll call as JSON. One query."""
    seen = Q(placements__in=Placement.objects.visible_to(user))
    names = ("on", "number", "here", "missing", "conflicts")
    last = RollCall.objects.visible_to(user).filter(trip=OuterRef("pk")).order_by("-on", "-number")
    return (
        Trip.objects.visible_to(user)
        .select_related("city", "host", "cycle")
        .annotate(
            placed=Count("placements", filter=STILL_GOING),
            matched=Count("placements", filter=STILL_GOING & MATCHED & seen),
            last_roll_call=Subquery(last.values(data=JSONObject(**{name: name for name in names}))[:1]),
        )
    )


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
