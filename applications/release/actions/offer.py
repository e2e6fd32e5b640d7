"""Offers: the student's answer, more time, and their end without an answer."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock, waitlist
from applications.base.standings import standing_of
from applications.models import Application, Cycle, Offer, OfferCall
from applications.release.actions.releasing import end_of_day
from applications.standing import Act, Standing, may
from applications.states import Status, check_undo
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.templatetags.ui import deadline

DUE_NAME = "applications.offer_time"
ACTS = {Offer.Reply.CONFIRMED: Act.CONFIRM, Offer.Reply.DECLINED: Act.DECLINE}

# --- The student's answer ---------------------------------------------------------------------------


@transaction.atomic
def confirm(offer: Offer, *, by: User, is_told: bool = True) -> Offer:
    """The student takes the seat; a message says so. A second call changes nothing.

    `is_told`: False if the caller writes to the student. RuleViolation: lapsed, ended, already_answered, not_now.
    """
    return _answer(offer, Offer.Reply.CONFIRMED, by, is_told)


@transaction.atomic
def decline(offer: Offer, *, by: User, is_told: bool = True) -> Offer:
    """The student gives the seat back; a message says so. `is_told` and RuleViolation as for `confirm`."""
    return _answer(offer, Offer.Reply.DECLINED, by, is_told)


def _answer(offer: Offer, reply: Offer.Reply, by: User, is_told: bool) -> Offer:
    application, locked = _locked(offer)
    if locked.reply == reply:
        return locked
    if not may(standing_of(application, offer=locked), ACTS[reply]):
        raise _why_not(locked)
    application.move_to(Status(reply))  # the replies have the names of the states
    application.save(update_fields=["status"])
    locked.reply, locked.answered_at = reply, timezone.now()
    locked.save(update_fields=["reply", "answered_at"])
    settle_call(locked)
    verb = "confirm" if reply == Offer.Reply.CONFIRMED else "decline"
    audit.record(f"selection.{verb}", application, by=by)
    if is_told:
        context = {"application": application}
        outbox.queue(f"applications/offer_{reply}", to=application.person, context=context, is_answer=True)
    return locked


@transaction.atomic
def take_back(offer: Offer, *, by: User) -> Offer:
    """Undo an answer that staff recorded for the student: the offer is open again. A second call changes nothing.

    RuleViolation: withdrawn, if the application was since; placed, once the student has a city; seat_taken, if the spot
    went to someone else.
    """
    Cycle.objects.select_for_update(of=("self",)).get(pk=offer.application.cycle_id)  # an offer of the seat locks it
    application, locked = _locked(offer)
    if not locked.reply:
        return locked
    if application.status != Status(locked.reply):  # from an answer, the only way on is to withdraw
        raise RuleViolation(
            "withdrawn",
            _("This application has since been withdrawn, so the answer can’t be undone. Nothing was changed."),
        )
    if application.status == Status.CONFIRMED and standing_of(application) != Standing.CONFIRMED:
        raise RuleViolation("placed", _("The student already has a city, so this can’t be undone. Withdraw instead."))
    if application.status == Status.DECLINED and waitlist.over_with(application):
        raise RuleViolation("seat_taken", _("The spot has been offered to someone else. Nothing was changed."))
    check_undo(application.status, Status.SELECTED)
    application.status, locked.reply, locked.answered_at = Status.SELECTED, "", None
    application.save(update_fields=["status"])
    locked.save(update_fields=["reply", "answered_at"])
    audit.record("selection.take_back", application, by=by)
    return locked


def _why_not(offer: Offer) -> RuleViolation:
    """The answer isn't possible: says why, and whom to write to."""
    if offer.answered_at:
        return RuleViolation(
            "already_answered", _("You’ve already answered. Write to the exchange team if something changed.")
        )
    if offer.ended_at:
        return RuleViolation("ended", _("This offer is closed. Ask the exchange team what’s still possible."))
    if offer.is_lapsed:
        return RuleViolation(
            "lapsed",
            _("The time to answer ended on %(when)s. Ask the exchange team today what’s still possible.")
            % {"when": deadline(offer.answer_by)},
        )
    return RuleViolation("not_now", _("This offer can’t be answered now. Nothing was changed."))


