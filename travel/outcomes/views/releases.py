"""The office sees what would be published and why the rest is hidden, publishes it, and reads what was published."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from exchange.background import results
from exchange.figures.counts import Key, Range
from exchange.models import FigureRelease, Job
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, require, rule_message
from travel import permissions
from travel.outcomes import actions, release_page
from travel.outcomes.actions import JOB

NOTE_LENGTH = 500


@require_GET
def release_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_open_outcomes(request.user))
    visible = FigureRelease.objects.visible_to(request.user)
    releases = visible.select_related("published_by").annotate(number_of=Count("figures"))
    context = {"releases": releases, "may_publish": permissions.can_publish_figures(request.user)}
    return render(request, "travel/outcomes/release_list.html", context)


@require_GET
def release_detail(request: HttpRequest, number: str) -> HttpResponse:
    require(permissions.can_open_outcomes(request.user))
    if not number.isdecimal():
        raise Http404
    release = get_object_or_404(FigureRelease.objects.visible_to(request.user), number=number)
    told = {
        Key(row.subject, row.name, row.by, row.group): (
            None if row.low is None or row.high is None else Range(row.low, row.high),
            row.why,
        )
        for row in release.figures.all()
    }
    context = {"release": release, "sections": release_page.published(told)}
    return render(request, "travel/outcomes/release_detail.html", context)


@require_GET
def release_next(request: HttpRequest) -> HttpResponse:
    """What would be published now. A worker counts; the page waits for it."""
    require(permissions.can_publish_figures(request.user))
    job = actions.ask(request.GET.get("at", "")[:20])
    context: dict[str, Any] = {"job": job, "is_late": results.is_late(job), "at": timezone.now().strftime("%H%M")}
    if job.state == Job.State.DONE:
        found = actions.of_job(job)
        context |= {
            "found": found,
            "sections": release_page.preview(found.plan),
            "changed": release_page.changed_text(found.plan),
            "gives_away": release_page.findings_text(found.findings),
        }
    return render(request, "travel/outcomes/release_next.html", context)


@require_POST
def release_publish(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_publish_figures(request.user))
    job = get_object_or_404(Job, kind=JOB, code=code, by__isnull=True, state=Job.State.DONE)
    require_fresh(request)
    with rule_message(request):
        release = actions.publish(job, by=me(request), note=request.POST.get("note", "").strip()[:NOTE_LENGTH])
        messages.success(request, _("Published. The outcomes pages show it now."))
        return redirect("travel:outcomes-release", release.number)
    return redirect("travel:outcomes-release-next")
