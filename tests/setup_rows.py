"""Shared by tests of the set-up: a question to save, and a page's form as a browser would post it."""

import datetime as dt

from django.urls import reverse

from applications.base import form_changes
from applications.cycle.actions import form_edit
from applications.models import Question

TEXTS = {
    "label_en": "Where do you live?",
    "label_es": "¿Dónde vives?",
    "help_en": "",
    "help_es": "",
    "kind": "short_text",
    "audience": "advisor",
    "is_required": True,
    "words_max": None,
    "words_suggested": None,
    "files_max": 1,
    "options": [],
    "show_if_key": "",
    "show_if_value": None,
}
OPTIONS = [{"key": "a", "en": "A", "es": "A."}, {"key": "b", "en": "B", "es": "B."}]


def values_of(question, **changes):
    return {name: getattr(question, name) for name in form_edit.QUESTION_FIELDS} | changes


def asked(cycle, key):
    form = form_changes.draft_form(cycle) or form_changes.current_form(cycle)
    return Question.objects.get(section__form=form, key=key)


def change(cycle, office, key, section=None, **changes):
    question = asked(cycle, key)
    return form_edit.save_question(
        cycle, key, values_of(question, **changes), section_key=section or question.section.key, by=office
    )


def address(page, cycle, **more):
    return reverse(f"applications:cycle-setup-{page}", kwargs={"code": cycle.code, **more})


def fields_of(response) -> dict:
    """What the page's form would post as it is, with the rows of its options."""
    forms = [response.context["form"], *response.context.get("option_rows", [])]
    data = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if value not in (None, False, ""):
                data[bound.html_name] = "on" if value is True else value
    if rows := response.context.get("option_rows"):
        data |= {f"option-{name}": value for name, value in rows.management_form.initial.items()}
    return {
        key: value.isoformat()
        if isinstance(value, dt.date)
        else str(value)[:5]
        if isinstance(value, dt.time)
        else value
        for key, value in data.items()
    }
