"""The pages of a version of the form with their questions, for reading only."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from applications.form_defaults import REFEREE
from applications.models import Application, Question, Section

REFEREE_SECTION = "referee"


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


def referee_questions(section: Section) -> list[Question]:
    """What the referee's page asks; kept in the Recommendation row, shown like any other question."""
    return [Question(section=section, order=order, **row) for order, row in enumerate(REFEREE, start=1)]
