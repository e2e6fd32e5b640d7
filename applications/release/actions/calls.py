"""Calls to students who have not answered an offer for a while. A call is due until the student answers."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Offer, OfferCall
from applications.states import Status
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.messages import outbox
from exchange.models import User
from exchange.reference import facts

SILENT_HOURS, AGAIN_HOURS = "offer.call_hours", "offer.call_again_hours"
Outcome = OfferCall.Outcome
# the outcomes that a person can choose; only the portal sets the last one
SAID = (Outcome.REACHED, Outcome.LEFT_WORD, Outcome.NO_ANSWER)


def look_after() -> dict[str, int]:
    """Run by beat: create a call for each offer that has been unanswered long enough, and close the calls of offers
    that no longer need one. Returns counts."""
    settled = _settle()
    waiting = Offer.objects.silent(int(facts.number(SILENT_HOURS))).filter(
        answer_by__gt=timezone.now(),
        application__status=Status.SELECTED,
        application__cycle__closed_out_at__isnull=True,
        call__isnull=True,
    )
    made = [call for pk in waiting.values_list("pk", flat=True) if (call := _ask_for_call(pk))]
    by_college: defaultdict[int | None, int] = defaultdict(int)
    for call in made:
        by_college[call.offer.application.college_id] += 1
    _tell(by_college)
    return {"made": len(made), "settled": settled}


def _settle() -> int:
    """Close open calls of offers that no longer wait for an answer, for example because the student withdrew."""
    owed = OfferCall.objects.open()
    still = owed.filter(offer__in=Offer.objects.unanswered(), offer__application__status=Status.SELECTED)
    over = list(owed.exclude(pk__in=still.values("pk")).values_list("pk", flat=True))
    return owed.filter(pk__in=over).update(outcome=Outcome.NOT_NEEDED, done_at=timezone.now())


@transaction.atomic
def _ask_for_call(offer_id: int) -> OfferCall | None:
    """Create the call; None if another worker has just done so."""
    offer = Offer.objects.select_for_update(of=("self",)).get(pk=offer_id)
    call, is_new = OfferCall.objects.get_or_create(offer=offer, defaults={"due_at": timezone.now()})
    if is_new:
        audit.record("selection.ask_for_call", offer.application, by=None)
    return call if is_new else None


@transaction.atomic
def _tell(by_college: Mapping[int | None, int]) -> None:
    """Send a message to the advisors of each college, or to the office if a college has none."""
    for_the_office = 0
    for college, count in by_college.items():
        advisors = list(roles.advisors_at(college))
        for_the_office += 0 if advisors else count
        for advisor in advisors:
            outbox.queue("applications/calls_owed", to=advisor, context={"count": count})
    if for_the_office:
        for person in roles.coordinators():
            outbox.queue("applications/calls_owed_office", to=person, context={"count": for_the_office})


@transaction.atomic
def record_call(call: OfferCall, *, outcome: str, note: str, by: User) -> OfferCall:
    """Record a call's outcome. If nobody answered, the call is due again later, as long as the offer stands.

    The same again changes nothing. RuleViolation: unknown_outcome.
    """
    if outcome not in SAID:
        raise RuleViolation("unknown_outcome", _("Say how the call went."))
    locked = OfferCall.objects.select_for_update(of=("self",)).get(pk=call.pk)
    if locked.done_at:
        return locked
    offer = Offer.objects.select_related("application").get(pk=locked.offer_id)
    again = timezone.now() + timedelta(hours=int(facts.number(AGAIN_HOURS)))
    locked.note = note or locked.note
    if outcome == Outcome.NO_ANSWER and again < offer.answer_by:
        if locked.due_at > timezone.now():  # the button was pressed twice
            return locked
        locked.due_at = again
    else:
        locked.outcome, locked.done_by, locked.done_at = outcome, by, timezone.now()
    locked.save(update_fields=["note", "due_at", "outcome", "done_by", "done_at"])
    audit.record("selection.call", offer.application, by=by, changes={"outcome": outcome})
    return locked
