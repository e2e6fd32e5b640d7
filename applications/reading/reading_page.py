"""The content of the reading page: masked answers, and changes to the rubric."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.base import answers, rubrics
from applications.models import Application, Assignment, MaskingReport, RubricCriterion
from applications.reading import reader_stack
from applications.reading.masking import Hidden, Mark, paragraphs
from exchange.models import Language

# of an assignment: whether its reader has covered words in the application
HAS_COVERED = Exists(
    MaskingReport.objects.open().order_by().filter(application=OuterRef("application"), reported_by=OuterRef("reader"))
)
MARK_LABELS = {
    Mark.NAME: gettext_lazy("name"),
    Mark.COLLEGE: gettext_lazy("college"),
    Mark.SCHOOL: gettext_lazy("school"),
    Mark.PLACE: gettext_lazy("place"),
    Mark.NUMBER: gettext_lazy("number"),
    Mark.EMAIL: gettext_lazy("email"),
    Mark.PHONE: gettext_lazy("phone"),
    Mark.LINK: gettext_lazy("link"),
    Mark.DATE: gettext_lazy("date"),
    Mark.WORD: gettext_lazy("covered"),
}


def masked_answers(application: Application) -> list[dict[str, Any]]:
    """The answers that readers may see, as context for components/masked_answer.html."""
    answered = list(application.answers.values_list("question__key", "question", "value"))
    hidden = reader_stack.hidden_in(application, [(key, value) for key, _question, value in answered])
    items = reader_stack.readable_items(application, [(question, value) for _key, question, value in answered])
    return [
        {
            "key": item.key,
            "id": f"answer-{item.key}",
            "tab": section.title_for_staff,
            "question": item.question.label,
            "paragraphs": masked_paragraphs(item.text, hidden),
            "meta": _written(item, application) if item.is_essay else "",
        }
        for section, item in items
    ]


def masked_paragraphs(text: str, hidden: Hidden) -> list[list[tuple[str, Any]]]:
    """Each paragraph as a list of (text, label of a masked span or "")."""
    return [
        [(piece.text, MARK_LABELS[piece.mark] if piece.mark else "") for piece in paragraph]
        for paragraph in paragraphs(text, hidden)
    ]


# the languages' own names, as people choose them, don't fit into a sentence
WRITTEN_IN = {Language.ENGLISH: gettext_lazy("in English"), Language.SPANISH: gettext_lazy("in Spanish")}


def _written(item: answers.Item, application: Application) -> str:
    values = {
        "count": item.word_count,
        "limit": item.question.words_max,
        "language": WRITTEN_IN[Language(application.answer_language)],
    }
    if item.question.words_max:
        return _("%(count)s of %(limit)s words · written %(language)s") % values
    return _("%(count)s words · written %(language)s") % values


def rubric_changes(assignment: Assignment, criteria: Sequence[RubricCriterion]) -> dict[str, Any] | None:
    """What has changed in the rubric's wording since this reading was begun, and why; None if nothing has."""
    cycle = assignment.application.cycle
    if not assignment.is_started:
        return None
    number = assignment.review.rubric_version
    changes = rubrics.changes_since(cycle, number, criteria)
    if not changes:
        return None
    reasons = cycle.rubric_versions.filter(number__gte=number).values_list("reason", flat=True)
    return {"changes": changes, "reasons": list(reasons)}
