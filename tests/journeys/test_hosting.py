"""A host with a phone and no account, and a student who reads about a city, both without any instructions."""

import pytest

from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_travel import ContactFactory, HostLinkFactory, PlacementFactory, TripFactory, in_days, travel_facts
from tests.journeys.phone import Phones, link_in, message_to
from travel.models import Trip

pytestmark = pytest.mark.browser

CASES = [("en", "light", True), ("es", "dark", False)]


@pytest.fixture
def trip(transactional_db, live_server, settings):
    """A trip with four students and a leader; the office has not written to the host yet."""
    settings.SITE_URL = live_server.url
    travel_facts()
    city = PartnerCityFactory(name_en="Durango", name_es="Durango", day_en="Bread first.", day_es="Primero el pan.")
    trip = TripFactory(city=city, leaves_on=in_days(70), returns_on=in_days(73), flight_in="AM 641, 17:40")
    for _each in range(4):
        PlacementFactory(trip=trip)
    ContactFactory(host=None, trip=trip)
    return trip


@pytest.mark.parametrize(
    ("language", "scheme", "script"), [pytest.param(*CASES[0], marks=pytest.mark.core), *CASES[1:]]
)
def test_host_plans_the_days_and_the_office_takes_them_over(browser, live_server, trip, language, scheme, script):
    contact = ContactFactory(host=trip.host, language=language, email="lourdes@example.org")
    coordinator = UserFactory(coordinator=True)
    with Phones(browser, live_server.url, language, scheme) as phones:
        office = phones.open(coordinator, script=script).go(f"/trips/{trip.code}/host/")
        office.send(form='main form[action$="/send/"]')
        letter = message_to(contact.email, "travel/host_asked")

        host = phones.open(script=script).go(link_in(letter, phones.site))
        assert host.view == "travel:host-arrivals"
        assert "AM 641, 17:40" in host.text()
        host.follow('$="/programme/"').send(day_2="Taller de cuero")
        assert host.page.locator('[name="day_2"]').input_value() == "Taller de cuero"
        host.send(day_4="Despedida").follow(f'="/host/{trip.host_links.get().link}/"')
        host.follow('$="/rooms/"').send(beds="0")
        assert host.page.locator(".ex-error-summary").is_visible()
        host.send(beds="6", note="Planta baja")
        assert host.view == "travel:host-arrivals"

        office.go(f"/trips/{trip.code}/host/")
        assert "Planta baja" in office.text()
        office.send(form='main form[action$="/take-over/"]')
        student = trip.placements.first().application.student
        seat = phones.open(student, script=script).go(f"/placements/{trip.placements.first().code}/")
        assert "Taller de cuero" in seat.text() and "Despedida" in seat.text()
    assert Trip.objects.get().beds == 6


@pytest.mark.parametrize(("language", "scheme", "script"), CASES)
def test_student_says_what_they_need_and_the_host_reads_numbers(browser, live_server, trip, language, scheme, script):
    """In between, the office learns who wants to talk, and nothing else."""
    link = HostLinkFactory(trip=trip, contact__language=language)
    seat = trip.placements.first()
    with Phones(browser, live_server.url, language, scheme) as phones:
        student = phones.open(seat.application.student, script=script).go(seat.get_absolute_url())
        student.follow('$="/needs/"').follow('$="/needs/food/"').send(diet=["no_pork"], access=["fridge"])
        assert student.view == "travel:placement-needs"
        assert student.follow('$="/needs/food/"').page.locator("input:checked").count() == 2
        student.go(f"/placements/{seat.code}/needs/health/").page.locator('[name="wants_to_talk"]').check()
        student.send()

        host = phones.open(script=script).go(f"/host/{link.link}/")
        words = {"en": ("No pork: 1", "1 of 4 students"), "es": ("Sin cerdo: 1", "1 de 4 estudiantes")}[language]
        assert all(each in host.text() for each in words)
        assert str(seat.application.student) not in host.text()

        office = phones.open(UserFactory(coordinator=True, language=language), script=script)
        office.go(trip.get_absolute_url())
        assert (
            str(seat.application.student) in office.page.locator('.ex-card:has(form[action$="/talked/"])').inner_text()
        )
        assert words[0].split(":")[0] not in office.text()
        office.send('form[action$="/talked/"]')
        assert not office.page.locator('form[action$="/talked/"]').count()


@pytest.mark.parametrize(("language", "scheme", "script"), CASES)
def test_anybody_reads_what_a_day_in_a_city_is_like(browser, live_server, trip, language, scheme, script):
    with Phones(browser, live_server.url, language, scheme) as phones:
        visitor = phones.open(script=script).go("/cities/")
        visitor.follow(f'$="/cities/{trip.city.code}/"')
        assert {"en": "Bread first.", "es": "Primero el pan."}[language] in visitor.text()
        drawing = visitor.page.locator("#map svg").bounding_box()
        assert drawing and drawing["width"] <= 360
