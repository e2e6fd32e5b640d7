"""Masking by hand: the office checks readers' reports, covers words, or shows them again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import permissions
from applications.base.opening import What, opened
from applications.models import Application, CollegeClue, MaskingReport
from applications.reading import reading_page
from applications.reading.actions import clues
from applications.reading.actions import masking as actions
from applications.reading.forms.masking import ClueFilterForm, ClueForm, CoverForm
from exchange.web.edited import refusal_in
from exchange.web.shortcuts import me, page_of, query_without_page, require


@require_safe
def masking_list(request: HttpRequest) -> HttpResponse:
    require(permissions.can_cover_words(me(request)))
    reports = MaskingReport.objects.visible_to(me(request)).to_settle_by(me(request))
    page = page_of(reports.select_related("application", "reported_by"), request)
    return render(request, "applications/reading/masking_list.html", {"page_obj": page})


@require_http_methods(["GET", "POST"])
def masking_record(request: HttpRequest, code: str) -> HttpResponse:
    """One application as readers see it, the words covered by hand, and the reports."""
    application = _application_of(request, code)
    form = CoverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form, "words"):
            parts = actions.cover(application, words=form.cleaned_data["words"], by=me(request))
            messages.success(request, _("Covered: %(words)s.") % {"words": ", ".join(parts)})
            return redirect("applications:masking-record", code=application.code)
    answers = reading_page.masked_answers(application)
    questions = {answer["key"]: answer["question"] for answer in answers}
    reports = MaskingReport.objects.visible_to(me(request)).filter(application=application)
    context = {
        "application": application,
        "answers": answers,
        "covered": application.masked_words.select_related("masked_by").order_by("masked_at", "pk"),
        "reports": [
            {"row": report, "question": questions.get(report.question_key, "")}
            for report in reports.open().select_related("reported_by")
        ],
        "form": form,
    }
    return render(request, "applications/reading/masking_record.html", context)


@require_POST
def masking_uncover(request: HttpRequest, code: str) -> HttpResponse:
    application = _application_of(request, code)
    text = request.POST.get("text", "")
    if actions.uncover(application, text=text, by=me(request)):
        messages.success(request, _("Shown again: %(words)s.") % {"words": text})
    return redirect("applications:masking-record", code=application.code)


@require_POST
def masking_settle(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_cover_words(me(request)))
    visible = MaskingReport.objects.visible_to(me(request)).exclude(application__student=me(request))
    report = get_object_or_404(visible.select_related("application"), code=code)
    stays = request.POST.get("act") != "show"
    actions.settle(report, stays_covered=stays, by=me(request))
    messages.success(request, _("The words stay covered.") if stays else _("The words are shown again."))
    if request.POST.get("next") == "list":
        return redirect("applications:masking-list")
    return redirect(reverse("applications:masking-record", kwargs={"code": report.application.code}))


@require_http_methods(["GET", "POST"])
def masking_clues(request: HttpRequest) -> HttpResponse:
    """The words that are covered in every application because they give a college away; POST adds one."""
    require(permissions.can_cover_words(me(request)))
    form = ClueForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusal_in(form, "text"):
            clue = clues.add(**form.cleaned_data, by=me(request))
            messages.success(request, _("“%(words)s” is now covered in every application.") % {"words": clue.text})
            return redirect("applications:masking-clues")
    chosen = ClueFilterForm(request.GET or None)
    wanted = {name: value for name, value in chosen.cleaned_data.items() if value} if chosen.is_valid() else {}
    rows = CollegeClue.objects.current().filter(**wanted).select_related("college", "added_by").order_by("text", "pk")
    context = {
        "page_obj": page_of(rows, request),
        "form": form,
        "filter_form": chosen,
        "query": query_without_page(request),
    }
    return render(request, "applications/reading/masking_clues.html", context)


@require_POST
def masking_clue_remove(request: HttpRequest, code: str) -> HttpResponse:
    require(permissions.can_cover_words(me(request)))
    clue = get_object_or_404(CollegeClue.objects.current(), code=code)
    clues.remove(clue, by=me(request))
    messages.success(request, _("“%(words)s” is no longer covered.") % {"words": clue.text})
    return redirect("applications:masking-clues")


def _application_of(request: HttpRequest, code: str) -> Application:
    """The application. 404 if the person may not see it, 403 if they may not cover words."""
    visible = Application.objects.visible_to(me(request)).select_related("cycle", "form", "student", "college")
    application = get_object_or_404(visible, code=code)
    require(permissions.can_cover_words(me(request)) and not permissions.is_own(me(request), application))
    return opened(request, application, What.APPLICATION)
