"""The release that makes the committee's results known: planned, shown, and then done as shown or not at all."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Cycle, Decision, Offer
from applications.states import MOVES, RESULTS, Status
from exchange import audit, messages
from exchange.errors import RuleViolation
from exchange.models import Message, User

# The states from which a result can still come
CAN_BE_TOLD = tuple(status for status in Status if Status.NOT_SELECTED in MOVES[status])
RELEASED_MESSAGE = "applications/decision_released"


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
