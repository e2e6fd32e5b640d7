"""Two students say on phones whom they'd like to share with; the office proposes and publishes; they read it."""

import pytest
from django.urls import reverse

from tests.factories import PartnerCityFactory, UserFactory
from tests.factories_travel import PlacementFactory, TripFactory, in_days, travel_facts
from tests.journeys.phone import Phones
from travel.models import RoomWish
from travel.prepare.rooms import actions as rooms

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme"), [("es", "light"), ("en", "dark")])
def test_two_who_chose_each_other_share_a_room(browser, live_server, transactional_db, language, scheme):
    travel_facts()
    coordinator = UserFactory(coordinator=True)
    trip = TripFactory(city=PartnerCityFactory(name_en="Hanoi"), leaves_on=in_days(60), returns_on=in_days(70))
    called = {"application__student__language": language, "application__student__preferred_name": ""}
    names = ("Ana Ruiz", "Bea Lam", "Cyn Diaz", "Eva Park")
    people = [PlacementFactory(trip=trip, application__student__full_name=name, **called) for name in names]
    ana, eva = people[0], people[3]
    rooms.add_rooms(trip, count=2, beds=2, is_quiet=False, is_accessible=False, by=coordinator)
    with Phones(browser, live_server.url, language, scheme) as phones:
        for one, other in ((ana, eva), (eva, ana)):
            phone = phones.open(one.application.student).go(reverse("travel:room", args=[one.code]))
            phone.page.get_by_label(other.application.student.full_name.split()[0]).check()
            phone.leave(phone.page.locator("main form button[type=submit]").first)
        assert RoomWish.objects.count() == 2
        assert "Eva" not in phones.open(ana.application.student).go(reverse("travel:itinerary", args=[ana.code])).text()

        office = phones.open(coordinator).go(reverse("travel:trip-rooms", args=[trip.code]))
        office.leave(office.page.locator(f'form[action="{reverse("travel:rooms-propose", args=[trip.code])}"] button'))
        office.leave(office.page.locator(f'form[action="{reverse("travel:rooms-publish", args=[trip.code])}"] button'))

        phone = phones.open(ana.application.student).go(reverse("travel:room", args=[ana.code]))
        told = phone.page.locator("main section, main .ex-notice").first.inner_text()
        assert "Eva P" in told and "Bea" not in told
