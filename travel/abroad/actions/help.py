"""Somebody on a trip asks for help, on their card or by text, check-in or not: leaders and the office know at once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from exchange.base import audit
from exchange.base.office import office
from exchange.messages import outbox
from exchange.messages.phone_numbers import to_e164
from exchange.models import User
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as check_ins
from travel.abroad.task_words import call_leader, call_now
from travel.models import CheckInPerson, Contact, Placement, Trip

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
    for each in asked.order_by("pk"):
        check_ins.note(each, Said.HELP, by_link=True)
    person = placement.application.person
    _tell(Caller(str(person), person.called, person.phone), placement.trip, words)
    call_now(placement)
    return True


@transaction.atomic
def leader_asks(leader: Contact, words: str) -> None:
    """The same of a leader, by text: every other leader of the trip hears of it, and the office."""
    audit.record(ASKED, leader, by=None)
    for person in CheckInPerson.objects.filter(leader=leader, check_in__closed_at__isnull=True).order_by("pk"):
        check_ins.note(person, Said.HELP, by_link=True)
    trip = Trip.objects.select_related("city").get(leaders=leader)
    _tell(Caller(leader.name, leader.name, leader.phone), trip, words, but=leader)
    call_leader(leader, trip)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `phone`: a PhoneNumber, "" or None. The address and the words stay with whoever may read them."""

    name: str
    called: str
    phone: Any


def _tell(caller: Caller, trip: Trip, words: str, but: Contact | None = None) -> None:
    context = {"traveler": caller, "trip": trip}
    leaders = [_way_to(each) for each in trip.leaders.select_related("user") if each != but]
    for to in [each for each in leaders if each]:
        outbox.queue("travel/help_asked", to=to, context=context, is_urgent=True)
    to_office = outbox.Guest(email=office().email)
    outbox.queue("travel/help_asked", to=to_office, context={**context, "texted": words}, is_urgent=True)


def _way_to(leader: Contact) -> User | outbox.Guest | None:
    """A leader without an account hears of it on their phone, too, which may be all that they have with them."""
    phone = to_e164(leader.phone) if leader.phone else ""
    if not (leader.user or leader.email or phone):
        return None
    return leader.user or outbox.Guest(email=leader.email, phone=phone, language=leader.language, name=leader.name)
