"""What a helper changed in an application, read from the audit log; and what a save must record for that. Read-only."""

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
class HelperChange:
    """One answer that a helper wrote. `was` and `now`: its text; both empty if `is_long`, `was` also for files."""

    at: datetime
    by: User
    question: str
    was: str = ""
    now: str = ""
    is_long: bool = False
    is_file: bool = False


def is_helper(application: Application, by: User | None) -> bool:
    """Whether `by` is somebody else than the application's student."""
    return by is not None and application.student_id is not None and by.pk != application.student_id


def kept(
    application: Application,
    questions: Mapping[str, Question],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    by: User | None,
) -> dict[str, dict[str, Any]]:
    """Changes for a save's audit event: old and new short answers by question key, if a helper wrote them.

    Long texts are never in the audit log, nor anything that students write themselves.
    """
    if not is_helper(application, by):
        return {}
    short = [key for key in after if key not in questions or questions[key].kind != Kind.LONG_TEXT]
    return {"was": {key: before.get(key) for key in short}, "now": {key: after[key] for key in short}}


def count_of(session: HelpSession) -> int:
    return sum(len(_keys(event)) for event in _events([session]))


def changes_of(application: Application, sessions: Collection[HelpSession]) -> list[HelperChange]:
    """All changes made in these sessions, newest first. The number of queries does not depend on the changes."""
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
                HelperChange(
                    at=event.at,
                    by=helper,
                    question=str(question.label) if question else _("A question that’s no longer asked"),
                    was=was,
                    now=now if not is_file else _file_word(event.action),
                    is_long=not is_file and key not in event.changes.get("now", {}),
                    is_file=is_file,
                )
            )
    return changes


def _events(sessions: Collection[HelpSession]) -> list[Event]:
    """The events of saves by each helper during their session; later acts of the same person are left out."""
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
    """The text of a recorded answer in the active language."""
    if question is None:
        return "" if value is None else str(value)
    if question.kind == Kind.RANKED_CITIES:
        value = [cities[code] for code in value or [] if code in cities]
    if question.kind == Kind.COLLEGE:
        return colleges.get(value, value or "")
    return answers.display(question, value, application)
