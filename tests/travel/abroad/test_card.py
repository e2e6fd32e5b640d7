"""The traveler's card: the plan by the clock of the place, numbers that hold, words that somebody checked, help."""

import datetime as dt
import re
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exchange.models import Event, Message
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import (
    ContactFactory,
    HelpNumberFactory,
    InsurancePolicyFactory,
    LocalCardFactory,
    PlacementFactory,
    in_days,
    travel_facts,
)
from tests.itineraries import line, publish
from travel.abroad import card
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as check_ins
from travel.abroad.actions import help as helping
from travel.abroad.actions import link as links
from travel.abroad.actions import setup
from travel.base import actions as rows
from travel.base.legs import Kind
from travel.models import CheckIn, HelpNumber, LocalCard, TripDay
from travel.prepare.actions import itinerary

pytestmark = pytest.mark.django_db

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture(autouse=True)
def facts(db):
    travel_facts()


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True)


@pytest.fixture
def traveler():
    """On the fifth day of a trip."""
    return PlacementFactory(trip__leaves_on=in_days(-4), trip__returns_on=in_days(6))


def link_of(placement):
    return links.make(placement, by=placement.application.student)


def page(link):
    return Client().get(reverse("travel:abroad-card", args=[link.link]))


def day(trip, number, text):
    return TripDay.objects.create(trip=trip, number=number, text_en=text, text_es=text)


def test_card_says_what_is_next_by_the_clock_of_the_place(traveler):
    day(traveler.trip, 5, "8:30 am University visit\n2:30 pm Temple of Literature\nBring water")
    link = link_of(traveler)
    noon = dt.datetime.combine(traveler.trip.leaves_on + dt.timedelta(days=4), dt.time(12), HANOI)
    with mock.patch.object(timezone, "now", return_value=noon):
        text = page(link).text
    sign = re.search(r"data-next>(.*?)</div>", text, re.DOTALL)[1]
    assert "2:30 pm" in sign
    assert "Temple of Literature" in sign
    assert "Day 5 of 11" in sign
    assert "Bring water" in text
    starts = [dt.datetime.fromisoformat(each) for each in re.findall(r'data-starts="(.*?)"', text)]
    assert starts == [noon.replace(hour=8, minute=30), noon.replace(hour=14, minute=30)]


def test_every_day_is_on_the_page_so_that_tomorrow_needs_no_signal(traveler):
    for number in range(1, 12):
        day(traveler.trip, number, f"9 am Stop {number}")
    text = page(link_of(traveler)).text
    assert [number for number in range(1, 12) if f"Stop {number}<" in text] == list(range(1, 12))


def test_a_city_without_a_time_zone_states_no_local_time(traveler):
    traveler.trip.city.time_zone = ""
    traveler.trip.city.save()
    day(traveler.trip, 5, "2:30 pm Temple")
    text = page(link_of(traveler)).text
    assert "2:30 pm Temple" in text  # as written, on its day
    assert "data-starts" not in text


@pytest.mark.parametrize("fields", [{"is_confirmed": False}, {"review_on": in_days(-1)}])
def test_a_number_that_may_be_wrong_is_not_on_the_card_and_the_office_is_told(fields, traveler):
    HelpNumberFactory(city=traveler.trip.city, phone="115")
    HelpNumberFactory(city=traveler.trip.city, phone="999", kind=HelpNumber.Kind.POLICE, **fields)
    text = page(link_of(traveler)).text
    assert "tel:115" in text
    assert "tel:999" not in text
    HelpNumber.objects.filter(phone="115").delete()
    assert any("emergency number" in said for said in card.lacks(traveler.trip))


def test_words_for_a_driver_show_once_somebody_has_checked_them(traveler, coordinator):
    address = LocalCardFactory(trip=traveler.trip, checked_by_name="", checked_on=None)
    link = link_of(traveler)
    assert "Hoa Sen" not in page(link).text
    form = {"checked_by_name": "Lan Pham", "checked_on": timezone.localdate()}
    setup.change_card(address, form, seen=rows.fingerprint(address, form), by=coordinator)
    assert re.search(r'lang="vi">Khách sạn Hoa Sen', page(link).text)


