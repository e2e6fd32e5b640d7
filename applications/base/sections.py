"""The pages of a version of the form with their questions, for reading only."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache

from django.utils.translation import gettext as _

from applications.base.form_defaults import REFEREE
from applications.models import Application, Question, Section
from exchange.base.errors import RuleViolation

REFEREE_SECTION = "referee"
REFEREE_KEYS = frozenset(row["key"] for row in REFEREE)


def sections_of(application: Application) -> Sequence[Section]:
    """The pages of its version of the form in order, with their questions in `asked`. For reading only."""
    form = application.form
    return _published_sections(form.pk, form.published_at) if form.published_at else _sections(form.pk)


def _sections(form: int) -> Sequence[Section]:
    return tuple(Section.objects.filter(form=form).prefetch_related("questions"))


@lru_cache(maxsize=64)
def _published_sections(form: int, _published_at: datetime) -> Sequence[Section]:
    """What was published never changes, so each process reads it once."""
    return _sections(form)


def forget_sections() -> None:
    """As a new process begins; for tests, which put rows back."""
    _published_sections.cache_clear()


def questions_of(section: Section) -> list[Question]:
    """What a page asks in order."""
    if section.key != REFEREE_SECTION:
        return section.asked
    return referee_questions(section)


def questions_by_key(application: Application, keys: Collection[str]) -> dict[str, Question]:
    """What each key asks: in its own version of the form, else in the one that asked it last of the cycle's others.

    Words that come late, from a page of before the form changed, find their question that way. What no version asks
    is not there. Of the referee's fields none is a row. For reading only.
    """
    own_questions = (question for section in sections_of(application) for question in section.asked)
    found = {question.key: question for question in own_questions if question.key in keys}
    if missing := set(keys) - found.keys() - REFEREE_KEYS:
        others = (
            Question.objects.select_related("section")
            .filter(
                key__in=missing, section__form__cycle=application.cycle_id, section__form__published_at__isnull=False
            )
            .select_related("section__form")
        )
        own = application.form.number
        # the nearest one before its own; a draft of before signing in may know a later one
        for question in sorted(others, key=lambda each: (each.section.form.number > own, -each.section.form.number)):
            found.setdefault(question.key, question)
    return found


def unknown_question() -> RuleViolation:
    """No version of the form asks it."""
    return RuleViolation("unknown_question", _("This form doesn’t have that question, so nothing was saved for it."))


def referee_questions(section: Section | None) -> list[Question]:
    """What the referee's page asks; kept in the Recommendation row, shown like any other question."""
    return [Question(section=section, order=order, **row) for order, row in enumerate(REFEREE, start=1)]
