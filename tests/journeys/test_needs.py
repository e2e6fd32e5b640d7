"""A student on a phone names two people to call and says what they need; a leader opens it on another phone."""

import pytest

from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_travel import ContactFactory, PlacementFactory, TripFactory, in_days, travel_facts
from tests.journeys.phone import Phones
from travel.models import EmergencyContact, PracticalNeeds

pytestmark = pytest.mark.browser

CASES = [("es", "light", True), ("en", "dark", False)]


@pytest.fixture
def seat(transactional_db, live_server, settings):
    settings.SITE_URL = live_server.url
    travel_facts()
    city = PartnerCityFactory(name_en="Durango", name_es="Durango")
    trip = TripFactory(city=city, leaves_on=in_days(70), returns_on=in_days(73))
    return PlacementFactory(trip=trip, application__student__full_name="Ana Ruiz")


@pytest.mark.parametrize(("language", "scheme", "script"), CASES)
def test_student_fills_in_contacts_and_needs_and_a_leader_reads_them(
    browser, live_server, seat, language, scheme, script
):
    leader = UserFactory(full_name="Joe Leader", language=language)
    ContactFactory(host=None, trip=seat.trip, user=leader)
    with Phones(browser, live_server.url, language, scheme) as phones:
        student = phones.open(seat.application.student, script=script).go(seat.get_absolute_url())
        student.follow('$="/needs/"').follow('$="/contacts/first/"')
        student.send(name="Rosa Ruiz", phone="213 555", language="es")
        assert student.view == "travel:placement-contact"
        assert student.page.locator(".ex-error-summary").is_visible()
        assert student.page.locator('[name="name"]').input_value() == "Rosa Ruiz"
        student.send(phone="213 555 0140", relation="parent")
        assert student.view == "travel:placement-needs"
        student.follow('$="/contacts/second/"').send(
            name="Teresa", phone="213 555 0141", relation="aunt", language="both"
        )

        student.follow('$="/needs/allergies/"').fill(**{"allergy-0-what": "peanuts", "allergy-0-severity": "severe"})
        student.leave(student.page.locator('button[name="more"]'))
        student.send(**{"allergy-1-what": "other", "allergy-1-words": "kiwi", "allergy-1-severity": "mild"})
        student.follow('$="/needs/health/"').send(support="Tiempo para leer", medicines="Insulina")
        student.follow('$="/needs/food/"').send(diet=["no_pork"])
        student.follow('$="/needs/sharing/"').send(by_name=["allergies"])
        assert student.page.locator(".ex-status-tag--good").count() == 6

        guide = phones.open(leader, script=script).go(f"/trips/{seat.trip.code}/cards/")
        guide.send(who="all", purpose="care")
        for words in ("Rosa Ruiz", "+1 213-555-0140", "kiwi", "Insulina"):
            assert words in guide.text()

        looked = {"es": "alguien que guía tu viaje", "en": "a leader of your trip"}[language]
        assert looked in student.go(f"/placements/{seat.code}/needs/").text()
    assert EmergencyContact.objects.count() == 2
    assert [each["what"] for each in PracticalNeeds.objects.get().needs["allergies"]] == ["peanuts", "other"]
