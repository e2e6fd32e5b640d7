"""The page on which an advisor sees who has begun an application, and invites students by a link of their college."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications.cycle.actions import interest
from applications.endorse import started
from exchange.base import roles
from exchange.models import College
from exchange.web.shortcuts import me, require


@require_safe
def started_list(request: HttpRequest) -> HttpResponse:
    require(roles.is_advisor(me(request)))
    colleges = list(_own_colleges(request).order_by("name"))
    rows = started.started_of(me(request))
    context = {
        "rows": rows,
        "close": sum(row.is_close for row in rows),
        "students_know": started.students_know(),
        "codes": started.codes_of(me(request), colleges),
        "shows_college": len(colleges) > 1,
    }
    return render(request, "applications/endorse/started_list.html", context)


@require_POST
def college_code(request: HttpRequest, code: str) -> HttpResponse:
    """Make the link and QR code that invite the students of one of the own colleges. Twice is one."""
    college = get_object_or_404(_own_colleges(request), code=code)
    source = interest.make_source(started.name_of(college), college, by=me(request))
    messages.success(request, _("Here’s the code to print."))
    return redirect(source)


def _own_colleges(request: HttpRequest) -> QuerySet[College]:
    return College.objects.filter(pk__in=roles.advisor_college_ids(me(request)))
