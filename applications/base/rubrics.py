"""A cycle's rubric in its current and earlier wordings: it may be reworded while readers use it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from applications.models import Assignment, Cycle, RubricCriterion, RubricVersion
from exchange.base.codes import new_code

type Snapshot = list[dict[str, Any]]
Kind = RubricCriterion.Kind


@dataclass(frozen=True, slots=True)
class RubricChange:
    """One changed text of the rubric. `points`: the level's, 0 for the criterion's own. `kind`: "text" (a level's, or
    the title), "sample", "ask" (what an interviewer asks) or "question" (the answer that is scored)."""

    criterion: str
    points: int
    before: str
    after: str
    kind: str = "text"


def criteria_of(cycle: Cycle, kind: Kind = Kind.READING) -> Sequence[RubricCriterion]:
    """The current criteria in order, with their levels, from a cache: don't change the rows."""
    return _criteria(cycle.pk, kind, cycle.rubric_mark)


def criteria_for(assignment: Assignment) -> Sequence[RubricCriterion]:
    """What is scored. In an interview the interviews' own, or the readers' in a cycle that has none."""
    cycle = assignment.application.cycle
    own = criteria_of(cycle, Kind.INTERVIEW) if assignment.is_interview else ()
    return own or criteria_of(cycle)


@lru_cache(maxsize=64)
def _criteria(cycle: int, kind: Kind, _mark: str) -> Sequence[RubricCriterion]:
    """Cached per process; `_mark` is part of the key, and a change of the rubric replaces it (`touch`)."""
    return tuple(RubricCriterion.objects.filter(cycle=cycle, kind=kind).prefetch_related("levels"))


def touch(cycle: Cycle) -> None:
    """Invalidate every process's cached rubric. To be called in the transaction that changes it."""
    cycle.rubric_mark = new_code()
    cycle.save(update_fields=["rubric_mark"])


def forget_rubrics() -> None:
    """Clear this process's cache; for tests, which write rows without `touch`."""
    _criteria.cache_clear()


def levels_of(criterion: RubricCriterion) -> tuple[tuple[int, str, str], ...]:
    """(points, text, sample) of each level, as components/rubric.html shows them."""
    return tuple((level.points, level.text, level.sample) for level in criterion.levels.all())


def snapshot(criteria: Iterable[RubricCriterion]) -> Snapshot:
    """The criteria with their levels as `RubricVersion.criteria` stores them. Prefetch the levels."""
    return [
        {
            "key": each.key,
            "question_key": each.question_key,
            "title_en": each.title_en,
            "title_es": each.title_es,
            "ask_en": each.ask_en,
            "ask_es": each.ask_es,
            "levels": [
                {
                    "points": level.points,
                    "text_en": level.text_en,
                    "text_es": level.text_es,
                    "sample_en": level.sample_en,
                    "sample_es": level.sample_es,
                }
                for level in each.levels.all()
            ],
        }
        for each in criteria
    ]


def versions_of(cycle: Cycle, numbers: Iterable[int]) -> dict[int, RubricVersion]:
    """The earlier wordings by number; no query if all the numbers are the current one."""
    former = {number for number in numbers if number < cycle.rubric_version}
    if not former:
        return {}
    return {version.number: version for version in cycle.rubric_versions.filter(number__in=former)}


def words_by(version: RubricVersion) -> dict[str, dict[int, str]]:
    """{criterion key: {points: text}} of an earlier wording, in the active language."""
    return {
        criterion["key"]: {level["points"]: _said(level, "text") for level in criterion["levels"]}
        for criterion in version.criteria
    }


def titles_by(version: RubricVersion) -> dict[str, str]:
    return {criterion["key"]: _said(criterion, "title") for criterion in version.criteria}


def changes_since(cycle: Cycle, number: int, criteria: Iterable[RubricCriterion]) -> list[RubricChange]:
    """What of these criteria's wording has changed since version `number`. Readers' and interviewers' words have the
    same versions, so a newer one can be without any. No query if there is no newer one; prefetch the levels."""
    if number >= cycle.rubric_version:
        return []
    then = cycle.rubric_versions.filter(number__gte=number).order_by("number").first()
    return changes_between(then.criteria, snapshot(criteria)) if then else []


def changes_between(before: Snapshot, after: Snapshot) -> list[RubricChange]:
    """The texts that differ, in the active language, criterion by criterion."""
    former = {criterion["key"]: criterion for criterion in before}
    changes: list[RubricChange] = []
    for now in after:
        then = former.get(now["key"])
        if then is None:
            continue
        title = _said(now, "title")
        if _said(then, "title") != title:
            changes.append(RubricChange(title, 0, _said(then, "title"), title))
        if _said(then, "ask") != _said(now, "ask"):
            changes.append(RubricChange(title, 0, _said(then, "ask"), _said(now, "ask"), "ask"))
        if then.get("question_key", "") != now["question_key"]:
            changes.append(RubricChange(title, 0, then.get("question_key", ""), now["question_key"], "question"))
        levels = {level["points"]: level for level in then["levels"]}
        for level in now["levels"]:
            old = levels.get(level["points"], {})
            for kind in ("text", "sample"):
                if _said(old, kind) != _said(level, kind):
                    changes.append(RubricChange(title, level["points"], _said(old, kind), _said(level, kind), kind))
    return changes


def _said(row: dict[str, Any], name: str) -> str:
    language = (get_language() or "en")[:2]
    return row.get(f"{name}_{language}") or row.get(f"{name}_en") or ""
