"""A passport day on phones: a student books and ticks, an advisor says "ready", staff at the door mark who applied."""

import pytest
from django.urls import reverse

from exchange.models import College
from tests.factories import UserFactory
from tests.factories_counters import FacilityFactory, PassportDayFactory, begun, counter_facts, traveler
from tests.journeys.phone import Phones, message_to
from travel.models import PassportBooking
from travel.states import PassportStage

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_from_the_counter_to_the_door(browser, live_server, cycle, language, scheme):
    counter_facts()
    college = College.objects.get(code="pierce")
    FacilityFactory(colleges=[college])
    day = PassportDayFactory(colleges=[college], slots=[1, 2], has_photos=True)
    student = UserFactory(language=language, full_name="Marisol Reyes Ortega")
    application = traveler(college, cycle=cycle, student=student)
    advisor = UserFactory(language=language, advisor=college, full_name="Ruth Delgado")
    with Phones(browser, live_server.url, language, scheme=scheme) as phones:
        phone = phones.open(student)
        phone.go(reverse("travel:passport-detail", kwargs={"code": application.code}))
        phone.follow(f'="{reverse("travel:facility-list")}"')
        phone.send("main section form")
        phone.follow(f'="{reverse("travel:passport-day-list")}"').follow(f'="{day.get_absolute_url()}"')
        phone.follow(f'*="/book/{day.slots.first().code}/"').send()
        booking = PassportBooking.objects.get()
        assert booking.slot == day.slots.first()
        assert message_to(student.email, "travel/passport_day_booked")
        phone.send(papers=["form", "citizenship", "id", "copies", "money"])
        door = phones.open(advisor)
        door.go(day.get_absolute_url()).send("main table form")
        phone.go(day.get_absolute_url())
        begun(day)
        door.go(reverse("travel:passport-day-attendance", kwargs={"code": day.code}))
        door.leave(door.page.locator('button[name="result"][value="applied"]'))
        phone.go(day.get_absolute_url())

    application.passport_case.refresh_from_db()
    booking.refresh_from_db()
    assert (booking.ready_by, booking.settled_by) == (advisor, advisor)
    assert application.passport_case.stage == PassportStage.APPLIED
