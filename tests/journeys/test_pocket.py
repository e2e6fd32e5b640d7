"""Before the first flight: the guide and the packing list on a phone, which lost its signal after the first visit."""

import pytest
from django.urls import reverse

from exchange.models import User
from tests.factories_travel import GuideTipFactory, PackingItemFactory, PlacementFactory, in_days, travel_facts
from tests.journeys.patchy import Patchy
from tests.services import wait_until
from travel.abroad.actions import link as links
from travel.models import PackingMark

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = "async (path) => Boolean(await (await caches.open('card-pages')).match(path))"


@pytest.fixture
def link():
    travel_facts()
    placement = PlacementFactory(trip__leaves_on=in_days(2), trip__returns_on=in_days(9))
    for step, english, spanish in (("bag", "Two bags", "Dos maletas"), ("security", "The line", "La fila")):
        GuideTipFactory(step=step, title_en=english, title_es=spanish)
    for english, spanish in (("Passport", "Pasaporte"), ("Umbrella", "Paraguas")):
        PackingItemFactory(cycle=placement.trip.cycle, text_en=english, text_es=spanish)
    return links.make(placement, by=placement.application.student)


def keep(traveler, line, address):
    """The first and only visit with a signal: no other page of the portal was open in this browser."""
    traveler.go(address)
    wait_until(lambda: traveler.page.evaluate(KEPT, address), "the phone to keep the page")
    line.cut()
    traveler.page.goto(line.site + address)


@pytest.mark.core
@pytest.mark.parametrize(
    ("language", "step", "tip", "on"),
    [("en", "Security", "The line", "Next: Security"), ("es", "Seguridad", "La fila", "Sigue: Seguridad")],
)
def test_guide_is_read_step_by_step_without_a_signal(browser, line, link, language, step, tip, on):
    User.objects.filter(pk=link.placement.application.student_id).update(language=language)
    with Patchy(browser, line.site, language) as phones:
        traveler = phones.open(None)
        keep(traveler, line, reverse("travel:abroad-guide", args=[link.link]))
        page = traveler.page
        assert page.locator(".ex-guide__step:visible").count() == 0
        page.locator(".ex-guide__list a").first.click()
        assert page.locator(".ex-guide__step:visible").count() == 1
        page.get_by_role("link", name=on).click()
        shown = page.locator(".ex-guide__step:visible")
        assert shown.locator("h2").inner_text() == step and shown.locator("h3").inner_text() == tip
        page.emulate_media(media="print")
        assert page.locator(".ex-guide__step:visible").count() == 2
        page.emulate_media(media="screen")
        line.mend()


@pytest.mark.core
@pytest.mark.parametrize(
    ("language", "umbrella", "packed"),
    [("en", "Umbrella", "1 of 2 packed"), ("es", "Paraguas", "1 de 2 en tu equipaje")],
)
def test_packed_things_are_kept_without_a_signal_and_sent_when_it_is_back(
    browser, line, link, language, umbrella, packed
):
    User.objects.filter(pk=link.placement.application.student_id).update(language=language)
    address = reverse("travel:abroad-packing", args=[link.link])
    with Patchy(browser, line.site, language) as phones:
        traveler = phones.open(None)
        keep(traveler, line, address)
        page = traveler.page
        page.get_by_label(umbrella).check()
        page.reload()
        assert page.get_by_label(umbrella).is_checked()  # from the phone alone
        assert not PackingMark.objects.exists()
        line.mend()
        page.reload()
        wait_until(PackingMark.objects.filter(is_packed=True, item__text_en="Umbrella").exists, "the tap to be sent")
        line.cut()
        page.goto(line.site + address)
        assert page.get_by_label(umbrella).is_checked()
        assert page.locator("[data-packing-count]").inner_text() == "1"
        line.mend()
        page.goto(line.site + reverse("travel:abroad-card", args=[link.link]))
        assert page.locator("[data-packed]").inner_text() == packed
