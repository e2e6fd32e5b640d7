"""A student on a phone gives the details for the plane ticket, and reads that the office sent the list."""

import pytest

from tests.factories import UserFactory
from tests.factories_travel import PlacementFactory, TripFactory, in_days, travel_facts
from tests.journeys.phone import Phones
from travel.models import TicketingDetails
from travel.prepare.ticketing import actions as ticketing

pytestmark = pytest.mark.browser

CASES = [("es", "light", True), ("en", "dark", False)]
SENT = {"es": "para la lista de la aerolínea", "en": "for the list to the airline"}


@pytest.fixture
def seat(transactional_db, live_server, settings):
    settings.SITE_URL = live_server.url
    travel_facts()
    trip = TripFactory(leaves_on=in_days(40), returns_on=in_days(50))
    return PlacementFactory(trip=trip, application__student__full_name="Ana Ruiz")


@pytest.mark.parametrize(("language", "scheme", "script"), CASES)
def test_student_gives_details_and_reads_who_opened_them(browser, live_server, seat, language, scheme, script):
    office = UserFactory(coordinator=True, language=language)
    with Phones(browser, live_server.url, language, scheme) as phones:
        student = phones.open(seat.application.student, script=script).go(seat.get_absolute_url())
        student.follow('$="/ticketing/"').follow('$="/ticketing/form/"')
        student.send(given="MARISOL", born="2006-03-09")
        assert student.page.locator(".ex-error-summary").is_visible()
        assert student.page.locator('[name="given"]').input_value() == "MARISOL"
        student.send(surnames="REYES ORTEGA", marker="F")
        assert student.view == "travel:placement-ticketing"
        assert "MARISOL" not in student.text()
        student.follow('$="/ticketing/form/"')
        assert student.page.locator('[name="surnames"]').input_value() == "REYES ORTEGA"

        ticketing.export(seat.trip, "csv", by=office)
        assert SENT[language] in student.go(f"/placements/{seat.code}/ticketing/").text()
        clerk = phones.open(office, script=script).go(f"/trips/{seat.trip.code}/ticketing/")
        assert "MARISOL" not in clerk.text()
    assert TicketingDetails.objects.get().sent_at
