"""The student's answer to an offer."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Offer
from applications.states import Status
from exchange import audit, messages
from exchange.errors import RuleViolation
from exchange.models import User
from exchange.templatetags.ui import deadline


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
