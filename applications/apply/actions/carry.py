"""Carry-over: start a new application with an earlier one's answers, each marked until the student looks at it."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from applications.apply.actions import draft
from applications.base import answers
from applications.models import Application, CityPreference, Cycle, Question, Recommendation
from applications.states import Status
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import College, User

Kind = Question.Kind
NAMES = ("full_name", "preferred_name")
TEXTS = (Kind.SHORT_TEXT, Kind.LONG_TEXT)


def last_time(cycle: Cycle, student: User) -> Application | None:
    """The student's newest application in an earlier cycle that has an answer, whatever its status."""
    earlier = Application.objects.real().filter(student=student, cycle__opens_at__lt=cycle.opens_at)
    return earlier.exclude(answers=None).select_related("cycle").order_by("-cycle__opens_at", "-pk").first()


@transaction.atomic
def start(cycle: Cycle, *, by: User) -> Application:
    """Start the cycle's application with the earlier one's answers; an existing draft gets those that it lacks.

    Each answer is marked as carried over. Files and the recommendation are not carried; the referee is asked again.
    A second call changes nothing. Raises RuleViolation: nothing_to_carry, or as `draft.start` and
    `draft.save_answers`.
    """
    application = draft.start(cycle, by=by)
    application = (
        Application.objects.select_for_update(of=("self",)).select_related("cycle", "form").get(pk=application.pk)
    )
    if application.carried_from_id or application.status != Status.DRAFT:
        return application
    source = last_time(cycle, by)
    if source is None:
        raise RuleViolation("nothing_to_carry", _("We don’t have any earlier answers from you."))
    values = _values(source, application)
    if values:
        draft.save_answers(application, values, by=by)
        application.draft_fields.filter(key__in=values).update(is_carried=True)
    application.refresh_from_db()
    application.carried_from = source
    application.save(update_fields=["carried_from"])
    audit.record("application.carry", application, by=by, changes={"from": source.code, "keys": sorted(values)})
    return application


@transaction.atomic
def looked_at(application: Application, keys: Iterable[str], *, by: User | None) -> Application:
    """Record that the student confirmed these carried answers. A second call changes nothing."""
    locked = draft.lock_to_write(application)
    marked = locked.draft_fields.filter(key__in=list(keys), is_carried=True)
    found = sorted(marked.values_list("key", flat=True))
    if found:
        marked.update(is_carried=False)
        audit.record("application.look_at_carried", locked, by=by, changes={"keys": found})
    return locked


def _values(source: Application, application: Application) -> dict[str, Any]:
    """The answers to carry, by question key: those that fit the new form and are not answered there yet."""
    said = {item.key for part in answers.parts_of(application) for item in part.form_items if item.is_answered}
    kept = _kept(source)
    values: dict[str, Any] = {}
    for question in Question.objects.filter(section__form=application.form_id).exclude(kind=Kind.FILE):
        value = _cities(source, application) if question.kind == Kind.RANKED_CITIES else _fit(question, kept)
        if value not in (None, "", []) and question.key not in said:
            values[question.key] = value
    # names come from the account, which has the current ones
    values |= {key: getattr(application.person, key) or values[key] for key in NAMES if key in values}
    values |= {key: value for key, value in _referee(source).items() if value and key not in said}
    return values


def _kept(source: Application) -> dict[str, tuple[str, Any]]:
    """Kind and value of each answer by question key; if two versions asked the question, the newer one's."""
    rows = source.answers.select_related("question").order_by("question__section__form__number")
    return {row.question.key: (row.question.kind, row.value) for row in rows}


def _fit(question: Question, kept: dict[str, tuple[str, Any]]) -> Any:
    """The earlier value if the new question can take it, else None."""
    kind, value = kept.get(question.key, ("", None))
    if kind != question.kind and not (kind in TEXTS and question.kind in TEXTS):
        return None
    offered = {key for key, _words in answers.options_of(question)}
    match question.kind:
        case Kind.ONE_OF:
            return value if value in offered else None
        case Kind.SEVERAL_OF:
            return [key for key in value if key in offered] if isinstance(value, list) else None
        case Kind.COLLEGE:
            return value if College.objects.filter(code=value).exists() else None
        case _:
            return value


def _cities(source: Application, application: Application) -> list[str]:
    """The city ranking, without cities that this cycle does not offer."""
    offered = set(application.cycle.cities.filter(is_offered=True).values_list("code", flat=True))
    ranked = [line.code for line in source.city_preferences.select_related("city")]
    kept = [code for code in ranked if code in offered or code == CityPreference.STAY_HOME]
    return kept if kept != [CityPreference.STAY_HOME] else []


def _referee(source: Application) -> dict[str, Any]:
    """The referee asked last time, unless they declined."""
    recommendation = Recommendation.objects.filter(application=source, refused="").first()
    if recommendation is None:
        return {}
    return {key: getattr(recommendation, key) for key in answers.REFEREE_KEYS}
