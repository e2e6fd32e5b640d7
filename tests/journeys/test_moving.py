"""A student asks for another trip by phone, and another is moved from a list: what each page says before it acts."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.apply.actions import bulk_act
from applications.models import BulkAct, Statement
from exchange.models import PartnerCity
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_travel import TripFactory, checklist_steps
from tests.journeys.phone import Phones
from tests.journeys.scene import open_cycle
from tests.travel.placement.moves import seated
from travel.models import FamilyLink, Placement

pytestmark = pytest.mark.browser
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


@pytest.fixture
def seats(transactional_db, settings):
    settings.DEMO = False
    cycle = open_cycle()
    checklist_steps(cycle)
    hanoi, paris = (
        TripFactory(cycle=cycle, seats=seats, city=PartnerCity.objects.get(code=code))
        for code, seats in (("hanoi", 5), ("paris", 2))
    )
    ApplicationFactory(confirmed=True, cycle=cycle)  # waits for a spot, so there's something to read first
    found = [seated(hanoi, paris, name) for name in ("Ana Ruiz", "Bea Cole", "Cai Vang")]
    FamilyLink.objects.create(
        placement=found[0],
        label="m",
        language="es",
        email="mama@example.org",
        expires_at=timezone.now() + dt.timedelta(days=9),
    )
    return found


@pytest.mark.parametrize(("language", "scheme", "size"), [("en", "light", LAPTOP), ("es", "dark", PHONE)])
def test_one_is_moved_from_the_list_and_one_who_called_from_their_file(
    browser, live_server, seats, language, scheme, size
):
    ana, bea, cai = seats
    office = UserFactory(coordinator=True, language=language)
    with Phones(browser, live_server.url, language, scheme, size) as phones:
        phone = phones.open(office)
        page = phone.page
        phone.go(reverse("applications:application-list") + "?q=ruiz")
        page.reload()
        page.locator("tbody input[type=checkbox]").first.check()
        phone.leave(page.locator("#list-acts button[value=move]"))
        page.locator("main [name=trip]").last.check()
        page.locator("[name=reason_en]").fill("Hanoi lost a room.")
        page.locator("[name=reason_es]").fill("Hanói perdió un cuarto.")
        phone.leave(page.locator("main form button[type=submit]").first)
        assert "mama@example.org" in page.locator("main").inner_text()
        assert BulkAct.objects.get().confirmed_at is None
        phone.leave(page.locator("main form button[type=submit]").first)
        bulk_act.do_all()
        assert Placement.objects.get(pk=ana.pk).trip.city.code == "paris"

        phone.go(bea.application.get_absolute_url())
        phone.leave(page.locator("#said a[href$='/said/trip/']"))
        page.locator("main [name=trip]").first.check()
        phone.leave(page.locator("main form button[type=submit]").last)
        assert not Statement.objects.exists(), "what there is to know is read first"
        phone.leave(page.locator("main form button[type=submit]").last)
        assert Statement.objects.get().application == bea.application

        phone.go(reverse("applications:statement-record", args=[cai.application.code, "trip"]))
        assert page.locator("main form").count() == 0, "both spots in Paris are taken now"
        student = phones.open(bea.application.student)
        student.go(Statement.objects.get().get_absolute_url())
