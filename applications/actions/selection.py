"""The committee's results, the release that makes them known, and the student's answer to an offer."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Cycle, Decision, Offer
from applications.states import MOVES, RESULTS, Status, check_move
from exchange import audit, messages
from exchange.errors import RuleViolation
from exchange.models import Message, User
from exchange.templatetags.ui import deadline

# The states from which a result can still come
CAN_BE_TOLD = tuple(status for status in Status if Status.NOT_SELECTED in MOVES[status])
RELEASED_MESSAGE = "applications/decision_released"

# --- Deciding ---------------------------------------------------------------------------------------


@transaction.atomic
def decide(
    application: Application, *, result: str, reason: str, waitlist_position: int | None = None, by: User
) -> Decision:
    """Record the committee's result, or change it; private until a release.

    Waitlisted without a position goes to the end of the list. The same words again change nothing.
    RuleViolation: move_not_allowed, position_taken, own_application.
    """
    (decision,) = decide_many([application], result=result, reason=reason, waitlist_position=waitlist_position, by=by)
    return decision


@transaction.atomic
def decide_many(
    applications: Iterable[Application],
    *,
    result: str,
    reason: str,
    waitlist_position: int | None = None,
    by: User,
) -> list[Decision]:
    """One result and one reason for several applications of one cycle, all of them or none.

    Positions on the waiting list follow the ranked order. RuleViolation as for `decide`.
    """
    chosen = {application.pk for application in applications}
    cycles = Cycle.objects.filter(applications__in=chosen).values("pk")
    # the cycle's row first: a release and two decisions at once wait for each other
    list(Cycle.objects.select_for_update(of=("self",)).filter(pk__in=cycles).order_by("pk"))
    locked = list(
        Application.objects.select_for_update(of=("self",))
        .filter(pk__in=chosen)
        .order_by(F("score_mean").desc(nulls_last=True), F("score_median").desc(nulls_last=True), "code")
    )
    decisions = []
    for application in locked:
        if application.student_id == by.pk:
            raise RuleViolation(
                "own_application", _("This application is your own. Somebody else has to decide on it.")
            )
        check_move(application.status, result)
        decisions.append(_decide_one(application, result, reason, waitlist_position, by))
    return decisions


def _decide_one(
    application: Application, result: str, reason: str, waitlist_position: int | None, by: User
) -> Decision:
    decision = application.decisions.unreleased().first()
    before = decision.result if decision else ""
    position = None
    if result == Status.WAITLISTED:
        kept = decision.waitlist_position if decision and not waitlist_position else None
        position = waitlist_position or kept or _end_of_waitlist(application)
        _check_position_is_free(application, position)
    said = {"result": result, "waitlist_position": position, "reason": reason}
    if decision and all(getattr(decision, field) == value for field, value in said.items()):
        return decision
    decision = decision or Decision(application=application)
    for field, value in said.items():
        setattr(decision, field, value)
    decision.decided_by, decision.decided_at = by, timezone.now()
    decision.save()
    audit.record(
        "selection.decide",
        application,
        by=by,
        reason=reason,
        changes={"before": before, "result": result, "position": position},
    )
    return decision


def waiting_list(cycle_id: int) -> QuerySet[Decision]:
    """Who stands on it now: told so already, or decided and not yet told."""
    told = Q(released_at__isnull=False, application__status=Status.WAITLISTED)
    return Decision.objects.filter(
        told | Q(released_at__isnull=True), application__cycle=cycle_id, result=Status.WAITLISTED
    )


def _end_of_waitlist(application: Application) -> int:
    last = waiting_list(application.cycle_id).aggregate(last=Max("waitlist_position"))["last"]
    return (last or 0) + 1


def _check_position_is_free(application: Application, position: int) -> None:
    others = waiting_list(application.cycle_id).exclude(application=application).select_related("application")
    taken = others.filter(waitlist_position=position).first()
    if taken:
        raise RuleViolation(
            "position_taken",
            _("Place %(position)s on the waiting list belongs to %(label)s. Choose another one.")
            % {"position": position, "label": taken.application.candidate_label},
        )


@transaction.atomic
def undo(application: Application, *, by: User) -> None:
    """Take back a result that nobody was told. Without one, nothing happens."""
    Cycle.objects.select_for_update(of=("self",)).get(pk=application.cycle_id)
    decision = application.decisions.unreleased().first()
    if decision:
        audit.record("selection.undo", application, by=by, changes={"before": decision.result})
        decision.delete()


# --- Releasing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Release:
    """What a release would do now, or has done."""

    decisions: tuple[Decision, ...]
    left_out: tuple[Decision, ...]
    answer_by: datetime
    fingerprint: str


def plan_release(cycle: Cycle) -> Release:
    """Everybody who would be told now. `left_out`: decided, but withdrawn or back with the student."""
    private = Decision.objects.unreleased().filter(application__cycle=cycle)
    rows = sorted(
        private.select_related("application__student", "application__college", "application__cycle"),
        key=lambda row: (RESULTS.index(Status(row.result)), row.waitlist_position or 0, row.application.code),
    )
    told = tuple(row for row in rows if row.application.status in CAN_BE_TOLD)
    left_out = tuple(row for row in rows if row.application.status not in CAN_BE_TOLD)
    return Release(told, left_out, answer_by(cycle), _fingerprint(told))


def _fingerprint(decisions: Iterable[Decision]) -> str:
    """Changes when anyone's result does: a release does what was on the screen, or nothing."""
    lines = sorted(f"{each.application_id} {each.result} {each.waitlist_position}" for each in decisions)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def answer_by(cycle: Cycle) -> datetime:
    """The last second, by our clock, of the day on which a student selected now still can answer."""
    day = timezone.localdate() + timedelta(days=cycle.answer_days)
    return datetime.combine(day, time(23, 59, 59), tzinfo=timezone.get_default_timezone())


