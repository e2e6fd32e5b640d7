"""The student's way from the first answer to the receipt."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import answers, permissions, results
from applications.actions import application as actions
from applications.answers import Item, Part
from applications.forms.application import SectionForm, WithdrawForm
from applications.models import Application, Cycle, RubricCriterion
from applications.states import Status
from exchange.errors import RuleViolation
from exchange.models import Event
from exchange.templatetags.ui import clock, full_day
from exchange.web import require, rule_message


@require_http_methods(["GET", "POST"])  # signing in again leads back here by GET
def application_start(request, code: str) -> HttpResponse:
    cycle = get_object_or_404(Cycle.objects.public(), code=code)
    if request.method != "POST":
        return redirect(cycle)
    require(permissions.can_start(request.user))
    with rule_message(request):
        application = actions.start(cycle, by=request.user)
        return redirect(_address("overview", application))
    return redirect(cycle)


@require_safe
def application_overview(request, code: str) -> HttpResponse:
    application = _own(request, code)
    if not application.is_open_for_editing:
        return redirect(application)
    if not application.accepts_changes:
        return redirect(_address("check", application))
    parts = answers.parts_of(application)
    context = {
        "application": application,
        "tasks": [_task(application, part) for part in parts],
        "done": sum(part.is_done for part in parts),
        "total": len(parts),
        "is_complete": not answers.unfinished(parts),
        "next_href": _address("section", application, _first_open(parts)),
    }
    return render(request, "applications/application/overview.html", context)


@require_http_methods(["GET", "POST"])
def application_section(request, code: str, section: str) -> HttpResponse:
    application = _own(request, code)
    parts = answers.parts_of(application)
    place = next((place for place, part in enumerate(parts) if part.key == section), None)
    if place is None:
        raise Http404
    from_check = request.GET.get("from") == "check"
    if request.method == "POST":
        form = SectionForm(application, parts[place], request.POST, request.FILES)
        if _save(request, application, form):
            following = parts[place + 1 : place + 2]
            if from_check or not following:
                return redirect(_address("check", application))
            return redirect(_address("section", application, following[0]))
        application.refresh_from_db()
    elif application.accepts_changes:
        form = SectionForm(application, parts[place], show_missing=from_check)
    else:
        return redirect(_address("check", application))
    return render(request, "applications/application/section.html", _page(application, parts, place, form))


def _save(request, application: Application, form: SectionForm) -> bool:
    """Keep what can be kept. False where the page must be shown again: the form or a message says why."""
    is_valid = form.is_valid()
    try:
        if not form.is_locked:
            actions.save_answers(application, form.values, by=request.user)
        for question, file in form.uploads:
            if file is None:
                actions.remove_upload(application, question, by=request.user)
            else:
                actions.save_upload(application, question, file, by=request.user)
    except RuleViolation as violation:
        messages.error(request, violation.message)
        return False
    return is_valid


def _page(application: Application, parts: list[Part], place: int, form: SectionForm) -> dict[str, object]:
    part = parts[place]
    rows = form.rows
    single = rows[0] if len(rows) == 1 else None
    return {
        "application": application,
        "form": form,
        "part": part,
        "rows": rows,
        "single": single,  # a page with one question asks it in its heading
        "number": place + 1,
        "total": len(parts),
        "before": place,
        "criterion": _criterion(application, single.item) if single else None,
        "cities": _cities(application, rows),
        "saved": _saved(application) if part.is_started or form.is_bound else "",
    }


def _criterion(application: Application, item: Item) -> RubricCriterion | None:
    """How readers score this answer: students may know it beforehand."""
    criteria = RubricCriterion.objects.filter(cycle=application.cycle_id, question_key=item.key)
    return criteria.prefetch_related("levels").first() if item.is_essay else None


def _cities(application: Application, rows: list) -> list:
    if any(row.item.question.kind == "ranked_cities" for row in rows):
        return list(application.cycle.cities.filter(is_offered=True))
    return []


def _saved(application: Application) -> str:
    saved_at = timezone.localtime(application.saved_at)
    if saved_at.date() == timezone.localdate():
        return _("Saved with us, %(time)s") % {"time": clock(saved_at)}
    return _("Saved with us, %(day)s, %(time)s") % {"day": full_day(saved_at), "time": clock(saved_at)}


@require_safe
def application_check(request, code: str) -> HttpResponse:
    application = _own(request, code)
    if not application.is_open_for_editing:
        return redirect(application)
    parts = answers.parts_of(application)
    missing = [
        {
            "title": _title(part, item),
            "href": _address("section", application, part, item),
            "hint": item.problem,
            "status_label": _("to do"),
            "tone": "wait",
        }
        for part in parts
        for item in part.problems
    ]
    context = {
        "application": application,
        "parts": [{"part": part, "rows": _answer_rows(application, part)} for part in parts],
        "missing": missing,
    }
    return render(request, "applications/application/check.html", context)


def _title(part: Part, item: Item) -> str:
    """The question; "Their name" alone would not say whose."""
    label = str(item.question.label)
    if part.key != answers.REFEREE_SECTION:
        return label
    return _("%(section)s: %(question)s") % {
        "section": part.section.title,
        "question": label[:1].lower() + label[1:],
    }


def _answer_rows(application: Application, part: Part) -> list[dict[str, str]]:
    changes = application.accepts_changes
    return [
        {
            "label": _title(part, item),
            "value": item.text,
            "change_href": _address("section", application, part, item) if changes else "",
        }
        for item in part.items
    ]


@require_POST
def application_submit(request, code: str) -> HttpResponse:
    application = _own(request, code)
    with rule_message(request):
        actions.submit(application, by=request.user)
        return redirect(_address("receipt", application))
    return redirect(_address("check", application))


@require_safe
def application_receipt(request, code: str) -> HttpResponse:
    application = _own(request, code)
    if application.submitted_at is None or application.status == Status.RETURNED:
        return redirect(_address("overview", application))
    # after a fix it was received once more; the record knows when
    last = Event.objects.filter(
        target_model="applications.application", target_id=application.pk, action="application.submit"
    ).first()
    context = {
        "application": application,
        "received_at": last.at if last else application.submitted_at,
        "result": results.result_of(application),
        "recommendation": getattr(application, "recommendation", None),
    }
    return render(request, "applications/application/receipt.html", context)


@require_http_methods(["GET", "POST"])
def application_withdraw(request, code: str) -> HttpResponse:
    application = _own(request, code)
    if application.status == Status.WITHDRAWN:
        return redirect(application)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with rule_message(request, _("You took back your application.")):
            actions.withdraw(application, by=request.user, reason=form.cleaned_data["reason"])
        return redirect(application)
    return render(request, "applications/application/withdraw.html", {"application": application, "form": form})


def _own(request, code: str) -> Application:
    """404 outside the person's scope, 403 for staff: only the student writes."""
    rows = Application.objects.visible_to(request.user).with_people().select_related("form", "recommendation")
    application = get_object_or_404(rows, code=code)
    require(permissions.can_edit_application(request.user, application))
    return application


def _address(page: str, application: Application, part: Part | None = None, item: Item | None = None) -> str:
    kwargs = {"code": application.code, **({"section": part.key} if part else {})}
    address = reverse(f"applications:application-{page}", kwargs=kwargs)
    return f"{address}?from=check#id_{item.key}" if item else address


def _first_open(parts: list[Part]) -> Part:
    return next((part for part in parts if not part.is_done), parts[0])


def _task(application: Application, part: Part) -> dict[str, str]:
    if part.is_done:
        label, tone = _("done"), "good"
    elif part.is_started:
        label, tone = _("in progress"), "wait"
    else:
        label, tone = _("not started"), "neutral"
    title = part.section.title
    return {
        "title": title,
        "href": _address("section", application, part),
        "status_label": label,
        "tone": tone,
    }
