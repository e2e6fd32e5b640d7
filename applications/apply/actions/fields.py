"""The fields of one application as rows: what is stored, how devices' versions are kept, what is copied out.

Used by `actions.draft`, inside its transaction and under its lock. An answer is a row, cities and referee have
tables of their own; beside each stands a `DraftField` with the versions that devices wrote.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import answers
from applications.base.merge import FieldState, same, stored
from applications.base.sections import REFEREE_SECTION, questions_by_key, unknown_question
from applications.models import Answer, Application, CityPreference, DraftField, Question, Recommendation, Upload
from exchange.base.errors import RuleViolation
from exchange.base.names import name_problem
from exchange.models import College, Language, PartnerCity, User

Kind = Question.Kind
REFEREE_MAX = {key: cast("int", getattr(Recommendation, key).field.max_length) for key in answers.REFEREE_KEYS}


@dataclass(slots=True)
class Known:
    """What is stored of some fields: read in a few queries, whatever their number."""

    questions: dict[str, Question]
    recommendation: Recommendation | None
    values: dict[str, Any] = field(default_factory=dict)
    states: dict[str, FieldState] = field(default_factory=dict)

    def refusal(self, application: Application, key: str) -> RuleViolation | None:
        """Why this field takes no change, None if it does."""
        section = REFEREE_SECTION if key in answers.REFEREE_KEYS else ""
        if key in self.questions:
            section = self.questions[key].section.key
        if not section:
            return unknown_question()
        if not application.opens_section(section):
            return RuleViolation("part_not_open", _("Only the parts that we asked you to fix can be changed now."))
        if key in answers.REFEREE_KEYS and self.recommendation and self.recommendation.received_at:
            return RuleViolation(
                "referee_has_written",
                _("The person who recommends you has written already, so this page can’t be changed."),
            )
        return None


# --- Reading ----------------------------------------------------------------------------------------


def load(application: Application, keys: Collection[str]) -> Known:
    asked = questions_by_key(application, keys)
    questions = {key: question for key, question in asked.items() if question.kind != Kind.FILE}
    recommendation = None
    if any(key in answers.REFEREE_KEYS for key in keys):
        recommendation, _created = Recommendation.objects.select_for_update(of=("self",)).get_or_create(
            application=application
        )
    known = Known(questions, recommendation)
    known.values = _stored(application, known, keys)
    kept = {row.key: row.state for row in application.draft_fields.filter(key__in=keys)}
    known.states = {key: kept.get(key) or stored(known.values.get(key)) for key in keys}
    return known


def states_of(application: Application) -> dict[str, FieldState]:
    """Every field that a device wrote."""
    return {row.key: row.state for row in application.draft_fields.all()}


def _stored(application: Application, known: Known, keys: Collection[str]) -> dict[str, Any]:
    asked = {question.pk: key for key, question in known.questions.items()}
    answered = application.answers.filter(question__in=asked).values_list("question", "value")
    values: dict[str, Any] = {asked[question]: value for question, value in answered}
    if any(question.kind == Kind.RANKED_CITIES for question in known.questions.values()):
        cities = [line.code for line in application.city_preferences.select_related("city")]
        values |= {key: cities for key, question in known.questions.items() if question.kind == Kind.RANKED_CITIES}
    if known.recommendation:
        values |= {key: getattr(known.recommendation, key) for key in answers.REFEREE_KEYS if key in keys}
    return values


# --- Writing ----------------------------------------------------------------------------------------


def keep_states(application: Application, states: Mapping[str, FieldState]) -> None:
    """Store what devices wrote. A field that a person wrote in is not "from last year" any more."""
    rows = [DraftField(application=application, key=key) for key in states]
    for row in rows:
        row.state = states[row.key]
    DraftField.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["application", "key"],
        update_fields=["versions", "seen", "is_carried"],
    )


def store(application: Application, known: Known, values: Mapping[str, Any]) -> list[str]:
    """Bring the rows to these values; returns the keys that changed, and marks the application as saved."""
    differing = {key: value for key, value in values.items() if not same(known.values.get(key), value)}
    cities = {key: value for key, value in differing.items() if key in known.questions and _ranks(known, key)}
    referee = {key: value or "" for key, value in differing.items() if key in answers.REFEREE_KEYS}
    plain = {key: value for key, value in differing.items() if key not in cities and key not in referee}
    _store_plain(application, known, plain)
    changed = [*plain, *(key for key, codes in cities.items() if _store_cities(application, codes or []))]
    if referee and known.recommendation:
        _store_referee(known.recommendation, referee)
        changed += referee
    if changed:
        copy_out(application, {key: differing[key] for key in changed})
        mark_saved(application)
    return changed


def _ranks(known: Known, key: str) -> bool:
    return known.questions[key].kind == Kind.RANKED_CITIES


def mark_saved(application: Application) -> None:
    application.saved_at = timezone.now()
    application.save(update_fields=["saved_at", "college", "answer_language"])


def _store_plain(application: Application, known: Known, values: Mapping[str, Any]) -> None:
    emptied = [known.questions[key] for key, value in values.items() if same(value, None)]
    if emptied:
        application.answers.filter(question__in=emptied).delete()
    written = [
        Answer(application=application, question=known.questions[key], value=value)
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
    """What lists, scopes and greetings need without a join: the college, the language, the names.

    Sets them on the application without saving it; a visitor has no account whose names could be set.
    """
    if values.get("college"):
        application.college = College.objects.filter(code=values["college"]).first() or application.college
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
    """Remove the stored file: for after the commit, so that a rollback finds it still there."""
    storage, name = upload.file.storage, upload.file.name or ""
    return lambda: storage.delete(name) if name else None  # of a refused one it is gone
