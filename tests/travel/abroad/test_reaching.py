"""How each traveler and leader can be reached: what they said, what their number and mailbox allow."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from exchange.messages import consent
from exchange.models import Mailbox, TextConsent
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import ContactFactory, PlacementFactory, in_days, travel_facts
from tests.travel.abroad.check_ins import CONFIRMED, leader_of, number_of, traveler, trip_away
from travel.abroad.reaching import Reach, countries_away, reach_of, reach_of_leaders, trips_away, trips_to_check

pytestmark = pytest.mark.django_db
BY_TEXT = {"text": True, "stopped": False, "email": True, "way": ""}


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()


@pytest.fixture
def trip():
    return trip_away()


SETUPS = {
    "nothing said": ({}, BY_TEXT),
    "the same number": ({"way": "same"}, BY_TEXT | {"way": "same"}),
    "a local number": ({"way": "local"}, BY_TEXT | {"way": "local"}),
    "data only": ({"way": "data"}, BY_TEXT | {"number": "", "text": False, "way": "data"}),
    "no phone": ({"phone": False}, BY_TEXT | {"number": "", "text": False}),
    "a number that said STOP": ({"stopped": True}, BY_TEXT | {"stopped": True}),
    "no mail": ({"mail": False}, BY_TEXT | {"email": False}),
    "mail that came back": ({"bounced": True}, BY_TEXT | {"email": False}),
}


@pytest.mark.parametrize("said", SETUPS)
def test_a_traveler_is_reached_as_they_said_and_as_number_and_mailbox_allow(trip, said):
    changes, expected = SETUPS[said]
    one, other = traveler(trip, 1, **changes), traveler(trip, 2)
    number = number_of(one) if expected.get("number", "-") else ""
    for is_real in (True, False):
        found = reach_of([one, other], is_real=is_real)
        may = {"text": is_real and expected["text"]} if changes.get("stopped") else {}
        assert found == {
            one.pk: Reach(**{"number": number} | expected | may),
            other.pk: Reach(number=number_of(other), **BY_TEXT),
        }


def test_without_a_yes_a_number_gets_texts_only_when_something_happened_and_a_local_one_always(trip):
    account, local = traveler(trip, 1), traveler(trip, 2, way="local")
    TextConsent.objects.all().delete()
    for is_real, texts in ((True, [True, True]), (False, [False, True])):
        found = reach_of([account, local], is_real=is_real)
        assert [found[each.pk].text for each in (account, local)] == texts


def test_an_unconfirmed_number_is_none(trip):
    one = traveler(trip)
    one.application.student.phone_verified_at = None
    assert reach_of([one], is_real=True)[one.pk] == Reach("", False, False, True, "")


def test_a_landline_gets_no_text_and_nobody_else_is_asked_for(trip):
    rows = [
        ContactFactory(host=None, trip=trip, phone="+44 20 7946 0958", email="a@example.org"),
        ContactFactory(host=None, trip=trip, phone="", email="b@example.org"),
        ContactFactory(host=None, trip=trip, phone="123", email=""),
        ContactFactory(host=None, trip=trip, phone="+1 213 555 0190", email="Up@Example.org"),
        ContactFactory(host=None, trip=trip, phone="+1 213 555 0191", email="fine@example.org"),
    ]
    consent.stop("+12135550190", how="text", by=None)
    Mailbox.objects.create(address="up@example.org", bounced_at=timezone.now())
    Mailbox.objects.create(address="fine@example.org")
    found = reach_of_leaders(rows)
    assert [found[each.pk] for each in rows] == [
        Reach("+442079460958", False, False, True, ""),
        Reach("", False, False, True, ""),
        Reach("", False, False, False, ""),
        Reach("+12135550190", True, True, False, ""),
        Reach("+12135550191", True, False, True, ""),
    ]


def test_a_leaders_number_is_that_of_the_trip_or_else_the_confirmed_one_of_their_account(trip):
    account = UserFactory(phone="+12135550180", phone_verified_at=CONFIRMED)
    unconfirmed = UserFactory(phone="+12135550181")
    rows = [
        ContactFactory(host=None, trip=trip, user=account, phone="+1 213 555 0190", email=""),
        ContactFactory(host=None, trip=trip, user=unconfirmed, phone="", email=""),
    ]
    found = reach_of_leaders(rows)
    assert [found[each.pk].number for each in rows] == ["+12135550190", ""]
    assert all(each.email for each in found.values())  # at the address of the account
    rows[0].phone = "123"
    assert reach_of_leaders(rows)[rows[0].pk] == Reach("+12135550180", True, False, True, "")


def test_who_may_start_a_check_in_for_which_trip(trip):
    other = trip_away()
    gone = PlacementFactory(trip__leaves_on=in_days(-40), trip__returns_on=in_days(-30)).trip
    assert set(trips_away()) == {trip, other} and gone not in trips_away()
    assert set(trips_to_check(UserFactory(coordinator=True))) == {trip, other}
    assert list(trips_to_check(leader_of(trip))) == [trip]
    assert not trips_to_check(UserFactory()) and not trips_to_check(AnonymousUser())


def test_only_where_a_traveler_has_a_local_number_now_is_a_country_texted(trip):
    assert countries_away() == frozenset()
    traveler(trip, 1, way="data")
    assert countries_away() == frozenset()
    traveler(trip, 2, way="local")
    traveler(trip_away(), 3, way="data")
    assert countries_away() == frozenset({"VN"})
    type(trip).objects.filter(pk=trip.pk).update(leaves_on=in_days(-40), returns_on=in_days(-30))
    assert countries_away() == frozenset()
