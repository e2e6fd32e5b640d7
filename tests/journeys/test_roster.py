"""A leader without an account: a link, a code, a PIN, the list and the roll call without a signal, and back online."""

import datetime as dt
import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange.models import Message
from tests.factories import UserFactory
from tests.factories_applications import application_facts
from tests.factories_travel import LeaderLinkFactory, travel_facts
from tests.journeys.patchy import Patchy, come_back
from tests.services import wait_until
from tests.travel.abroad.check_ins import leader_of, trip_away
from tests.travel.abroad.test_roster import told
from travel.abroad.actions import leader_link
from travel.models import RollCall, RollCallTap

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PIN = "804713"
# all that the phone keeps about the list, as text
KEPT = """async () => {
  let all = JSON.stringify({...localStorage});
  for (const name of await caches.keys())
    for (const way of await (await caches.open(name)).keys())
      if (!way.url.includes("/static/")) all += way.url + await (await caches.match(way)).text();
  return all;
}"""


class Leaving(Patchy):
    """An ended link answers 410."""

    EXPECTED = (*Patchy.EXPECTED, "answer 410: /roster/")


@pytest.fixture
def link():
    application_facts(), travel_facts()
    trip = trip_away()
    for _ in range(2):
        told(trip, way="local")
    return LeaderLinkFactory(trip=trip)


def enter(phone, link):
    """The code from the text, typed."""
    phone.go(reverse("travel:roster-code", args=[link.link]))
    phone.leave(phone.page.locator("form:has([name=send]) button"))
    text = Message.objects.filter(template="travel/leader_code").latest("pk").body
    phone.page.fill("[name=code]", re.search(r"\b\d{6}\b", text)[0])
    phone.leave(phone.page.locator("form:has([name=code]) button"))
    assert phone.view == "travel:roster"


def keep(phone, link):
    """The list, locked with a PIN."""
    phone.go(reverse("travel:roster-people", args=[link.link]))
    page = phone.page
    page.fill("#pin", "123456")
    page.click("[data-keep-list] button")
    said = page.locator("[data-keep-list] [data-said]")
    wait_until(lambda: "6" in said.inner_text(), "the page to refuse a weak PIN")
    page.fill("#pin", PIN)
    page.click("[data-keep-list] button")
    wait_until(lambda: "PIN" in page.evaluate(KEPT) or "until" in page.evaluate(KEPT), "the phone to keep the list")
    wait_until(lambda: page.locator("#pin").input_value() == "", "the page to say so")


def unlock(page, pin):
    page.fill("#pin", pin)
    page.click("[data-unlock] button")


@pytest.mark.core
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_list_and_the_roll_call_need_no_signal(browser, line, link, language):
    link.contact.language = language
    link.contact.save()
    address = reverse("travel:roster", args=[link.link])
    with Leaving(browser, line.site, language) as phones:
        leader = phones.open(None)
        page = leader.page
        enter(leader, link)
        keep(leader, link)
        kept = page.evaluate(KEPT)
        assert "Elena" not in kept and "Traveler" not in kept and "Insulin" not in kept

        line.cut()
        page.goto(line.site + address)
        assert "Elena" not in page.content()
        unlock(page, "000111")
        wait_until(lambda: page.locator("[data-unlock] [data-said]").inner_text() != "", "a wrong PIN to be refused")
        assert "Elena" not in page.content()
        unlock(page, PIN)
        wait_until(lambda: "Elena Ruiz" in page.content(), "the list to open")
        says = {"en": "not tapped yet", "es": "sin marcar"}[language]
        assert says in page.locator("[data-roll-call]").inner_text()
        page.locator("[data-traveler] button[name=missing]").first.click()
        page.locator("button[name=rest]").click()
        assert page.locator('[data-mark="here"]').count() == 1
        wait_until(lambda: "2" in page.locator("[data-state]").inner_text(), "the page to say that two taps wait")
        assert not RollCallTap.objects.exists()

        come_back(leader, line)
        wait_until(lambda: RollCallTap.objects.count() == 2, "the taps to be sent")
        call = RollCall.objects.get()
        assert (call.here, call.missing) == (1, 1)
        wait_until(lambda: page.locator("[data-by]").first.inner_text() == "Rosa Lim", "the page to say who tapped")


