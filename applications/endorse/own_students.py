"""Evaluates a cycle's conditions on several applications at once, for their advisor. Read-only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, prefetch_related_objects
from django.utils.functional import Promise

from applications.base import answers, conditions
from applications.base.conditions import Condition
from applications.base.eligibility import Operator, Result
from applications.models import Answer, Application, Cycle, Question
from applications.models.application import may_tell
from applications.states import Status

UNITS, STANDING, NUMBER, NAME = "units", "good_standing", "student_number", "full_name"
OWED = Q(may_tell(), status=Status.SUBMITTED, endorsement__isnull=True)
UNSIGNED = Q(~may_tell(), status=Status.SUBMITTED, endorsement__isnull=True)
# by the list's choice of what is owed
WANTED = {"": Q(), "yes": OWED, "no": Q(endorsement__isnull=False), "unsigned": UNSIGNED}
ORDER = (Result.DOES_NOT_MEET, Result.ASK_AN_ADVISOR, Result.MEETS)


@dataclass(frozen=True, slots=True)
class Judged:
    """`said`: the student's answers by question key. `conditions`: evaluated with the college's units where known."""

    application: Application
    said: Mapping[str, Any]
    conditions: Sequence[Condition]

    @property
    def overall(self) -> Result:
        return _worst(self.conditions)

    @property
    def label(self) -> Promise:
        return conditions.LABELS[self.overall]

    @property
    def tone(self) -> str:
        return conditions.TONES[self.overall]

    @property
    def open(self) -> list[Condition]:
        """The conditions whose result is not MEETS."""
        return [each for each in self.conditions if each.result != Result.MEETS]

    @property
    def needs_a_look(self) -> bool:
        """Whether any condition but the one on units, which the college is about to state, is not MEETS."""
        return _worst([each for each in self.conditions if each.rule.question_key != UNITS]) != Result.MEETS


def _worst(found: Iterable[Condition]) -> Result:
    results = {each.result for each in found}
    return next((each for each in ORDER if each in results), Result.MEETS)


def judge(
    cycle: Cycle,
    applications: Sequence[Application],
    *,
    units: Mapping[int, int] | None = None,
    said: Mapping[int, Mapping[str, Any]] | None = None,
) -> list[Judged]:
    """Each application with its conditions, in the order given. At most four queries, however many there are.

    `units`: the college's number by primary key; it replaces the student's own. `said`: the answers, if the caller
    has read them already.
    """
    values = said_in(applications, keys_of(cycle)) if said is None else said
    known = units or {}
    return [
        Judged(each, values[each.pk], conditions.judge(cycle, _with_units(values[each.pk], known.get(each.pk))))
        for each in applications
    ]


def keys_of(cycle: Cycle) -> set[str]:
    """Keys of the questions that an advisor's page needs."""
    prefetch_related_objects([cycle], "rules")
    return {rule.question_key for rule in cycle.rules.all()} | {UNITS, STANDING}


def _with_units(said: Mapping[str, Any], units: int | None) -> Mapping[str, Any]:
    return said if units is None else {**said, UNITS: units}


def said_in(
    applications: Sequence[Application], keys: Iterable[str], *, within: QuerySet[Application] | None = None
) -> Mapping[int, dict[str, Any]]:
    """The answers to these questions by application, without answers to questions that aren't asked of that student.
    Two queries.

    `within`: the query that gave the applications, where there are too many to list their keys.
    """
    forms = {each.form_id for each in applications}
    wanted = set(keys)
    asked = Question.objects.filter(section__form__in=forms, key__in=wanted)
    by_key = {(each.section.form_id, each.key): each for each in asked.select_related("section")}
    depends_on = {each.show_if_key for each in by_key.values() if each.show_if_key}
    whose: Any = list(applications) if within is None else within.order_by().values("pk")
    rows = Answer.objects.filter(
        application__in=whose,
        question__key__in=wanted | depends_on,
        question__section__form=F("application__form"),
    ).values_list("application", "question__section__form", "question__key", "value")
    given: dict[int, dict[str, Any]] = defaultdict(dict)
    form_of = {}
    for pk, form, key, value in rows:
        given[pk][key], form_of[pk] = value, form
    return defaultdict(
        dict,
        {
            pk: {
                key: value
                for key, value in values.items()
                if (question := by_key.get((form_of[pk], key))) and answers.is_asked(question, values)
            }
            for pk, values in given.items()
        },
    )


def units_needed(cycle: Cycle) -> float | None:
    """The fewest units that meet the cycle's condition; None without such a condition."""
    for rule in cycle.rules.all():
        if rule.question_key == UNITS and rule.operator == Operator.AT_LEAST:
            try:
                return float(rule.value)
            except (TypeError, ValueError):
                return None
    return None


def email_keys(cycle: Cycle) -> set[str]:
    """Keys of the questions in the cycle's forms that ask for the student's own email. One query."""
    asked = Question.objects.filter(section__form__cycle=cycle, kind=Question.Kind.EMAIL)
    return set(asked.values_list("key", flat=True))
