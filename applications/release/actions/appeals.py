"""A student asks for a decision to be looked at again; the office answers with reasons, and can undo that for minutes.

What a student asks for by phone is recorded as a statement (`statements.record`), with the limits of their own asking:
the day that counts is the one on which they said it.

An answer changes no result by itself: `correcting.correct` does, and settles the appeal in the same transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from applications.apply import results
from applications.base import withdrawals
from applications.models import Appeal, Application, Decision
from applications.release.actions.unsent import WAITS
from applications.states import Status
from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Fact, Message, User
from exchange.templatetags.ui import day_year

DAYS, ANSWER_DAYS = "appeal.days", "appeal.answer_days"
TASK = "applications.appeal"
RECEIVED, ANSWERED = "applications/appeal_received", "applications/appeal_answered"
APPEALED = frozenset({Status.NOT_SELECTED, Status.WAITLISTED})
# from an answer to the moment when its message may leave
UNDO_TIME = timedelta(minutes=10)
UNDONE = "Undone."
Result = Appeal.Result

# --- The student asks -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """Whether the student can ask now. `until`: the last day, None where there is none. `refusal`: why not.
    `was_asked`: about this decision."""

    decision: Decision | None
    until: date | None
    refusal: str = ""
    was_asked: bool = False

    @property
    def is_open(self) -> bool:
        return not self.refusal


def numbers() -> dict[str, int]:
    """The two facts; 0 for one that this office doesn't have. One query."""
    rows = Fact.objects.current().filter(key__in=(DAYS, ANSWER_DAYS)).order_by()
    return {DAYS: 0, ANSWER_DAYS: 0} | {key: int(value) for key, value in rows.values_list("key", "value")}


def way_of(application: Application, appeals: Collection[Appeal] | None = None) -> Way:
    """`appeals`: those in force, if the caller has read them. At most three queries.

    The days are those that counted when the student was told, whatever the fact says since.
    """
    decision = results.told(application) if application.status in APPEALED else None
    if decision is None or decision.released_at is None:
        return Way(None, None, _("There’s no decision that can be looked at again."))
    until = last_day(decision, numbers()[DAYS])
    if until is None:
        return Way(decision, None, _("Decisions are final in this program."))
    rows = Appeal.objects.in_force().filter(application=application) if appeals is None else appeals
    if any(row.decision_id == decision.pk for row in rows):
        refusal = _("You’ve already asked about this decision. You can ask once.")
        return Way(decision, until, refusal, was_asked=True)
    if timezone.localdate() > until:
        return Way(
            decision,
            until,
            _("You could ask us to look at the decision again until %(day)s. That time is over.")
            % {"day": day_year(until)},
        )
    return Way(decision, until)


def last_day(decision: Decision, days_now: int) -> date | None:
    """None where the decision is final. `days_now`: as the fact says, for a decision that was told before they were
    kept with it."""
    days = days_now if decision.appeal_days is None else decision.appeal_days
    return timezone.localdate(decision.released_at) + timedelta(days=days) if days else None


