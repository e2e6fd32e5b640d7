"""Results that are told one by one: a correction of a released result, or a free seat for the next in line.

Each is decided and told in one act, after a page that shows exactly what will be sent.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import waitlist
from applications.models import Appeal, Application, Cycle, Decision, Offer
from applications.release import promotions
from applications.release.actions import appeals, releasing, unsent
from applications.release.actions import offer as offers
from applications.selection.actions.selection import waiting_list
from applications.states import Status, check_correction, check_move
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import Message, User

# --- Correcting -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Telling:
    """What the student would get. `replaces`: waiting messages that would be dropped."""

    drafts: list[Message]
    replaces: list[Message]


def telling(application: Application) -> Telling:
    """What a correction would send now; stores nothing."""
    return _telling(application, unsent.CORRECTED_MESSAGE)


def _telling(application: Application, otherwise: str) -> Telling:
    template = unsent.template_after(application, since=_told_at(application), otherwise=otherwise)
    context = releasing.message_context(application, releasing.answer_by(application.cycle))
    drafts = outbox.preview(template, to=application.person, context=context)
    return Telling(drafts, unsent.waiting_about([application]))


@transaction.atomic
def correct(
    application: Application,
    *,
    result: str,
    reason: str,
    waitlist_position: int | None = None,
    appeal: Appeal | None = None,
    answer: str = "",
    by: User,
) -> Decision:
    """Replace a wrong released result by the right one, and tell the student. The same again changes nothing.

    If the wrong message is not sent yet, it is dropped and the right one is sent in its place; if it is sent, a
    correction follows. It answers an open appeal, with `answer` or a sentence of ours; `appeal`: why it was made.
    RuleViolation: correction_not_allowed, own_application, position_taken, nothing_told; as `appeals.check_open`.
    """
    application = _lock(application)
    if application.student_id == by.pk:
        raise RuleViolation("own_application", _("This is your own application. Someone else has to decide on it."))
    told = _told(application)
    if told and told.result == result == application.status and told.reason == reason:
        return told
    if appeal:
        appeals.check_open(appeal)
    check_correction(application.status, result)
    if told is None:
        raise RuleViolation("nothing_told", _("This application doesn’t have a released result."))
    position = _position(application, waitlist_position) if result == Status.WAITLISTED else None
    template = unsent.replace(application, since=told.released_at, otherwise=unsent.CORRECTED_MESSAGE)
    for offer in Offer.objects.unanswered().filter(application=application):
        offers.end(offer, by=by)
    until = releasing.answer_by(application.cycle)
    decision = _decide(application, result, reason, position, by, until=until, corrects=told)
    changes = {"before": told.result, "result": result, "position": position}
    audit.record("selection.correct", application, by=by, reason=reason, changes=changes)
    _tell(application, template, until=until)
    appeals.settle(application, answer=answer, by=by)
    return decision


def _position(application: Application, wanted: int | None) -> int:
    others = waiting_list(application.cycle_id).exclude(application=application)
    if wanted is None:
        return (others.aggregate(last=Max("waitlist_position"))["last"] or 0) + 1
    taken = others.filter(waitlist_position=wanted).select_related("application").first()
    if taken:
        raise RuleViolation(
            "position_taken",
            _("Position %(position)s on the waitlist belongs to %(label)s. Choose a different one.")
            % {"position": wanted, "label": taken.application.candidate_label},
        )
    return wanted


# --- The next on the waiting list -------------------------------------------------------------------


def seat_telling(application: Application) -> Telling:
    """What the student who gets the free seat would be sent now; stores nothing."""
    return _telling(application, unsent.SEAT_MESSAGE)


@transaction.atomic
def promote(application: Application, *, by: User) -> Decision:
    """Offer the free seat to the next in line: decided and told in one act. A second call changes nothing.

    An unsent message about the student's place on the waiting list is replaced by this one.
    RuleViolation: no_seat, not_next, own_application.
    """
    application = _lock(application)
    if application.student_id == by.pk:
        raise RuleViolation("own_application", _("This is your own application. Someone else has to decide on it."))
    told = _told(application)
    if told and told.result == Status.SELECTED == application.status:
        return told
    if not waitlist.free_seats(application.cycle):
        raise RuleViolation("no_seat", _("There’s no open spot now, so we didn’t message anyone."))
    proposal = promotions.next_in_line(application.cycle)
    if proposal is None or proposal.application.pk != application.pk:
        raise RuleViolation("not_next", _("Someone else is next now, so we didn’t message anyone. Please check again."))
    return offer_spot(application, proposal, until=releasing.answer_by(application.cycle), by=by)


def offer_spot(
    application: Application, proposal: promotions.Proposal, *, until: datetime, by: User, batch: str = ""
) -> Decision:
    """Decide, and tell the student. In the caller's transaction, which has locked the application and checked that it
    is next."""
    check_move(application.status, Status.SELECTED)
    reason = _("A spot opened up. %(why)s") % {"why": proposal.reason}
    template = unsent.replace(application, since=_told_at(application), otherwise=unsent.SEAT_MESSAGE)
    decision = _decide(application, Status.SELECTED, reason, None, by, until=until)
    audit.record("selection.promote", application, by=by, reason=reason, changes={"result": Status.SELECTED.value})
    _tell(application, template, until=until, batch=batch)
    appeals.settle(application, by=by)
    return decision


# --- Both -------------------------------------------------------------------------------------------


def _lock(application: Application) -> Application:
    """Lock the cycle first, as a release does, so that all acts that change who has a seat wait for each other."""
    list(Cycle.objects.select_for_update(of=("self",)).filter(pk=application.cycle_id))
    people = Application.objects.select_for_update(of=("self",)).select_related("student", "cycle")
    return people.get(pk=application.pk)


def _told(application: Application) -> Decision | None:
    released = application.decisions.filter(released_at__isnull=False)
    return released.order_by("-released_at", "-pk").first()


def _told_at(application: Application) -> datetime | None:
    told = _told(application)
    return told.released_at if told else None


def _decide(
    application: Application,
    result: str,
    reason: str,
    position: int | None,
    by: User,
    *,
    until: datetime,
    corrects: Decision | None = None,
) -> Decision:
    """Record a decision that is released at once. It replaces an unreleased one. `until`: to answer an offer."""
    now: datetime = timezone.now()
    decision = application.decisions.unreleased().first() or Decision(application=application)
    decision.result, decision.reason, decision.waitlist_position = result, reason, position
    decision.decided_by = decision.released_by = by
    decision.decided_at = decision.released_at = now
    decision.appeal_days = appeals.numbers()[appeals.DAYS]
    decision.corrects = corrects
    decision.save()
    application.status = Status(result)
    application.save(update_fields=["status"])
    if result == Status.SELECTED:
        Offer.objects.create(application=application, decision=decision, made_at=now, answer_by=until)
    return decision


def _tell(application: Application, template: str, *, until: datetime, batch: str = "") -> None:
    context = releasing.message_context(application, until)
    outbox.queue(template, to=application.person, context=context, batch=batch)
