"""Views in which the office makes placement runs, compares two, closes a trip and runs again, and releases one."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from applications.models import Cycle
from applications.release.actions import scheduling
from exchange.messages import batches
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, page_of, require, rule_message
from travel import permissions
from travel.models import PlacementInputs, PlacementRun, Trip
from travel.placement import placing_page
from travel.placement.actions import placement as actions
from travel.placement.actions import placement_release
from travel.placement.forms.placement import CloseTripForm, RunForm
from travel.placement.free_seats import PLACED
from travel.placement.placing import Row, Settings
from travel.placement.placing_words import STAFF_REASONS, choice_label
from travel.placement.views.placement_check import command_of

RUNS_SHOWN = 20


def _cycle(code: str) -> Cycle:
    return get_object_or_404(Cycle.objects.public(), code=code)


def trips_of(request: HttpRequest, cycle: Cycle) -> list[Trip]:
    trips = Trip.objects.visible_to(request.user).filter(cycle=cycle, departed_at__isnull=True)
    return list(trips.select_related("city").annotate(placed=PLACED))


def runs_of(request: HttpRequest) -> QuerySet[Any]:
    runs = PlacementRun.objects.visible_to(request.user).select_related("cycle", "run_by", "released_by")
    inputs = PlacementInputs.objects.visible_to(request.user).filter(run=OuterRef("pk"))
    return runs.annotate(has_inputs=Exists(inputs))


def _form(
    request: HttpRequest, cycle: Cycle, trips: list[Trip], settings: Settings, data: QueryDict | None = None
) -> RunForm:
    _standing, groups = placing_page.standing_of(cycle, by=me(request))
    return RunForm(data, groups=groups, trips=[trip for trip in trips if not trip.closed_at], settings=settings)


@require_GET
def placement_run_list(request: HttpRequest, code: str) -> HttpResponse:
    """What is missing before a run, the settings form, and every run so far."""
    require(permissions.can_place(request.user))
    return _list(request, _cycle(code))


def _list(request: HttpRequest, cycle: Cycle, form: RunForm | None = None) -> HttpResponse:
    standing, _groups = placing_page.standing_of(cycle, by=me(request))
    trips = trips_of(request, cycle)
    runs = list(runs_of(request).filter(cycle=cycle).defer("results")[:RUNS_SHOWN])
    settings = Settings.of(runs[0].settings) if runs else Settings()
    context = {
        "cycle": cycle,
        "standing": standing,
        "form": form or _form(request, cycle, trips, settings),
        "closed": [trip for trip in trips if trip.closed_at],
        "runs": runs,
        "short": {run.code: placing_page.short_rules(run) for run in runs},
        "job": actions.under_way(cycle),
        "released": any(run.released_at for run in runs),
    }
    return render(request, "travel/placement/run_list.html", context)


@require_POST
def placement_run(request: HttpRequest, code: str) -> HttpResponse:
    """Start a run with the form's settings, or with those of the last run."""
    require(permissions.can_place(request.user))
    cycle = _cycle(code)
    form = _form(request, cycle, trips_of(request, cycle), Settings(), request.POST)
    if not form.is_valid():
        return _list(request, cycle, form)
    back = reverse("travel:placement-run-list", kwargs={"code": cycle.code})
    with rule_message(request):
        return redirect(actions.start_run(cycle, settings=form.settings, by=me(request), back=back))
    return redirect(back)


@require_GET
def placement_run_detail(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_place(request.user))
    return _detail(request, get_object_or_404(runs_of(request), code=code))


def _detail(request: HttpRequest, run: Any, form: CloseTripForm | None = None, closing: str = "") -> HttpResponse:
    trips = trips_of(request, run.cycle)
    page = page_of(run.results, request)
    summary = placing_page.summary_of(run, trips)
    others = runs_of(request).filter(cycle=run.cycle_id).exclude(pk=run.pk).defer("results", "aside")[:8]
    is_open = run.released_at is None
    context = {
        "run": run,
        "summary": summary,
        "cards": _cards(summary.by_rank),
        "page_obj": page,
        "rows": _rows(request, page.object_list, trips),
        "rules": placing_page.rules_of(run, trips),
        "is_outdated": is_open and placing_page.is_outdated(run, by=me(request)),
        "missing": [each for each in summary.trips if each.misses] if is_open else [],
        "missing_words": {each.trip.code: missing_words(each.misses) for each in summary.trips},
        "command": command_of(run) if run.has_inputs else "",
        "form": form or CloseTripForm(),
        "closing": closing,
        "others": others,
        "short": {other.code: placing_page.short_rules(other) for other in others},
        "job": placing_page.release_job(run) if run.released_at and not run.finished_at else None,
        "batch": batches.batch_of(run) if run.finished_at else None,
        "scheduled": scheduling.waiting_of(run.cycle, placement_release.KIND) if is_open else None,
    }
    return render(request, "travel/placement/run_detail.html", context)


def missing_words(count: int) -> str:
    words = ngettext("One more needed for the minimum group", "%(count)s more needed for the minimum group", count)
    return words % {"count": count}


