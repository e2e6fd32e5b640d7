"""Previews of a page of the form as students see it, in each language. Reads no application."""

from collections.abc import Iterable
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from applications.apply.forms.application import SectionForm
from applications.base.answers import Item, Part
from applications.base.sections import REFEREE_SECTION, referee_questions
from applications.models import Application, Cycle, Question, Section
from exchange.models import Language, User


def previews(cycle: Cycle, section: Section, questions: Iterable[Question]) -> list[dict[str, Any]]:
    """One preview per language: {"language", "name", "html"}, rendered by the templates of the student's page.

    The rows need not be saved.
    """
    asked = referee_questions(section) if section.key == REFEREE_SECTION else list(questions)
    found = []
    for language in Language:
        with translation.override(language.value):
            html = _html(cycle, section, asked, language.value)
        found.append({"language": language.value, "name": language.label, "html": html})
    return found


def _html(cycle: Cycle, section: Section, asked: list[Question], language: str) -> str:
    application = Application(cycle=cycle, student=User(), answer_language=language, is_test=True)
    part = Part(section, [Item(question, None, "", "") for question in asked])
    # separate ids, because the same question is on the page once for each language
    form = SectionForm(application, part, auto_id=f"preview-{language}-%s")
    rows = form.rows
    context = {
        "section": section,
        "rows": rows,
        "single": rows[0] if len(rows) == 1 else None,
        "cities": list(cycle.cities.filter(is_offered=True)) if any(_ranks(question) for question in asked) else [],
    }
    return render_to_string("applications/cycle/_setup_preview_page.html", context)


def _ranks(question: Question) -> bool:
    return question.kind == Question.Kind.RANKED_CITIES
