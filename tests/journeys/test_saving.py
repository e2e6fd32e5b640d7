"""Saving never loses what was typed: no signal, a killed browser, a lost answer, a slow connection, the deadline."""

import datetime as dt
import time

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from applications.apply.actions import draft
from applications.models import Cycle, Note, Question
from applications.states import Status
from exchange.models import Event
from tests.factories_applications import ApplicationFactory
from tests.journeys.patchy import Patchy, answer, come_back, form, says, stored
from tests.journeys.pocket import Pocket, wait_for_pages
from tests.services import wait_until

pytestmark = pytest.mark.browser


def test_what_is_typed_is_saved_by_itself(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        expect(student.page.locator("[data-save-state]")).to_be_hidden()
        student.page.locator("textarea").press_sequentially("We moved")
        says(student, "Saved on this phone")
        says(student, "Saved online ")
        assert answer(application, "story_why") == "We moved"
        student.look()
        assert line.count("/save/") <= 2
        student.send()
        assert student.path == form(application, "new")
        assert line.count(f"POST {form(application, 'why')}") == 0


def test_who_types_on_without_a_pause_is_saved_meanwhile(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        student.page.locator("textarea").press_sequentially("We moved three times.", delay=300)
        assert line.count("/save/") >= 1
        says(student, "Saved online ")
    assert answer(application, "story_why") == "We moved three times."


def busy(page, seconds: int) -> list[dict]:
    """Each save is answered with the wish for so many seconds of rest. Returns the changes of each save, by key."""
    saves = []

    def save(route):
        saves.append({change["key"]: change["fields"] for change in route.request.post_data_json["changes"]})
        response = route.fetch()
        route.fulfill(response=response, headers=response.headers | {"retry-after": str(seconds)})

    page.route("**/save/", save)
    return saves


def test_a_busy_server_gets_what_is_typed_meanwhile_in_one_request(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        saves = busy(student.page, 4)
        student.go(form(application, "college"))
        student.fill(units="9")
        says(student, "Saved online ")
        began, before = time.monotonic(), len(saves)
        student.fill(major="Welding")
        student.fill(student_number="88001234")
        says(student, "Saved on this phone")
        says(student, "Saved online ")
        assert time.monotonic() - began > 1.5  # of two to six seconds, less what the phone had rested already
        assert [sorted(save) for save in saves[before:]] == [["major", "student_number"]]
    assert (answer(application, "units"), answer(application, "major")) == (9, "Welding")
    assert answer(application, "student_number") == "88001234"


def test_who_goes_on_does_not_wait_for_a_busy_server(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        busy(student.page, 60)
        student.go(form(application, "why")).fill(story_why="We moved")
        says(student, "Saved online ")
        student.fill(story_why="We moved twice")
        says(student, "Saved on this phone")
        student.send()
        assert student.path == form(application, "new")
    assert answer(application, "story_why") == "We moved twice"


def test_every_kind_of_field_is_saved(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "about")).fill(
            date_of_birth_month="3", date_of_birth_day="9", date_of_birth_year="2005", answer_language="es"
        )
        says(student, "Saved online ")
        student.go(form(application, "experience")).fill(work_hours="16", first_abroad="yes", languages=["en", "es"])
        says(student, "Saved online ")
        student.go(form(application, "cities")).fill(cities_1="paris", cities_2="hanoi")
        says(student, "Saved online ")
        student.go(form(application, "referee")).fill(referee_name="Dr. Lena Whitcomb")
        says(student, "Saved online ")
    assert answer(application, "date_of_birth") == "2005-03-09"
    assert answer(application, "answer_language") == "es"
    assert (answer(application, "work_hours"), answer(application, "first_abroad")) == (16, True)
    assert answer(application, "languages") == ["en", "es"]
    assert [preference.city.code for preference in application.city_preferences.all()] == ["paris", "hanoi"]
    application.recommendation.refresh_from_db()
    assert application.recommendation.referee_name == "Dr. Lena Whitcomb"


def test_browser_without_a_store_never_says_that_it_kept_something(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
        student.go(form(application, "why"))
        line.cut()
        student.page.locator("textarea").press_sequentially("We moved")
        expect(student.page.locator("[data-save-state]")).to_be_hidden()
        come_back(student, line)
        says(student, "Saved online ")
    assert answer(application, "story_why") == "We moved"


# --- Without a connection -----------------------------------------------------------------------------


SLOW = """const open = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (...given) {
  const [request, late] = [open.apply(this, given), {}];
  request.onsuccess = () => setTimeout(() => late.onsuccess((late.result = request.result)), 1500);
  return late;
};"""


def test_nothing_is_called_saved_that_was_typed_before_the_store_was_open(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why")).page.locator("textarea").fill("We moved")
        says(student, "Saved online ")
        student.page.add_init_script(SLOW)
        student.go(form(application, "why")).page.locator("textarea").fill("We moved three times")
        assert student.page.locator("[data-save-state]").get_attribute("aria-busy") == "true"
        says(student, "Saved online ")
    assert answer(application, "story_why") == "We moved three times"


@pytest.mark.core
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
        student.go(form(application, "why"))  # the page comes from the phone's cache, too
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
        says(student, "Saved online ")
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
        says(student, "Saved online ")
        assert line.lost == 1
        assert line.count("/save/") == 2
    assert answer(application, "story_why") == "We moved."
    assert len(stored(application, "story_why").versions) == 1
    assert Event.objects.filter(action="application.save_answers").count() == 1


def test_page_left_at_once_is_saved(browser, line, application):
    """Typed, and the browser's Back button pressed before anything was sent."""
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
        assert "You’re offline" in student.text()
        student.follow('$="/form/"')
        assert "0 of 8 parts done" in student.text()
        line.mend()
        student.go("/account/")
        assert student.view == "account-detail"


def test_a_question_sent_without_a_connection_waits_on_the_page(browser, line, application):
    words = 'Is "16" too young?\n\n<b>& my brother</b>'
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        wait_for_pages(student.page, f"/applications/{application.code}/form/")
        student.go("/questions/new/")
        student.page.locator('[name="addressee"][value="office"]').check()
        student.page.locator("textarea").fill(words)
        line.cut()
        send = student.page.locator("main form button.ex-button--primary")
        student.leave(send)
        student.leave(send)  # still no connection
        assert "What you just sent didn’t go through" in student.text()
        assert "What you wrote in your application is saved on this phone" not in student.text()
        line.mend()
        student.leave(send)
        assert student.view == "applications:thread-detail"
    assert Note.objects.get().body == words


@pytest.mark.core
def test_send_without_a_connection_is_never_called_sent(browser, line, cycle):
    application = ApplicationFactory(cycle=cycle, answered=True)
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(f"/applications/{application.code}/check/")
        line.cut()
        send = student.page.locator('form[action$="/submit/"] button')
        send.click()
        expect(student.page.locator("[data-save-trouble]")).to_contain_text("this didn’t go through")
        student.look()
        line.mend()
        student.leave(send)
        assert student.view == "applications:application-receipt"
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED


def test_slow_line(browser, line, application):
    """With a 2G connection emulated by the browser's tools, the form works and what is typed is saved."""
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
        says(student, "Saved online ", seconds=20)
        with student.page.expect_navigation(timeout=60_000):
            student.page.locator("main form .ex-button--primary").click()
        assert student.path == form(application, "new")
    assert answer(application, "story_why") == "We moved."


# --- The deadline -------------------------------------------------------------------------------------


@pytest.mark.core
def test_deadline_passes_while_typing(browser, line, application):
    """Offline, on a phone whose clock is three hours ahead: what was typed in time counts, the rest is kept."""
    closes_at = timezone.now() + dt.timedelta(seconds=15)
    Cycle.objects.update(closes_at=closes_at)
    check = reverse("applications:application-check", args=[application.code])
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.page.add_init_script("const right = Date.now; Date.now = () => right() + 3 * 3600000;")
        student.go(form(application, "why"))
        clock = student.page.locator("[data-time-left]")
        expect(clock).to_have_text("Time left: 1 minute.")
        line.cut()
        student.page.locator("textarea").fill("Typed in time")
        says(student, "Saved on this phone")
        expect(clock).to_contain_text("Applications have closed.", timeout=30_000)
        wait_until(lambda: timezone.now() > closes_at + draft.LATENCY, "what is typed now to be late")
        student.page.locator("textarea").press_sequentially(", and after")
        says(student, "Saved on this phone")
        come_back(student, line)
        expect(student.page.locator("[data-refused]")).to_contain_text("Applications closed on")
        says(student, "Saved on this phone")
        expect(student.page.locator("textarea")).to_have_value("Typed in time, and after")
        assert answer(application, "story_why") == "Typed in time"
        student.look()

        Cycle.objects.update(closes_at=timezone.now() - dt.timedelta(hours=1))  # past the grace period, too
        student.go(form(application, "why"))
        assert student.path == check
        place = student.page.locator('dd[data-answer="story_why"]')
        expect(place).to_contain_text(
            "Typed in time This is only on this phone. We don’t have it.", use_inner_text=False
        )
        expect(place.locator("[data-words]")).to_have_text("Typed in time, and after")
        student.look()
        copy = place.get_by_role("button")
        copy.click()  # without access to the clipboard, the words are selected for copying by hand
        wait_until(
            lambda: student.page.evaluate("getSelection() + ''") == "Typed in time, and after", "the marked words"
        )
        student.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        copy.click()
        expect(copy).to_have_text("Copied")
        assert student.page.evaluate("navigator.clipboard.readText()") == "Typed in time, and after"

        Cycle.objects.update(closes_at=timezone.now() + dt.timedelta(hours=1))  # an extension: the phone tries again
        student.page.goto(line.site + check, wait_until="commit")  # once they are saved, the page reloads by itself
        expect(place).to_have_text("Typed in time, and after", timeout=20_000)
    assert answer(application, "story_why") == "Typed in time, and after"


# --- Other ---------------------------------------------------------------------------------------------


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
        says(student, "Saved online ")
    assert answer(application, "first_flight") is True


def test_question_that_depends_on_an_answer_of_another_page_without_a_line(browser, line, application):
    Question.objects.filter(section__form=application.form, key="story_back").update(
        show_if_key="first_abroad", show_if_value=True
    )
    application.answers.filter(question__key="first_abroad").update(value=False)
    section = Question.objects.get(section__form=application.form, key="story_back").section.key
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, section))
        asked = student.page.locator('[data-key="story_back"]')
        expect(asked).to_be_hidden()
        student.go(form(application, "experience"))
        wait_for_pages(student.page, form(application, section))
        line.cut()
        student.fill(first_abroad="yes")
        says(student, "Saved on this phone")
        student.go(form(application, section))
        expect(asked).to_be_visible()
        student.go(form(application, "experience"))
        says(student, "Saved on this phone")  # the script has loaded
        student.fill(first_abroad="no")
        says(student, "Saved on this phone")
        student.go(form(application, section))
        expect(asked).to_be_hidden()


def test_a_tap_before_the_script_came_is_newer_than_what_waits_on_the_phone(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "experience"))
        wait_for_pages(student.page, form(application, "experience"))
        line.cut()
        student.fill(first_abroad="yes")
        says(student, "Saved on this phone")
        tap = "document.querySelector('[name=first_abroad][value=no]').checked = true"
        student.page.add_init_script(f"addEventListener('DOMContentLoaded', () => {{ {tap} }})")
        student.go(form(application, "experience"))
        says(student, "Saved on this phone")
        expect(student.page.locator("[name=first_abroad][value=no]")).to_be_checked()
        come_back(student, line)
        says(student, "Saved online ")
    assert answer(application, "first_abroad") is False


def test_in_spanish(browser, line, application):
    with translation.override("es"):
        here, with_us = gettext("Saved on this phone"), gettext("Saved online at %(the_time)s").partition("%")[0]
    Cycle.objects.update(closes_at=timezone.now() + dt.timedelta(minutes=90))
    with Patchy(browser, line.site, "es") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        expect(student.page.locator("[data-time-left]")).to_contain_text("1 hora")
        line.cut()
        student.page.locator("textarea").fill("Nos mudamos")
        says(student, here)
        come_back(student, line)
        says(student, with_us)
        student.look()
