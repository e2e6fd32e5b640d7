"""A draft started without an account, in a browser that is killed before it saves the cookie with the draft's key."""

import pytest
from playwright.sync_api import expect

from applications.models import Application
from tests.journeys.patchy import Patchy, answer, come_back, form, says
from tests.journeys.pocket import Pocket, wait_for_pages
from tests.services import wait_until

pytestmark = pytest.mark.browser
KEYS_HERE = "async () => (await (await caches.open('keys')).keys()).length"


class Killed(Patchy):
    EXPECTED = (*Patchy.EXPECTED, "answer 403: /applications/")  # the CSRF cookie is lost, too


def begin(pocket: Pocket, cycle, words: str):
    """A visitor starts and writes; returns once the key is stored but before the cookie is on disk."""
    visitor = pocket.take_out()
    visitor.go(cycle.get_absolute_url()).send('form[action$="/start/"]')
    begun = Application.objects.get()
    visitor.go(form(begun, "why")).page.locator("textarea").fill(words)
    says(visitor, "Saved online ")
    wait_for_pages(visitor.page, form(begun, "why"))
    wait_until(lambda: visitor.page.evaluate(KEYS_HERE) == 1, "the key to be kept")
    pocket.wait_for_cache("keys")
    return visitor, begun


def test_the_page_is_opened_again(browser, line, cycle, tmp_path):
    with Patchy(browser, line.site, "en") as phones:
        pocket = Pocket(phones, tmp_path / "profile")
        visitor, begun = begin(pocket, cycle, "Before the battery went")
        pocket.kill(visitor)
        visitor = pocket.take_out()
        visitor.go(form(begun, "new"))
        assert visitor.path == form(begun, "new")
        visitor.go(form(begun, "why"))
        expect(visitor.page.locator("textarea")).to_have_value("Before the battery went")
        visitor.page.locator("textarea").fill("Before the battery went, and after")
        says(visitor, "Saved online ")
        visitor.page.context.close()
        phones.opened.remove(visitor)
    assert answer(begun, "story_why") == "Before the battery went, and after"


def test_beginning_again_goes_on_with_it(browser, line, cycle, tmp_path):
    with Patchy(browser, line.site, "en") as phones:
        pocket = Pocket(phones, tmp_path / "profile")
        visitor, begun = begin(pocket, cycle, "Before the battery went")
        pocket.kill(visitor)
        visitor = pocket.take_out()
        visitor.go(cycle.get_absolute_url()).send('form[action$="/start/"]')
        assert visitor.path == f"/applications/{begun.code}/form/"
        visitor.page.context.close()
        phones.opened.remove(visitor)
    assert Application.objects.count() == 1


def test_killed_in_a_tunnel(browser, line, cycle, tmp_path):
    with Killed(browser, line.site, "en") as phones:
        pocket = Pocket(phones, tmp_path / "profile")
        visitor, begun = begin(pocket, cycle, "Before the tunnel")
        line.cut()
        visitor.page.locator("textarea").fill("Before the tunnel, and in it")
        says(visitor, "Saved on this phone")
        pocket.kill(visitor)
        visitor = pocket.take_out()
        visitor.go(form(begun, "why"))  # from the cache
        expect(visitor.page.locator("textarea")).to_have_value("Before the tunnel, and in it")
        come_back(visitor, line)
        says(visitor, "Saved online ", seconds=20)
        visitor.page.context.close()
        phones.opened.remove(visitor)
    assert answer(begun, "story_why") == "Before the tunnel, and in it"


def test_signing_out_leaves_no_key(browser, line, application, tmp_path):
    """The next person who uses the phone must not get the draft."""
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        wait_for_pages(student.page, form(application, "why"))
        student.page.evaluate(
            "async () => (await caches.open('keys')).put('/applications/x/come-back/', new Response('k'))"
        )
        student.page.locator(".ex-menu summary").click()
        student.leave(student.page.locator(".ex-menu form button"))
        assert student.page.evaluate(KEYS_HERE) == 0
