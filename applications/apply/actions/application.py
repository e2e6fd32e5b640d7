"""Sending, mending, more time for and taking back an application; the files that go with it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications.apply.actions import draft, recommendation
from applications.base import answers
from applications.models import Application, SentCopy
from applications.states import Status
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Event, User

# --- Sending, mending, taking back ------------------------------------------------------------------


@transaction.atomic
def submit(application: Application, *, by: User) -> Application:
    """Send it in: receipt by email and text, and the referee is asked once. A second call changes nothing.

    In the minutes of grace after the deadline a draft can still be sent: the button may have been pressed in a
    tunnel. RuleViolation: closed, incomplete (says what is missing), move_not_allowed, test. The time of the first
    sending stays when an application comes back after a fix.
    """
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("cycle", "student", "college", "form")
        .get(pk=application.pk)
    )
    if locked.status == Status.SUBMITTED:
        return locked
    if locked.is_test:
        raise RuleViolation("test", _("This is a test. It is never sent."))
    now = timezone.now()
    if locked.is_open_for_editing:
        _check_complete(draft.lock_to_write(locked, late=True))
    locked.move_to(Status.SUBMITTED)
    locked.submitted_at = locked.submitted_at or now
    locked.return_note, locked.return_sections = "", []
    locked.draft_key = None  # the browser that began it needs its account now
    locked.save(update_fields=["status", "submitted_at", "return_note", "return_sections", "draft_key"])
    _keep_copy(locked)
    audit.record("application.submit", locked, by=by)
    outbox.queue(
        "applications/application_received",
        to=locked.person,
        context={"application": locked, "received_at": now},
        is_answer=True,
    )
    recommendation.ask(locked)
    return locked


def _keep_copy(application: Application) -> None:
    copy = {"language": (get_language() or "en")[:2], "parts": answers.as_sent(answers.parts_of(application))}
    SentCopy.objects.update_or_create(application=application, defaults=copy)


def _check_complete(application: Application) -> None:
    parts = answers.parts_of(application)
    if missing := answers.unfinished(parts):
        names = "; ".join(item.question.label for item in missing)
        raise RuleViolation("incomplete", _("Not sent yet. Still to do: %(names)s.") % {"names": names})
    if carried := [part.section.title for part in parts if part.carried]:
        told = _("Not sent yet. Look at last year’s answers first: %(names)s.")
        raise RuleViolation("not_looked_at", told % {"names": "; ".join(carried)})
    if application.college is None:
        raise RuleViolation("incomplete", _("Not sent yet. Choose your college."))


@transaction.atomic
def return_for_fix(application: Application, *, note: str, by: User, sections: Iterable[str] = ()) -> Application:
    """Give it back to the student with what to fix, and say so by message. A second call changes nothing.

    `sections`: keys of the parts that are open again; none names all of them.
    """
    locked = _lock(application)
    if locked.status == Status.RETURNED:
        return locked
    locked.move_to(Status.RETURNED)
    locked.return_note = note
    known = set(locked.form.sections.values_list("key", flat=True))
    locked.return_sections = sorted(known & set(sections))
    locked.save(update_fields=["status", "return_note", "return_sections"])
    audit.record("application.return_for_fix", locked, by=by, reason=note, changes={"sections": locked.return_sections})
    outbox.queue("applications/application_returned", to=locked.person, context={"application": locked})
    return locked


# What a student changes while an application is back for a fix
FIXING = (
    *("application.save_answers", "application.save_upload", "application.remove_upload"),
    *("application.attach", "recommendation.replace", "recommendation.correct"),
)


@transaction.atomic
def go_on(application: Application, *, reason: str, by: User) -> Application:
    """The fix does not come: the application is in the running again as it was sent, and the student is told.

    A second call changes nothing. RuleViolation: not_returned, begun (what was changed was never sent).
    """
    locked = _lock(application)
    if locked.status == Status.SUBMITTED:
        return locked
    if locked.status != Status.RETURNED:
        raise RuleViolation("not_returned", _("This application is not with the student for a fix."))
    if _is_being_fixed(locked):
        raise RuleViolation(
            "begun",
            _("The student has changed something and not sent it, and nobody reads that before. Ask them to send it."),
        )
    locked.move_to(Status.SUBMITTED)
    locked.return_note, locked.return_sections = "", []
    locked.save(update_fields=["status", "return_note", "return_sections"])
    audit.record("application.go_on", locked, by=by, reason=reason)
    outbox.queue("applications/application_goes_on", to=locked.person, context={"application": locked})
    return locked


def _is_being_fixed(application: Application) -> bool:
    events = Event.objects.filter(target_model=application._meta.label_lower, target_id=application.pk)
    returned = events.filter(action="application.return_for_fix").order_by("-pk").first()
    since = events.filter(pk__gt=returned.pk) if returned else events
    return since.filter(action__in=FIXING).exists()


@transaction.atomic
def ask_for_more_time(application: Application, *, reason: str, by: User) -> Application:
    """After the deadline the student asks the office to open a draft again, once. A second call changes nothing.

    RuleViolation: still_open, not_a_draft.
    """
    locked = _lock(application)
    _check_late_draft(locked)
    if locked.more_time_asked_at or locked.more_time_answer:
        return locked
    locked.more_time_asked_at = timezone.now()
    locked.more_time_reason = reason
    locked.save(update_fields=["more_time_asked_at", "more_time_reason"])
    audit.record("application.ask_for_more_time", locked, by=by, reason=reason)
    for coordinator in roles.coordinators():
        outbox.queue("applications/more_time_asked", to=coordinator, context={"application": locked})
    return locked


@transaction.atomic
def reopen(application: Application, *, until: datetime, reason: str, by: User) -> Application:
    """Give one draft more time, with a reason on record; the student is told by message.

    RuleViolation: still_open, not_a_draft, in_the_past.
    """
    locked = _lock(application)
    _check_late_draft(locked)
    if until <= timezone.now():
        raise RuleViolation("in_the_past", _("Choose a time that is still to come."))
    locked.reopened_until = until
    locked.more_time_asked_at, locked.more_time_reason, locked.more_time_answer = None, "", ""
    locked.save(update_fields=["reopened_until", "more_time_asked_at", "more_time_reason", "more_time_answer"])
    audit.record("application.reopen", locked, by=by, reason=reason, changes={"until": until.isoformat()})
    outbox.queue("applications/application_reopened", to=locked.person, context={"application": locked})
    return locked


@transaction.atomic
def refuse_more_time(application: Application, *, answer: str, by: User) -> Application:
    """Say no to a student who asked, with words that they read; told by message. A second call changes nothing.

    RuleViolation: still_open, not_a_draft.
    """
    locked = _lock(application)
    _check_late_draft(locked)
    if not locked.more_time_asked_at:
        return locked
    locked.more_time_asked_at, locked.more_time_answer = None, answer
    locked.save(update_fields=["more_time_asked_at", "more_time_answer"])
    audit.record("application.refuse_more_time", locked, by=by, reason=answer)
    outbox.queue("applications/more_time_refused", to=locked.person, context={"application": locked})
    return locked


def _check_late_draft(application: Application) -> None:
    if application.status != Status.DRAFT:
        raise RuleViolation("not_a_draft", _("Only a draft that was not sent can get more time."))
    if application.accepts_changes:
        raise RuleViolation("still_open", _("This application is open. Nothing was changed."))


@transaction.atomic
def withdraw(application: Application, *, by: User, reason: str = "") -> Application:
    """The student takes it back, at any time and for good. A second call changes nothing."""
    locked = _lock(application)
    if locked.status == Status.WITHDRAWN:
        return locked
    before = locked.status
    locked.move_to(Status.WITHDRAWN)
    locked.withdrawn_at = timezone.now()
    locked.save(update_fields=["status", "withdrawn_at"])
    audit.record("application.withdraw", locked, by=by, reason=reason, changes={"from": before})
    outbox.queue(
        "applications/application_withdrawn", to=locked.person, context={"application": locked}, is_answer=True
    )
    recommendation.stop(locked)
    return locked


def _lock(application: Application) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related("cycle", "student", "form")
    return rows.get(pk=application.pk)
