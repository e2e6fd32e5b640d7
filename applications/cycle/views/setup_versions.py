"""Views of a form's versions for coordinators: start, discard, publish, and move drafts after a preview of effects."""

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from applications.base import form_changes
from applications.base.form_changes import Changes
from applications.cycle import form_checks
from applications.cycle.actions import form_versions as actions
from applications.cycle.views.setup import address, cycle_of, frame
from applications.models import Answer, Application, Cycle, FormVersion, Question
from exchange.models import Event
from exchange.web.shortcuts import me, page_of, rule_message


@require_POST
def version_start(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request, _("This is a draft version. Students see it once you publish it.")):
        actions.start_version(cycle, by=me(request))
    return redirect(address("form", cycle))


@require_POST
def version_discard(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request, _("The changes were discarded. The published form hasn’t changed.")):
        actions.discard_version(cycle, by=me(request))
    return redirect(address("form", cycle))


@require_http_methods(["GET", "POST"])
def version_publish(request: HttpRequest, code: str) -> HttpResponse:
    """GET shows the differences, what is missing, and how many drafts keep their version. POST publishes."""
    cycle = cycle_of(request, code)
    draft, published = form_changes.draft_form(cycle), form_changes.current_form(cycle)
    if request.method == "POST":
        with rule_message(request, _("Published. New applications use this version.")):
            actions.publish_version(cycle, by=me(request))
            has_drafts = actions.outdated(cycle).exists()
            return redirect(address("drafts" if has_drafts else "form", cycle))
        return redirect(address("form", cycle))
    if draft is None:
        messages.info(request, _("There’s nothing to publish. The form hasn’t changed."))
        return redirect(address("form", cycle))
    asked = form_changes.questions_of(draft)
    changes = form_changes.compare(form_changes.questions_of(published), asked) if published else None
    context = {
        "draft": draft,
        "published": published,
        "changes": rows_of(changes) if changes else [],
        "problems": [problem.text for problem in form_checks.problems_of(cycle, asked, draft.sections.all())],
        "drafts": drafts_of(cycle).exclude(form=draft).count(),
    }
    return render(request, "applications/cycle/setup_publish.html", frame(cycle, "form") | context)


def drafts_of(cycle: Cycle) -> QuerySet[Application]:
    return cycle.applications.filter(status="draft", is_test=False, merged_into__isnull=True)


@require_http_methods(["GET", "POST"])
def draft_move(request: HttpRequest, code: str) -> HttpResponse:
    """GET lists the drafts with an older version, and what moving does to them. POST moves them all."""
    cycle = cycle_of(request, code)
    if request.method == "POST":
        with rule_message(request):
            messages.success(request, _moved(actions.move_drafts(cycle, by=me(request))))
        return redirect(address("drafts", cycle))
    published = form_changes.current_form(cycle)
    waiting = actions.outdated(cycle) if published else cycle.applications.none()
    count = waiting.count()
    page = page_of(waiting.select_related("student", "form", "college"), request)
    last = _last_move(cycle)
    context = {
        "published": published,
        "count": count,
        "groups": [_group(version, drafts, published) for version, drafts in _versions(waiting)] if published else [],
        "page_obj": page,
        "progress": {"done": max(0, last - count), "total": last} if last and count else None,
    }
    return render(request, "applications/cycle/setup_drafts.html", frame(cycle, "form") | context)


def _moved(count: int) -> str:
    if count > actions.AT_ONCE:
        return _("Moving %(count)s drafts. You can leave this page.") % {"count": count}
    return ngettext("%(count)s draft was moved.", "%(count)s drafts were moved.", count) % {"count": count}


def _last_move(cycle: Cycle) -> int:
    """The number of drafts at the start of the latest move to this version; 0 if there was none."""
    event = Event.objects.filter(
        target_model="applications.cycle", target_id=cycle.pk, action="setup.move_drafts"
    ).first()
    form = form_changes.current_form(cycle)
    return event.changes["count"] if event and form and event.changes["number"] == form.number else 0


def _versions(waiting: QuerySet[Application]) -> list[tuple[FormVersion, int]]:
    """The versions of these drafts, each with their number."""
    versions = (
        FormVersion.objects.filter(applications__in=waiting.order_by())
        .annotate(drafts=Count("applications", distinct=True))
        .order_by("number")
    )
    return [(version, version.drafts) for version in versions]


def _group(version: FormVersion, count: int, published: FormVersion) -> dict[str, object]:
    """The drafts of one older version: their number, the differences, and the answers that would not move."""
    changes = form_changes.compare(form_changes.questions_of(version), form_changes.questions_of(published))
    lost = [question.pk for question in changes.touches_answers]
    answered = dict(
        Answer.objects.filter(question__in=lost, application__status="draft", application__is_test=False)
        .order_by()
        .values_list("question")
        .annotate(Count("pk"))
    )
    return {
        "version": version,
        "count": count,
        "changes": rows_of(changes, answered),
        "tells": bool(changes.newly_required),
    }


def rows_of(changes: Changes, answered: dict[int, int] | None = None) -> list[dict[str, object]]:
    """The changes in words. `answered`: the number of answers by question that may not move."""
    rows: list[dict[str, object]] = []

    def add(label: str, tone: str, question: Question, old: Question | None = None) -> None:
        was = old.label if old and old.label != question.label else ""
        kept = (answered or {}).get((old or question).pk, 0)
        rows.append({"label": label, "tone": tone, "question": question.label, "was": was, "kept": kept})

    for question in changes.added:
        add(_("new") if not question.is_required else _("new, required"), "now", question)
    for question in changes.removed:
        add(_("no longer asked"), "stop", question)
    for old, new in changes.other_kind:
        add(_("answered differently"), "wait", new, old)
    for old, new in changes.other_options:
        add(_("fewer answers to choose from"), "wait", new, old)
    for old, new in changes.reworded:
        add(_("reworded"), "neutral", new, old)
    for _old, new in changes.other_terms:
        add(_("different conditions"), "neutral", new)
    return rows
