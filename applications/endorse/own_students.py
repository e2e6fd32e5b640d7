"""The conditions of a cycle on several applications at once, as their advisor sees them. Read-only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, prefetch_related_objects

from applications.base import answers, conditions
from applications.base.conditions import Condition
from applications.base.eligibility import Operator, Result
from applications.models import Answer, Application, Cycle, Question

UNITS, STANDING, NUMBER, NAME = "units", "good_standing", "student_number", "full_name"
ORDER = (Result.DOES_NOT_MEET, Result.ASK_AN_ADVISOR, Result.MEETS)


@dataclass(frozen=True, slots=True)
class Judged:
    """`said`: what the student answered, by question key; `conditions`: with the college's units where known."""

    application: Application
    said: Mapping[str, Any]
    conditions: Sequence[Condition]

    @property
    def overall(self) -> Result:
        return _worst(self.conditions)

    @property
    def label(self):
        return conditions.LABELS[self.overall]

    @property
    def tone(self) -> str:
        return conditions.TONES[self.overall]

    @property
    def open(self) -> list[Condition]:
        """The conditions that are not plainly met."""
        return [each for each in self.conditions if each.result != Result.MEETS]

    @property
    def needs_a_look(self) -> bool:
        """Something other than the units, which the college is about to say, is not plainly met."""
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
    """Each application with its conditions, in the order given. Four queries at most, however many there are.

    `units`: what the college says, by primary key; it counts in place of what the student wrote. `said`: the answers,
    where they were read already.
    """
    values = said_in(applications, keys_of(cycle)) if said is None else said
    known = units or {}
    return [
        Judged(each, values[each.pk], conditions.judge(cycle, _with_units(values[each.pk], known.get(each.pk))))
        for each in applications
    ]


def keys_of(cycle: Cycle) -> set[str]:
    """The questions that an advisor's page needs."""
    prefetch_related_objects([cycle], "rules")
    return {rule.question_key for rule in cycle.rules.all()} | {UNITS, STANDING}


def _with_units(said: Mapping[str, Any], units: int | None) -> Mapping[str, Any]:
    return said if units is None else {**said, UNITS: units}


def said_in(
    applications: Sequence[Application], keys: Iterable[str], *, within: QuerySet[Application] | None = None
) -> Mapping[int, dict[str, Any]]:
    """The answers to these questions by application, without those that are not asked of somebody. Two queries.

    `within`: the query that gave the applications, where there are too many to name each.
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
    """From how many units on the cycle's own condition is met; None where it has none."""
    for rule in cycle.rules.all():
        if rule.question_key == UNITS and rule.operator == Operator.AT_LEAST:
            try:
                return float(rule.value)
            except (TypeError, ValueError):
                return None
    return None


def email_keys(cycle: Cycle) -> set[str]:
    """The questions of the cycle's forms that ask for the student's own email. One query."""
    asked = Question.objects.filter(section__form__cycle=cycle, kind=Question.Kind.EMAIL)
    return set(asked.values_list("key", flat=True))
