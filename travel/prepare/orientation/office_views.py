"""Views of orientation sessions for staff: planning, the code at the door, who came, who missed all of them."""

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.models import Cycle
from exchange.base.home import home_zone
from exchange.messages.batches import batch_of
from exchange.web.shortcuts import me, page_of, query_without_page, require, rule_message
from travel import permissions
from travel.base.views import edit
from travel.models import AlumniAsk, Attendance, OrientationSession, Placement, Trip
from travel.models.placement import PlacementQuerySet
from travel.placement.documents import qr_code
from travel.prepare.orientation import actions, door
from travel.prepare.orientation import sessions as orientation
from travel.prepare.orientation.forms import PeopleFilterForm, SessionForm

PER_PAGE = 100


@require_safe
def session_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_open_sessions(request.user))
    context = {
        "cycles": orientation.overview(request.user),
        "may_plan": permissions.can_plan_sessions(request.user),
    }
    return render(request, "travel/prepare/session_list.html", context)


# --- Planning ---------------------------------------------------------------------------------------


def _list() -> tuple[str, str]:
    return reverse("travel:session-list"), _("Orientation sessions")


@require_http_methods(["GET", "POST"])
def session_add(request: HttpRequest, code: str) -> HttpResponse:
    """A new session; with `?again`, as the last one was, for the trips of those who missed it."""
    require(permissions.can_plan_sessions(request.user))
    cycle = get_object_or_404(Cycle.objects.visible_to(request.user), code=code)
    initial: dict[str, Any] = {"zone": home_zone().key}
    if "again" in request.GET and (proposed := orientation.proposal(cycle)):
        trips = orientation.trips_of_missed(cycle)
        initial = SessionForm.like(proposed.like, proposed.starts_at) | {"trips": [trip.code for trip in trips]}
    form = SessionForm(request.POST or None, initial=initial, cycle=cycle)
    return edit(
        request,
        form,
        lambda said: actions.plan(cycle, said.said, trips=said.cleaned_data["trips"], by=me(request)),
        back=_list(),
        title=_("New orientation session"),
        label=cycle.name,
        text=_("Travelers who haven’t been to one yet get a message when you save, and a reminder before it begins."),
        saved=_("Saved. Travelers are being told."),
    )


def _session(request: HttpRequest, code: str) -> OrientationSession:
    rows = OrientationSession.objects.visible_to(request.user).select_related("cycle").prefetch_related("trips__city")
    return get_object_or_404(rows, code=code)


@require_http_methods(["GET", "POST"])
def session_edit(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_plan_sessions(request.user))
    session = _session(request, code)
    form = SessionForm(
        request.POST or None, initial=SessionForm.initial_of(session), cycle=session.cycle, session=session
    )

    def change(said: SessionForm) -> OrientationSession:
        trips, seen = said.cleaned_data["trips"], said.cleaned_data["seen"]
        return actions.change(session, said.said, trips=trips, seen=seen, by=me(request))

    return edit(
        request,
        form,
        change,
        back=(session.get_absolute_url(), session.place),
        title=_("Change this session"),
        label=session.cycle.name,
        text=_("If the time or the place changes, travelers get a message when you save."),
    )


@require_http_methods(["GET", "POST"])
def session_call_off(request: HttpRequest, code: str) -> HttpResponse:
    """GET asks; POST tells everyone that it won't take place."""
    require(permissions.can_plan_sessions(request.user))
    session = _session(request, code)
    if request.method == "POST":
        with rule_message(request, success=_("Canceled. Travelers are being told.")):
            actions.call_off(session, by=me(request))
        return redirect(session)
    context = {"session": session, "when": orientation.when(session), "count": orientation.invited(session).count()}
    return render(request, "travel/prepare/session_call_off.html", context)


@require_POST
def session_bring_back(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_plan_sessions(request.user))
    session = _session(request, code)
    with rule_message(request, success=_("This session is back on. Travelers are being told.")):
        actions.bring_back(session, by=me(request))
    return redirect(session)


# --- Who came ---------------------------------------------------------------------------------------


def _filter_form(request: HttpRequest, cycle: Cycle, **more: Any) -> PeopleFilterForm:
    colleges = orientation.colleges_for(request.user)
    trips = Trip.objects.visible_to(request.user).filter(cycle=cycle).select_related("city")
    return PeopleFilterForm(request.GET or None, trips=trips, colleges=colleges, **more)


def _filtered(people: PlacementQuerySet, form: PeopleFilterForm) -> PlacementQuerySet:
    chosen = form.cleaned_data if form.is_valid() else {}
    if chosen.get("trip"):
        people = people.filter(trip=chosen["trip"])
    if chosen.get("college"):
        people = people.filter(application__college=chosen["college"])
    if name := chosen.get("name"):
        student = "application__student__"
        people = people.filter(
            Q(**{f"{student}full_name__icontains": name}) | Q(**{f"{student}preferred_name__icontains": name})
        )
    return people.select_related("application__student", "application__college", "trip__city")