def of_cycles_under_way(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    """The one that each student was told last, if it's a result that can be looked at again."""
    later = Decision.objects.filter(application=OuterRef("application"), released_at__gt=OuterRef("released_at"))
    told = decisions.filter(released_at__isnull=False, application__status__in=APPEALED)
    return told.filter(~Exists(later), application__cycle__closed_out_at=None)


def can_still_ask(decisions: QuerySet[Decision], *, until: date | None = None) -> QuerySet[Decision]:
    """Those whose students can still ask, and haven't. `until`: only those whose last day this is. Two queries more."""
    asked = Appeal.objects.in_force().filter(decision=OuterRef("pk"))
    told, days_now, today = of_cycles_under_way(decisions).filter(~Exists(asked)), numbers()[DAYS], timezone.localdate()
    found = Q(pk__in=[])
    for kept in set(told.order_by().values_list("appeal_days", flat=True).distinct()):
        days = days_now if kept is None else kept
        told_on = {"released_at__date__gte": today - timedelta(days=days)}
        if until:
            told_on["released_at__date"] = until - timedelta(days=days)
        if days:
            found |= Q(appeal_days=kept, **told_on) if kept is not None else Q(appeal_days__isnull=True, **told_on)
    return told.filter(found)


@transaction.atomic
def ask(application: Application, reason: str, *, by: User) -> Appeal:
    """Open a task for the office, with the day by which it answers, and tell the student that day. The same words twice
    are one appeal.

    RuleViolation("not_now"): no decision, decisions are final, already asked, or too late.
    """
    locked = _locked_application(application)
    same = Appeal.objects.open().filter(application=locked, reason=reason).first()
    if same:
        return same
    way = way_of(locked)
    if way.refusal or way.decision is None:
        raise RuleViolation("not_now", way.refusal)
    appeal = _open(locked, way.decision, reason, asked_on=timezone.localdate(), by=by)
    audit.record("appeal.ask", locked, by=by)
    outbox.queue(RECEIVED, to=locked.person, context={"appeal": appeal, "application": locked}, is_answer=True)
    return appeal


def may_have_asked(application: Application) -> bool:
    """Whether what the student said on some day can be recorded as an appeal; also after the last day to ask."""
    way = way_of(application)
    return bool(way.until) and not way.was_asked and application.cycle.closed_out_at is None


def day_problem(application: Application, day: date) -> str:
    """Why the student can't have asked on that day, in a sentence; empty if they can."""
    decision = way_of(application).decision
    if decision and decision.released_at and day < timezone.localdate(decision.released_at):
        return _("On that day the student didn’t have this decision yet. Check the day.")
    return ""


@transaction.atomic
def ask_for(application: Application, reason: str, *, heard_on: date, by: User) -> Appeal:
    """Open what the student asked for by phone. In the transaction of its statement, which tells them.

    The statement checks that they had the decision by then (`day_problem`). RuleViolation: not_now, already_asked,
    too_late.
    """
    locked = _locked_application(application)
    way = way_of(locked)
    if way.decision is None or way.until is None or way.decision.released_at is None:
        raise RuleViolation("not_now", _("This can’t be done at this stage. Nothing was changed."))
    if way.was_asked:
        raise RuleViolation("already_asked", _("The student has already asked about this decision. They can ask once."))
    if heard_on > way.until:
        said = _("The last day to ask was %(day)s. Nothing was recorded.") % {"day": day_year(way.until)}
        raise RuleViolation("too_late", said)
    appeal = _open(locked, way.decision, reason, asked_on=heard_on, by=by)
    audit.record("appeal.ask_for", locked, by=by, changes={"heard_on": heard_on.isoformat()})
    return appeal


def _open(application: Application, decision: Decision, reason: str, *, asked_on: date, by: User) -> Appeal:
    """The days to answer count from the day on which the student asked; an answer is never due before tomorrow."""
    now = timezone.now()
    today = timezone.localdate(now)
    due = max(asked_on + timedelta(days=max(numbers()[ANSWER_DAYS], 1)), today + timedelta(days=1))
    asked_at = now if asked_on == today else timezone.make_aware(datetime.combine(asked_on, time(12)))
    appeal = Appeal.objects.create(
        application=application, decision=decision, reason=reason, asked_at=asked_at, due_on=due
    )
    _open_task(appeal, by=by)
    return appeal


def _open_task(appeal: Appeal, *, by: User | None) -> None:
    appeal.task = office_tasks.open(
        f"{key_of(appeal)}:{timezone.now():%Y%m%d%H%M%S%f}",  # once it was dropped, it can't be opened again
        TASK,
        due_on=appeal.due_on,
        path=appeal.get_absolute_url(),
        person=appeal.application.student,
        source=key_of(appeal),
        by=by,
    )
    appeal.save(update_fields=["task"])


@transaction.atomic
def withdraw(appeal: Appeal, *, by: User) -> Appeal:
    """The student doesn't need an answer after all. A second call changes nothing. RuleViolation("answered")."""
    locked = _locked(appeal)
    if locked.withdrawn_at:
        return locked
    if locked.answered_at:
        raise RuleViolation("answered", _("We’ve already answered this. Nothing was changed."))
    _withdraw(locked, by=by)
    audit.record("appeal.withdraw", locked.application, by=by)
    return locked


@transaction.atomic
def take_back(appeal: Appeal, *, by: User) -> None:
    """What was recorded for the student wasn't right: as if they had never asked. RuleViolation("answered")."""
    locked = _locked(appeal)
    if locked.answered_at:
        raise RuleViolation(
            "answered", _("Someone has answered this appeal, so it can’t be undone. Nothing was changed.")
        )
    if not locked.withdrawn_at:
        _withdraw(locked, by=by)


def _withdraw(appeal: Appeal, *, by: User | None) -> None:
    appeal.withdrawn_at = timezone.now()
    appeal.save(update_fields=["withdrawn_at"])
    office_tasks.drop(key_of(appeal), by=by)


# --- The office answers -----------------------------------------------------------------------------


@transaction.atomic
def assign(appeal: Appeal, owner: User | None, *, by: User) -> Appeal:
    """Give it to a coordinator, or back to the office. RuleViolation: withdrawn, answered, not_staff."""
    locked = _locked(appeal)
    _check_open(locked)
    if locked.task is None or locked.task.dropped_at:
        _open_task(locked, by=by)
    elif locked.task.done_at:  # somebody marked it as done without an answer
        office_tasks.undo(locked.task, by=by)
    if locked.task:
        locked.task = office_tasks.assign(locked.task, owner, by=by)
    return locked


@transaction.atomic
def uphold(appeal: Appeal, answer: str, *, by: User) -> Appeal:
    """Answer that the decision stands. The student reads it once the time to undo is over. The same twice is once.

    RuleViolation: own_application, withdrawn, answered.
    """
    locked = _locked(appeal)
    if locked.application.student_id == by.pk:
        raise RuleViolation("own_application", _("This is your own application. Someone else has to answer."))
    if (locked.result, locked.answer, locked.answered_by_id) == (Result.UPHELD, answer, by.pk):
        return locked
    _check_open(locked)
    _answer(locked, Result.UPHELD, answer, by=by)
    context = {"appeal": locked, "application": locked.application}
    for message in outbox.queue(ANSWERED, to=locked.application.person, context=context, batch=key_of(locked)):
        _hold(message)
    audit.record("appeal.answer", locked.application, by=by, changes={"result": Result.UPHELD.value})
    return locked


def check_open(appeal: Appeal) -> None:
    """RuleViolation: withdrawn, answered. In the caller's transaction."""
    _check_open(_locked(appeal))


def _check_open(appeal: Appeal) -> None:
    if appeal.withdrawn_at:
        raise RuleViolation("withdrawn", _("The student no longer needs an answer. Nothing was changed."))
    if appeal.answered_at:
        raise RuleViolation("answered", _("Someone has answered this already. Open the page again to see the answer."))


def _answer(appeal: Appeal, result: str, answer: str, *, by: User) -> None:
    appeal.result, appeal.answer, appeal.answered_at, appeal.answered_by = result, answer, timezone.now(), by
    appeal.save(update_fields=["result", "answer", "answered_at", "answered_by"])
    if appeal.task and appeal.task.dropped_at is None:
        office_tasks.finish(appeal.task, by=by)


def _hold(message: Message) -> None:
    """Not before the time to undo is over; a text that waits for the morning keeps its time."""
    first = message.queued_at + UNDO_TIME
    message.send_after = max(message.send_after or first, first)
    message.save(update_fields=["send_after"])


def can_undo(appeal: Appeal) -> bool:
    """Until the message may leave. A changed decision was told at once; it's corrected again instead."""
    if appeal.answered_at is None or appeal.result != Result.UPHELD:
        return False
    return timezone.now() < appeal.answered_at + UNDO_TIME


def is_told(appeal: Appeal) -> bool:
    """Whether the student's page shows the answer: not while it can be undone."""
    return appeal.answered_at is not None and not can_undo(appeal)


@transaction.atomic
def undo(appeal: Appeal, *, by: User) -> Appeal:
    """Take the answer back before the student has it. A second call changes nothing. RuleViolation("told")."""
    locked = _locked(appeal)
    if locked.answered_at is None:
        return locked
    if not can_undo(locked) or not _drop_message(locked):
        raise RuleViolation("told", _("The student has the answer, so it can’t be undone. Call them instead."))
    locked.result, locked.answer, locked.answered_at, locked.answered_by = "", "", None, None
    locked.save(update_fields=["result", "answer", "answered_at", "answered_by"])
    if locked.task and locked.task.done_at:
        office_tasks.undo(locked.task, by=by)
    audit.record("appeal.undo", locked.application, by=by)
    return locked


def _drop_message(appeal: Appeal) -> bool:
    """False if a worker has taken one."""
    mine = Message.objects.filter(
        template=ANSWERED, batch=key_of(appeal), queued_at__gte=appeal.answered_at, dropped_at__isnull=True
    )
    count = mine.count()
    return mine.filter(**WAITS).update(dropped_at=timezone.now(), error=UNDONE) == count


# --- What else settles one --------------------------------------------------------------------------


def settle(application: Application, *, answer: str = "", by: User) -> None:
    """The student got another result, which answers what they asked. In the caller's transaction.

    `answer`: the reasons; else a sentence in the student's language. An answer that they haven't read yet is replaced.
    """
    rows = Appeal.objects.in_force().filter(application=application).select_for_update(of=("self",))
    for appeal in rows.select_related("application", "task"):
        if can_undo(appeal) and _drop_message(appeal):
            appeal.answered_at = None
        if appeal.answered_at is None:
            _answer(appeal, Result.CHANGED, answer or _changed_words(application), by=by)
            audit.record("appeal.answer", application, by=by, changes={"result": Result.CHANGED.value})


def _changed_words(application: Application) -> str:
    with translation.override(application.person.language):
        return _("Your result has changed since you asked. The one on your page now is the one that counts.")


def _after_withdrawal(application: Application, by: User) -> None:
    rows = Appeal.objects.open().filter(application=application).select_for_update(of=("self",))
    for appeal in rows.select_related("application"):
        _withdraw(appeal, by=by)


def _withdrawal_undone(application: Application, by: User) -> None:
    """What was open when the office withdrew the application is open again, in the time that it was promised for."""
    event = audit.last("application.withdraw_for", application)
    if event is None:
        return
    rows = Appeal.objects.filter(
        application=application, answered_at__isnull=True, withdrawn_at__gte=event.at - timedelta(seconds=5)
    ).exclude(statement__undone_at__isnull=False)  # nobody had asked
    for appeal in rows.select_for_update(of=("self",)).select_related("application__student")[:1]:
        appeal.withdrawn_at = None
        appeal.save(update_fields=["withdrawn_at"])
        _open_task(appeal, by=by)


FOLLOWER = withdrawals.Follower(after=_after_withdrawal, undone=_withdrawal_undone)


def _locked_application(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).select_related("student").get(pk=application.pk)


def _locked(appeal: Appeal) -> Appeal:
    rows = Appeal.objects.select_for_update(of=("self",)).select_related("application__student", "task__owner")
    return rows.get(pk=appeal.pk)
