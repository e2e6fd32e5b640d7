"""One application's answers, part by part, ready for a page, with what is left to do before it can be submitted.

Read-only. A stored answer can be anything that was typed: an unreadable date is kept as it is and reported as a
problem, so that a draft never loses a word.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from applications.base import written
from applications.base.form_defaults import REFEREE
from applications.base.merge import FieldState, Version, rivals, same, stored
from applications.base.sections import REFEREE_SECTION, questions_of, sections_of
from applications.base.typed_dates import problem_of, read_date
from applications.models import Application, CityPreference, DraftField, Question, Section, Upload
from exchange.base.names import name_problem
from exchange.models import College, PartnerCity
from exchange.templatetags.ui import day_year, words

Kind = Question.Kind
REFEREE_KEYS = tuple(row["key"] for row in REFEREE)
PHONE_KEY = "phone"
NAME_KEYS = ("full_name", "preferred_name", "referee_name")


@dataclass(frozen=True, slots=True)
class Item:
    """One question with its answer.

    `value` is as stored; a list of Upload for files, of PartnerCity for ranked cities, where None is the line "rather
    stay home". `text` is the value as pages show it, "" if empty. `problem` tells the student what to do before
    submitting, "" if nothing. `is_asked` is false if the question's condition does not hold. `is_carried`: carried
    over from last year and not looked at yet. `state`: the versions that devices wrote.
    """

    question: Question
    value: Any
    text: str
    problem: str
    is_asked: bool = True
    is_carried: bool = False
    state: FieldState = FieldState()

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def is_answered(self) -> bool:
        return bool(self.text)

    @property
    def stored(self) -> Any:
        """The value as `Answer` keeps it; for ranked cities a list of codes."""
        if self.question.kind != Kind.RANKED_CITIES:
            return self.value
        return [city.code if city else CityPreference.STAY_HOME for city in self.value or []]

    @property
    def rivals(self) -> tuple[Version, ...]:
        """Competing versions, written on other devices, from which the student has to choose."""
        return rivals(self.state)

    @property
    def is_essay(self) -> bool:
        return self.question.kind == Kind.LONG_TEXT

    @property
    def word_count(self) -> int:
        return words(self.text)

    @property
    def is_short(self) -> bool:
        """A long text with fewer words than its question suggests; a nudge, which never blocks."""
        suggested = self.question.words_suggested
        return self.is_essay and suggested is not None and 0 < self.word_count < suggested


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the form. `form_items` also has questions that are not asked now: typing may meet their condition."""

    section: Section
    form_items: list[Item] = field(default_factory=list)

    @property
    def items(self) -> list[Item]:
        return [item for item in self.form_items if item.is_asked]

    @property
    def key(self) -> str:
        return self.section.key

    @property
    def problems(self) -> list[Item]:
        return [item for item in self.items if item.problem]

    @property
    def carried(self) -> list[Item]:
        """Answers carried over from last year that the student has not looked at since."""
        return [item for item in self.items if item.is_carried and item.is_answered]

    @property
    def is_started(self) -> bool:
        return any(item.is_answered for item in self.items)

    @property
    def is_done(self) -> bool:
        return self.is_started and not self.problems and not self.carried

    def only(self, allowed: Callable[[Question], bool]) -> "Part":
        """The same part, with only the questions that are allowed."""
        return Part(self.section, [item for item in self.items if allowed(item.question)])