def test_wrong_pins_wait_and_an_ended_link_takes_the_list_off_the_phone(browser, line, link):
    address = reverse("travel:roster", args=[link.link])
    copy = f"{address}copy"
    is_kept = "async (path) => Boolean(await (await caches.open('roster-copies')).match(path))"
    with Leaving(browser, line.site, "en") as phones:
        leader = phones.open(None)
        page = leader.page
        enter(leader, link)
        keep(leader, link)
        line.cut()
        page.goto(line.site + address)
        for _wrong in range(4):
            unlock(page, "000111")
            wait_until(lambda: page.locator("#pin").input_value() == "", "the page to have tried it")
        assert "Wait" in page.locator("[data-unlock] [data-said]").inner_text()
        leader_link.end(link, by=UserFactory(coordinator=True))
        come_back(leader, line)
        page.goto(line.site + address)
        wait_until(lambda: not page.evaluate(is_kept, copy), "the phone to forget the list")
        line.cut()
        page.goto(line.site + address)
        assert "Elena" not in page.content() and page.locator("[data-unlock]").count() == 0


def test_two_days_after_the_return_the_phone_deletes_it_by_itself(browser, line, link):
    address = reverse("travel:roster", args=[link.link])
    with Leaving(browser, line.site, "en") as phones:
        leader = phones.open(None)
        page = leader.page
        enter(leader, link)
        keep(leader, link)
        line.cut()
        page.goto(line.site + address)
        late = (timezone.now() + dt.timedelta(days=30)).timestamp() * 1000
        page.evaluate(f"() => (Date.now = () => {late})")
        unlock(page, PIN)
        gone = page.locator("[data-unlock] [data-said]")
        wait_until(lambda: "isn’t on this phone" in gone.inner_text(), "the page to say that it is gone")
        assert "until" not in page.evaluate(KEPT)


def test_what_another_leader_tapped_on_this_phone_stays_theirs(browser, line, link):
    """A phone is handed on: the next leader neither sends the former one's taps nor sees them as their own."""
    address, placement = reverse("travel:roster", args=[link.link]), link.trip.placements.order_by("pk").first()
    today = timezone.localdate(timezone=link.trip.city.zone).isoformat()
    tap = {"key": "k1", "leader": "FORMER", "traveler": placement.code, "here": True, "on": today, "number": 1}
    store = json.dumps({"queue": [tap | {"at": timezone.now().timestamp() * 1000, "over": []}], "days": {}})
    with Patchy(browser, line.site, "en") as phones:
        leader = phones.open(None)
        page = leader.page
        enter(leader, link)
        page.evaluate("([name, value]) => localStorage.setItem(name, value)", [f"roll-call-{link.trip.code}", store])
        page.goto(line.site + address)
        state = page.locator("[data-state]")
        wait_until(lambda: "for the leader who tapped them: 1" in state.inner_text(), "the page to say whose it is")
        assert page.locator('[data-mark="here"]').count() == 0

        page.locator("[data-traveler] button[name=missing]").first.click()
        wait_until(lambda: RollCallTap.objects.count() == 1, "the own tap to be sent")
        assert RollCallTap.objects.get().by_name == "Rosa Lim"
        assert "k1" in page.evaluate(KEPT)


def test_a_roster_that_lies_open_shows_what_another_leader_taps(browser, line, link):
    """And whom to find first, in its own words and without a reload."""
    trip = link.trip
    ruth, omar = (leader_of(trip, name) for name in ("Ruth Abebe", "Omar Diaz"))
    with Patchy(browser, line.site, "en") as phones:
        address = reverse("travel:roster", args=[trip.code])
        first, second = (phones.open(each).go(address).page for each in (ruth, omar))
        second.get_by_role("button", name="Not here").first.click()
        name = second.locator("[data-traveler] .ex-roll__name").first.inner_text()
        wait_until(RollCallTap.objects.exists, "the tap to be sent")
        wait_until(lambda: f"To find first: {name}" in first.content(), "the other phone to show it", seconds=40)
        assert "Omar Diaz" in first.locator("[data-by]").first.inner_text()
        first.get_by_role("button", name="Here", exact=False).first.click()
        said = second.locator("[data-by]").first
        wait_until(lambda: "Ruth Abebe" in said.inner_text(), "the answer to reach the first phone", seconds=40)
        assert second.locator("[data-word]").first.inner_text() == "here"
        assert not second.locator("[data-find]").is_visible()
