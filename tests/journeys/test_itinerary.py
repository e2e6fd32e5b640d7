"""A flight moves: the office types and publishes it, and the student reads it on a phone, in their own language."""

import pytest

from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_travel import PlacementFactory, TripFactory, in_days, travel_facts
from tests.itineraries import LEAVES, RETURNS, homebound, meeting, outbound, stay
from tests.journeys.phone import Phones, link_in, message_to
from travel.prepare.itinerary import actions

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme"), [("es", "light"), ("en", "dark")])
def test_a_moved_flight_reaches_the_student_with_old_and_new(
    browser, live_server, transactional_db, settings, language, scheme
):
    settings.SITE_URL = live_server.url
    travel_facts()
    coordinator = UserFactory(coordinator=True)
    city = PartnerCityFactory(name_en="Hanoi", name_es="Hanói")
    trip = TripFactory(city=city, leaves_on=in_days(LEAVES), returns_on=in_days(RETURNS))
    placement = PlacementFactory(trip=trip, application__student__language=language)
    student = placement.application.student
    flight = actions.add(trip, outbound(), by=coordinator)
    for each in (homebound(), meeting(), stay()):
        actions.add(trip, each, by=coordinator)
    with Phones(browser, live_server.url, language, scheme) as phones:
        office = phones.open(coordinator).go(f"/trips/{trip.code}/itinerary/publish/")
        office.send(form='main form[action$="/publish/"]')
        assert office.view == "travel:itinerary-office"

        office.go(flight.get_absolute_url()).send(carrier="Vietnam Airlines", number="VN 100", starts_time="22:15")
        office.go(f"/trips/{trip.code}/itinerary/publish/").send(form='main form[action$="/publish/"]')

        letter = message_to(student.email, "travel/itinerary_changed")
        assert "VN 99" in letter.body and "VN 100" in letter.body
        phone = phones.open(student).go(link_in(letter, phones.site))
        assert phone.view == "travel:itinerary"
        assert "VN 100" in phone.text() and "VN 99" not in phone.text()
        assert "10:15 pm" in phone.text() and {"en": "Hanoi time", "es": "hora de Hanói"}[language] in phone.text()
