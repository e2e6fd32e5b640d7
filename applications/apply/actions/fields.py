"""The fields of one application as rows: loaded once, stored once. `applications.apply.saving` decides in between.

Used inside an action's transaction and under its lock. An answer is a row, cities and referee have tables of their own;
beside each stands a `DraftField` with the versions that devices wrote.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.utils import timezone

from applications.apply import help_record
from applications.apply.saving import Field, Refusal, values_of
from applications.base import answers
from applications.base.merge import FieldState, same, stored
from applications.base.searching import STUDENT_NUMBER, plain_number
from applications.base.sections import REFEREE_SECTION, questions_by_key
from applications.models import Answer, Application, CityPreference, DraftField, Question, Recommendation, Upload
from exchange.base.names import name_problem
from exchange.files import storage
from exchange.models import College, Language, PartnerCity, User

Kind = Question.Kind
COPIED_OUT = ("college", "student_number", "answer_language")  # the application's columns that `copy_out` sets
NUMBER_MAX = cast("int", Application._meta.get_field("student_number").max_length)
REFEREE_MAX = {key: cast("int", getattr(Recommendation, key).field.max_length) for key in answers.REFEREE_KEYS}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is stored of some fields of one application, by key. `questions` has no files and nothing of the referee."""

    application: Application
    questions: Mapping[str, Question]
    recommendation: Recommendation | None
    values: Mapping[str, Any]
    fields: Mapping[str, Field]


# --- Reading ----------------------------------------------------------------------------------------


def load(application: Application, keys: Collection[str], *, by: User | None) -> Loaded:
    """These fields, and which of them take no change by this person now; in a few queries, however many they are."""
    asked = questions_by_key(application, keys)
    questions = {key: question for key, question in asked.items() if question.kind != Kind.FILE}
    recommendation = None
    if any(key in answers.REFEREE_KEYS for key in keys):
        recommendation, _created = Recommendation.objects.select_for_update(of=("self",)).get_or_create(
            application=application
        )
    values = _values(application, questions, recommendation, keys)
    kept = {row.key: row.state for row in application.draft_fields.filter(key__in=keys)}
    is_helper = help_record.is_helper(application, by)
    fields = {
        key: Field(
            kept.get(key) or stored(values.get(key)),
            _referee_refusal(application, recommendation, is_helper=is_helper)
            if recommendation and key in answers.REFEREE_KEYS
            else _question_refusal(application, questions.get(key)),
        )
        for key in keys
    }
    return Loaded(application, questions, recommendation, values, fields)


def states_of(application: Application) -> dict[str, FieldState]:
    """Every field that a device wrote."""
    return {row.key: row.state for row in application.draft_fields.all()}


def _question_refusal(application: Application, question: Question | None) -> Refusal | None:
    if question is None:
        return Refusal.UNKNOWN_QUESTION
    return None if application.opens_section(question.section.key) else Refusal.PART_NOT_OPEN


def _referee_refusal(application: Application, recommendation: Recommendation, *, is_helper: bool) -> Refusal | None:
    """Once asked, the referee stays the student's choice; once the letter is there, nobody changes who wrote it."""
    if not application.opens_section(REFEREE_SECTION):
        return Refusal.PART_NOT_OPEN
    if recommendation.received_at:
        return Refusal.REFEREE_HAS_WRITTEN
    if is_helper and recommendation.requested_at:
        return Refusal.REFEREE_IS_THE_STUDENTS
    return None


def _values(
    application: Application,
    questions: Mapping[str, Question],
    recommendation: Recommendation | None,
    keys: Collection[str],
) -> dict[str, Any]:
    asked = {question.pk: key for key, question in questions.items()}
    answered = application.answers.filter(question__in=asked).values_list("question", "value")
    values: dict[str, Any] = {asked[question]: value for question, value in answered}
    ranked = [key for key, question in questions.items() if question.kind == Kind.RANKED_CITIES]
    if ranked:
        cities = [line.code for line in application.city_preferences.select_related("city")]
        values |= dict.fromkeys(ranked, cities)
    if recommendation:
        values |= {key: getattr(recommendation, key) for key in answers.REFEREE_KEYS if key in keys}
    return values


# --- Writing ----------------------------------------------------------------------------------------


