"""Never lose a word: no signal, a killed browser, a lost answer, two devices, the deadline, a shared phone."""

import datetime as dt
import re
from urllib.parse import quote

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from applications.actions import draft as draft_actions
from applications.models import Application, Cycle, DraftField, Question
from applications.states import Status
from exchange.models import Event
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.journeys.line import Line, line_to
from tests.journeys.phone import Phone, Phones, message_to
from tests.journeys.pocket import Pocket, wait_for_pages
from tests.journeys.scene import open_cycle
from tests.services import wait_until

pytestmark = pytest.mark.browser

STUDENT = "marisol@example.edu"


class Patchy(Phones):
    """Phones on a line with holes: a request that fails is no fault there."""

    EXPECTED = (
        "console: Failed to load resource",
        "console: An unknown error occurred when fetching the script",  # no newer service worker, then
        "answer 401: /applications/",
        "answer 503",
    )

    def note(self, page: str, problem: str) -> None:
        if not problem.startswith(self.EXPECTED):
            super().note(page, problem)


@pytest.fixture
def line(live_server):
    with line_to(live_server.url) as line:
        yield line


@pytest.fixture
def cycle(transactional_db) -> Cycle:
    return open_cycle()


@pytest.fixture
def application(cycle) -> Application:
    return draft_actions.start(cycle, by=UserFactory(full_name=""))


def form(application: Application, section: str) -> str:
    return f"/applications/{application.code}/form/{section}/"


def answer(application: Application, key: str):
    return dict(application.answers.values_list("question__key", "value")).get(key)


def says(phone: Phone, words: str, seconds: int = 10) -> None:
    expect(phone.page.locator("[data-save-state]")).to_contain_text(words, timeout=seconds * 1000)


def stored(application: Application, key: str) -> DraftField:
    return application.draft_fields.get(key=key)


def test_what_is_typed_is_saved_by_itself(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        expect(student.page.locator("[data-save-state]")).to_be_hidden()
        student.page.locator("textarea").press_sequentially("We moved")
        says(student, "Saved on this phone")
        says(student, "Saved with us, ")
        assert answer(application, "story_why") == "We moved"
        student.look()
        assert line.count("/save/") <= 2
        student.send()
        assert student.path == form(application, "new")
        assert line.count(f"POST {form(application, 'why')}") == 0


def test_every_kind_of_field_is_saved(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "about")).fill(
            date_of_birth_month="3", date_of_birth_day="9", date_of_birth_year="2005", answer_language="es"
        )
        says(student, "Saved with us, ")
        student.go(form(application, "experience")).fill(work_hours="16", first_abroad="yes", languages=["en", "es"])
        says(student, "Saved with us, ")
        student.go(form(application, "cities")).fill(cities_1="paris", cities_2="hanoi")
        says(student, "Saved with us, ")
        student.go(form(application, "referee")).fill(referee_name="Dr. Lena Whitcomb")
        says(student, "Saved with us, ")
    assert answer(application, "date_of_birth") == "2005-03-09"
    assert answer(application, "answer_language") == "es"
    assert (answer(application, "work_hours"), answer(application, "first_abroad")) == (16, True)
    assert answer(application, "languages") == ["en", "es"]
    assert [preference.city.code for preference in application.city_preferences.all()] == ["paris", "hanoi"]
    application.recommendation.refresh_from_db()
    assert application.recommendation.referee_name == "Dr. Lena Whitcomb"


# --- Without a connection -----------------------------------------------------------------------------


def test_browser_is_killed_in_mid_field_without_a_connection(browser, line, application, tmp_path):
    with Patchy(browser, line.site, "en") as phones:
        pocket = Pocket(phones, tmp_path / "profile", application.student)
        student = pocket.take_out()
        student.go(form(application, "why"))
        wait_for_pages(student.page, form(application, "new"))
        line.cut()
        student.page.locator("textarea").press_sequentially("We moved, and I got lo")
        says(student, "Saved on this phone")
        pocket.kill(student)

        student = pocket.take_out()
        student.go(form(application, "why"))  # the page, too, is on the phone
        expect(student.page.locator("textarea")).to_have_value("We moved, and I got lo")
        says(student, "Saved on this phone")
        student.send(story_why="We moved, and I got lost.")
        assert student.path == form(application, "new")
        student.page.locator("textarea").fill("The library.")
        says(student, "Saved on this phone")
        assert application.answers.count() == 0
        pocket.kill(student)

        line.mend()
        student = pocket.take_out()
        student.go(form(application, "about"))
        says(student, "Saved with us, ")
        student.page.context.close()
        phones.opened.remove(student)
    assert answer(application, "story_why") == "We moved, and I got lost."
    assert answer(application, "story_new") == "The library."
    assert [len(row.versions) for row in application.draft_fields.all()] == [1, 1]


