"""A traveler agrees to hear from the office, the office asks by keyboard, and the phone says yes and then stops it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.alumni import text
from tests.factories import UserFactory
from tests.factories_travel import PlacementFactory, TripFactory, in_days, travel_facts
from tests.journeys.phone import Phones
from travel.models import AlumniAsk, AlumniConsent
from travel.prepare.orientation import actions as orientation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_alumni_agree_are_asked_answer_and_stop(browser, line, language, scheme):
    travel_facts(), text()
    office, placement = (
        UserFactory(coordinator=True),
        PlacementFactory(returned=True, application__student__language=language),
    )
    trip = TripFactory(leaves_on=in_days(60), returns_on=in_days(70), cycle__published_at=timezone.now())
    values = {"starts_at": timezone.now() + dt.timedelta(days=20), "zone": "America/Los_Angeles", "minutes": 90}
    values |= {"place": "City Hall, room 1060", "address": "", "note_en": "", "note_es": ""}
    session = orientation.plan(trip.cycle, values, trips=[], by=office)
    with Phones(browser, line.site, language, scheme) as phones:
        own, staff, phone = phones.open(placement.application.student), phones.open(office), phones.open()
        own.go(reverse("travel:alumni-own", args=[placement.code]))
        own.send(form='form:has([name="orientation"])', orientation=True)
        consent = AlumniConsent.objects.get()

        staff.go(reverse("travel:alumni-list"))
        staff.page.locator('[name="person"]').focus()
        staff.page.keyboard.press("Space")
        staff.leave(staff.page.locator('button[form="ask"]'))
        staff.send(about=f"session:{session.code}")
        assert AlumniAsk.objects.get().session == session

        phone.go(consent.href).leave(phone.page.locator('button[name="yes"]'))
        assert AlumniAsk.objects.get().answer == "yes"
        staff.go(session.get_absolute_url())
        phone.leave(phone.page.locator('button[name="stop"]'))
        assert not AlumniConsent.objects.in_force().exists()
        staff.go(reverse("travel:alumni-list"))
