"""Travelers of a check-in, for its tests and the drill."""

import datetime as dt

from django.utils import timezone

from exchange.messages import consent, inbound
from exchange.models import Mailbox
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import ContactFactory, PlacementFactory, TripFactory
from travel.models import Placement, Reachability

CONFIRMED = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
LOCAL = "+84912345{:03}"


def trip_away(**more):
    """A group that left two days ago, to a city with a clock of its own."""
    trip = TripFactory(departed=True, **more)
    trip.city.country_code, trip.city.time_zone = "VN", "Asia/Ho_Chi_Minh"
    trip.city.save()
    return trip


def traveler(
    trip, number=1, *, way="", phone=True, stopped=False, mail=True, bounced=False, language="en"
) -> Placement:
    """One who agreed to texts, unless the words say otherwise. `way`: what they said, or nothing."""
    fields = {"phone": f"+1213555{number:04}", "phone_verified_at": CONFIRMED, "texts": True} if phone else {}
    email = {} if mail else {"email": None}
    student = UserFactory(language=language, full_name=f"Traveler {number:03}", **fields, **email)
    application = ApplicationFactory(confirmed=True, cycle=trip.cycle, student=student)
    placement = PlacementFactory(trip=trip, application=application, travelled_at=trip.departed_at)
    if way:
        local = LOCAL.format(number) if way == "local" else ""
        Reachability.objects.create(placement=placement, way=way, phone=local)
    if stopped:
        consent.stop(number_of(placement), how="text", by=None)
    if bounced:
        Mailbox.objects.create(address=student.email.lower(), bounced_at=timezone.now())
    return placement


def number_of(placement) -> str:
    said = Reachability.objects.filter(placement=placement).first()
    if said and said.phone:
        return said.phone.as_e164
    return placement.application.student.phone.as_e164


def leader_of(trip, name="Ruth Abebe", **user):
    """A leader with an account."""
    account = UserFactory(full_name=name, preferred_name="Ruth", **user)
    ContactFactory(host=None, trip=trip, user=account, name=name, phone="+1 213 555 0199", email=account.email)
    return account


def text_in(number, body, *, message_id="", sent_at=None) -> None:
    sent_at = sent_at or timezone.now()
    inbound.receive(number, body, message_id=message_id or f"{number} {body} {sent_at}", sent_at=sent_at)
