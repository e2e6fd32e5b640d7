"""What family sees while the group is away: now and whom to call first, in their language."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.base.home import home_zone
from exchange.templatetags.ui import clock, short_day
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import ContactFactory, PlacementFactory, in_days, travel_facts
from tests.travel.abroad.check_ins import leader_of, traveler, trip_away
from tests.travel.abroad.test_roll_call import one_tap
from travel.abroad.actions import check_in as check_ins
from travel.abroad.actions import roll_call as roll_calls
from travel.models import FamilyLink, TripDay
from travel.prepare.family import actions as family

pytestmark = pytest.mark.django_db
ALL = [part.value for part in FamilyLink.Part]
SEEN = "Everyone is with the group."


@pytest.fixture(autouse=True)
def facts(db):
    application_facts(), travel_facts()


@pytest.fixture
def trip():
    trip = trip_away(returns_on=in_days(6))
    for number in range(1, trip.length + 1):
        text = "12:01 am The night bus\n8:45 am Pottery class\n11:59 pm Lights out"
        TripDay.objects.create(
            trip=trip, number=number, text_en=text, text_es=text.replace("Pottery class", "Cerámica")
        )
    ContactFactory(host=None, trip=trip, name="Stavros", duty="nurse", duty_es="enfermero", phone="+1 213 555 0173")
    ContactFactory(host=None, trip=trip, name="Leilani", duty="speaks some Greek", phone="+1 213 555 0172")
    return trip


def shown(placement, parts=ALL, language="en"):
    given = {"label": "Mom", "language": language, "ends_on": None}
    link = family.make(placement, parts=parts, **given, by=placement.application.student)
    return Client().get(reverse("travel:family-page", args=[link.link])).text


def test_now_and_whom_to_call_come_first_and_the_hours_are_told_by_both_clocks(trip):
    page = shown(traveler(trip))
    order = ["In City", "According to the plan:", "Who to call", "tel:+12135550172", "Today, ", "Day by day"]
    assert [page.index(words) for words in order] == sorted(page.index(words) for words in order)
    today = timezone.localdate(timezone=trip.city.zone)
    class_ = dt.datetime.combine(today, dt.time(8, 45), trip.city.zone)
    with timezone.override(home_zone()):
        assert f"here {short_day(class_)}, {clock(class_)}" in page


def test_what_the_student_did_not_check_is_not_told(trip):
    page = shown(traveler(trip), ["dates"])
    assert "Pottery" not in page and "Leilani" not in page and SEEN not in page
    assert "In City" in page and "+12135550148" in page  # the clock and the office are everybody's


def test_before_and_after_the_trip_there_is_no_now():
    for leaves in (20, -11):
        placement = PlacementFactory(trip__leaves_on=in_days(leaves), trip__returns_on=in_days(leaves + 10))
        assert "According to the plan:" not in shown(placement)


def test_a_page_in_spanish_has_no_word_of_english_about_the_leaders(trip):
    page = shown(traveler(trip), language="es")
    assert "enfermero" in page and "Líder del grupo" in page
    assert "nurse" not in page and "speaks some Greek" not in page and "Cerámica" in page


def test_the_group_was_seen_only_if_a_leader_tapped_everyone_and_nobody_is_missed(trip):
    ana, ben = traveler(trip, 1), traveler(trip, 2)
    ruth = leader_of(trip)
    assert SEEN not in shown(ana)
    roll_calls.take(trip, [one_tap(ana)], by=ruth, name="Ruth Abebe")
    assert SEEN not in shown(ana)  # nobody has tapped Ben
    roll_calls.take(trip, [one_tap(ben)], by=ruth, name="Ruth Abebe")
    page = shown(ana)
    assert SEEN in page and "Ruth Abebe, who leads the group, saw them today" in " ".join(page.split())
    without = shown(ana, ["days"])
    assert SEEN in without and "Ruth" not in without and str(trip.leaves_on.year) not in without.split("</h1>")[1][:300]
    left_behind = traveler(trip, 3)
    type(left_behind).objects.filter(pk=left_behind.pk).update(travelled_at=None)
    assert SEEN not in shown(type(left_behind).objects.get(pk=left_behind.pk))

    words = {"why_en": "A storm.", "why_es": "Una tormenta."}
    check_in = check_ins.start([ben], kind="real", by=UserFactory(coordinator=True), **words)
    assert SEEN not in shown(ana)  # he was asked after that, and hasn't answered
    check_ins.note(check_in.people.get(), check_ins.Said.SEEN, by=ruth)
    assert SEEN in shown(ana)
    roll_calls.take(trip, [one_tap(ben, is_here=False)], by=None, name="Omar Diaz")
    assert SEEN not in shown(ana)


def test_the_worker_of_the_page_is_that_of_the_card_in_its_own_folder():
    both = [Client().get(reverse(f"travel:{name}")).text for name in ("family-worker", "card-worker")]
    assert both[0] == both[1] and "family" in both[0]
    assert reverse("travel:family-worker") == "/family/sw.js"
