"""A trip is canceled with tickets and visas out: the office looks first, does it once, and each traveler reads why."""

import pytest

from exchange.models import OfficeTask
from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_applications import application_facts, review_facts
from tests.factories_travel import (
    ContactFactory,
    EntryRuleFactory,
    InsurancePolicyFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
)
from tests.journeys.phone import Phones, link_in, message_to
from travel.models import EntryPermission, TicketName

pytestmark = pytest.mark.browser
WHY = {"reason_en": "The river rose, and the host’s building is closed.", "reason_es": "El río creció y cerraron."}


@pytest.fixture
def office(transactional_db, live_server, settings):
    settings.SITE_URL = live_server.url
    for facts in (application_facts, review_facts, travel_facts):
        facts()
    return UserFactory(coordinator=True, full_name="Elena Office")


@pytest.fixture
def seats(office):
    """Three travelers with tickets: one has a visa, one has applied, and one needs none."""
    city = PartnerCityFactory(name_en="Hanoi", name_es="Hanói")
    EntryRuleFactory(city=city)
    trip = TripFactory(city=city, leaves_on=in_days(9), returns_on=in_days(19))
    ContactFactory(host=trip.host, email="host@example.org")
    InsurancePolicyFactory(trip=trip)
    found = []
    for state, language in (("granted", "en"), ("applied", "es"), ("not_needed", "en")):
        seat = PlacementFactory(trip=trip, placed_by=office, application__student__language=language)
        EntryPermission.objects.create(
            placement=seat, state=state, state_on=None if state == "not_needed" else in_days(-9)
        )
        TicketName.objects.create(placement=seat, surnames="RUIZ", given="ANA", written_by=office)
        found.append(seat)
    return found


def test_office_cancels_and_everything_that_is_out_becomes_a_task(browser, live_server, office, seats):
    trip, (one, other, _rest) = seats[0].trip, seats
    with Phones(browser, live_server.url, "en") as phones:
        desk = phones.open(office).go(trip.get_absolute_url()).follow('$="/change/"')
        desk.send()
        assert desk.page.locator(".ex-error-summary").is_visible()
        desk.send(**WHY)
        assert desk.view == "travel:trip-change" and WHY["reason_en"] in desk.text()
        assert not OfficeTask.objects.exists()  # looked at, not done
        assert "Cancel the tickets to Hanoi (3)" in desk.text() and "for Hanoi (2)" in desk.text()

        desk.send(form='main form[action$="/apply/"]')
        assert desk.view == "travel:trip-change"

        kinds = {
            kind.removeprefix("travel.trip_canceled_") for kind in OfficeTask.objects.values_list("kind", flat=True)
        }
        assert {"tickets", "visas", "insurance", "host", "hotel", "costs", "seats"} <= kinds
        assert all(task.owner == office for task in OfficeTask.objects.all())
        for seat, language in ((one, "en"), (other, "es")):
            student = seat.application.student
            letter = message_to(student.email, "travel/trip_changed")
            assert WHY[f"reason_{language}"] in letter.body
            phone = phones.open(student, language).go(link_in(letter, phones.site))
            assert phone.page.locator("h1").is_visible()
