"""Answers that are kept although no part of the application shows them; nobody scores them. Read-only."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.base.answers import Item, Kept, display, kept_of, version_text
from applications.base.merge import FieldState, shown
from applications.base.sections import questions_by_key, referee_questions, sections_of
from applications.models import Application, Question, Section

Kind = Question.Kind
TOLD = _("Part of it no longer has a place there. You can read it at the end of “Review your answers”.")


def retired(application: Application, kept: Kept | None = None) -> list[Item]:
    """Answers to questions that the application's form version no longer asks. At most four queries; one if the caller
    has read what is `kept`.

    If devices wrote competing versions of such an answer, all of them.
    """
    kept = kept or kept_of(application)
    rows: list[tuple[int, Any]] = [*kept.answers, *((each.question_id, [each]) for each in kept.uploads)]
    found = [
        Item(question, value, display(question, value, application), "", is_asked=False)
        for key, value in rows
        if (question := kept.former.get(key))
    ]
    if any(item.question.kind != Kind.FILE for item in found):
        found += _competing_versions(application, found)
    return sorted(found, key=lambda item: (item.question.section.order, item.question.order, item.question.pk))


def _competing_versions(application: Application, found: list[Item]) -> Iterable[Item]:
    # if the form still has a question with the key, the draft field belongs to that question
    asked = {question.key for section in sections_of(application) for question in section.asked}
    items = {item.key: item for item in found if item.key not in asked and item.question.kind != Kind.FILE}
    for row in application.draft_fields.filter(key__in=items.keys()):
        question = items[row.key].question
        for version in Item(question, None, "", "", state=row.state).rivals:
            text = version_text(question, version.value, application)
            yield Item(question, version.value, text, "", is_asked=False)


def beside(application: Application) -> list[Item]:
    """Answers written before signing in that could not be merged into this application; only the student sees them.

    They are stored with the visitor's draft that was merged. One query if there is no such draft.
    """
    found: list[Item] = []
    for draft in Application.objects.filter(merged_into=application).select_related("form", "cycle", "college"):
        states = {row.key: row.state for row in draft.draft_fields.all()}
        questions = questions_by_key(draft, states.keys()) | {each.key: each for each in referee_questions(Section())}
        for key, state in sorted(states.items()):
            if question := questions.get(key):
                found += [Item(question, None, text, "", is_asked=False) for text in _texts(question, state, draft)]
        for upload in draft.uploads.select_related("question__section"):
            text = display(upload.question, [upload], draft)
            found.append(Item(upload.question, [upload], text, "", is_asked=False))
    return found


def _texts(question: Question, state: FieldState, draft: Application) -> list[str]:
    first = shown(state)
    versions = [first, *Item(question, None, "", "", state=state).rivals]
    return [version_text(question, each.value, draft) for each in versions if each and not each.is_empty]


def is_left(draft: Application) -> bool:
    """Whether a merged draft still has answers or files that `beside` shows."""
    row = Application.objects.filter(pk=draft.pk, merged_into__isnull=False).first()
    return bool(row and (row.draft_fields.exists() or row.uploads.exists()))
