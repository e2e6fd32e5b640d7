"""What a form version needs before it can be published, in words for the coordinator. Read-only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from applications.base.sections import REFEREE_SECTION
from applications.cycle.protected import STATIC, protections
from applications.models import Cycle, Question, Section

Kind = Question.Kind
WITH_OPTIONS = frozenset({Kind.ONE_OF, Kind.SEVERAL_OF})
# Kinds that a condition can depend on, because they have few possible answers
DECIDING = frozenset({Kind.YES_NO, *WITH_OPTIONS})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to fix in the form. `key`: the question's, "" if it is about the form as a whole."""

    code: str
    text: str
    key: str = ""


def problems_of(cycle: Cycle, questions: Iterable[Question], sections: Iterable[Section]) -> list[Problem]:
    """All problems, in the order of the form."""
    questions = list(questions)
    found = list(_missing(cycle, questions, sections))
    for question in questions:
        found += _texts(question)
    found += conditions(questions)
    return found


def _missing(cycle: Cycle, questions: list[Question], sections: Iterable[Section]) -> Iterator[Problem]:
    sections = list(sections)
    keys = {question.key for question in questions}
    wanted = [*STATIC, *(key for key in protections(cycle) if key not in STATIC)]
    for key in wanted:
        if key not in keys:
            yield Problem("missing_key", _("The form doesn’t ask “%(key)s”, which the portal needs.") % {"key": key})
    if REFEREE_SECTION not in {section.key for section in sections}:
        yield Problem("no_referee", _("The form doesn’t have a page about the recommender."))
    for section in sections:
        if section.key != REFEREE_SECTION and not any(each.section_id == section.pk for each in questions):
            yield Problem("empty_page", _("The page “%(page)s” has no questions.") % {"page": section.title})
        pairs = ((section.intro_en, section.intro_es), (section.staff_title_en, section.staff_title_es))
        if not (section.title_en and section.title_es) or any(bool(en) != bool(es) for en, es in pairs):
            yield Problem("page_language", _("The page “%(page)s” isn’t in both languages.") % {"page": section.title})


def _texts(question: Question) -> Iterator[Problem]:
    words = {"question": question.label_en or question.label_es or question.key}
    if not (question.label_en and question.label_es) or bool(question.help_en) != bool(question.help_es):
        yield Problem("language", _("“%(question)s” isn’t in both languages.") % words, question.key)
    if question.kind in WITH_OPTIONS and len(question.options) < 2:
        yield Problem("options", _("“%(question)s” needs at least two answers to choose from.") % words, question.key)
    if any(not (option.get("en") and option.get("es")) for option in question.options):
        yield Problem(
            "language", _("One of the answers to “%(question)s” isn’t in both languages.") % words, question.key
        )


def conditions(questions: Iterable[Question]) -> Iterator[Problem]:
    """Problems of conditions: each must name an earlier question and an answer that can be given."""
    questions = list(questions)
    before: dict[str, Question] = {}
    all_questions = {question.key: question for question in questions}
    for question in questions:
        if question.show_if_key:
            other = before.get(question.show_if_key)
            named = all_questions.get(question.show_if_key)
            words = {
                "question": question.label,
                "other": named.label if named else question.show_if_key,
            }
            if named is None:
                text = _("“%(question)s” depends on an answer to “%(other)s”, which is no longer in the form.")
                yield Problem("condition_removed", text % words, question.key)
            elif other is None:
                text = _("“%(question)s” depends on an answer to “%(other)s”, so it has to come after it.")
                yield Problem("condition_not_before", text % words, question.key)
            elif question.show_if_value not in possible(other):
                text = _("“%(question)s” depends on an answer to “%(other)s” that no longer exists.")
                yield Problem("condition_answer", text % words, question.key)
        before[question.key] = question


def possible(question: Question) -> list[bool | str]:
    """The answers that a condition can name, as stored values."""
    if question.kind == Kind.YES_NO:
        return [True, False]
    if question.kind in WITH_OPTIONS:
        return [option["key"] for option in question.options]
    return []
