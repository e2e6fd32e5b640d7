"""A person's own data: who opened it, what they agreed to, who got what, and what they can ask for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications import permissions
from applications.base import opening
from applications.models import Application
from exchange.models import AccessRecord
from exchange.web.shortcuts import me, page_of, require
from travel.office.own_data.sharing import afterward_of, agreements_of, given_of

As, What = AccessRecord.As, AccessRecord.What


@require_safe
def opened(request: HttpRequest) -> HttpResponse:
    """Who opened the person's application, by role and day. A reader stays "a reader"."""
    rows = AccessRecord.objects.visible_to(request.user)
    # two readers of one day are one line, because their number says something too
    lines = rows.order_by("-on", "role", "college__short_name", "what").values_list(
        "on", "role", "college__name", "what", named=True
    )
    page = page_of(lines.distinct(), request)
    context = {
        "page_obj": page,
        "rows": [
            {"day": row.on, "who": who_opened(row.role, row.college__name), "what": What(row.what).label}
            for row in page
        ],
    }
    return render(request, "travel/office/opened.html", context)


def who_opened(role: str, college: str | None) -> str:
    if role == As.ADVISOR and college:
        return _("an advisor at %(college)s") % {"college": college}
    return str(As(role).label)


@require_safe
def sharing(request: HttpRequest) -> HttpResponse:
    """What the person agreed to, and who got what."""
    student = me(request)
    context = {"agreements": agreements_of(student), "given": given_of(student), "afterward": afterward_of(student)}
    return render(request, "travel/office/sharing.html", context)


@require_safe
def sharing_office(request: HttpRequest, code: str) -> HttpResponse:
    """The same for the office, about one student, without what stays between the student and people they chose."""
    visible = Application.objects.visible_to(me(request)).with_people()
    application = get_object_or_404(visible, code=code)
    require(permissions.can_open_history(me(request)) and not permissions.is_own(me(request), application))
    opening.opened(request, application, What.APPLICATION)
    student = application.person
    context = {
        "application": application,
        "agreements": agreements_of(student, for_office=True),
        "given": given_of(student),
    }
    return render(request, "travel/office/sharing.html", context)
