"""A student under age signs on one phone, and a guardian who reads Spanish on another, without an account."""

import datetime as dt

import pytest

from tests.factories_travel import FormTextFactory, PlacementFactory, TripFactory, born_on, in_days, travel_facts
from tests.journeys.phone import Phones, link_in, message_to
from travel.models import SignedForm
from travel.prepare.signing.required import forms_of

pytestmark = pytest.mark.browser
NAME = "Marisol Reyes Ortega"


@pytest.fixture
def placement(transactional_db, live_server, settings):
    """A spot on a trip that leaves a day before the student turns 18; an agreement and a photo consent to sign."""
    settings.SITE_URL = live_server.url
    travel_facts()
    trip = TripFactory(leaves_on=in_days(70), returns_on=in_days(80))
    placement = PlacementFactory(trip=trip, application__student__full_name=NAME)
    birthday = trip.leaves_on + dt.timedelta(days=1)
    born_on(placement.application, birthday.replace(year=birthday.year - 18).isoformat())
    FormTextFactory(cycle=trip.cycle, key="agreement", order=1, needs_guardian=True)
    photos = {"title_en": "Photos of you", "title_es": "Fotos tuyas"}
    FormTextFactory(cycle=trip.cycle, key="photos", order=2, is_optional=True, needs_guardian=True, **photos)
    return placement


@pytest.mark.parametrize(
    ("language", "scheme", "script"), [pytest.param("en", "light", True, marks=pytest.mark.core), ("en", "dark", False)]
)
def test_guardian_signs_in_spanish_on_a_second_phone(browser, live_server, placement, language, scheme, script):
    with Phones(browser, live_server.url, language, scheme) as phones:
        own = phones.open(placement.application.student, script=script).go(f"/placements/{placement.code}/forms/")
        own.follow('$="/forms/agreement/"').page.locator('[name="has_read"]').check()
        own.send(typed_name=NAME)
        assert "signed here" in own.text().casefold()
        assert NAME in own.pdf('*="/signed/"').pages[0].extract_text()
        own.follow('$="/forms/photos/"').page.locator('[name="has_read"]').check()
        own.send(typed_name="marisol reyes", answer="no")
        own.go(f"/placements/{placement.code}/guardian/").page.locator('main [name="language"][value="es"]').check()
        own.send(name="Lucía Ortega", email="lucia@example.org")
        assert "lucía ortega" in own.text().casefold() and "/sign/" not in own.page.content()
        address = link_in(message_to("lucia@example.org", "travel/guardian_asked"), phones.site)

        guardian = phones.open(language="es", script=script).go(address)
        assert NAME in guardian.text()
        guardian.follow('$="/agreement/"').page.locator('[name="has_read"]').check()
        guardian.send(typed_name="Lucia Ortega")
        assert "firmado aquí" in guardian.text().casefold()
        guardian.follow('$="/photos/"').page.locator('[name="has_read"]').check()
        guardian.send(typed_name="Lucía Ortega", answer="yes")
        guardian.send(form='main form[action$="/withdraw/"]')
        assert "retirado" in guardian.text().casefold()

        own.go(f"/placements/{placement.code}/forms/")
        assert "2 of 2 signed" in own.text().casefold()
    assert forms_of(placement).is_done and not forms_of(placement).of("photos").allows
    said = SignedForm.objects.filter(signed_as="guardian").values_list("language", flat=True)
    assert set(said) == {"es"}
