"""The page and PDF of the outcomes."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from applications.models import Announcement, Cycle
from applications.models.announcement import AnnouncementQuerySet
from exchange.background import pdfs
from exchange.base import roles
from exchange.models import User
from exchange.web.shortcuts import me, require
from travel import permissions
from travel.outcomes import documents, survey
from travel.outcomes.following.comparison import comparison
from travel.outcomes.following.results import results
from travel.outcomes.now import now
from travel.outcomes.published import Report, report
from travel.outcomes.report import page_of
from travel.reflection.stories import record_uses


def _report(request: HttpRequest) -> Report:
    require(permissions.can_open_outcomes(request.user))
    try:
        return report(request.GET.get("cycle", ""))
    except Cycle.DoesNotExist as unknown:
        raise Http404 from unknown


@login_not_required
@require_safe
def outcomes(request: HttpRequest) -> HttpResponse:
    """Figures without a name, for the mayor's office and the exchange team. Visitors get the public page instead."""
    if not request.user.is_authenticated:
        return redirect("travel:impact")
    found = _report(request)
    follow_up = results(found)
    context = {
        "page": page_of(found, now()),
        "survey": survey.results(found),
        "follow_up": follow_up,
        "comparison": comparison(found, is_asked=bool(follow_up)),
        "announcements": _announcements(me(request)),
    }
    return render(request, "travel/outcomes/outcomes.html", context)


def _announcements(person: User) -> AnnouncementQuerySet:
    """It's the first page of the mayor's office; the exchange team has them on its own."""
    rows = Announcement.objects.visible_to(person)
    return rows.shown_to(person) if roles.is_director(person) else rows.none()


@require_safe
def outcomes_pdf(request: HttpRequest) -> HttpResponse:
    """The same on one sheet, in the page's language. Without figures it redirects to the page, which says why.

    A sheet can't be called back: the story on it is recorded, so that the office sees where it stands printed.
    """
    found = _report(request)
    if found.outcomes is None:
        query = urlencode({"cycle": found.chosen.code}) if found.chosen else ""
        return redirect(f"{reverse('travel:outcomes')}?{query}".rstrip("?"))
    page, filename = page_of(found, for_print=True), f"outcomes-{found.code}.pdf"
    return pdfs.respond(
        request,
        documents.outcomes(page, survey.results(found)),
        filename=filename,
        title=_("Outcomes"),
        back=f"{reverse('travel:outcomes')}?cycle={found.code}",
        kind=documents.KIND,
        on_sent=lambda: record_uses([page.quote] if page.quote else [], filename, by=me(request)),
    )