def test_changed_words_have_to_be_checked_again(traveler, coordinator):
    address = LocalCardFactory(trip=traveler.trip)
    values = {"text": "Khách sạn khác", "checked_by_name": address.checked_by_name, "checked_on": address.checked_on}
    setup.change_card(address, values, seen=rows.fingerprint(address, values), by=coordinator)
    address.refresh_from_db()
    assert not address.is_checked
    assert "Khách sạn khác" not in page(link_of(traveler)).text


def test_allergy_cards_of_the_city_show_once_checked_and_to_everyone_alike(traveler):
    city = traveler.trip.city
    peanuts = {"kind": "allergy", "need": "peanuts", "trip": None}
    LocalCardFactory(**peanuts, city=city, text="Tôi bị dị ứng nặng với lạc")
    LocalCardFactory(**peanuts | {"need": "milk"}, city=city, text="Sữa", checked_by_name="", checked_on=None)
    LocalCardFactory(**peanuts, city=PartnerCityFactory(), text="Elsewhere")
    other = PlacementFactory(trip=traveler.trip)
    for placement in (traveler, other):
        text = page(link_of(placement)).text
        assert re.search(r'lang="vi">Tôi bị dị ứng', text) and "Peanuts" in text
        assert "Sữa" not in text and "Elsewhere" not in text


def test_insurance_of_the_group_is_on_the_card(traveler):
    InsurancePolicyFactory(trip=traveler.trip, phone="+1 312 555 0177", number="GRP-77")
    InsurancePolicyFactory(number="OTHER-1")
    text = page(link_of(traveler)).text
    assert "tel:+13125550177" in text and "GRP-77" in text
    assert "OTHER-1" not in text


def test_an_open_check_in_asks_on_the_card_until_it_is_answered(traveler, coordinator):
    application_facts()
    link = link_of(traveler)
    why = {"why_en": "Our daily roll call.", "why_es": "Nuestro pase de lista."}
    check_in = check_ins.start([traveler], kind=CheckIn.Kind.ROLL_CALL, by=coordinator, **why)
    person = check_in.people.get()
    asked = page(link).text
    assert "Our daily roll call." in asked and reverse("travel:check-in-answer", args=[person.link]) in asked

    check_ins.note(person, Said.SAFE, by_link=True)

    assert "Our daily roll call." not in page(link).text


def test_the_words_of_another_trip_are_not_shown(traveler):
    LocalCardFactory(text="Somewhere else")
    assert "Somewhere else" not in page(link_of(traveler)).text


def test_office_writes_numbers_and_words_on_the_trips_page(traveler, client, coordinator):
    client.force_login(coordinator)
    code = traveler.trip.code
    said = {"kind": "embassy", "phone": "+84 24 3850 5000", "as_of": "2026-11-01", "review_on": "2099-01-01"}
    said |= {"source_name": "Embassy", "is_confirmed": "on"}
    url = reverse("travel:help-number-add", args=[code])
    assert list(client.post(url, said).context["form"].errors) == ["name_en", "name_es"]
    client.post(url, said | {"name_en": "U.S. Embassy", "name_es": "Embajada de EE. UU."})
    number = HelpNumber.objects.get(city=traveler.trip.city)
    assert number.is_reliable
    assert "U.S. Embassy" in client.get(reverse("travel:trip-card", args=[code])).text

    words = {
        "language": "vi",
        "text": "Khách sạn",
        "meaning_en": "Hotel",
        "meaning_es": "Hotel",
        "checked_by_name": "Lan",
    }
    url = reverse("travel:local-card-add", args=[code, "address"])
    assert list(client.post(url, words).context["form"].errors) == ["checked_on"]
    client.post(url, words | {"checked_on": "2026-11-01"})
    written = LocalCard.objects.get(trip=traveler.trip)
    assert written.is_checked

    edit = reverse("travel:local-card-edit", args=[written.code])
    seen = client.get(edit).context["form"].initial["seen"]
    client.post(edit, words | {"checked_on": "2026-11-01", "text": "Nhà nghỉ", "seen": seen})
    written.refresh_from_db()
    assert (written.text, written.is_checked) == ("Nhà nghỉ", False)
    client.post(reverse("travel:local-card-remove", args=[written.code]))
    assert not LocalCard.objects.exists()


