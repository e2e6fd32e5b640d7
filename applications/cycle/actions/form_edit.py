"""Actions that edit the pages and questions of a cycle's unpublished form version. A published one never changes.

Each action takes the cycle, locks it, and finds the version itself. Raises RuleViolation: no_draft if there is none.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from applications.base import edit_lock, form_changes, ordering
from applications.base.form_changes import draft_form
from applications.base.sections import REFEREE_SECTION
from applications.cycle import form_checks
from applications.cycle.actions.form_versions import forget_tests, lock
from applications.cycle.protected import TAKEN, Protection, protections
from applications.models import Application, Cycle, FormVersion, Question, Section
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User

Kind = Question.Kind
SECTION_FIELDS = ("title_en", "title_es", "intro_en", "intro_es", "staff_title_en", "staff_title_es")
QUESTION_FIELDS = (
    *("kind", "audience", "label_en", "label_es", "help_en", "help_es", "is_required"),
    *("words_max", "words_suggested", "options", "files_max", "show_if_key", "show_if_value"),
)
# Suffixes of a question's fields on the student's page, beside the field that has its key as a name
PARTS = ("_day", "_month", "_year", "_remove", *(f"_{place}" for place in range(1, 10)))


def _editable(cycle: Cycle) -> tuple[Cycle, FormVersion]:
    cycle = lock(cycle)
    form = draft_form(cycle)
    if form is None:
        raise RuleViolation("no_draft", _("This form is published, so it can’t be changed. Start a new version first."))
    return cycle, form


def section_fingerprint(section: Section) -> str:
    return edit_lock.fingerprint(section, SECTION_FIELDS)


def question_fingerprint(question: Question) -> str:
    return edit_lock.fingerprint(question, ("section", *QUESTION_FIELDS))


def key_from(text: str, taken: set[str]) -> str:
    """An unused key made from the text: "¿Qué estudias?" gives que_estudias, then que_estudias_2."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:30].strip("_") or "question"
    names = (base, *(f"{base}_{number}" for number in range(2, 1000)))
    return next(name for name in names if name not in taken)


# --- Pages ------------------------------------------------------------------------------------------


@transaction.atomic
def add_section(cycle: Cycle, values: Mapping[str, str], *, by: User) -> Section:
    """Add a page at the end, before the referee's page."""
    cycle, form = _editable(cycle)
    sections = list(form.sections.all())
    for section in sections:
        if all(getattr(section, name) == values[name] for name in SECTION_FIELDS) and not section.questions.exists():
            return section  # a double tap
    key = key_from(values["title_en"], {section.key for section in sections} | {REFEREE_SECTION})
    section = Section.objects.create(form=form, key=key, order=len(sections) + 1, **values)
    place = len(sections) - 1 if sections and sections[-1].key == REFEREE_SECTION else len(sections)
    sections.insert(place, section)
    ordering.number(sections)
    audit.record("setup.add_section", cycle, by=by, changes={"key": key})
    return section


@transaction.atomic
def save_section(cycle: Cycle, key: str, values: Mapping[str, str], *, seen: str = "", by: User) -> Section:
    """Save a page's titles and introduction. Raises RuleViolation: no_draft, gone, changed_meanwhile."""
    cycle, form = _editable(cycle)
    section = ordering.found(form.sections.filter(key=key).first())
    edit_lock.check(seen, section_fingerprint(section))
    for name in SECTION_FIELDS:
        setattr(section, name, values[name])
    section.save(update_fields=SECTION_FIELDS)
    audit.record("setup.save_section", cycle, by=by, changes={"key": key})
    return section


@transaction.atomic
def move_section(cycle: Cycle, key: str, *, up: bool, by: User) -> None:
    """One place up or down; at the end of the form nothing changes. RuleViolation: no_draft, gone, condition_…"""
    cycle, form = _editable(cycle)
    sections = list(form.sections.all())
    ordering.swap(sections, key, up=up)
    _check_conditions(form)
    audit.record("setup.move_section", cycle, by=by, changes={"key": key, "up": up})


@transaction.atomic
def remove_section(cycle: Cycle, key: str, *, by: User) -> None:
    """Remove an empty page. Raises RuleViolation: no_draft, protected (the referee's page), not_empty."""
    cycle, form = _editable(cycle)
    section = form.sections.filter(key=key).first()
    if section is None:
        return
    if key == REFEREE_SECTION:
        raise RuleViolation("protected", _("This page asks who will recommend the student, so it can’t be removed."))
    if section.questions.exists():
        raise RuleViolation("not_empty", _("Move or remove this page’s questions first."))
    section.delete()
    ordering.number(list(form.sections.all()))
    audit.record("setup.remove_section", cycle, by=by, changes={"key": key})


# --- Questions --------------------------------------------------------------------------------------


@transaction.atomic
def add_question(cycle: Cycle, section_key: str, values: Mapping[str, Any], *, key: str = "", by: User) -> Question:
    """Add a question at the end of a page. An empty `key` is made from the English label.

    Raises RuleViolation: no_draft, gone, duplicate_key, reserved_key, referee_page, condition_…
    """
    cycle, form = _editable(cycle)
    section = _page_for_questions(form, section_key)
    last = section.questions.order_by("order", "pk").last()
    if last and all(getattr(last, name) == values[name] for name in QUESTION_FIELDS) and key in ("", last.key):
        return last  # a double tap
    taken = {question.key for question in form_changes.questions_of(form)}
    key = _new_key(key, values["label_en"], taken)
    _check_names(key, values["kind"], form)
    question = Question.objects.create(section=section, key=key, order=section.questions.count() + 1, **values)
    _check_conditions(form)
    audit.record("setup.add_question", cycle, by=by, changes={"key": key, "kind": question.kind})
    return question


