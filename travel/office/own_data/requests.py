"""Requests to correct or delete one's own data: asked by a student, answered by the office by a day, with reasons."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, LegalHold
from applications.models.hold import is_held
from applications.states import Status
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import DataRequest, User
from exchange.reference import facts
from travel.office.retention import erasing

Kind, Result = DataRequest.Kind, DataRequest.Result
# states in which the program still needs the application: the student withdraws first
NEEDED = frozenset({Status.SUBMITTED, Status.RETURNED, Status.SELECTED, Status.WAITLISTED, Status.CONFIRMED})


@transaction.atomic
def ask(user: User, *, kind: str, text: str) -> DataRequest:
    """A new request; the office is told. While one of the kind is open, asking again returns that one.

    RuleViolation: no_text (a correction says what is wrong), staff.
    """
    if not roles.is_student(user):
        raise RuleViolation("staff", _("Write to the technical owner about an account for staff."))
    if kind == Kind.CORRECTION and not text.strip():
        raise RuleViolation("no_text", _("Say what’s wrong and what it should be."))
    due_on = timezone.localdate() + timedelta(days=int(facts.number("request.answer_days")))
    defaults = {"text": text.strip(), "due_on": due_on}
    request, is_new = DataRequest.objects.open().get_or_create(asked_by=user, kind=kind, defaults=defaults)
    if is_new:
        audit.record("data_request.ask", request, by=user, changes={"kind": kind})
        for coordinator in roles.coordinators():
            outbox.queue("travel/data_request_asked", to=coordinator, context={"asked": request})
    return request


@transaction.atomic
def drop(request: DataRequest, *, by: User) -> DataRequest:
    """The person doesn't want it any longer. A second call changes nothing. RuleViolation: not_own."""
    locked = _lock(request)
    if locked.asked_by_id != by.pk:
        raise RuleViolation("not_own", _("Only the person who asked can cancel this."))
    if locked.is_open:
        locked.dropped_at = timezone.now()
        locked.save(update_fields=["dropped_at"])
        audit.record("data_request.drop", locked, by=by)
    return locked


@transaction.atomic
def answer(request: DataRequest, *, result: str, answer: str, by: User) -> DataRequest:
    """Answer it, with what was done or why not; the person is told. A second call changes nothing.

    A deletion that is `done` removes what erasing removes of every application, and the account.
    RuleViolation: no_answer, own, held, needed (the student takes part, so must withdraw first).
    """
    locked = _lock(request)
    if not locked.is_open:
        return locked
    if locked.asked_by_id == by.pk:
        raise RuleViolation("own", _("Someone else has to answer your own request."))
    if not answer.strip():
        raise RuleViolation("no_answer", _("Say what you did, or why not. The student reads it."))
    locked.result, locked.answer = result, answer.strip()
    locked.answered_by, locked.answered_at = by, timezone.now()
    locked.save(update_fields=["result", "answer", "answered_by", "answered_at"])
    audit.record("data_request.answer", locked, by=by, changes={"kind": locked.kind, "result": result})
    outbox.queue("travel/data_request_answered", to=locked.asked_by, context={"asked": locked}, is_answer=True)
    if locked.kind == Kind.DELETION and result == Result.DONE:
        _delete(locked.asked_by, by=by)
    return locked


def _delete(student: User, *, by: User) -> None:
    mine = Application.objects.filter(student__in=student.account_keys)
    if LegalHold.objects.active().filter(student=student).exists() or mine.filter(is_held()).exists():
        raise RuleViolation("held", _("A legal hold keeps this student’s data. Lift it first, or say why it stays."))
    if mine.filter(status__in=NEEDED, placement__returned_at__isnull=True).exists():
        message = _("This student still takes part. They need to withdraw first, or you need to say why it stays.")
        raise RuleViolation("needed", message)
    keys = list(mine.values_list("pk", flat=True))
    erasing.erase(keys)
    audit.record_many("retention.erase", ((each, {"rule": "request"}) for each in mine.iterator()), by=by)
    erasing.erase_people([student.pk])
    audit.record("retention.erase_account", student, by=by)


def _lock(request: DataRequest) -> DataRequest:
    return DataRequest.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=request.pk)