def test_help_tells_each_leader_and_the_office_once(traveler):
    trip = traveler.trip
    ContactFactory(host=None, trip=trip, email="rosa@example.gov")
    ContactFactory(host=None, trip=trip, email="", phone="+1 213 555 0111")
    leader = UserFactory(email="daniel@example.gov")
    ContactFactory(host=None, trip=trip, user=leader, email="other@example.gov")
    link = link_of(traveler)
    url = reverse("travel:abroad-help", args=[link.link])
    for _tap in range(2):
        assert Client().post(url).status_code == 302
    told = set(Message.objects.filter(template="travel/help_asked").values_list("address", flat=True))
    assert told == {"rosa@example.gov", "daniel@example.gov", "exchange@example.gov"}
    assert Message.objects.filter(template="travel/help_asked").count() == 3
    assert Event.objects.filter(action=helping.ASKED).count() == 1
    assert mail.outbox == []


def test_a_link_that_was_ended_calls_nobody(traveler):
    link = link_of(traveler)
    links.end(link, by=traveler.application.student)
    assert Client().post(reverse("travel:abroad-help", args=[link.link])).status_code == 410
    assert not Message.objects.filter(template="travel/help_asked").exists()


def test_card_takes_at_most_ten_queries_at_any_size(traveler):
    def fill():
        for number in range(1, 12):
            TripDay.objects.get_or_create(
                trip=traveler.trip, number=number, defaults={"text_en": "9 am A\n8 pm B", "text_es": "9 am A"}
            )
        for _each in range(3):
            ContactFactory(host=None, trip=traveler.trip)
            HelpNumberFactory(city=traveler.trip.city)
            LocalCardFactory(trip=traveler.trip)

    link = link_of(traveler)
    with CaptureQueriesContext(connection) as few:
        page(link)
    fill()
    fill()
    with CaptureQueriesContext(connection) as many:
        page(link)
    assert len(many) == len(few) <= 10


def test_worker_names_the_files_and_speaks_the_language_of_the_browser(client):
    texts = [client.get("/abroad/sw.js", headers={"Accept-Language": each}) for each in ("en", "es")]
    for response in texts:
        assert response.headers["Content-Type"].startswith("text/javascript")
        assert "card.js" in response.text
    assert texts[0].text != texts[1].text
    assert "No hay se" in texts[1].text


# --- The itinerary ----------------------------------------------------------------------------------


def test_flights_and_meeting_points_are_entries_of_their_days_once_published(traveler, coordinator):
    trip = traveler.trip
    day(trip, 7, "9:00 am Museum")
    link = link_of(traveler)
    taxi = line(Kind.RIDE, (2, "07:00"), (2, "08:00"), zones=(HANOI.key,) * 2, from_name="Hotel", to_name="Museum")
    itinerary.add(trip, taxi, by=coordinator)
    itinerary.add(trip, line(Kind.MEETING, (4, "20:00"), zones=(HANOI.key, ""), to_name="Lobby"), by=coordinator)
    link.refresh_from_db()
    assert not card.card_of(link).has_itinerary

    publish(trip, coordinator)

    found = card.card_of(link)
    assert [(each.on - trip.leaves_on).days + 1 for each in found.days] == [7, 9]
    assert [entry.title for each in found.days for entry in each.entries] == [
        "From Hotel to Museum",
        "Museum",
        "Meet at Lobby",
    ]
    assert "Meet at Lobby" in page(link).text