def _new_key(key: str, words: str, taken: set[str]) -> str:
    if not key:
        return key_from(words, taken | TAKEN)
    if key in taken:
        raise RuleViolation("duplicate_key", _("Another question already has the short name “%(key)s”.") % {"key": key})
    if key in TAKEN:
        raise RuleViolation(
            "reserved_key", _("The short name “%(key)s” is reserved for the page itself.") % {"key": key}
        )
    return key


def _check_names(key: str, kind: str, form: FormVersion) -> None:
    """Raise RuleViolation("reserved_key") if two questions' fields would have the same name.

    A date with the key "born" has the fields born_day, born_month and so on, so no other question may have these keys.
    """
    for other in form_changes.questions_of(form):
        clash = _clash(key, kind, other.key) or _clash(other.key, other.kind, key)
        if clash and other.key != key:
            raise RuleViolation(
                "reserved_key",
                _("The short name “%(key)s” is too close to “%(other)s”. Choose a different one.")
                % {"key": key, "other": other.key},
            )


def _clash(key: str, kind: str, other: str) -> bool:
    has_parts = kind in (Kind.DATE, Kind.FILE, Kind.RANKED_CITIES)
    return has_parts and other in {f"{key}{part}" for part in PARTS}


@transaction.atomic
def save_question(
    cycle: Cycle, key: str, values: Mapping[str, Any], *, section_key: str, seen: str = "", by: User
) -> Question:
    """Save a question, possibly on another page.

    Raises RuleViolation: no_draft, gone, changed_meanwhile, protected, referee_page, reserved_key, condition_…
    """
    cycle, form = _editable(cycle)
    question = ordering.found(Question.objects.select_related("section").filter(section__form=form, key=key).first())
    edit_lock.check(seen, question_fingerprint(question))
    _check_protected(question, values, protections(cycle).get(key))
    _check_names(key, values["kind"], form)
    if values["kind"] != question.kind:
        forget_tests(Application.objects.filter(form=form, is_test=True))
    if section_key != question.section.key:
        question.section = _page_for_questions(form, section_key)
        question.order = question.section.questions.count() + 1
    for name in QUESTION_FIELDS:
        setattr(question, name, values[name])
    question.save()
    _check_conditions(form)
    audit.record("setup.save_question", cycle, by=by, changes={"key": key})
    return question


def _check_protected(question: Question, values: Mapping[str, Any], protection: Protection | None) -> None:
    """A protected question can be reworded, but what others rely on must not change."""
    if protection is None:
        return
    fixed = ["kind"]
    fixed += ["audience"] if protection.fixes_audience else []
    fixed += ["is_required", "show_if_key"] if protection.fixes_required else []
    changed = [name for name in fixed if getattr(question, name) != values[name]]
    if changed or _keys(question.options) != _keys(values["options"]):
        raise RuleViolation(
            "protected",
            _("You can reword this question, but not change how it’s answered: %(reason)s")
            % {"reason": protection.reason},
        )


def _keys(options: list[dict[str, str]]) -> list[str]:
    return sorted(option["key"] for option in options)


@transaction.atomic
def move_question(cycle: Cycle, key: str, *, up: bool, by: User) -> None:
    """One place up or down within its page. Raises RuleViolation: no_draft, gone, condition_…"""
    cycle, form = _editable(cycle)
    question = ordering.found(Question.objects.filter(section__form=form, key=key).first())
    questions = list(Question.objects.filter(section=question.section_id).order_by("order", "pk"))
    ordering.swap(questions, key, up=up)
    _check_conditions(form)
    audit.record("setup.move_question", cycle, by=by, changes={"key": key, "up": up})


@transaction.atomic
def remove_question(cycle: Cycle, key: str, *, by: User) -> None:
    """Remove the question from this version; answers to it in earlier versions are kept.

    Raises RuleViolation: no_draft, protected, condition_removed (another question's condition names this one).
    """
    cycle, form = _editable(cycle)
    question = Question.objects.filter(section__form=form, key=key).first()
    if question is None:
        return
    if protection := protections(cycle).get(key):
        raise RuleViolation(
            "protected", _("This question can’t be removed: %(reason)s") % {"reason": protection.reason}
        )
    forget_tests(Application.objects.filter(form=form, is_test=True))
    question.delete()
    ordering.number(list(Question.objects.filter(section=question.section_id).order_by("order", "pk")))
    _check_conditions(form)
    audit.record("setup.remove_question", cycle, by=by, changes={"key": key})


# --- Helpers ----------------------------------------------------------------------------------------


def _page_for_questions(form: FormVersion, key: str) -> Section:
    if key == REFEREE_SECTION:
        raise RuleViolation(
            "referee_page", _("The page about the recommender has its own questions. You can’t add more.")
        )
    return ordering.found(form.sections.filter(key=key).first())


def _check_conditions(form: FormVersion) -> None:
    """Raise RuleViolation, which rolls back the change, if a question's condition can no longer be met."""
    for problem in form_checks.conditions(form_changes.questions_of(form)):
        raise RuleViolation(problem.code, problem.text)