def store(loaded: Loaded, states: Mapping[str, FieldState]) -> dict[str, Any]:
    """Store these states, and bring the rows to what they show.

    Returns the values that changed, by key. Marks the application as saved if any did.
    """
    application = loaded.application
    values = values_of(states)
    differing = {key: value for key, value in values.items() if not same(loaded.values.get(key), value)}
    cities = {key: value for key, value in differing.items() if _ranks(loaded, key)}
    referee = {key: value or "" for key, value in differing.items() if key in answers.REFEREE_KEYS}
    plain = {key: value for key, value in differing.items() if key not in cities and key not in referee}
    _store_plain(loaded, plain)
    changed = [*plain, *(key for key, codes in cities.items() if _store_cities(application, codes or []))]
    if referee and loaded.recommendation:
        _store_referee(loaded.recommendation, referee)
        changed += referee
    if changed:
        copy_out(application, {key: differing[key] for key in changed})
        mark_saved(application)
    _store_states(application, states)
    return {key: values[key] for key in changed}


def _store_states(application: Application, states: Mapping[str, FieldState]) -> None:
    """Store what devices wrote. A field that a person wrote in doesn't come from an earlier application any longer."""
    rows = [DraftField(application=application, key=key) for key in states]
    for row in rows:
        row.state = states[row.key]
    if rows:
        DraftField.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["application", "key"],
            update_fields=["versions", "seen", "is_carried"],
        )


def _ranks(loaded: Loaded, key: str) -> bool:
    return key in loaded.questions and loaded.questions[key].kind == Kind.RANKED_CITIES


def mark_saved(application: Application) -> None:
    application.saved_at = timezone.now()
    application.save(update_fields=["saved_at", *COPIED_OUT])


def _store_plain(loaded: Loaded, values: Mapping[str, Any]) -> None:
    application = loaded.application
    emptied = [loaded.questions[key] for key, value in values.items() if same(value, None)]
    if emptied:
        application.answers.filter(question__in=emptied).delete()
    written = [
        Answer(application=application, question=loaded.questions[key], value=value)
        for key, value in values.items()
        if not same(value, None)
    ]
    if written:
        Answer.objects.bulk_create(
            written,
            update_conflicts=True,
            unique_fields=["application", "question"],
            update_fields=["value", "saved_at"],
        )


def _store_cities(application: Application, codes: Iterable[str]) -> bool:
    """Replace the ranking; cities that the cycle does not offer and repeats are left out."""
    offered: dict[str, PartnerCity | None] = {city.code: city for city in application.cycle.cities.all()}
    offered[CityPreference.STAY_HOME] = None
    wanted = [offered[code] for code in dict.fromkeys(codes) if code in offered]
    if wanted == [line.city for line in application.city_preferences.select_related("city")]:
        return False
    application.city_preferences.all().delete()
    CityPreference.objects.bulk_create(
        CityPreference(application=application, city=city, rank=rank) for rank, city in enumerate(wanted, start=1)
    )
    return True


def _store_referee(recommendation: Recommendation, values: Mapping[str, str]) -> None:
    """Tells nobody: the page saves while an address is being typed. Sending the application asks whoever it names."""
    recommendation.name({key: str(value)[: REFEREE_MAX[key]] for key, value in values.items()})
    recommendation.save()


def copy_out(application: Application, values: Mapping[str, Any]) -> None:
    """What lists, scopes, searches and greetings need without a join: the college, the student number, the language,
    the names.

    Sets them on the application without saving it; a visitor has no account whose names could be set.
    """
    if values.get("college"):
        application.college = College.objects.filter(code=values["college"]).first() or application.college
    if STUDENT_NUMBER in values:
        application.student_number = plain_number(values[STUDENT_NUMBER])[:NUMBER_MAX]
    if values.get("answer_language") in Language:
        application.answer_language = values["answer_language"]
    names = {
        name: str(values[name])[:limit]
        for name, limit in (("full_name", 150), ("preferred_name", 60))
        if values.get(name) and not name_problem(str(values[name]))
    }
    if names and application.student_id and not application.is_test:
        User.objects.filter(pk=application.student_id).update(**names)


# --- Files ------------------------------------------------------------------------------------------


def deletion(upload: Upload) -> Callable[[], None]:
    return storage.deletion(upload.file)
