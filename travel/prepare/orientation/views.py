"""Views of orientation sessions for students: when and where, a calendar file, and the code scanned at the door."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from exchange.base.calendar import calendar_file
from exchange.base.errors import RuleViolation
from exchange.base.links import for_guests
from exchange.files import appointments
from exchange.web.shortcuts import me, require
from travel import permissions
from travel.models import Attendance, OrientationSession, Placement
from travel.prepare.calendar import entries as calendar_entries
from travel.prepare.orientation import actions, door
from travel.prepare.orientation import sessions as orientation

# key in the browser's session: the `code` of the session whose code this browser has scanned while it was fresh
SCANNED = "orientation_scanned"


def _own(request: HttpRequest, code: str) -> Placement:
    rows = Placement.objects.visible_to(request.user).select_related("application", "trip__city", "trip__cycle")
    placement = get_object_or_404(rows, code=code)
    require(permissions.can_attend(request.user, placement))
    return placement


@require_safe
def own_orientation(request: HttpRequest, code: str) -> HttpResponse:
    placement = _own(request, code)
    sessions = orientation.own_sessions(placement)
    context = {
        "placement": placement,
        "sessions": sessions,
        "has_been": any(each.came for each in sessions),
        "has_missed": bool(sessions) and all(each.is_over and not each.came for each in sessions),
    }
    return render(request, "travel/prepare/own_orientation.html", context)


@require_safe
def own_session_calendar(request: HttpRequest, code: str, session: str) -> HttpResponse:
    """The calendar file of a session; of one that was called off, the file that takes it away again."""
    placement = _own(request, code)
    rows = OrientationSession.objects.visible_to(request.user).prefetch_related("trips")
    found = get_object_or_404(rows, code=session)
    if not found.is_for(placement.trip):
        raise Http404
    entry = calendar_entries.session_entry(found, placement)
    return appointments.answer(calendar_file(entry), f"orientation-{found.code}")


# --- At the door ------------------------------------------------------------------------------------


@for_guests()
def session_scan(request: HttpRequest, token: str) -> HttpResponse:
    """Where a scanned code leads, signed in or not. A fresh one is noted in this browser, which may sign in then.

    The code is worth nothing a minute later, the browser's note can't be sent to anybody: see docs/adr/0023.
    """
    session = door.session_of(token, timezone.now(), orientation.code_seconds())
    if session is None:
        return render(request, "travel/prepare/session_old_code.html", status=410 if door.is_ours(token) else 404)
    request.session[SCANNED] = session
    return redirect("travel:session-here")


@never_cache
@require_http_methods(["GET", "POST"])
def session_here(request: HttpRequest) -> HttpResponse:
    """GET asks "Are you here?"; POST marks the student present."""
    rows = OrientationSession.objects.visible_to(request.user)
    session = rows.filter(code=request.session.get(SCANNED, "")).select_related("cycle").first()
    mine = Placement.objects.visible_to(request.user).filter(application__student=me(request))
    theirs = mine.filter(trip__cycle=session.cycle).select_related("application", "trip__city") if session else None
    placement = theirs.first() if theirs is not None else None
    if session is None or placement is None:
        was_scanned = SCANNED in request.session
        return render(request, "travel/prepare/session_not_yours.html", {"was_scanned": was_scanned})
    if request.method == "POST":
        try:
            actions.attend(session, placement, via=Attendance.Via.CODE, by=me(request))
        except RuleViolation as violation:
            messages.error(request, violation.message)
        else:
            messages.success(request, _("You’re checked in. It’s on your checklist, too."))
        request.session.pop(SCANNED, None)
        return redirect("travel:orientation", code=placement.code)
    context = {"session": session, "placement": placement, "when": orientation.when(session)}
    return render(request, "travel/prepare/session_here.html", context)
