"""Activity feeds of the office: of one student, of one cycle."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications import permissions
from applications.base.opening import What, opened
from applications.models import Application, Cycle
from exchange.web.shortcuts import me, page_of, require
from travel.office.activity import feed as activity
from travel.office.activity.peek import RELATED


@require_safe
def student_activity(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_open_history(request.user))
    rows = Application.objects.visible_to(request.user).with_people().select_related(*RELATED)
    application = get_object_or_404(rows, code=code)
    require(permissions.can_contact(request.user, application))
    opened(request, application, What.APPLICATION)
    page = page_of(activity.of_student(application.person), request)
    context = {
        "application": application,
        "title": _("All activity"),
        "page_obj": page,
        "lines": activity.lines_of_student(list(page)),
        "sent": activity.sent_to(application.person, me(request)),
    }
    return render(request, "travel/office/activity.html", context)


@require_safe
def cycle_activity(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_open_history(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    before = _entry(request.GET.get("before", ""))
    found = activity.of_cycle(cycle, me(request), before)
    context = {
        "cycle": cycle,
        "title": _("All activity"),
        "lines": activity.lines_of_cycle(found.events),
        "older": found.older,
        "is_older": before is not None,
        "begins_at": None if found.older else activity.begins_at(found.events),
    }
    return render(request, "travel/office/activity.html", context)


def _entry(text: str) -> int | None:
    """The key of an entry; None if the address has none, or nonsense."""
    is_number = text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004 -- digits of a BIGINT
    return int(text) or None if is_number else None
