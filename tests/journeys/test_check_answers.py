"""The page for checking all answers says which of them are only on the phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from applications.apply.actions import draft
from tests.journeys.patchy import Patchy, come_back, form, says
from tests.journeys.pocket import wait_for_pages

pytestmark = pytest.mark.browser


def test_the_check_without_a_line_never_calls_empty_what_was_written(browser, line, application):
    application.answers.filter(question__key="story_why").delete()
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        check = reverse("applications:application-check", args=[application.code])
        wait_for_pages(student.page, check)
        # a cached page does not state the current time
        kept = student.page.evaluate("async (path) => (await caches.match(path, {ignoreVary: true})).text()", check)
        assert "data-draft" in kept and "data-now" not in kept
        line.cut()
        student.page.locator("textarea").fill("We moved.")
        says(student, "Saved on this phone")
        student.go(check)
        places = student.page.locator('[data-answer="story_why"]')
        expect(places).to_have_text(["Saved on this phone. We’ll get it when you have a signal."] * 2)
        expect(student.page.locator('[data-answer="story_back"]').first).to_have_text("Not answered yet.")
        come_back(student, line)
        expect(places).to_have_text(["We moved."], timeout=20_000)  # and it is no longer listed as missing


def test_the_check_shows_words_that_were_not_taken_beside_those_that_we_have(browser, line, application):
    draft.save_answers(application, {"story_why": "We moved."}, by=application.student)
    check = reverse("applications:application-check", args=[application.code])
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        student.page.locator("textarea").fill("We moved. " + "x" * 20_000)
        expect(student.page.locator("[data-refused]")).to_contain_text("20000")
        student.go(check)
        place = student.page.locator('dd[data-answer="story_why"]')
        expect(place).to_contain_text("only on this phone. We don’t have it. Ensure this value has at most 20000")
        assert place.evaluate("dd => dd.firstChild.textContent.trim()") == "We moved."
        expect(place.locator("[data-words]")).to_contain_text("We moved. xxx")
