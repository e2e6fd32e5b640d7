"""The coordinator's first page, a cycle by college, and the list of confirmed students without a city."""

from collections import Counter

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications.models import Announcement, Application, Cycle
from exchange.base import roles
from exchange.web.shortcuts import me, page_of, query_without_page, require
from travel.models.placement import without_seat
from travel.office.home import duties
from travel.office.home.office_work import addressed_to
from travel.office.home.pipeline import pipeline_of
from travel.office.home.today import first_steps, today_of
from travel.placement import placing_page


@require_safe
def pipeline(request: HttpRequest) -> HttpResponse:
    """The coordinator's first page: what failed, everything by its day, and how many are at each stage."""
    require(roles.is_coordinator(request.user))
    cycles, cycle = _cycles(request)
    found = pipeline_of(cycle, by=me(request)) if cycle else None
    person = me(request)
    owed = duties.owed(duties.OFFICE, (found.owed if found else Counter()) + addressed_to(person), cycle)
    context = {
        "pipeline": found,
        "today": today_of(found, owed, by=person, is_whole="all" in request.GET),
        "first_steps": [] if cycle else first_steps(),
        "announcements": Announcement.objects.visible_to(me(request)).shown_to(me(request)),
        "cycles": cycles,
        "duties": owed,
    }
    return render(request, "travel/office/pipeline.html", context)


@require_safe
def cycle_colleges(request: HttpRequest) -> HttpResponse:
    """How far each college's students got, and who is outside the main way."""
    require(roles.is_coordinator(request.user))
    _all, cycle = _cycles(request)
    return render(
        request, "travel/office/colleges.html", {"pipeline": pipeline_of(cycle, by=me(request)) if cycle else None}
    )


def _cycles(request: HttpRequest) -> tuple[list[Cycle], Cycle | None]:
    """All that are published, and the one of the address, else the newest that goes on; none without any."""
    cycles = list(Cycle.objects.public())
    if code := request.GET.get("cycle"):
        cycle = next((each for each in cycles if each.code == code), None)
        if cycle is None:
            raise Http404
        return cycles, cycle
    return cycles, next((cycle for cycle in cycles if not cycle.closed_out_at), cycles[0] if cycles else None)


@require_safe
def placement_waiting(request: HttpRequest) -> HttpResponse:
    """Confirmed students who have no city yet."""
    require(roles.is_coordinator(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=request.GET.get("cycle", ""))
    waiting = Application.objects.visible_to(request.user).filter(cycle=cycle).confirmed().filter(without_seat())
    standing, _groups = placing_page.standing_of(cycle, by=me(request))
    lists = {"ready": standing.waiting, "open": standing.still_open, "nowhere": standing.nowhere}
    chosen = request.GET.get("list", "")
    if chosen in lists:
        waiting = waiting.filter(code__in=lists[chosen])
    page = page_of(waiting.with_people().prefetch_related("city_preferences__city"), request)
    advisors = placing_page.advisors_of(each.college_id for each in page if each.code in standing.still_open)
    context = {
        "cycle": cycle,
        "page_obj": page,
        "query": query_without_page(request),
        "still_open": set(standing.still_open),
        "nowhere": set(standing.nowhere),
        "advisors": advisors,
        "is_filtered": chosen in lists,
        "tabs": [
            {"label": label, "href": f"?cycle={cycle.code}&list={key}", "current": chosen == key}
            for key, label in (
                ("", _("all")),
                ("ready", _("ready to place")),
                ("open", _("advisor hasn’t marked which cities work")),
                ("nowhere", _("no city works")),
            )
        ],
    }
    return render(request, "travel/office/waiting.html", context)
