"""The office gives each application its readers, and sees how the reading goes."""

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from applications import permissions
from applications.actions import assigning
from applications.models import Assignment, Cycle
from applications.states import Status
from exchange.models import User
from exchange.web import page_of, require, rule_message


@require_POST
def assignment_draw(request, code: str) -> HttpResponse:
    require(permissions.can_assign_readers(request.user))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    with rule_message(request):
        added = len(assigning.assign_readers(cycle, by=request.user).added)
        messages.success(request, _assigned(added))
    return redirect("applications:review-list")


def _assigned(added: int) -> str:
    if not added:
        return _("Every submitted application has its readers already.")
    return ngettext(
        "%(count)s reading was assigned, and the reader was told.",
        "%(count)s readings were assigned, and each reader was told.",
        added,
    ) % {"count": added}


def reading_progress(request) -> HttpResponse:
    cycle = Cycle.objects.running().first()
    locked, unlocked = (Q(review__locked_at__isnull=each) for each in (False, True))
    by_reader = (
        Assignment.objects.visible_to(request.user)
        .filter(application__cycle=cycle)
        .order_by()
        .values("reader")
        .annotate(
            locked=Count("pk", filter=locked),
            owed=Count("pk", filter=unlocked & Q(application__status=Status.SUBMITTED)),
            last_locked_at=Max("review__locked_at"),
        )
        .order_by("-owed", "reader")
    )
    page = page_of(list(by_reader), request)
    people = User.objects.prefetch_related("roles__college").in_bulk([row["reader"] for row in page])
    context = {
        "cycle": cycle,
        "page_obj": page,
        "readers": [row | {"person": people[row["reader"]], "total": row["locked"] + row["owed"]} for row in page],
        "lacking": assigning.lacking_readers(cycle).count() if cycle else 0,
    }
    return render(request, "applications/review/reading_progress.html", context)
