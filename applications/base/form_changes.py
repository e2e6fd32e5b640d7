"""Differences between two versions of a form, and their effect on answers. Read-only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from applications.models import Cycle, FormVersion, Question

Kind = Question.Kind
# Kinds whose answers are stored as plain text, so that an answer to one is valid for another.
TEXTS = frozenset({Kind.SHORT_TEXT, Kind.LONG_TEXT, Kind.PHONE, Kind.EMAIL})
WORDING = ("label_en", "label_es", "help_en", "help_es")


def fits(old: Question, new: Question, value: Any) -> bool:
    """Whether an answer to `old` can be used for `new` unchanged: the kinds are compatible, and the options exist.

    With None as the value: whether the kinds are compatible.
    """
    kinds = {old.kind, new.kind}
    if len(kinds) > 1 or value is None:
        return len(kinds) == 1 or kinds <= TEXTS
    if new.kind in (Kind.ONE_OF, Kind.SEVERAL_OF):
        offered = {option["key"] for option in new.options}
        return (set(value) if isinstance(value, list) else {value}) <= offered
    return True


@dataclass(slots=True)
class Changes:
    """Questions grouped by how they differ between two versions; a pair is (before, after)."""

    added: list[Question] = field(default_factory=list)
    removed: list[Question] = field(default_factory=list)
    other_kind: list[tuple[Question, Question]] = field(default_factory=list)
    other_options: list[tuple[Question, Question]] = field(default_factory=list)  # at least one option was removed
    reworded: list[tuple[Question, Question]] = field(default_factory=list)
    other_terms: list[tuple[Question, Question]] = field(default_factory=list)  # required, limits, readers, condition

    @property
    def newly_required(self) -> list[Question]:
        """Questions that can make a complete draft incomplete: new required ones, and those that were optional."""
        were_optional = [after for before, after in self.other_terms if after.is_required > before.is_required]
        return [question for question in self.added if question.is_required] + were_optional

    @property
    def touches_answers(self) -> list[Question]:
        """The earlier version's questions whose answers may not be usable in the later one."""
        return self.removed + [before for before, _after in (*self.other_kind, *self.other_options)]

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.other_kind, self.other_options, self.reworded, self.other_terms))


def current_form(cycle: Cycle) -> FormVersion | None:
    """The newest published version, which new applications get."""
    return cycle.form_versions.filter(published_at__isnull=False).order_by("-number").first()


def draft_form(cycle: Cycle) -> FormVersion | None:
    """The version that is not published yet, if there is one."""
    return cycle.form_versions.filter(published_at__isnull=True).order_by("-number").first()


def questions_of(form: FormVersion) -> list[Question]:
    """All of a version's questions in order, with their sections. One query."""
    rows = Question.objects.filter(section__form=form).select_related("section")
    return list(rows.order_by("section__order", "section__pk", "order", "pk"))


def compare(before: Iterable[Question], after: Iterable[Question]) -> Changes:
    """The differences, matching questions by key."""
    old = {question.key: question for question in before}
    new = {question.key: question for question in after}
    changes = Changes(
        added=[question for key, question in new.items() if key not in old],
        removed=[question for key, question in old.items() if key not in new],
    )
    for key, question in new.items():
        if (was := old.get(key)) is not None:
            _sort_in(changes, was, question)
    return changes


def _sort_in(changes: Changes, old: Question, new: Question) -> None:
    pair = (old, new)
    if old.kind != new.kind:
        changes.other_kind.append(pair)
    elif {option["key"] for option in old.options} - {option["key"] for option in new.options}:
        changes.other_options.append(pair)
    if any(getattr(old, name) != getattr(new, name) for name in WORDING) or old.options != new.options:
        changes.reworded.append(pair)
    if _terms(old) != _terms(new):
        changes.other_terms.append(pair)


def _terms(question: Question) -> tuple[Any, ...]:
    return (
        question.is_required,
        question.audience,
        question.words_max,
        question.words_suggested,
        question.files_max,
        question.show_if_key,
        question.show_if_value,
    )
