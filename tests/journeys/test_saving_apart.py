"""Saving never loses or leaks what was typed: two devices, two tabs, signing in and out."""

import re
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from applications.apply.actions import draft
from applications.apply.actions.application import submit
from applications.models import Application
from tests.factories_applications import ApplicationFactory
from tests.factories_help import HelpSessionFactory
from tests.journeys.line import line_to
from tests.journeys.patchy import Patchy, answer, come_back, form, says, stored
from tests.journeys.phone import Phone, message_to
from tests.journeys.pocket import wait_for_pages
from tests.services import wait_until

pytestmark = pytest.mark.browser

STUDENT = "marisol@example.edu"


# --- Several devices ----------------------------------------------------------------------------------


@pytest.mark.core
@pytest.mark.parametrize("chosen", ["From the bus", "From the library"])
def test_two_devices_in_conflict(browser, line, live_server, application, chosen):
    with line_to(live_server.url) as other_line, Patchy(browser, line.site, "en") as phones:
        phone = phones.open(application.student)
        phones.site = other_line.site
        computer = phones.open(application.student)
        phone.page.goto(line.site + form(application, "why"))
        computer.go(form(application, "why"))
        line.cut()
        phone.page.locator("textarea").fill("From the bus")
        says(phone, "Saved on this phone")
        computer.page.locator("textarea").fill("From the library")
        says(computer, "Saved online ")
        line.mend()
        phone.page.locator("textarea").press_sequentially(".")  # back online: noticed at the next word
        says(phone, "Saved online ")
        rivals = phone.page.locator("[data-rivals]")
        expect(rivals).to_contain_text("From the bus.")
        expect(rivals).to_contain_text("From the library")
        expect(phone.page.locator("textarea")).to_be_focused()
        phone.look()
        phone.page.locator("textarea").press_sequentially("..")  # typing more does not resolve the conflict
        says(phone, "Saved on this phone")
        says(phone, "Saved online ")
        assert len(stored(application, "story_why").versions) == 2

        computer.go(form(application, "why"))
        expect(computer.page.locator("[data-rivals]")).to_contain_text("From the bus...")
        button = phone.page.locator("[data-rivals] li", has_text=chosen).locator("button")
        phone.leave(button)
        value = chosen + "..." if chosen == "From the bus" else chosen
        expect(phone.page.locator("textarea")).to_have_value(value)
        assert phone.page.locator("[data-rivals] button").count() == 0
    assert answer(application, "story_why") == value
    assert len(stored(application, "story_why").versions) == 1


@pytest.mark.parametrize("script", [True, False])
def test_enter_in_a_field_chooses_nothing(browser, line, application, script):
    for device in ("phone", "computer"):
        change = draft.Change("full_name", f"Ana of the {device}", device, 1, timezone.now(), {})
        draft.save_changes(application, [change], by=application.student)
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student, script=script)
        student.go(form(application, "about"))
        expect(student.page.locator("[data-rivals] button")).to_have_count(2)
        if script:
            wait_until(lambda: student.page.evaluate("() => Boolean(window.drafts)"), "the script of the page")
        with student.page.expect_navigation():
            student.page.locator("[name=preferred_name]").press("Enter")
        assert student.path == form(application, "college")
    assert len(stored(application, "full_name").versions) == 2


