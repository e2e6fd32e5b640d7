"""A traveler asks for help, on their card or by text without a check-in: leaders and the office know at once."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from exchange.base import audit
from exchange.base.office import office
from exchange.messages import outbox
from exchange.messages.phone_numbers import to_e164
from exchange.models import User
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as check_ins
from travel.abroad.task_words import call_now
from travel.models import CheckInPerson, Contact, Placement

ASKED = "abroad.ask_for_help"
# a second tap soon after tells nobody twice
AGAIN_AFTER = timedelta(minutes=5)


@transaction.atomic
def ask_for_help(placement: Placement, *, words: str = "") -> bool:
    """Tell every leader, and the office, that this traveler needs help; an open check-in counts it. Safe to repeat.

    `words`: what they texted, for the office's mailbox alone; it's told whenever it comes. Returns whether anybody was
    told by this call: a tap within AGAIN_AFTER of the one before tells nobody.
    """
    placement = Placement.objects.select_for_update(of=("self",)).with_people().get(pk=placement.pk)
    last = audit.last(ASKED, placement)
    if last and last.at > timezone.now() - AGAIN_AFTER and not words:
        return False
    audit.record(ASKED, placement, by=None)
    asked = CheckInPerson.objects.filter(placement=placement, check_in__closed_at__isnull=True)
    for person in asked.order_by("pk"):
        check_ins.note(person, Said.HELP, by_link=True)
    context = {"placement": placement}
    leaders = [_way_to(each) for each in placement.trip.leaders.select_related("user")]
    for to in [each for each in leaders if each]:
        outbox.queue("travel/help_asked", to=to, context=context, is_urgent=True)
    to_office = outbox.Guest(email=office().email)
    outbox.queue("travel/help_asked", to=to_office, context={**context, "texted": words}, is_urgent=True)
    call_now(placement)
    return True


def _way_to(leader: Contact) -> User | outbox.Guest | None:
    """A leader without an account hears of it on their phone, too, which may be all that they have with them."""
    phone = to_e164(leader.phone) if leader.phone else ""
    if not (leader.user or leader.email or phone):
        return None
    return leader.user or outbox.Guest(email=leader.email, phone=phone, language=leader.language, name=leader.name)
