"""Views of a cycle's form for coordinators: its pages and questions, with previews in both languages."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications.base import form_changes
from applications.base.sections import REFEREE_SECTION
from applications.cycle import form_checks
from applications.cycle.actions import form_edit as actions
from applications.cycle.actions import form_versions as versions
from applications.cycle.form_preview import previews
from applications.cycle.forms.setup_form import (
    BaseOptionFormSet,
    QuestionSetupForm,
    SectionSetupForm,
    answers_of,
    option_rows,
    with_more_rows,
)
from applications.cycle.protected import protections
from applications.cycle.views.setup import address, cycle_of, frame
from applications.models import Cycle, FormVersion, Question, Section
from exchange.base.errors import RuleViolation
from exchange.web.edited import refusal_in, refuse
from exchange.web.shortcuts import me, rule_message

Kind = Question.Kind


@require_safe
def setup_form(request: HttpRequest, code: str) -> HttpResponse:
    """All pages and questions of the unpublished version, or else of the published one."""
    cycle = cycle_of(request, code)
    draft, published = form_changes.draft_form(cycle), form_changes.current_form(cycle)
    shown = draft or published
    questions = form_changes.questions_of(shown) if shown else []
    sections = list(shown.sections.all()) if shown else []
    problems = form_checks.problems_of(cycle, questions, sections) if draft else []
    waiting = versions.outdated(cycle).count() if published else 0
    context = {
        "draft": draft,
        "published": published,
        "pages": _pages(cycle, sections, questions, bool(draft)),
        "problems": [
            {
                "title": problem.text,
                "href": address("question", cycle, key=problem.key) if problem.key else "",
                "status_label": _("missing"),
                "tone": "stop",
            }
            for problem in problems
        ],
        "waiting": waiting,
        "test_href": address("test", cycle),
    }
    return render(request, "applications/cycle/setup_form.html", frame(cycle, "form") | context)


def _pages(cycle: Cycle, sections: list[Section], questions: list[Question], editable: bool) -> list[dict[str, Any]]:
    fixed = protections(cycle)
    by_key = {question.key: question for question in questions}
    pages = []
    for place, section in enumerate(sections):
        own = [question for question in questions if question.section_id == section.pk]
        pages.append(
            {
                "section": section,
                "is_referee": section.key == REFEREE_SECTION,
                "is_first": place == 0,
                "is_last": place == len(sections) - 1,
                "can_remove": editable and not own and section.key != REFEREE_SECTION,
                "rows": [
                    {
                        "question": question,
                        "condition": _condition(question, by_key),
                        "reason": fixed[question.key].reason if question.key in fixed else "",
                        "is_first": number == 0,
                        "is_last": number == len(own) - 1,
                    }
                    for number, question in enumerate(own)
                ],
            }
        )
    return pages


def _condition(question: Question, by_key: dict[str, Question]) -> str:
    other = by_key.get(question.show_if_key)
    if not question.show_if_key or other is None:
        return ""
    words = next((words for value, words in answers_of(other) if value == question.show_if_value), "?")
    return _("only if “%(question)s” is “%(answer)s”") % {"question": other.label, "answer": words}


def _draft(request: HttpRequest, cycle: Cycle) -> FormVersion | None:
    """The unpublished version; without one, None and a message about what to do first."""
    form = form_changes.draft_form(cycle)
    if form is None:
        messages.info(request, _("This form is published, so it can’t be changed. Start a new version first."))
    return form


def _is_partial(request: HttpRequest) -> bool:
    """Whether the request is for the previews only, while the person types."""
    return request.method == "POST" and request.headers.get("HX-Request") == "true"


# --- Pages ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def section_add(request: HttpRequest, code: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    if (version := _draft(request, cycle)) is None:
        return redirect(address("form", cycle))
    return _section_page(request, cycle, Section(form=version, key="new", title_en="", title_es=""))


@require_http_methods(["GET", "POST"])
def section_edit(request: HttpRequest, code: str, section: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    version = form_changes.draft_form(cycle) or form_changes.current_form(cycle)
    if version is None:
        raise Http404
    found = get_object_or_404(version.sections, key=section)
    if _draft(request, cycle) is None:
        return redirect(address("form", cycle))
    return _section_page(request, cycle, found)


def _section_page(request: HttpRequest, cycle: Cycle, section: Section) -> HttpResponse:
    names = actions.SECTION_FIELDS
    initial = {name: getattr(section, name) for name in names}
    initial["seen"] = actions.section_fingerprint(section) if section.pk else ""
    form = SectionSetupForm(request.POST or None, initial=initial)
    if request.method == "POST" and "preview" not in request.POST and not _is_partial(request) and form.is_valid():
        with refusal_in(form):
            if section.pk:
                actions.save_section(cycle, section.key, form.values, seen=form.cleaned_data["seen"], by=me(request))
            else:
                actions.add_section(cycle, form.values, by=me(request))
            messages.success(request, _("Saved."))
            return redirect(address("form", cycle))
    shown = Section(
        pk=section.pk, form=section.form, key=section.key, **{name: form[name].value() or "" for name in names}
    )
    asked = list(section.questions.all()) if section.pk else []
    phones = previews(cycle, shown, asked)
    if _is_partial(request):
        return render(request, "applications/cycle/_setup_phones.html", {"previews": phones})
    context = {"form": form, "section": section, "previews": phones}
    return render(request, "applications/cycle/setup_section.html", frame(cycle, "form") | context)


@require_POST
def section_move(request: HttpRequest, code: str, section: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        actions.move_section(cycle, section, up=request.POST.get("to") == "up", by=me(request))
    return redirect(f"{address('form', cycle)}#page-{section}")


@require_POST
def section_remove(request: HttpRequest, code: str, section: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        actions.remove_section(cycle, section, by=me(request))
    return redirect(address("form", cycle))


# --- Questions --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QuestionEdit:
    """A question being edited, new or existing, with its surroundings in the form."""

    cycle: Cycle
    sections: list[Section]  # pages that take questions
    questions: list[Question]  # all of the form's, in order
    section: Section  # the question's page
    question: Question | None

    @property
    def before(self) -> list[Question]:
        """The earlier questions, which a condition can name."""
        if self.question:
            keys = [each.key for each in self.questions]
            return self.questions[: keys.index(self.question.key)]
        order = {section.pk: place for place, section in enumerate(self.sections)}
        return [each for each in self.questions if order.get(each.section_id, 0) <= order[self.section.pk]]


def _edit_of(version: FormVersion, cycle: Cycle, *, section: str = "", key: str = "") -> QuestionEdit:
    """404 if the form has no such page or question."""
    sections = [each for each in version.sections.all() if each.key != REFEREE_SECTION]
    questions = form_changes.questions_of(version)
    question = next((each for each in questions if each.key == key), None)
    page = next((each for each in sections if each.key == (question.section.key if question else section)), None)
    if page is None or (key and question is None):
        raise Http404
    return QuestionEdit(cycle, sections, questions, page, question)


@require_http_methods(["GET", "POST"])
def question_add(request: HttpRequest, code: str, section: str) -> HttpResponse:
    return _question(request, code, section=section)


@require_http_methods(["GET", "POST"])
def question_edit(request: HttpRequest, code: str, key: str) -> HttpResponse:
    return _question(request, code, key=key)


def _question(request: HttpRequest, code: str, **where: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    version = form_changes.draft_form(cycle) or form_changes.current_form(cycle)
    if version is None:
        raise Http404
    edit = _edit_of(version, cycle, **where)
    if _draft(request, cycle) is None:
        return redirect(address("form", cycle))
    return _question_page(request, edit)


def _question_page(request: HttpRequest, edit: QuestionEdit) -> HttpResponse:
    question, cycle = edit.question, edit.cycle
    protection = protections(cycle).get(question.key) if question else None
    form = QuestionSetupForm(
        request.POST or None,
        question=question,
        sections=edit.sections,
        before=edit.before,
        protection=protection,
        initial=_initial(edit),
    )
    kind = str(form["kind"].value() or "")
    data = with_more_rows(request.POST) if "more" in request.POST else request.POST or None
    rows = option_rows(question, data, kind=kind, fixed=bool(protection))
    only_looks = _is_partial(request) or "preview" in request.POST or "more" in request.POST
    if request.method == "POST" and not only_looks and form.is_valid() and rows.is_valid():
        try:
            saved = _save(request, edit, form, rows.options)
        except RuleViolation as violation:
            field = "key" if violation.code.endswith("_key") and not question else None
            refuse(form, violation, field, more=_options_of(question))
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{address('form', cycle)}#question-{saved.key}")
    phones = previews(cycle, edit.section, [_as_typed(edit, form, rows)])
    if _is_partial(request):
        return render(request, "applications/cycle/_setup_phones.html", {"previews": phones})
    context = {
        "form": form,
        "option_rows": rows,
        "edit": edit,
        "protection": protection,
        "previews": phones,
    }
    return render(request, "applications/cycle/setup_question.html", frame(cycle, "form") | context)


def _options_of(question: Question | None) -> list[tuple[str, str]]:
    """The choices as saved, for someone whose own list is below."""
    lines = [f"{option['en']} · {option['es']}" for option in question.options] if question else []
    return [(_("Choices"), "\n".join(lines))] if lines else []


def _initial(edit: QuestionEdit) -> dict[str, Any]:
    if edit.question:
        return QuestionSetupForm.initial_of(edit.question) | {"seen": actions.question_fingerprint(edit.question)}
    return {
        "section": edit.section.key,
        "kind": Kind.SHORT_TEXT,
        "audience": Question.Audience.ADVISOR,
        "is_required": True,
    }


def _save(request: HttpRequest, edit: QuestionEdit, form: QuestionSetupForm, options: list[dict[str, str]]) -> Question:
    said, values = form.cleaned_data, form.values(options)
    if edit.question is None:
        return actions.add_question(edit.cycle, said["section"], values, key=said.get("key", ""), by=me(request))
    return actions.save_question(
        edit.cycle, edit.question.key, values, section_key=said["section"], seen=said["seen"], by=me(request)
    )


def _as_typed(edit: QuestionEdit, form: QuestionSetupForm, rows: BaseOptionFormSet) -> Question:
    """An unsaved question with what is typed so far, valid or not, for the previews."""

    def text(name: str) -> str:
        return str(form[name].value() or "").replace("\x00", "")

    kind = text("kind") if text("kind") in Kind else Kind.SHORT_TEXT

    def number(name: str) -> int | None:
        typed = text(name)
        return int(typed) if kind == Kind.LONG_TEXT and typed.isdecimal() and len(typed) < 6 else None

    options = []
    for place, row in enumerate(rows.forms):
        english, spanish = (str(row[name].value() or "") for name in ("en", "es"))
        if english or spanish:
            key = str(row["key"].value() or f"new-{place}")
            options.append({"key": key, "en": english or "…", "es": spanish or "…"})
    return Question(
        section=edit.section,
        key=edit.question.key if edit.question else "new",
        kind=kind,
        label_en=text("label_en") or "…",
        label_es=text("label_es") or "…",
        help_en=text("help_en"),
        help_es=text("help_es"),
        is_required=bool(form["is_required"].value()),
        words_max=number("words_max"),
        words_suggested=number("words_suggested"),
        options=options if kind != Kind.YES_NO or len(options) == 2 else [],  # noqa: PLR2004 -- yes and no
    )


@require_POST
def question_move(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        actions.move_question(cycle, key, up=request.POST.get("to") == "up", by=me(request))
    return redirect(f"{address('form', cycle)}#question-{key}")


@require_POST
def question_remove(request: HttpRequest, code: str, key: str) -> HttpResponse:
    cycle = cycle_of(request, code)
    with rule_message(request):
        actions.remove_question(cycle, key, by=me(request))
    return redirect(address("form", cycle))