@require_safe
def session_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Everyone it's for, by name, with a button for whoever is there; who was at another session isn't expected."""
    require(permissions.can_open_sessions(request.user))
    session = _session(request, code)
    form = _filter_form(request, session.cycle)
    everyone = orientation.people_of(session, request.user)
    page = page_of(_of_state(_filtered(everyone, form), form), request, PER_PAGE)
    opens_at, closes_at = orientation.door_times(session)
    now = timezone.now()
    context = {
        "session": session,
        "when": orientation.when(session),
        "trips": list(session.trips.all()),
        "form": form,
        "page_obj": page,
        "query": query_without_page(request),
        "came": everyone.filter(is_here=True).count(),
        "total": everyone.count(),
        "may_plan": permissions.can_plan_sessions(request.user) and not session.called_off_at,
        "may_bring_back": permissions.can_plan_sessions(request.user)
        and session.called_off_at is not None
        and not session.has_begun,
        "has_begun": session.has_begun,
        "may_mark": opens_at <= now and not session.called_off_at,
        "door_is_open": opens_at <= now <= closes_at and not session.called_off_at,
        "door_opens_at": opens_at,
        "batch": batch_of(session) if permissions.can_plan_sessions(request.user) else None,
        "alumni": [
            ask.consent.person
            for ask in AlumniAsk.objects.visible_to(request.user).coming(session).select_related("consent__person")
        ],
    }
    return render(request, "travel/prepare/session_detail.html", context)


def _of_state(people: Any, form: PeopleFilterForm) -> Any:
    state = form.cleaned_data.get("state") if form.is_valid() else ""
    return people.filter(is_here=state == "here") if state else people


@require_POST
def session_mark(request: HttpRequest, code: str) -> HttpResponse:
    """A tap on a name: `here` or `undo` holds the placement's code. Goes back to where the list was."""
    require(permissions.can_open_sessions(request.user))
    session = _session(request, code)
    chosen = request.POST.get("here") or request.POST.get("undo") or ""
    rows = Placement.objects.visible_to(request.user).select_related("application__student")
    placement = get_object_or_404(rows, code=chosen)
    require(permissions.can_mark_attendance(request.user, placement))
    with rule_message(request):
        if "undo" in request.POST:
            actions.undo(session, placement, shown=request.POST.get(f"entry-{chosen}", ""), by=me(request))
        else:
            actions.attend(session, placement, via=Attendance.Via.STAFF, by=me(request))
    query = request.POST.get("query", "")
    return redirect(f"{session.get_absolute_url()}?{query}#{placement.code}")


@never_cache
@require_safe
def session_door(request: HttpRequest, code: str) -> HttpResponse:
    """The code to scan, large, for a screen at the door. The page loads itself again before the code is too old."""
    require(permissions.can_open_sessions(request.user))
    session = _session(request, code)
    now, seconds = timezone.now(), orientation.code_seconds()
    opens_at, closes_at = orientation.door_times(session)
    is_open = opens_at <= now <= closes_at and not session.called_off_at
    address = settings.SITE_URL + reverse("travel:session-scan", args=[door.code_at(session.code, now, seconds)])
    context = {
        "session": session,
        "when": orientation.when(session),
        "is_open": is_open,
        "opens_at": opens_at,
        "qr": qr_code(address, _("Code to scan at the door")) if is_open else "",
        "refresh": max(5, seconds // 2),
        "came": Attendance.objects.visible_to(request.user).filter(session=session).count(),
    }
    return render(request, "travel/prepare/session_door.html", context)


@require_safe
def session_missed(request: HttpRequest, code: str) -> HttpResponse:
    """Travelers of a cycle who have been to no session, and a second one to plan for them."""
    require(permissions.can_open_sessions(request.user))
    cycle = get_object_or_404(Cycle.objects.visible_to(request.user), code=code)
    form = _filter_form(request, cycle, with_state=False)
    missed = orientation.missed(cycle).filter(pk__in=Placement.objects.visible_to(request.user).values("pk"))
    people = _filtered(missed, form).order_by("application__student__full_name", "pk")
    proposed = orientation.proposal(cycle)
    ahead = OrientationSession.objects.visible_to(request.user).ahead().filter(cycle=cycle).prefetch_related("trips")
    page = page_of(people, request, PER_PAGE)
    sessions = [(each, orientation.when(each)) for each in ahead]
    context = {
        "cycle": cycle,
        "form": form,
        "page_obj": page,
        "query": query_without_page(request),
        "rows": [
            {"placement": each, "next": next((words for row, words in sessions if row.is_for(each.trip)), "")}
            for each in page
        ],
        "may_plan": permissions.can_plan_sessions(request.user),
        "proposed": _words(proposed) if proposed and page.paginator.count else "",
    }
    return render(request, "travel/prepare/session_missed.html", context)


def _words(proposed: orientation.Proposal) -> str:
    like = proposed.like
    return orientation.when(OrientationSession(starts_at=proposed.starts_at, zone=like.zone, place=like.place))
