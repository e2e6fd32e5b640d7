"""An application's answers and its draft fields, in one query; and in which parts of the form anything is written."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import BooleanField, CharField, IntegerField, JSONField, QuerySet, Value

from applications.base.sections import REFEREE_SECTION
from applications.models import (
    Answer,
    Application,
    CityPreference,
    DraftField,
    Question,
    Recommendation,
    Section,
    Upload,
)

# the same columns, so that a union can read both; an answer has no key, a draft field no question
ANSWERS = Answer.objects.order_by().values_list(
    *("question", "value"), Value("", CharField()), Value({}, JSONField()), Value(False, BooleanField())
)
DRAFTS = DraftField.objects.order_by().values_list("pk", "versions", "key", "seen", "is_carried")
# (application, question, name of another part), each where something is written
BEGUN: tuple[QuerySet[Any, tuple[int, int, str]], ...] = (
    *(
        rows.order_by().values_list("application", "question", Value("", CharField()))
        for rows in (Answer.objects, Upload.objects)
    ),
    CityPreference.objects.order_by().values_list(
        "application", Value(0, IntegerField()), Value(Question.Kind.RANKED_CITIES.value, CharField())
    ),
    Recommendation.objects.order_by()
    .exclude(referee_name="", referee_email="", relation="")
    .values_list("application", Value(0, IntegerField()), Value(REFEREE_SECTION, CharField())),
)


def read(application: Application, keys: Collection[str]) -> tuple[list[tuple[int, Any]], dict[str, DraftField]]:
    """All answers as (question id, value), and the draft fields of these keys.

    One query, because Django takes longer to compile a second one than the database to answer it.
    """
    rows = list(
        ANSWERS.filter(application=application).union(DRAFTS.filter(application=application, key__in=keys), all=True)
    )
    drafts = {
        key: DraftField(key=key, versions=versions, seen=seen, is_carried=is_carried)
        for _row, versions, key, seen, is_carried in rows
        if key
    }
    return [(question, value) for question, value, key, _seen, _is_carried in rows if not key], drafts


def sections_begun(application: Application, sections: Iterable[Section]) -> set[str]:
    """Keys of the parts in which something is written: an answer, a file, a city or the referee. One query."""
    return keys_begun(sections, begun_in([application]).get(application.pk, set()))


type Begun = dict[int, set[tuple[int, str]]]


def begun_in(applications: Iterable[Application]) -> Begun:
    """By application, where something is written. One query."""
    first, *more = (rows.filter(application__in=[each.pk for each in applications]) for rows in BEGUN)
    found: Begun = {}
    for application, question, part in first.union(*more):
        found.setdefault(application, set()).add((question, part))
    return found


def keys_begun(sections: Iterable[Section], written: Collection[tuple[int, str]]) -> set[str]:
    """Keys of those of the parts in which something is written. `written`: of one application, from `begun_in`."""
    return {
        section.key
        for section in sections
        if (0, section.key) in written
        or any((question.pk, "") in written or (0, question.kind) in written for question in section.asked)
    }
