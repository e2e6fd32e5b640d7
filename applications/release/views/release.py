"""Pages on which the committee stores a dry run of a release, releases exactly that, and follows its progress."""

import functools
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.apply import results
from applications.base import hidden_scores
from applications.models import Application, Cycle, Decision, Release, ScheduledRelease
from applications.release import dry_runs
from applications.release.actions import filling, releasing, scheduling, unsent
from applications.release.dry_runs import Differences, DryRunLine
from applications.release.forms import ReleaseForm, ReleaseTimeForm
from applications.selection import ranking
from applications.selection.views.selection import list_of
from applications.states import RESULTS, TONES, Status
from exchange.messages import batches
from exchange.models import User
from exchange.web.proofs import require_fresh
from exchange.web.shortcuts import me, page_of, require, rule_message


@dataclass(frozen=True, slots=True)
class Shown:
    """One line in a list of differences, with the student's name."""

    code: str
    name: str
    before: str
    now: str


def _own_is_in(request: HttpRequest, cycle: Cycle) -> bool:
    """Whether the person's own unreleased result is in this cycle: then they may neither see nor release it."""
    own = Decision.objects.unreleased().filter(application__cycle=cycle, application__student=me(request))
    if own.exists():
        messages.error(request, _("Your own application is in this cycle. Someone else has to do this."))
        return True
    return False


@require_http_methods(["GET", "POST"])
def selection_preview(request: HttpRequest, code: str) -> HttpResponse:
    """What each student would be told now, with the message, and the changes since the last dry run. POST stores a dry
    run."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if _own_is_in(request, cycle):
        return redirect(list_of(cycle))
    if request.method == "POST":
        with rule_message(request):
            releasing.keep_dry_run(cycle, by=me(request))
        return redirect("applications:selection-preview", code=cycle.code)
    return _preview(request, cycle)


def _preview(request: HttpRequest, cycle: Cycle, time_form: ReleaseTimeForm | None = None) -> HttpResponse:
    scheduled = scheduling.newest_of(cycle, releasing.KIND)
    waits = scheduled if scheduled and scheduled.is_waiting else None
    plan = releasing.plan_release(cycle, on=timezone.localdate(waits.due_at) if waits else None)
    kept = releasing.dry_runs_of(cycle)
    mine = next((each for each in kept if waits is None or each.code == waits.about), None)
    current = mine if mine and plan.decisions and releasing.is_current(mine, plan) else None
    before = next((each for each in kept if each != current), None)
    page = page_of(plan.decisions, request)
    hidden = hidden_scores.to_read(me(request))
    taken = ranking.counts_of(cycle).taken
    context = {
        "cycle": cycle,
        "plan": plan,
        "current": current,
        "before": before,
        "changes": _shown(releasing.differences(before, plan), me(request)) if before else None,
        "counts": _cards(plan.lines),
        "form": ReleaseForm(),
        "time_form": time_form or ReleaseTimeForm(),
        "agreement": ReleaseForm(auto_id="later_%s")["partly_read"] if plan.partly_read else None,
        "scheduled": scheduled,
        "out_of_date": waits is not None and current is None,
        "stopped": None if waits else filling.stopped_by(cycle, plan.decisions),
        "over": max(0, taken - cycle.seats) if cycle.seats else 0,
        "is_open": timezone.now() < cycle.closes_at,
        "page_obj": page,
        "tied": [
            f"{each.application.student}: {each.get_result_display()}"
            for each in ranking.told_apart(plan.decisions, hidden)
        ],
        "rows": _what_each_gets(page, plan.answer_by, hidden),
        "list_href": list_of(cycle),
        "releases": _started(me(request), cycle),
    }
    return render(request, "applications/release/selection_preview.html", context)


def _what_each_gets(
    decisions: Iterable[Decision], answer_by: datetime, hidden: Collection[int]
) -> list[dict[str, Any]]:
    people = [decision.application for decision in decisions]
    waiting = {each.recipient_id for each in unsent.waiting_about(people)}
    return [
        {
            "decision": decision,
            "tone": TONES[Status(decision.result)],
            "messages": drafts,
            "replaces": decision.application.student_id in waiting,
            # how many have read stays hidden until the own reading is locked
            "shows_reads": decision.application_id not in hidden,
            "partly_read": ranking.read_in_words(decision.application, decision.application.cycle),
            "page_says": _page_says(decision),
        }
        for decision, drafts in zip(decisions, releasing.preview_messages(decisions, answer_by), strict=True)
    ]


def _cards(lines: list[DryRunLine]) -> list[dict[str, Any]]:
    counts = Counter(line.result for line in lines)
    return [{"label": status.plural, "count": counts[status], "tone": TONES[status]} for status in RESULTS]


def _started(user: User, cycle: Cycle) -> QuerySet[Release]:
    mine = Release.objects.visible_to(user).filter(cycle=cycle, started_at__isnull=False)
    return mine.select_related("started_by").order_by("-started_at")


def _page_says(decision: Decision) -> str:
    """The heading of the student's page after the release, in their language."""
    with translation.override(decision.application.person.language):
        return str(results.HEADINGS[Status(decision.result)])


