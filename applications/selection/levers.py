"""Finds, from the answers, which applications belong to the groups for which a committee may keep seats.

The only module of the selection that reads answers (docs/adr/0015; test_levers.py). It returns the names
of groups and no answers. Readers, ranking and scoring never call it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from applications.base import answers
from applications.models import Answer, Application, Cycle, Lever, Question, Reserve

COLLEGE = "college"


def for_cycle(cycle: Cycle) -> list[Lever]:
    return list(cycle.levers.all())


def members(lever: Lever) -> QuerySet[Application]:
    """The applications of the lever's cycle whose answer is one of its values, whatever their state."""
    given = _answers([lever]).filter(_one_of(lever.values))
    return Application.objects.filter(cycle=lever.cycle_id, is_test=False, pk__in=given.values("application"))


def question_of(lever: Lever) -> Question | None:
    """The lever's question in the newest form of the cycle."""
    return _questions(lever).first()


def _questions(lever: Lever) -> QuerySet[Question]:
    asked = Question.objects.filter(section__form__cycle=lever.cycle_id, key=lever.question_key)
    return asked.order_by("-section__form")


def options(lever: Lever) -> list[tuple[object, str]]:
    """(stored answer, label): the options in the cycle's forms, the newest form first; then values that are in none."""
    found: dict[object, str] = {}
    for question in _questions(lever):
        for key, words in answers.options_of(question):
            found.setdefault(key == "yes" if question.kind == Question.Kind.YES_NO else key, words)
    return [*found.items(), *((value, str(value)) for value in lever.values if value not in found)]


def group_key(lever: Lever | None, value: object = "", college: str = "") -> str:
    """The key of a group: "need", "district:7", "college:lacc"."""
    if lever is None:
        return f"{COLLEGE}:{college}"
    return f"{lever.kind}:{value}" if lever.kind == Lever.Kind.DISTRICT else lever.kind


def group_of_reserve(reserve: Reserve) -> str:
    return group_key(reserve.lever, reserve.value, reserve.college.code if reserve.college else "")


def groups_of(applications: Iterable[Application]) -> dict[int, frozenset[str]]:
    """The groups of each application of one cycle, by primary key. Three queries, however many there are.

    A queryset is evaluated as a subquery. For a list of rows, fetch them with their `college`.
    """
    if isinstance(applications, QuerySet):
        chosen = applications.order_by()
        colleges = list(chosen.values_list("pk", "cycle_id", "college__code"))
        scope: Iterable[Any] = chosen.values("pk")
    else:
        rows = list(applications)
        colleges = [(row.pk, row.cycle_id, row.college.code if row.college else None) for row in rows]
        scope = [row.pk for row in rows]
    found: defaultdict[int, set[str]] = defaultdict(set)
    for pk, _cycle, code in colleges:
        found[pk] |= {group_key(None, college=code)} if code else set()
    cycles = {cycle for _pk, cycle, _code in colleges}
    by_key: defaultdict[tuple[int, str], list[Lever]] = defaultdict(list)
    levers = list(Lever.objects.filter(cycle__in=cycles))
    for lever in levers:
        by_key[lever.cycle_id, lever.question_key].append(lever)
    if levers:
        given = _answers(levers).filter(application__in=scope)
        for pk, cycle, key, value in given.values_list(
            "application", "application__cycle", "question__key", "value"
        ).iterator(chunk_size=10_000):
            found[pk] |= {group_key(lever, value) for lever in by_key[cycle, key] if _counts(value, lever.values)}
    return {pk: frozenset(groups) for pk, groups in found.items()}


def counts_of(cycle: Cycle) -> Mapping[str, int]:
    """How many submitted and not withdrawn applications are in each group."""
    counts: defaultdict[str, int] = defaultdict(int)
    for groups in groups_of(cycle.applications.in_the_cycle()).values():
        for group in groups:
            counts[group] += 1
    return counts


def _answers(levers: Iterable[Lever]) -> QuerySet[Answer]:
    asked = Q(pk__in=())
    for lever in levers:
        asked |= Q(section__form__cycle=lever.cycle_id, key=lever.question_key)
    return Answer.objects.filter(question__in=Question.objects.filter(asked)).order_by()


def _one_of(values: Iterable[object]) -> Q:
    found = Q(pk__in=())
    for value in values:
        found |= Q(value=value)
    return found


def _counts(value: object, values: Iterable[object]) -> bool:
    """Whether the answer is one of these, compared as the database does: True is not 1."""
    return any(type(value) is type(each) and value == each for each in values)