def test_answer_lost_on_the_way_is_saved_once(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        line.lose = b"/save/"
        student.page.locator("textarea").fill("We moved.")
        says(student, "Saved with us, ")
        assert line.lost == 1
        assert line.count("/save/") == 2
    assert answer(application, "story_why") == "We moved."
    assert len(stored(application, "story_why").versions) == 1
    assert Event.objects.filter(action="application.save_answers").count() == 1


def test_page_left_at_once_is_saved(browser, line, application):
    """Typed, and the browser's own way back before anything was sent."""
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "new")).go(form(application, "why"))
        student.page.locator("textarea").fill("We moved.")
        says(student, "Saved on this phone")
        student.page.go_back()
        wait_until(lambda: answer(application, "story_why") == "We moved.", "the save of a page that is gone")


def test_other_pages_say_that_there_is_no_connection(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        wait_for_pages(student.page, f"/applications/{application.code}/form/")
        line.cut()
        student.go("/account/")
        assert "You have no connection" in student.text()
        student.follow('$="/form/"')
        assert "0 of 8 parts done" in student.text()
        line.mend()
        student.go("/account/")
        assert student.view == "account-detail"


def test_send_without_a_connection_is_never_called_sent(browser, line, cycle):
    application = ApplicationFactory(cycle=cycle, answered=True)
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(f"/applications/{application.code}/check/")
        line.cut()
        send = student.page.locator('form[action$="/submit/"] button')
        send.click()
        expect(student.page.locator("[data-save-trouble]")).to_contain_text("Not sent.")
        student.look()
        line.mend()
        student.leave(send)
        assert student.view == "applications:application-receipt"
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED


def test_slow_line(browser, line, application):
    """A 2G line as the browser's own tools imitate it: the form works, and what is typed arrives."""
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        network = student.page.context.new_cdp_session(student.page)
        network.send("Network.enable")
        rate = {"latency": 600, "downloadThroughput": 250_000 / 8, "uploadThroughput": 50_000 / 8}
        network.send("Network.emulateNetworkConditions", {"offline": False, **rate})
        student.page.set_default_navigation_timeout(60_000)
        student.page.goto(line.site + form(application, "why"))
        student.page.locator("textarea").press_sequentially("We moved.")
        says(student, "Saved on this phone")
        says(student, "Saved with us, ", seconds=20)
        with student.page.expect_navigation(timeout=60_000):
            student.page.locator("main form .ex-button--primary").click()
        assert student.path == form(application, "new")
    assert answer(application, "story_why") == "We moved."


# --- Several devices ----------------------------------------------------------------------------------


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
        says(computer, "Saved with us, ")
        line.mend()
        phone.page.locator("textarea").press_sequentially(".")  # online again: at the next word
        says(phone, "Saved with us, ")
        rivals = phone.page.locator("[data-rivals]")
        expect(rivals).to_contain_text("From the bus.")
        expect(rivals).to_contain_text("From the library")
        expect(phone.page.locator("textarea")).to_be_focused()
        phone.look()
        phone.page.locator("textarea").press_sequentially("..")  # going on does not settle it
        says(phone, "Saved on this phone")
        says(phone, "Saved with us, ")
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
        draft = Application.objects.get()
        visitor.go(form(draft, "why")).page.locator("textarea").fill("Before I had an account")
        says(visitor, "Saved with us, ")
        wait_for_pages(visitor.page, form(draft, "new"))
        visitor.go(f"/applications/{draft.code}/elsewhere/")
        link = visitor.page.locator('main a[href*="/drafts/"]').first.get_attribute("href").removeprefix(line.site)
        line.cut()
        visitor.page.goto(line.site + form(draft, "new"))
        visitor.page.locator("textarea").fill("In the tunnel")
        says(visitor, "Saved on this phone")
        if order == "words first":
            come_back(visitor, line)

        phones.site = other_line.site
        computer = phones.open()
        sign_up(computer, link)
        computer.send()
        if order == "account first":
            come_back(visitor, line)
        application = Application.objects.get(merged_into=None)
        assert application.student.email == STUDENT
        computer.go(form(application, "why"))
        expect(computer.page.locator("textarea")).to_have_value("Before I had an account")
        computer.go(form(application, "new"))
        expect(computer.page.locator("textarea")).to_have_value("In the tunnel")


def come_back(phone: Phone, line: Line) -> None:
    line.mend()
    phone.page.evaluate("() => dispatchEvent(new Event('online'))")
    says(phone, "Saved with us, ")


def sign_up(phone: Phone, link: str) -> None:
    phone.go(link).follow('^="/account/signup/"')
    phone.send(contact=STUDENT, preferred_name="Marisol", language="en")
    code = re.search(r"\b\d{6}\b", message_to(STUDENT, "exchange/confirm_code").body)
    phone.send(code=code[0])
    assert phone.path == link


# --- The deadline -------------------------------------------------------------------------------------


def test_deadline_passes_while_typing(browser, line, application):
    Cycle.objects.update(closes_at=timezone.now() + dt.timedelta(seconds=25))
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        clock = student.page.locator("[data-time-left]")
        expect(clock).to_have_text("Time left: 1 minute.")
        line.cut()
        student.page.locator("textarea").fill("Typed in time")
        says(student, "Saved on this phone")
        expect(clock).to_contain_text("Applications have closed.", timeout=30_000)
        line.mend()
        student.page.evaluate("() => dispatchEvent(new Event('online'))")
        says(student, "Saved with us, ")
        student.page.locator("textarea").press_sequentially(", and after")
        expect(student.page.locator("[data-refused]")).to_contain_text("Applications closed on")
        says(student, "Saved on this phone")
        expect(student.page.locator("textarea")).to_have_value("Typed in time, and after")
        student.look()
    assert answer(application, "story_why") == "Typed in time"


# --- Signing in and out -------------------------------------------------------------------------------

WORDS_HERE = """async () => {
  const draft = Object.values(((await window.idbKeyval.get("drafts")) || { drafts: {} }).drafts);
  const pages = await (await caches.open("pages")).keys();
  return JSON.stringify(draft) + pages.length;
}"""


def test_signing_out_takes_the_words_along(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why")).page.locator("textarea").fill("On a shared phone")
        says(student, "Saved with us, ")
        wait_for_pages(student.page, form(application, "new"))
        assert "On a shared phone" in student.page.evaluate(WORDS_HERE)
        student.go("/account/")  # a page without the form's scripts
        student.page.locator(".ex-menu summary").click()
        student.leave(student.page.locator(".ex-menu form button"))
        assert not [each for each in student.page.context.cookies() if each["name"] == "sessionid"]
        student.page.add_script_tag(url="/static/exchange/js/vendor/idb-keyval.umd.js")
        assert student.page.evaluate(WORDS_HERE) == "[]0"


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
        student.leave(student.page.locator(".ex-menu form button"))  # now they are sent first
    assert answer(application, "story_why") == "Only here"


def test_session_is_over_while_typing(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        cookies = student.page.context.cookies()
        student.page.context.clear_cookies(name="sessionid")
        student.page.locator("textarea").fill("Not signed in any more")
        trouble = student.page.locator("[data-save-trouble]")
        expect(trouble).to_contain_text("Sign in to go on. What you wrote is on this phone.")
        says(student, "Saved on this phone")
        student.leave(trouble.locator("a"))
        assert student.view == "account_login"
        assert student.page.url.endswith(f"?next={quote(form(application, 'why'), safe='')}")
        student.page.context.add_cookies([each for each in cookies if each["name"] == "sessionid"])
        student.go(form(application, "about"))
        says(student, "Saved with us, ")
    assert answer(application, "story_why") == "Not signed in any more"


# --- The rest -----------------------------------------------------------------------------------------


def test_question_that_depends_on_an_answer(browser, line, application):
    question = Question.objects.get(section__form=application.form, key="first_flight")
    question.show_if_key, question.show_if_value = "first_abroad", True
    question.save()
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "experience"))
        asked = student.page.locator('[data-key="first_flight"]')
        expect(asked).to_be_hidden()
        student.fill(first_abroad="yes")
        expect(asked).to_be_visible()
        student.fill(first_flight="yes", first_abroad="no")
        expect(asked).to_be_hidden()
        student.fill(first_abroad="yes")
        expect(asked.locator("[value=yes]")).to_be_checked()
        says(student, "Saved with us, ")
    assert answer(application, "first_flight") is True


def test_in_spanish(browser, line, application):
    with translation.override("es"):
        here, with_us = gettext("Saved on this phone"), gettext("Saved with us, %(time)s").partition("%")[0]
    Cycle.objects.update(closes_at=timezone.now() + dt.timedelta(minutes=90))
    with Patchy(browser, line.site, "es") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        expect(student.page.locator("[data-time-left]")).to_contain_text("1 hora")
        line.cut()
        student.page.locator("textarea").fill("Nos mudamos")
        says(student, here)
        line.mend()
        student.page.evaluate("() => dispatchEvent(new Event('online'))")
        says(student, with_us)
        student.look()