def _cards(by_rank: dict[int, int]) -> list[tuple[str, int]]:
    return [(choice_label(rank), count) for rank, count in by_rank.items()]


def _rows(request: HttpRequest, results: Iterable[Row], trips: Iterable[Trip]) -> list[dict[str, Any]]:
    """One page of results with the people and cities that they name by code."""
    people = placing_page.people_of((row["application"] for row in results), me(request))
    city_of = {trip.code: trip.city for trip in trips}
    asked = {why["city"] for row in results for why in row["why"]} - {city.code for city in city_of.values()}
    cities = {city.code: city for city in city_of.values()}
    if asked - {None}:
        cities |= placing_page.cities_of(asked)
    return [
        {
            "application": people[row["application"]],
            "city": cities.get(row["why"][-1]["city"]) if row["trip"] and row["trip"] != row.get("before") else None,
            "before": city_of.get(row.get("before") or ""),
            "stays": row["trip"] is not None and row["trip"] == row.get("before"),
            "choice": choice_label(row["rank"]) if row["trip"] else "",
            "why": [
                {"city": cities.get(why["city"]), "reason": STAFF_REASONS[why["reason"]]}
                for why in row["why"]
                if why["reason"] in STAFF_REASONS
            ],
        }
        for row in results
        if row["application"] in people
    ]


@require_POST
def placement_run_close(request: HttpRequest, code: str) -> HttpResponse:
    """Close one trip and run again with the same settings."""
    require(permissions.can_place(request.user))
    run = get_object_or_404(runs_of(request), code=code)
    trip = get_object_or_404(
        Trip.objects.visible_to(request.user).filter(cycle=run.cycle_id), code=request.POST.get("trip", "")
    )
    form = CloseTripForm(request.POST)
    if not form.is_valid():
        return _detail(request, run, form, closing=trip.code)
    with rule_message(request):
        back, reason = run.get_absolute_url(), form.cleaned_data["reason"]
        return redirect(actions.start_close(run, trip, reason=reason, by=me(request), back=back))
    return redirect(run)


@require_POST
def trip_reopen(request: HttpRequest, code: str) -> HttpResponse:
    trip = get_object_or_404(Trip.objects.visible_to(request.user).select_related("cycle"), code=code)
    require(permissions.can_place(request.user))
    with rule_message(request, success=_("The trip is open again. The next run fills it, too.")):
        actions.reopen(trip, by=me(request))
    return redirect("travel:placement-run-list", code=trip.cycle.code)


@require_GET
def placement_compare(request: HttpRequest, code: str, other: str) -> HttpResponse:
    """Two runs of one cycle side by side: how many got which choice, and who gets another trip."""
    require(permissions.can_place(request.user))
    found = {run.code: run for run in runs_of(request).filter(code__in=[code, other])}
    one, two = found.get(code), found.get(other)
    if one is None or two is None or one.cycle_id != two.cycle_id:
        raise Http404
    trips = trips_of(request, one.cycle)
    summaries = [placing_page.summary_of(run, trips) for run in (one, two)]
    changes = placing_page.differences(one, two)
    page = page_of(changes, request)
    people = placing_page.people_of((change.application for change in page), me(request))
    cities = {trip.code: trip.city.name for trip in trips}
    context = {
        "cycle": one.cycle,
        "runs": [
            {"name": name, "run": run, "summary": summary, "rules": placing_page.rules_of(run, trips)}
            for name, run, summary in zip((_("First"), _("Second")), (one, two), summaries, strict=True)
        ],
        "ranks": _side_by_side(*summaries),
        "count": len(changes),
        "page_obj": page,
        "rows": [
            {
                "application": people[change.application],
                "before": _said(change.before, cities),
                "after": _said(change.after, cities),
            }
            for change in page
            if change.application in people
        ],
    }
    return render(request, "travel/placement/run_compare.html", context)


def _side_by_side(one: placing_page.Summary, two: placing_page.Summary) -> list[tuple[str, int, int]]:
    ranks = sorted({*one.by_rank, *two.by_rank})
    rows = [(choice_label(rank), one.by_rank.get(rank, 0), two.by_rank.get(rank, 0)) for rank in ranks]
    return [*rows, (_("no spot"), one.unplaced, two.unplaced)]


def _said(row: Row | None, cities: dict[str, str]) -> str:
    if row is None:
        return _("not in this run")
    if row["trip"] is None:
        return _("no spot")
    said = {"city": cities.get(row["trip"], row["trip"]), "choice": choice_label(row["rank"])}
    return _("%(city)s, %(choice)s") % said


@require_POST
def placement_run_release(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_place(request.user))
    run = get_object_or_404(runs_of(request), code=code)
    require_fresh(request)
    with rule_message(request):
        if len(run.results) > actions.SHORT:
            actions.start_release(run, by=me(request))
        else:
            actions.release(run, by=me(request))
            messages.success(request, _("Released. We’re telling each student now."))
    return redirect(run)