def parts_of(application: Application) -> list[Part]:
    """All parts of the form in order. At most seven queries, whatever the length of the form."""
    sections = sections_of(application)
    values = _values(application, sections, of=sections)
    drafts = {row.key: row for row in application.draft_fields.all()}
    return [Part(section, list(_form_items(application, section, values, drafts))) for section in sections]


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that is stored for one application, for a page that shows all of it.

    `answers`: (question id, value), the oldest first. `uploads`: with their questions. Of those questions by id:
    `asked` by the application's version of the form, and `former`, which it doesn't ask.
    """

    answers: list[tuple[int, Any]]
    uploads: list[Upload]
    asked: dict[int, Question]
    former: dict[int, Question]

    def value_of(self, key: str) -> Any:
        """The oldest answer to the question with this key, in whichever version of the form; None without one."""
        questions = self.asked | self.former
        return next((value for question, value in self.answers if questions[question].key == key), None)


def kept_of(application: Application) -> Kept:
    """Two queries, and one more if something answers a question that is no longer asked."""
    answered = list(application.answers.order_by("pk").values_list("question", "value"))
    uploads = list(application.uploads.order_by("uploaded_at", "pk"))
    asked = {question.pk: question for section in sections_of(application) for question in section.asked}
    missing = {*(question for question, _value in answered), *(each.question_id for each in uploads)} - asked.keys()
    former = Question.objects.select_related("section").in_bulk(missing) if missing else {}
    for upload in uploads:
        upload.question = asked.get(upload.question_id) or former[upload.question_id]
    return Kept(answered, uploads, asked, former)


def to_read(application: Application, kept: Kept) -> list[Part]:
    """All parts for somebody who only reads them: the items have no problems and no versions of devices. One query."""
    sections = sections_of(application)
    values = _values(application, sections, of=sections, kept=kept)
    parts = []
    for section in sections:
        items = []
        for question in questions_of(section):
            if is_asked(question, values):
                value = values.get(question.key)
                items.append(Item(question, value, display(question, value, application), ""))
            _leave_out(question, values)
        parts.append(Part(section, items))
    return parts


def part_of(application: Application, sections: Sequence[Section], section: Section) -> Part:
    """One of these sections; of the sections before it, only answers that a condition can name are read."""
    answered, drafts = written.read(application, [question.key for question in questions_of(section)])
    values = _values(application, sections, of=[section], answered=answered)
    for earlier in takewhile(lambda each: each != section, sections):
        for question in questions_of(earlier):
            _leave_out(question, values)
    return Part(section, list(_form_items(application, section, values, drafts)))


def read_by(
    application: Application,
    can_be_read: Callable[[Question], bool],
    answered: Iterable[tuple[int, Any]] | None = None,
) -> Iterator[tuple[Section, Item]]:
    """The answers to the questions that `can_be_read` allows, each with its section; without the referee's page.

    Only the text for display: problems and versions of devices are shown only to those who can edit. `answered`:
    (question, value) of all answers, if the caller has read them already.
    """
    sections = [section for section in sections_of(application) if section.key != REFEREE_SECTION]
    values = _values(application, sections, of=sections, wanted=can_be_read, answered=answered)
    for section in sections:
        for question in section.asked:
            value = values.get(question.key)
            if can_be_read(question) and is_asked(question, values) and (text := display(question, value, application)):
                yield section, Item(question, value, text, "")
            _leave_out(question, values)


def _form_items(
    application: Application, section: Section, values: dict[str, Any], drafts: Mapping[str, DraftField]
) -> Iterable[Item]:
    for question in questions_of(section):
        yield _item(application, question, values, drafts.get(question.key))
        _leave_out(question, values)


def _leave_out(question: Question, values: dict[str, Any]) -> None:
    """Drop a question's answer if it is not asked, so that conditions of later questions cannot build on it."""
    if not is_asked(question, values):
        values.pop(question.key, None)


def is_asked(question: Question, values: Mapping[str, Any]) -> bool:
    """Whether the question's condition holds: the other question's answer is the value, or a list that contains it."""
    if not question.show_if_key:
        return True
    given = values.get(question.show_if_key)
    wanted = question.show_if_value
    return wanted in given if isinstance(given, list) else same(given, wanted)


def unfinished(parts: Iterable[Part]) -> list[Item]:
    """The items that must be fixed before the application can be submitted."""
    return [item for part in parts for item in part.problems]


def by_key(parts: Iterable[Part]) -> dict[str, Item]:
    return {item.key: item for part in parts for item in part.items}