def _shown(changes: Differences, user: User) -> dict[str, list[Shown]]:
    people = Application.objects.visible_to(user).filter(code__in=changes.codes).select_related("student")
    names = {each.code: str(each.student) for each in people}
    return {
        "new": [Shown(now.code, names[now.code], "", _said(now)) for now in changes.new],
        "gone": [Shown(old.code, names[old.code], _said(old), "") for old in changes.gone],
        "changed": [Shown(now.code, names[now.code], _said(old), _said(now)) for old, now in changes.changed],
    }


def _said(line: DryRunLine) -> str:
    label = str(Status(line.result).label)
    if line.position is None:
        return label
    return _("%(result)s, position %(position)s") % {"result": label, "position": line.position}


@require_POST
def selection_schedule(request: HttpRequest, code: str) -> HttpResponse:
    """Sets a time for what the dry run in the form says."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if _own_is_in(request, cycle):
        return redirect(list_of(cycle))
    kept = Release.objects.visible_to(me(request)).filter(cycle=cycle, code=request.POST.get("dry_run", "")).first()
    if kept is None:
        messages.error(request, _("Save a preview first. Nothing was released."))
        return redirect("applications:selection-preview", code=cycle.code)
    require_fresh(request)
    form = ReleaseTimeForm(request.POST, check=functools.partial(releasing.check_time, cycle))
    if not form.is_valid() or form.due_at is None:
        return _preview(request, cycle, form)
    with rule_message(request, _("Scheduled. No one has been told yet.")):
        releasing.schedule(kept, due_at=form.due_at, by=me(request), partly_read="partly_read" in request.POST)
    return redirect("applications:selection-preview", code=cycle.code)


def preview_href(scheduled: ScheduledRelease) -> str:
    """Where a scheduled release of results is seen: its preview, and once it has started its progress."""
    if scheduled.started_at:
        return reverse("applications:selection-release-detail", args=[scheduled.about])
    return reverse("applications:selection-preview", args=[scheduled.cycle.code])


@require_POST
def selection_release(request: HttpRequest, code: str) -> HttpResponse:
    """Releases what the dry run in the form says. If two coordinators press at once, both see the one that counts."""
    require(permissions.can_decide(me(request)))
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if _own_is_in(request, cycle):
        return redirect(list_of(cycle))
    kept = Release.objects.visible_to(me(request)).filter(cycle=cycle, code=request.POST.get("dry_run", "")).first()
    if kept is None:
        messages.error(request, _("Save a preview first. Nothing was released."))
        return redirect("applications:selection-preview", code=cycle.code)
    require_fresh(request)
    with rule_message(request):
        releasing.start(kept, by=me(request), partly_read="partly_read" in request.POST)
    kept.refresh_from_db()
    if kept.started_at:
        return redirect("applications:selection-release-detail", code=kept.code)
    return redirect("applications:selection-preview", code=cycle.code)


@require_safe
def selection_release_detail(request: HttpRequest, code: str) -> HttpResponse:
    """The progress of a release, for the whole office; afterwards what was told, from the record."""
    require(permissions.can_decide(me(request)))
    found = Release.objects.visible_to(me(request)).select_related("cycle", "made_by", "started_by", "job")
    release = get_object_or_404(found, code=code)
    if release.finished_at is None and _own_is_in(request, release.cycle):
        return redirect(list_of(release.cycle))
    lines = dry_runs.read(release.lines)
    page = page_of(lines, request, per_page=100)
    people = Application.objects.visible_to(me(request)).filter(code__in=[line.code for line in page])
    names = {each.code: each for each in people.select_related("student", "college")}
    batch = batches.batch_of(release) if release.finished_at else None
    mail = batches.by_recipient(release, [each.student_id for each in names.values()]) if batch else {}
    context = {
        "release": release,
        "cycle": release.cycle,
        "count": len(lines),
        "counts": _cards(lines),
        "page_obj": page,
        "rows": [
            {
                "application": names[line.code],
                "said": _said(line),
                "tone": TONES[Status(line.result)],
                "messages": mail.get(names[line.code].student_id, []),
            }
            for line in page
            if line.code in names
        ],
        "list_href": list_of(release.cycle),
        "batch": batch,
        "without": len(lines) - batch.people if batch and batch.people else 0,
    }
    return render(request, "applications/release/selection_release_detail.html", context)