def _locked(offer: Offer) -> tuple[Application, Offer]:
    """Lock the application first, as everywhere, so that two acts on one offer wait for each other."""
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("student", "cycle")
        .get(pk=offer.application_id)
    )
    return application, Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)


def settle_call(offer: Offer) -> None:
    """Close the offer's call, because nobody has to call now."""
    OfferCall.objects.open().filter(offer=offer).update(outcome=OfferCall.Outcome.NOT_NEEDED, done_at=timezone.now())


# --- The office -------------------------------------------------------------------------------------


@transaction.atomic
def let_lapse(offer: Offer, *, by: User) -> Offer:
    """End an offer whose time is over, with a coordinator's consent: the seat is free, and the student is told. A
    second call changes nothing.

    RuleViolation: not_over, already_answered.
    """
    application, locked = _locked(offer)
    if locked.ended_at:
        return locked
    _check_unanswered(application, locked)
    if not locked.is_lapsed:
        raise RuleViolation(
            "not_over", _("The student has until %(when)s to answer.") % {"when": deadline(locked.answer_by)}
        )
    application.move_to(Status.DECLINED)
    application.save(update_fields=["status"])
    end(locked, by=by)
    audit.record("selection.lapse", application, by=by)
    outbox.queue("applications/offer_lapsed", to=application.person, context=_context(application, locked))
    return locked


@transaction.atomic
def extend(offer: Offer, *, until: date, reason: str, by: User, seen: str = "") -> Offer:
    """Give one student more time, before or after the deadline, and tell them. The same day again changes nothing.

    RuleViolation: changed_meanwhile, not_later, already_answered.
    """
    application, locked = _locked(offer)
    _check_unanswered(application, locked)
    moment = end_of_day(until)
    if moment == locked.answer_by:
        return locked
    edit_lock.check_button(seen, mark_of(locked))
    if moment < max(timezone.now(), locked.answer_by):
        raise RuleViolation("not_later", _("Choose a day after the current deadline that hasn’t passed."))
    before, locked.answer_by = locked.answer_by, moment
    locked.save(update_fields=["answer_by"])
    changes = {"before": before.isoformat(), "until": moment.isoformat()}
    audit.record("selection.extend", application, by=by, reason=reason, changes=changes)
    outbox.queue(
        "applications/offer_extended",
        to=application.person,
        context=_context(application, locked),
        still_due=f"{DUE_NAME}:{locked.pk}/{moment.isoformat()}",
    )
    return locked


def mark_of(offer: Offer) -> str:
    """The deadline that a page with `extend` shows."""
    return edit_lock.fingerprint(offer, ("answer_by",))


def is_still_due(key: str) -> bool:
    """Whether the offer still waits for an answer until the time in the message; checked as it is sent, because a text
    that waits for the morning may be out of date by then."""
    pk, _slash, until = key.partition("/")
    return Offer.objects.unanswered().filter(pk=pk, answer_by=datetime.fromisoformat(until)).exists()


def _check_unanswered(application: Application, offer: Offer) -> None:
    if offer.answered_at or offer.ended_at or application.status != Status.SELECTED:
        raise RuleViolation("already_answered", _("This offer is no longer open. Nothing was changed."))


def end(offer: Offer, *, by: User) -> None:
    """End the offer without an answer, because it lapsed or was withdrawn. In the caller's transaction."""
    offer.ended_at, offer.ended_by = timezone.now(), by
    offer.save(update_fields=["ended_at", "ended_by"])
    settle_call(offer)


def _context(application: Application, offer: Offer) -> dict[str, object]:
    return {"application": application, "cycle": application.cycle, "answer_by": offer.answer_by}