def as_sent(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """The questions asked and their answers, in the active language, as plain values for `SentCopy`."""
    return [
        {
            "title": str(part.section.title),
            "rows": [{"label": str(item.question.label), "text": item.text} for item in part.items],
        }
        for part in parts
    ]


def _values(
    application: Application,
    sections: Sequence[Section],
    *,
    of: Sequence[Section],
    wanted: Callable[[Question], bool] = lambda _question: True,
    answered: Iterable[tuple[int, Any]] | None = None,
    kept: Kept | None = None,
) -> dict[str, Any]:
    """The answers by question key, of all `sections`.

    Files, cities and the referee's fields are read only if a section in `of` asks for them, in a question that is
    `wanted`. `answered`: (question, value) of all answers, if the caller has read them already; `kept`: files as well.
    """
    # questions of the application's own form version; `unplaced_answers.retired` has the answers to others
    asked = {question.pk: question for section in sections for question in section.asked}
    if kept:
        answered = kept.answers
    elif answered is None:
        answered = application.answers.values_list("question", "value")
    values: dict[str, Any] = {asked[question].key: value for question, value in answered if question in asked}
    kinds = {question.kind for section in of for question in section.asked if wanted(question)}
    if Kind.FILE in kinds:
        for upload in kept.uploads if kept else application.uploads.order_by("uploaded_at", "pk"):
            if question := asked.get(upload.question_id):
                upload.question = question
                values.setdefault(question.key, []).append(upload)
    if Kind.RANKED_CITIES in kinds:
        values["cities"] = [line.city for line in application.city_preferences.select_related("city")]
    asks_referee = any(section.key == REFEREE_SECTION for section in of)
    if asks_referee and (recommendation := getattr(application, "recommendation", None)):
        values |= {key: getattr(recommendation, key) for key in REFEREE_KEYS}
    return values


def _item(application: Application, question: Question, values: Mapping[str, Any], draft: DraftField | None) -> Item:
    value = values.get(question.key)
    text = display(question, value, application)
    if not is_asked(question, values):
        return Item(question, value, text, "", is_asked=False, state=draft.state if draft else FieldState())
    if not text:
        problem = _("Not answered yet.") if question.is_required else ""
    else:
        problem = PROBLEMS.get(Kind(question.kind), _no_problem)(question, value)
        if question.key in NAME_KEYS:
            problem = name_problem(text)
        own = application.student.email if application.student else None
        if question.key == "referee_email" and not problem and text.lower() == own:
            problem = _("That’s your own address. Enter the address of the person who recommends you.")
    item = Item(question, value, text, problem, is_carried=bool(draft and draft.is_carried))
    item = replace(item, state=draft.state if draft else stored(item.stored))
    if item.rivals:
        return replace(item, problem=_("Written on two devices. Choose which one to keep."))
    return item


# --- How an answer reads on a page ------------------------------------------------------------------


def display(question: Question, value: Any, application: Application) -> str:
    if value is None or value == "" or value == []:
        return ""
    match question.kind:
        case Kind.YES_NO:
            return option_label(question, "yes" if value is True else "no")
        case Kind.ONE_OF:
            return option_label(question, value)
        case Kind.SEVERAL_OF:
            return ", ".join(option_label(question, key) for key in value)
        case Kind.RANKED_CITIES:
            return "\n".join(ranking_lines(value))
        case Kind.FILE:
            return ", ".join(_file_name(upload) for upload in value)
        case Kind.DATE:
            day = read_date(value)
            return day_year(day) if day else str(value)
        case Kind.COLLEGE:
            return _college_name(value, application)
        case Kind.PHONE:
            number = _read_phone(value)
            return number.as_national if number else str(value)
        case _:
            return str(value)


def version_text(question: Question, value: Any, application: Application) -> str:
    """The text of a stored value, with the names of cities; for a version that another device wrote."""
    if question.kind != Kind.RANKED_CITIES:
        return display(question, value, application)
    cities: dict[str, PartnerCity | None] = {city.code: city for city in application.cycle.cities.all()}
    cities[CityPreference.STAY_HOME] = None
    return display(question, [cities[code] for code in value or [] if code in cities], application)


def ranking_lines(ranked: Iterable[PartnerCity | None]) -> list[str]:
    """Lines such as "1. Hanoi", and the unnumbered line below which the student would rather stay home."""
    lines, number = [], 0
    for city in ranked:
        number += city is not None
        lines.append(f"{number}. {city.name}" if city else "— " + _("I’d rather stay home"))
    return lines


def _file_name(upload: Upload) -> str:
    if upload.state == Upload.State.KEPT:
        return upload.original_name
    return f"{upload.original_name} ({upload.get_state_display()})"


def _college_name(code: str, application: Application) -> str:
    if application.college and application.college.code == code:
        return application.college.name
    college = College.objects.filter(code=code).first()
    return college.name if college else code


def option_label(question: Question, key: Any) -> str:
    """The label of an option in the active language."""
    for option in options_of(question):
        if option[0] == key:
            return option[1]
    return str(key)


def options_of(question: Question) -> list[tuple[str, str]]:
    """(key, label) of each option; "yes" and "no" for a yes-or-no question without labels of its own."""
    if question.kind == Kind.YES_NO and not question.options:
        return [("yes", _("Yes")), ("no", _("No"))]
    language = (get_language() or "en")[:2]
    return [(option["key"], option.get(language) or option["en"]) for option in question.options]


# --- What is left to fix ----------------------------------------------------------------------------


def _read_phone(value: Any) -> PhoneNumber | None:
    try:
        number = PhoneNumber.from_string(str(value), region=settings.HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    return number if number.is_valid() else None


def _no_problem(question: Question, value: Any) -> str:
    return ""


def _long_text_problem(question: Question, value: Any) -> str:
    count, limit = words(value), question.words_max
    if not limit or count <= limit:
        return ""
    over = count - limit
    return ngettext(
        "%(over)s word too many. The limit is %(limit)s.",
        "%(over)s words too many. The limit is %(limit)s.",
        over,
    ) % {"over": over, "limit": limit}


def _number_problem(question: Question, value: Any) -> str:
    return "" if isinstance(value, int) else _("Write a whole number, such as 12.")


def _date_problem(question: Question, value: Any) -> str:
    return problem_of(value)


def _phone_problem(question: Question, value: Any) -> str:
    return "" if _read_phone(value) else _("Write the phone number with its area code, such as 213 555 0101.")


def _email_problem(question: Question, value: Any) -> str:
    try:
        validate_email(value)
    except ValidationError:
        return _("Write the whole email address, such as lena@college.edu.")
    return ""


def _file_problem(question: Question, value: Any) -> str:
    refused = next((upload for upload in value if upload.state == Upload.State.REFUSED), None)
    if refused is not None:
        return _("We couldn’t accept “%(name)s”. %(why)s Remove it or send another one.") % {
            "name": refused.original_name,
            "why": refused.get_refused_because_display(),
        }
    # count surplus files of a draft merge; but not a new file that is still being checked and will replace another
    there = [each for each in value if question.files_max > 1 or each.is_surplus or each.state == Upload.State.KEPT]
    if len(there) <= question.files_max:
        return ""
    return ngettext(
        "You have %(there)s files here, but we take only %(most)s. Remove the ones you don’t want to send.",
        "You have %(there)s files here, but we take up to %(most)s. Remove the ones you don’t want to send.",
        question.files_max,
    ) % {"there": len(there), "most": question.files_max}


PROBLEMS: dict[str, Callable[[Question, Any], str]] = {
    Kind.LONG_TEXT: _long_text_problem,
    Kind.NUMBER: _number_problem,
    Kind.DATE: _date_problem,
    Kind.PHONE: _phone_problem,
    Kind.EMAIL: _email_problem,
    Kind.FILE: _file_problem,
}
