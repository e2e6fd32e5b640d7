"""On the trip: a traveler's phone, which never opened another page here, with and without a signal."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from exchange.models import Message, User
from tests.factories_travel import (
    ContactFactory,
    GuideTipFactory,
    HelpNumberFactory,
    LocalCardFactory,
    PlacementFactory,
    in_days,
    travel_facts,
)
from tests.journeys.patchy import Patchy
from tests.services import wait_until
from travel.abroad.actions import link as links
from travel.models import TripDay
from travel.prepare.family import actions as family


class Ended(Patchy):
    """A link that was ended answers 410."""

    EXPECTED = (*Patchy.EXPECTED, "answer 410: /abroad/")


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HAS_HOME = "async () => (await navigator.serviceWorker.getRegistration('/'))?.active?.state === 'activated'"
KEPT = "async (path) => Boolean(await (await caches.open('card-pages')).match(path))"


@pytest.fixture
def link():
    travel_facts()
    placement = PlacementFactory(trip__leaves_on=in_days(-4), trip__returns_on=in_days(6))
    trip = placement.trip
    ContactFactory(host=None, trip=trip, name="Rosa Lim", phone="+1 213 555 0111", email="rosa@example.gov")
    HelpNumberFactory(city=trip.city, phone="115")
    LocalCardFactory(trip=trip)
    late = timezone.now().astimezone(trip.city.zone) + dt.timedelta(hours=2)
    for number in (4, 5, 6):
        text = f"{late:%I:%M %p} Temple of Literature".lower()
        TripDay.objects.create(trip=trip, number=number, text_en=text, text_es=text)
    return links.make(placement, by=placement.application.student)


@pytest.mark.core
@pytest.mark.parametrize("language", ["en", "es"])
def test_card_opens_without_a_signal_and_help_needs_none(browser, line, link, language):
    address = reverse("travel:abroad-card", args=[link.link])
    User.objects.filter(pk=link.placement.application.student_id).update(language=language)
    with Patchy(browser, line.site, language) as phones:
        traveler = phones.open(None)
        traveler.go(address)
        wait_until(lambda: traveler.page.evaluate(KEPT, address), "the phone to keep the card")
        line.cut()
        traveler.page.goto(line.site + address)
        page = traveler.page
        assert page.locator("[data-next-title]").inner_text() == "temple of literature"
        assert page.locator("[data-next-in]").inner_text()
        assert page.locator("[data-kept]").is_visible()
        page.locator(".ex-help-bar a").click()
        assert page.locator('#help a[href="tel:115"]').is_visible()
        assert page.locator('#help a[href="tel:+12135550111"]').is_visible()
        assert page.locator('[lang="vi"]').is_visible()
        line.mend()
        traveler.leave(page.locator("#help form button"))
        assert traveler.view == "travel:abroad-card"
    assert Message.objects.filter(template="travel/help_asked", address="rosa@example.gov").count() == 1


@pytest.mark.core
@pytest.mark.parametrize("language", ["en", "es"])
def test_signed_in_home_is_the_card_after_one_visit_also_without_a_signal(browser, line, link, language):
    """A fresh phone that opened the front page alone has the guide and the packing list, too."""
    GuideTipFactory(step="bag", title_en="Two bags", title_es="Dos maletas")
    student = link.placement.application.student
    User.objects.filter(pk=student.pk).update(language=language)
    student.refresh_from_db()
    names = ("own-card", "own-guide", "own-packing")
    card, *others = (reverse(f"travel:{name}", args=[link.placement.code]) for name in names)
    with Patchy(browser, line.site, language) as phones:
        traveler = phones.open(student)
        page = traveler.page
        traveler.go(reverse("home"))
        assert traveler.view == "travel:own-card"
        for address in (card, *others):
            wait_until(lambda: page.evaluate(KEPT, address), "the phone to keep the card and its pages")  # noqa: B023
        wait_until(lambda: page.evaluate(HAS_HOME), "the worker of the front page")
        line.cut()
        for address in (reverse("home"), reverse("travel:journey"), card):
            page.goto(line.site + address)
            assert page.url == line.site + card
            assert page.locator('#help a[href="tel:115"]').count() == 1
            assert page.locator("[data-next-title]").inner_text() == "temple of literature"
        bar = page.locator(".ex-help-bar").bounding_box()
        page.mouse.wheel(0, 3000)
        assert page.locator(".ex-help-bar a").is_visible() and bar["y"] < page.viewport_size["height"]
        for address in others:
            page.goto(line.site + address)
            assert page.locator("h1").inner_text() and page.locator(f'a[href="{card}"]').count() == 1
        line.mend()
        page.goto(line.site + card)
        traveler.leave(page.locator("#help form button"))
        assert traveler.view == "travel:own-card"
        cookies = page.context.cookies()
        page.context.clear_cookies()  # a session that has ended takes nobody's numbers away
        page.goto(line.site + card)
        assert page.locator('#help a[href="tel:115"]').count() == 1
        page.context.add_cookies(cookies)
        type(link.placement).objects.update(travelled_at=timezone.now(), returned_at=timezone.now())
        page.goto(line.site + card)
        assert traveler.view == "travel:journey"
        wait_until(lambda: not page.evaluate(KEPT, card), "the phone to forget the card of who is home")
    assert Message.objects.filter(template="travel/help_asked", address="rosa@example.gov").count() == 1


@pytest.mark.parametrize(("language", "office"), [("en", "Is it urgent?"), ("es", "¿Es urgente?")])
def test_the_familys_page_opens_without_a_signal(browser, line, link, language, office):
    parts = ["dates", "leaders", "days"]
    given = {"label": "Mom", "language": language, "ends_on": None, "by": link.placement.application.student}
    address = reverse("travel:family-page", args=[family.make(link.placement, parts=parts, **given).link])
    with Patchy(browser, line.site, language) as phones:
        mother = phones.open(None).go(address)
        page = mother.page
        wait_until(lambda: page.evaluate(KEPT, address), "the phone to keep the page")
        line.cut()
        page.goto(line.site + address)
        assert office in page.content() and page.locator('a[href="tel:+12135550111"]').first.is_visible()
        assert page.locator("[data-clock]").inner_text()
        line.mend()


def test_signing_out_takes_the_card_off_the_phone_but_asks_before(browser, line, link):
    """A phone may be shared; abroad, nobody should lose the numbers by a tap that looked harmless."""
    address, student = reverse("travel:abroad-card", args=[link.link]), link.placement.application.student
    with Patchy(browser, line.site, "en") as phones:
        traveler = phones.open(student)
        page = traveler.page
        traveler.go(address)
        wait_until(lambda: page.evaluate(KEPT, address), "the phone to keep the card")
        traveler.go(reverse("account_logout"))
        asked = []
        page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        page.locator("form[data-sign-out] button").last.click()
        wait_until(lambda: page.evaluate("1") and asked, "the page to ask")
        assert "trip card is on this phone" in asked[0] and page.evaluate(KEPT, address)
        page.once("dialog", lambda dialog: dialog.accept())
        traveler.leave(page.locator("form[data-sign-out] button").last)
        wait_until(lambda: not page.evaluate(KEPT, address), "the phone to forget the card")


def test_an_ended_link_takes_the_card_off_the_phone(browser, line, link):
    address = reverse("travel:abroad-card", args=[link.link])
    with Ended(browser, line.site, "en") as phones:
        traveler = phones.open(None)
        traveler.go(address)
        wait_until(lambda: traveler.page.evaluate(KEPT, address), "the phone to keep the card")
        links.end(link, by=link.placement.application.student)
        traveler.page.goto(line.site + address)
        wait_until(lambda: not traveler.page.evaluate(KEPT, address), "the phone to forget the card")
        line.cut()
        traveler.page.goto(line.site + address)
        assert "115" not in traveler.page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_prints_on_one_sheet_with_the_numbers_to_dial(browser, line, link, scheme):
    trip = link.placement.trip
    ContactFactory(host=None, trip=trip, name="Stavros Pappas", phone="+1 213 555 0173")
    for number in (1, 2, 3, 7, 8, 9, 10):
        text = "8:30 am Breakfast\n11:00 am Class at the center\n1:00 pm Lunch with the families\n6:00 pm Free evening"
        TripDay.objects.create(trip=trip, number=number, text_en=text, text_es=text)
    with Patchy(browser, line.site, "en") as phones:
        page = phones.open(None).page
        page.emulate_media(color_scheme=scheme)
        page.goto(line.site + reverse("travel:abroad-card", args=[link.link]))
        paper = PdfReader(io.BytesIO(page.pdf(format="Letter", prefer_css_page_size=True)))
        page.emulate_media(media="print", color_scheme=scheme)
        ink = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert len(paper.pages) == 1 and ink == "rgb(0, 0, 0)"
    words = paper.pages[0].extract_text()
    assert "213-555-0173" in words and "115" in words