def test_two_tabs_show_the_same(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        other = student.page.context.new_page()
        other.goto(line.site + form(application, "why"))
        other.locator("textarea").fill("In the other tab")
        expect(student.page.locator("textarea")).to_have_value("In the other tab")
        student.page.locator("textarea").press_sequentially(", and here")
        expect(other.locator("textarea")).to_have_value("In the other tab, and here")
        wait_until(lambda: answer(application, "story_why") == "In the other tab, and here", "both tabs to be saved")
    assert len(stored(application, "story_why").versions) == 1


@pytest.mark.parametrize("order", ["words first", "account first"])
def test_begun_without_an_account_and_signed_in_on_another_device(browser, line, live_server, cycle, order):
    with line_to(live_server.url) as other_line, Patchy(browser, line.site, "en") as phones:
        visitor = phones.open()
        visitor.go(cycle.get_absolute_url()).send('form[action$="/start/"]')
        begun = Application.objects.get()
        visitor.go(form(begun, "why")).page.locator("textarea").fill("Before I had an account")
        says(visitor, "Saved online ")
        wait_for_pages(visitor.page, form(begun, "new"))
        visitor.go(f"/applications/{begun.code}/elsewhere/")
        link = visitor.page.locator('main a[href*="/drafts/"]').first.get_attribute("href").removeprefix(line.site)
        line.cut()
        visitor.page.goto(line.site + form(begun, "new"))
        visitor.page.locator("textarea").fill("In the tunnel")
        says(visitor, "Saved on this phone")
        if order == "words first":
            come_back(visitor, line)
            says(visitor, "Saved online ")

        phones.site = other_line.site
        computer = phones.open()
        sign_up(computer, link)
        computer.send()
        if order == "account first":
            come_back(visitor, line)
            says(visitor, "Saved online ")
        application = Application.objects.get(merged_into=None)
        assert application.student.email == STUDENT
        computer.go(form(application, "why"))
        expect(computer.page.locator("textarea")).to_have_value("Before I had an account")
        computer.go(form(application, "new"))
        expect(computer.page.locator("textarea")).to_have_value("In the tunnel")


def sign_up(phone: Phone, link: str) -> None:
    phone.go(link).follow('^="/account/signup/"')
    phone.send(contact=STUDENT, preferred_name="Marisol", language="en")
    code = re.search(r"\b\d{6}\b", message_to(STUDENT, "exchange/confirm_code").body)
    phone.send(code=code[0])
    assert phone.path == link


# --- Signing in and out -------------------------------------------------------------------------------

WORDS_HERE = """async () => {
  const draft = Object.values(((await window.idbKeyval.get("drafts")) || { drafts: {} }).drafts);
  let pages = 0;
  for (const name of await caches.keys())
    if (name.startsWith("pages")) pages += (await (await caches.open(name)).keys()).length;
  return JSON.stringify(draft) + pages;
}"""


@pytest.mark.core
def test_signing_out_takes_the_words_along(browser, line, application):
    line.unknown = b"Clear-Site-Data"  # as for Safari before 17: the page itself empties what it keeps
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why")).page.locator("textarea").fill("On a shared phone")
        says(student, "Saved online ")
        wait_for_pages(student.page, form(application, "new"))
        assert "On a shared phone" in student.page.evaluate(WORDS_HERE)
        other = student.page.context.new_page()
        other.goto(line.site + form(application, "why"))
        student.go("/account/")  # a page without the form's scripts
        student.page.locator(".ex-menu summary").click()
        with student.page.expect_request(lambda request: "/account/logout/" in request.url) as request:
            student.leave(student.page.locator(".ex-menu form button"))
        assert "is_sent=on" in (request.value.post_data or "")  # so that the browser is told to empty its storage
        assert not [each for each in student.page.context.cookies() if each["name"] == "sessionid"]
        expect(other.locator("textarea")).to_have_count(0)  # the other tab is empty, too
        student.page.add_script_tag(url="/static/exchange/js/vendor/idb-keyval.umd.js")
        kept = student.page.evaluate(WORDS_HERE)
        assert "shared phone" not in kept
        assert kept.endswith("]0")


def test_signing_out_asks_before_words_are_lost(browser, line, application):
    asked = []
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        line.cut()
        student.page.locator("textarea").fill("Only here")
        says(student, "Saved on this phone")
        student.page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        student.page.locator(".ex-menu summary").click()
        student.page.locator(".ex-menu form button").click()
        wait_until(lambda: student.page.evaluate("() => 1") and asked, "the question")
        assert "Only here" in student.page.evaluate(WORDS_HERE)
        line.mend()
        student.leave(student.page.locator(".ex-menu form button"))  # now they are saved first
    assert answer(application, "story_why") == "Only here"


def test_session_is_over_while_typing(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        wait_for_pages(student.page, form(application, "new"))
        cookies = student.page.context.cookies()
        student.page.context.clear_cookies(name="sessionid")
        student.page.locator("textarea").fill("Not signed in any more")
        trouble = student.page.locator("[data-save-trouble]")
        expect(trouble).to_contain_text("Sign in to continue. What you wrote is on this phone.")
        says(student, "Saved on this phone")
        student.leave(trouble.locator("a"))
        assert student.view == "account_login"
        assert student.page.url.endswith(f"?next={quote(form(application, 'why'), safe='')}")
        student.go(form(application, "new"))
        assert student.view == "account_login"
        line.cut()  # and the cached pages are gone
        student.go(form(application, "why"))
        assert "You’re offline" in student.text()
        line.mend()
        student.page.context.add_cookies([each for each in cookies if each["name"] == "sessionid"])
        student.go(form(application, "about"))
        says(student, "Saved online ")
    assert answer(application, "story_why") == "Not signed in any more"


def test_words_of_another_application_hold_up_nothing(browser, line, application):
    """Unsent changes that no longer can be saved, from last year or of the sister who owns the phone, do not block."""
    own = ApplicationFactory(cycle=application.cycle, answered=True)
    with Patchy(browser, line.site, "en") as phones:
        phone = phones.open(application.student)
        phone.go(form(application, "why"))
        line.cut()
        phone.page.locator("textarea").fill("Of my sister")
        says(phone, "Saved on this phone")
        client = Client()
        client.force_login(own.student)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": line.site}
        phone.page.context.add_cookies([session])
        line.mend()

        phone.go(form(own, "why"))
        phone.page.locator("textarea").fill("My own words")
        phone.leave(phone.page.locator("main form button.ex-button--primary").last)
        assert phone.path == form(own, "new")
        tried = line.count(f"/{application.code}/save/")
        phone.page.locator("textarea").fill("More of them")
        says(phone, "Saved online ")
        assert line.count(f"/{application.code}/save/") == tried  # not tried again with each change
        phone.go(f"/applications/{own.code}/check/")
        phone.leave(phone.page.locator('form[action$="/submit/"] button'))
        assert phone.view == "applications:application-receipt"
        phones.problems = {}  # the 404 for the other person's words is expected
    assert (answer(own, "story_why"), answer(application, "story_why")) == ("My own words", None)


def test_words_that_came_after_it_was_sent_elsewhere_are_there_to_read(browser, line, cycle):
    application = ApplicationFactory(cycle=cycle, answered=True, answered__story_why="We moved.")
    with Patchy(browser, line.site, "en") as phones:
        phone = phones.open(application.student)
        phone.go(form(application, "why"))
        line.cut()
        phone.page.locator("textarea").fill("Written in the tunnel")
        says(phone, "Saved on this phone")
        submit(application, by=application.student)
        line.mend()
        phone.go(f"/applications/{application.code}/")
        here = phone.page.locator('[data-answer="story_why"]')
        expect(here).to_contain_text("We moved.")
        expect(here).to_contain_text("This is only on this phone. We don’t have it.")
        expect(here).to_contain_text("Written in the tunnel")
        expect(phone.page.locator("[data-save-trouble]")).to_contain_text("so it can’t be changed")
        phone.look()
        line.cut()  # the closing page would try to save once more
        phones.problems = {}  # the refused save is expected
    assert answer(application, "story_why") == "We moved."


def test_computer_of_a_helper_keeps_no_words(browser, line, application):
    session = HelpSessionFactory(granted=True, application=application)
    with Patchy(browser, line.site, "en") as phones:
        advisor = phones.open(session.helper)
        advisor.go(form(application, "why"))
        line.cut()
        advisor.page.locator("textarea").fill("Said by the student")
        says(advisor, "Saved on this phone")
        assert "Said by the student" in advisor.page.evaluate(WORDS_HERE)
        come_back(advisor, line)
        says(advisor, "Saved online ")
        assert "Said by the student" not in advisor.page.evaluate(WORDS_HERE)
        advisor.page.locator("textarea").press_sequentially(": more")
        says(advisor, "Saved on this phone")
        says(advisor, "Saved online ")
        assert advisor.page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0
    assert len(stored(application, "story_why").versions) == 1
