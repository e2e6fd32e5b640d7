"""A student on a phone finds out what they need to enter, applies, notes an appointment, and hears no."""

import pytest

from exchange.models import OfficeTask
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_travel import EntryRuleFactory, PlacementFactory, TripFactory, in_days, travel_facts
from tests.journeys.phone import Phones
from travel.models import EntryPermission

pytestmark = pytest.mark.browser

CASES = [("es", "light", True), ("en", "dark", False)]
KIND = {"es": "No es culpa tuya", "en": "That isn’t your fault"}


@pytest.fixture
def seat(transactional_db, live_server, settings):
    settings.SITE_URL = live_server.url
    travel_facts()
    city = PartnerCityFactory(name_en="Hanoi", name_es="Hanói")
    EntryRuleFactory(city=city)
    trip = TripFactory(city=city, leaves_on=in_days(7), returns_on=in_days(17))
    office = UserFactory(coordinator=True, full_name="Elena Office")
    return PlacementFactory(trip=trip, placed_by=office, application__student__full_name="Ana Ruiz")


@pytest.mark.parametrize(("language", "scheme", "script"), CASES)
def test_student_says_where_it_stands_and_reads_who_helps(browser, live_server, seat, language, scheme, script):
    with Phones(browser, live_server.url, language, scheme) as phones:
        student = phones.open(seat.application.student, script=script).go(seat.get_absolute_url())
        student.follow('$="/entry/"').follow('$="/entry/need/"')
        student.send()
        assert student.page.locator(".ex-error-summary").is_visible()
        student.send(state="needed")
        assert student.view == "travel:placement-entry"

        student.follow('$="/entry/appointment/"')
        student.send(on=in_days(2).isoformat(), at="09:30", place="11 Main Street")
        assert "11 Main Street" in student.text()

        student.follow('$="/entry/progress/"').send(state="applied")
        assert student.page.locator(".ex-error-summary").is_visible()
        student.send(on=in_days(0).isoformat())
        student.follow('$="/entry/progress/"').send(state="refused", on=in_days(0).isoformat())
        assert KIND[language] in student.text() and "Elena Office" in student.text()
    assert EntryPermission.objects.get().state == "refused"
    assert OfficeTask.objects.get().owner.full_name == "Elena Office"
