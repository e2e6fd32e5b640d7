"""One student beside a list: where they stand, the one step owed, how to reach them, notes, what happened last."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from applications import permissions
from applications.models import Application, StaffNote
from applications.states import Status
from exchange.models import User
from exchange.reference import facts
from exchange.templatetags.ui import deadline, short_day
from travel.models import PassportCase
from travel.office.activity import feed as activity
from travel.passport.case.views import slack_label, slack_tone
from travel.passport.plan import planning
from travel.passport.plan.planning import URGENT_DAYS

LINES = 5
NOTES = 3
RELATED = ("endorsement", "passport_case__trip", "placement__trip__city")


@dataclass(frozen=True, slots=True)
class Owed:
    """The one step that is owed: what, and when in a sentence; `tone` colors its edge."""

    title: str
    text: str
    tone: str = "wait"


def peek_of(application: Application, user: User) -> dict[str, Any]:
    """`application`: with its people and what RELATED names, as this person may see it."""
    case = getattr(application, "passport_case", None)
    can_open_history = permissions.can_open_history(user)
    events = list(activity.of_student(application.person)[:LINES]) if can_open_history else []
    notes = (
        StaffNote.objects.visible_to(user).filter(application=application).select_related("author", "edited_by", "task")
    )
    return {
        "application": application,
        "seat": getattr(application, "placement", None),
        "owed": _owed(application, case),
        "slack": slack_of(case),
        "notes": list(notes[:NOTES]),
        "can_keep_notes": permissions.can_keep_notes(user, application),
        "can_open_history": can_open_history,
        "lines": activity.lines_of_student(events),
    }


def slack_of(case: PassportCase | None) -> tuple[str, str] | None:
    """(label, tone) of the days left for the passport; None where no date helps."""
    found = planning.slack(case, timezone.localdate()) if case else None
    if case is None or found is None:
        return None
    return slack_label(found), slack_tone(case, found, int(facts.number(URGENT_DAYS)))


def _owed(application: Application, case: PassportCase | None) -> Owed | None:
    if application.status == Status.RETURNED:
        return Owed(_("Waiting for the student to fix the application"), application.return_note)
    if application.status == Status.SUBMITTED and not hasattr(application, "endorsement"):
        if not Application.objects.authorized().filter(pk=application.pk).exists():
            return Owed(_("Waiting for the student’s authorization"), _("The college can’t answer until they sign."))
        day = application.cycle.endorsements_due_on
        return Owed(_("Waiting for the college’s decision"), _by(short_day(day)) if day else "")
    if application.status == Status.SELECTED:
        offer = application.offers.order_by("-made_at", "-pk").first()
        return (
            Owed(_("Waiting for the student’s answer to the offer"), _by(deadline(offer.answer_by))) if offer else None
        )
    due = planning.next_on(case) if case and application.status == Status.CONFIRMED else None
    if case is None or due is None:
        return None
    text = _by(short_day(due))
    if case.last_safe_on:
        text = f"{text} {_('Last safe day: %(day)s.') % {'day': short_day(case.last_safe_on)}}"
    return Owed(_("Passport: %(stage)s") % {"stage": case.get_stage_display()}, text)


def _by(when: str) -> str:
    return _("Due %(when)s.") % {"when": when}
