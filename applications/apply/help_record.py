"""What a helper changed in an application, as the record has it. Reads only, and says what a save should record."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from applications.base import answers
from applications.base.form_defaults import REFEREE
from applications.models import Application, CityPreference, HelpSession, Question
from exchange.models import College, Event, PartnerCity, User

Kind = Question.Kind
SAVES = ("application.save_answers", "application.save_upload", "application.remove_upload")


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that a helper wrote. `was` and `now`: how it read; empty with `is_long`, and for files."""

    at: datetime
    by: User
    question: str
    was: str = ""
    now: str = ""
    is_long: bool = False
    is_file: bool = False


def is_helper(application: Application, by: User | None) -> bool:
    """Whoever writes in a student's application and is not the student."""
    return by is not None and application.student_id is not None and by.pk != application.student_id


def kept(
    application: Application,
    questions: Mapping[str, Question],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    by: User | None,
) -> dict[str, dict[str, Any]]:
    """For the event of a save: old and new of short answers by question key, if a helper wrote them.

    Never of a long text: the record holds none. Nothing at all of what students write themselves.
    """
    if not is_helper(application, by):
        return {}
    short = [key for key in after if key not in questions or questions[key].kind != Kind.LONG_TEXT]
    return {"was": {key: before.get(key) for key in short}, "now": {key: after[key] for key in short}}


def count_of(session: HelpSession) -> int:
    return sum(len(_keys(event)) for event in _events([session]))


def changes_of(application: Application, sessions: Collection[HelpSession]) -> list[Change]:
    """Every change that these helpers made, newest first. The same few queries for one change and for many."""
    events = _events(sessions)
    if not events:
        return []
    questions = {each.key: each for each in Question.objects.filter(section__form=application.form_id)}
    questions |= {row["key"]: Question(**row) for row in REFEREE}
    people = {session.helper.pk: session.helper for session in sessions if session.helper}
    cities: dict[str, PartnerCity | None] = {city.code: city for city in PartnerCity.objects.all()}
    cities[CityPreference.STAY_HOME] = None  # the line "I would rather stay home"
    colleges = dict(College.objects.values_list("code", "name"))
    changes = []
    for event in events:
        if (helper := people.get(event.by_id or 0)) is None:
            continue
        for key in _keys(event):
            question = questions.get(key)
            is_file = event.action != SAVES[0]
            was, now = (
                _text(application, question, event.changes.get(side, {}).get(key), cities, colleges)
                for side in ("was", "now")
            )
            changes.append(
                Change(
                    at=event.at,
                    by=helper,
                    question=str(question.label) if question else _("A question that is not asked any more"),
                    was=was,
                    now=now if not is_file else _file_word(event.action),
                    is_long=not is_file and key not in event.changes.get("now", {}),
                    is_file=is_file,
                )
            )
    return changes


def _events(sessions: Collection[HelpSession]) -> list[Event]:
    """What was saved by each helper while they helped: a former helper's own later acts are not part of it."""
    meant = Q()
    for each in sessions:
        if each.granted_at and each.ends_at:
            until = each.ended_at or each.ends_at
            meant |= Q(target_id=each.application_id, by=each.helper_id, at__gte=each.granted_at, at__lte=until)
    if not meant:
        return []
    return list(Event.objects.filter(meant, target_model="applications.application", action__in=SAVES))


def _keys(event: Event) -> list[str]:
    return event.changes.get("keys") or [event.changes.get("key", "")]


def _file_word(action: str) -> str:
    return _("file added") if action == "application.save_upload" else _("file removed")


def _text(
    application: Application,
    question: Question | None,
    value: Any,
    cities: Mapping[str, PartnerCity | None],
    colleges: Mapping[str, str],
) -> str:
    """How a recorded answer reads in the language of the moment."""
    if question is None:
        return "" if value is None else str(value)
    if question.kind == Kind.RANKED_CITIES:
        value = [cities[code] for code in value or [] if code in cities]
    if question.kind == Kind.COLLEGE:
        return colleges.get(value, value or "")
    return answers.display(question, value, application)