def message_context(application: Application, answer_by: datetime) -> dict[str, object]:
    """What the one message of a release is written from; the preview uses the same."""
    return {"application": application, "cycle": application.cycle, "answer_by": answer_by}


def preview_message(decision: Decision, answer_by: datetime) -> list[Message]:
    """The message as this student would get it, in their language; nothing is stored or sent."""
    application = decision.application
    return messages.drafts(RELEASED_MESSAGE, to=application.person, context=message_context(application, answer_by))


@transaction.atomic
def release(cycle: Cycle, *, by: User, fingerprint: str) -> Release:
    """Make every private result of the cycle known at once, exactly as previewed.

    Moves each application, makes an offer for each selected student and queues one message for each.
    With nothing left to release, nothing happens. RuleViolation: changed_since_preview.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    codes = Decision.objects.unreleased().filter(application__cycle=cycle).values("application")
    # in one order: nobody else's act on an application can come between
    list(Application.objects.select_for_update(of=("self",)).filter(pk__in=codes).order_by("pk"))
    plan = plan_release(cycle)
    if not plan.decisions:
        return plan
    if plan.fingerprint != fingerprint:
        raise RuleViolation(
            "changed_since_preview",
            _("The results changed while you looked at them. Nothing was released. Please look again."),
        )
    now = timezone.now()
    for decision in plan.decisions:
        _release_one(decision, now, plan.answer_by, by)
    counts = {result: sum(each.result == result for each in plan.decisions) for result in _results(plan)}
    audit.record("selection.release", cycle, by=by, changes={"counts": counts, "fingerprint": fingerprint})
    return plan


def _results(plan: Release) -> list[str]:
    return sorted({decision.result for decision in plan.decisions})


def _release_one(decision: Decision, now: datetime, answer_by: datetime, by: User) -> None:
    application = decision.application
    application.move_to(decision.result)
    application.save(update_fields=["status"])
    decision.released_at, decision.released_by = now, by
    decision.save(update_fields=["released_at", "released_by"])
    if decision.result == Status.SELECTED:
        Offer.objects.create(application=application, decision=decision, made_at=now, answer_by=answer_by)
    audit.record("selection.release", application, by=by, changes={"result": decision.result})
    messages.queue(RELEASED_MESSAGE, to=application.person, context=message_context(application, answer_by))


# --- The student's answer ---------------------------------------------------------------------------


@transaction.atomic
def confirm(offer: Offer, *, by: User) -> Offer:
    """The student takes the seat; a message says so. A second call changes nothing.

    RuleViolation: lapsed, already_answered, move_not_allowed.
    """
    return _answer(offer, Offer.Reply.CONFIRMED, by)


@transaction.atomic
def decline(offer: Offer, *, by: User) -> Offer:
    """The student gives the seat back; a message says so. As `confirm` otherwise."""
    return _answer(offer, Offer.Reply.DECLINED, by)


def _answer(offer: Offer, reply: str, by: User) -> Offer:
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("student", "cycle")
        .get(pk=offer.application_id)
    )
    locked = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    if locked.reply == reply:
        return locked
    if locked.answered_at:
        raise RuleViolation(
            "already_answered", _("You answered already. Write to the exchange team if something changed.")
        )
    if locked.is_lapsed:
        raise RuleViolation(
            "lapsed",
            _("The time to answer ended on %(when)s. Write to the exchange team today: they can tell you what is open.")
            % {"when": deadline(locked.answer_by)},
        )
    application.move_to(Status(reply))  # the student's words name the states
    application.save(update_fields=["status"])
    locked.reply, locked.answered_at = reply, timezone.now()
    locked.save(update_fields=["reply", "answered_at"])
    verb = "confirm" if reply == Offer.Reply.CONFIRMED else "decline"
    audit.record(f"selection.{verb}", application, by=by)
    context = {"application": application}
    messages.queue(f"applications/offer_{reply}", to=application.person, context=context, is_answer=True)
    return locked
