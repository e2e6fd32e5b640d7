"""Pages on which the office sees what a placement run would tell each student, and releases it now or at a set time."""

import functools
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications.models import ScheduledRelease
from applications.release.actions import scheduling
from applications.release.forms import ReleaseTimeForm
from exchange.models import Language
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, page_of, require, rule_message
from travel import permissions
from travel.models import PlacementRun, Trip
from travel.placement import placing_page, previewing
from travel.placement.actions import placement as actions
from travel.placement.actions import placement_release
from travel.placement.placing import Row
from travel.placement.placing_words import choice_label
from travel.placement.views.placement_run import missing_words, runs_of, trips_of


@require_safe
def placement_preview(request: HttpRequest, code: str) -> HttpResponse:
    """Who gets which city, by language, with the message; for a run that isn't released yet."""
    require(permissions.can_place(request.user))
    return _preview(request, get_object_or_404(runs_of(request), code=code))


def _preview(request: HttpRequest, run: Any, time_form: ReleaseTimeForm | None = None) -> HttpResponse:
    if run.released_at:
        return redirect(run)
    newest = scheduling.newest_of(run.cycle, placement_release.KIND)
    mine = newest if newest and newest.about == run.code else None
    trips = trips_of(request, run.cycle)
    summary = placing_page.summary_of(run, trips)
    preview = previewing.preview_of(run, trips, at=mine.due_at if mine and mine.is_waiting else None)
    page = page_of(preview.rows, request)
    context = {
        "run": run,
        "summary": summary,
        "preview": preview,
        "languages": [language.label for language in Language],
        "missing": [(each, missing_words(each.misses)) for each in summary.trips if each.misses],
        "is_outdated": placing_page.is_outdated(run, by=me(request)),
        "scheduled": mine,
        "other": newest if newest and newest.is_waiting and not mine else None,
        "time_form": time_form or ReleaseTimeForm(),
        "page_obj": page,
        "rows": _rows(request, run, list(page.object_list), trips),
        "no_code": placement_release.NO_CODE,
    }
    return render(request, "travel/placement/placement_preview.html", context)


def _rows(request: HttpRequest, run: PlacementRun, rows: list[Row], trips: Iterable[Trip]) -> list[dict[str, Any]]:
    people = placing_page.people_of((row["application"] for row in rows), me(request))
    drafts = previewing.messages_for(run, rows, trips)
    city_of = {trip.code: trip.city for trip in trips}
    return [
        {
            "application": people[row["application"]],
            "city": city_of.get(row["trip"] or ""),
            "before": city_of.get(row.get("before") or ""),
            "choice": choice_label(row["rank"]) if row["trip"] else "",
            "messages": drafts.get(row["application"], []),
        }
        for row in rows
        if row["application"] in people
    ]


@require_POST
def placement_schedule(request: HttpRequest, code: str) -> HttpResponse:
    """Sets a time for the release of this run."""
    require(permissions.can_place(request.user))
    run = get_object_or_404(runs_of(request), code=code)
    require_fresh(request)
    form = ReleaseTimeForm(request.POST, check=functools.partial(placement_release.check_time, run))
    if not form.is_valid() or form.due_at is None:
        return _preview(request, run, form)
    with rule_message(request, _("Scheduled. No one has been told yet.")):
        actions.schedule(run, due_at=form.due_at, by=me(request))
    return redirect("travel:placement-preview", code=run.code)


def preview_href(scheduled: ScheduledRelease) -> str:
    """Where a scheduled release of a placement is seen. Once the run is released, this leads on to it."""
    return reverse("travel:placement-preview", kwargs={"code": scheduled.about})
