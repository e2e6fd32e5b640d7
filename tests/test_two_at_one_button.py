"""Two people press buttons of one page: the second, whose page is from before, is told, and undoes nothing unseen.

Each row: what the page needs and its address, the first person's button and the second's. `tests/test_old_tabs.py`
presses all there are, at night.
"""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import InterviewSlot, Note
from applications.selection.actions import selection
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, OfferFactory, application_facts, review_facts
from tests.factories_counters import PassportDayFactory, begun, booked, counter_facts, issued, traveler
from tests.factories_help import ThreadFactory
from tests.factories_meeting import booked as interview_booked
from tests.factories_money import MoneyPromiseFactory
from tests.factories_travel import (
    ContactFactory,
    HostLinkFactory,
    LeaderLinkFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from tests.old_tabs import changed, opened, presses_of, rows_of
from travel.models import Room
from travel.prepare.money import payments
from travel.prepare.rooms import actions as rooms

pytestmark = pytest.mark.django_db
CHANGED = "Something else has happened here since you opened the page, so nothing was changed."


def url(name, *args):
    return reverse(name, args=args)


def rooms_of_two(by):
    trip = TripFactory(leaves_on=in_days(60), returns_on=in_days(70))
    for name in ("Ana Ruiz", "Bea Lam"):
        PlacementFactory(trip=trip, application__student__full_name=name)
    rooms.add_rooms(trip, count=2, beds=2, is_quiet=False, is_accessible=False, by=by)
    rooms.propose(trip, by=by)
    nobody = Room.objects.filter(trip=trip, seats=None).get()
    Room.objects.filter(pk=nobody.pk).update(number=0)  # the first on the page
    return url("travel:trip-rooms", trip.code)


def payment_of_two(by):
    placement = PlacementFactory()
    promises = [MoneyPromiseFactory(placement=placement).code for _each in range(2)]
    return payments.make(promises, by=by).get_absolute_url()


def passport_day(_by):
    counter_facts()
    booking = booked(PassportDayFactory(slots=[1]).slots.get())
    begun(booking.day)
    return url("travel:passport-day-attendance", booking.day.code)


def hosts_link(_by):
    return url("travel:trip-host", HostLinkFactory().trip.code)


def leaders_link(_by):
    return url("travel:trip-abroad", LeaderLinkFactory().trip.code)


def leader_without_a_link(_by):
    return url("travel:trip-abroad", ContactFactory(host=None, trip=TripFactory(), phone="+12135550111").trip.code)


def voucher(_by):
    counter_facts()
    traveler()
    return issued().get_absolute_url()


def offer(_by):
    return url("applications:offer-extend", OfferFactory().code)


def interview(_by):
    found = interview_booked()
    InterviewSlot.objects.filter(pk=found.slot_id).update(starts_at=timezone.now() - dt.timedelta(hours=1))
    return url("applications:interview-score", found.code)


TABLES = (
    *("travel_room", "travel_roomseat", "travel_roomplan", "travel_payment", "travel_paymentline", "travel_hostlink"),
    *(
        "travel_leaderlink",
        "travel_passportbooking",
        "travel_feevoucher",
        "applications_interview",
        "applications_offer",
    ),
)
ROWS = {
    "a proposal of rooms, after one was taken away": (rooms_of_two, "room-remove", "rooms-propose"),
    "groups, after others were proposed": (rooms_of_two, "rooms-propose#2", "rooms-propose#2"),
    "a room goes, after people were put in groups": (rooms_of_two, "rooms-propose#2", "room-remove"),
    "rooms are published, after one was taken away": (rooms_of_two, "room-remove", "rooms-publish"),
    "a list is deleted, after its file was taken": (payment_of_two, "payment-file", "payment-discard"),
    "a line goes, after the file was taken": (payment_of_two, "payment-file", "payment-line-remove"),
    "a list is paid, after a line was taken off": (payment_of_two, "payment-line-remove", "payment-detail"),
    "“didn’t come”, after “applied”": (
        passport_day,
        "passport-booking-result=applied",
        "passport-booking-result=missed",
    ),
    "a host's link is sent, after it was stopped": (hosts_link, "host-stop", "host-send"),
    "a leader's link is made, after one was made": (leader_without_a_link, "leader-link-make", "leader-link-make"),
    "a leader's link is made, after it was ended": (leaders_link, "leader-link-end", "leader-link-make"),
    "a voucher is lost, after it was given": (voucher, "voucher-give", "voucher-mark=lost"),
    "an offer gets more time, after it got some": (offer, "offer-extend", "offer-extend"),
    "an interview was missed, after it was held": (interview, "interview-settle=held", "interview-settle=missed"),
}


def press_of(page, named):
    """A button by the end of its address's name, and its value; "#2": the second of these."""
    named, _hash, number = named.partition("#")
    name, _equals, value = named.partition("=")
    found = [
        each
        for each in presses_of(page)
        if each.view.split(":")[-1] == name and (not value or each.button.get("value") == value)
    ]
    return found[int(number or 1) - 1]


@pytest.fixture
def by():
    application_facts(), review_facts(), travel_facts()
    return UserFactory(coordinator=True)


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("row", ROWS)
def test_a_button_of_an_old_page_undoes_nothing_unseen(by, row):
    make, theirs, mine = ROWS[row]
    address = make(by)
    first, second = client_of(by), client_of(UserFactory(coordinator=True))
    old = press_of(opened(second, address), mine)
    press = press_of(opened(first, address), theirs)
    done = first.post(press.address, press.data())
    assert done.status_code in (200, 302)
    before = rows_of(TABLES)

    answer = second.post(old.address, old.data(of=2), follow=True)

    assert CHANGED in answer.text
    assert changed(before, rows_of(TABLES)) == {}
    again = press_of(opened(second, address), mine)
    assert CHANGED not in second.post(again.address, again.data(of=2), follow=True).text


def test_a_result_that_a_colleague_removed_comes_back_only_once_that_was_shown(by):
    application = ApplicationFactory(submitted=True)
    selection.decide(application, result="selected", reason="Clear purpose.", by=by)
    me, page = UserFactory(coordinator=True), url("applications:decision-record", application.code)
    client = client_of(me)
    said = {"result": "waitlisted", "reason": "Close."}
    seen = client.get(page).context["seen_at"]
    selection.undo(application, by=by)

    shown = client.post(page, said | {"seen_at": seen})

    assert f"{by} removed the result for {application.candidate_label}" in shown.text
    assert "Close." in shown.text and not application.decisions.exists()
    client.post(page, said | {"seen_at": shown.context["seen_at"]})
    assert application.decisions.get().result == "waitlisted"


def test_a_student_gets_one_answer_of_two_people_who_typed_one(by):
    thread = ThreadFactory(addressee="office")
    first, second, page = client_of(by), client_of(UserFactory(coordinator=True)), thread.get_absolute_url()
    first.post(page, {"body": "They do.", "seen": "1"})

    shown = second.post(page, {"body": "They don’t.", "seen": "1"})

    assert f"{by} has answered since you opened this." in shown.text
    assert "They do." in shown.text and "They don’t." in shown.text and Note.objects.count() == 2
    second.post(page, {"body": "They don’t.", "seen": "2"})
    assert Note.objects.count() == 3
