"""The reading page: ten reviews by keyboard, five on a phone, nothing lost on the way, in both languages."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from applications.models import Assignment, MaskedWord, Review
from tests.factories import UserFactory
from tests.factories_applications import AssignmentFactory
from tests.factories_meeting import NormingFileFactory
from tests.journeys.patchy import Patchy, come_back, says
from tests.journeys.phone import Phones
from tests.journeys.pocket import Pocket
from tests.journeys.scene import open_cycle
from tests.services import wait_until

pytestmark = pytest.mark.browser
DESK = {"width": 1280, "height": 800}
WAIT = 12_000  # ms; the page waits eight seconds for an answer


def readings(count, language="en"):
    """This many applications assigned to one reader."""
    cycle = open_cycle()
    reader = UserFactory(advisor=True, language=language)
    return reader, [
        AssignmentFactory(reader=reader, application__cycle=cycle, application__cycle__ready=False)
        for _ in range(count)
    ]


def given(assignment) -> dict:
    review = Review.objects.filter(assignment=assignment).first()
    return dict(review.ratings.values_list("criterion__key", "points")) if review else {}


def tab_to(page, name, most=60):
    """Tabs to it as somebody without a mouse would."""
    for _ in range(most):
        if page.evaluate("() => document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{name} is not reached by Tab")


def in_sight(page, part) -> dict:
    """Its position, if it is completely visible now. Unlike a click, this does not scroll."""
    box, size = part.bounding_box(), page.viewport_size
    assert box and box["height"] > 0 and box["width"] > 0
    assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"], box
    assert box["y"] >= 0 and box["y"] + box["height"] <= size["height"], box
    return box


def tap(page, part):
    """Taps its position on the screen, without scrolling."""
    box = in_sight(page, part)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.mark.core
def test_ten_reviews_by_keyboard_only(browser, live_server, transactional_db):
    reader, rows = readings(10)
    with Phones(browser, live_server.url, "en", size=DESK) as phones:
        desk = phones.open(reader)
        first = min(rows, key=lambda row: row.code)
        keyboard = desk.go(first.get_absolute_url()).page.keyboard
        keyboard.press("?")
        expect(desk.page.locator("[data-keys]")).to_be_visible()
        keyboard.press("Escape")
        expect(desk.page.locator("[data-keys]")).to_be_hidden()
        for number in range(10):
            here = desk.path
            keyboard.press("J")
            for key in "453":
                keyboard.press(key)
            if number == 0:
                keyboard.press("K")  # back to the second criterion, for another score
                keyboard.press("2")
                tab_to(desk.page, "feedback")
                keyboard.type("You found 2 ways in. Just so?")  # in a text field, keys type text
            with desk.page.expect_navigation():
                keyboard.press("Control+Enter" if number % 2 else "s") if number else keyboard.press("Control+Enter")
            assert desk.path != here
        assert desk.view == "applications:review-list"
        desk.look()
    assert Review.objects.filter(locked_at__isnull=False).count() == 10
    assert given(first) == {"purpose": 4, "adapting": 2, "giving_back": 3}
    assert first.review.feedback == "You found 2 ways in. Just so?"


@pytest.mark.parametrize("language", ["en", "es"])
def test_five_reviews_on_a_phone(browser, live_server, transactional_db, language):
    reader, rows = readings(5, language)
    with Phones(browser, live_server.url, language) as phones:
        phone = phones.open(reader)
        page = phone.go(min(rows, key=lambda row: row.code).get_absolute_url()).page
        for number in range(5):
            here = phone.path
            page.reload()  # as first opened: the check of the page has opened all details
            bar = page.locator("[data-sheet] > summary")
            for part in (0, 1 / 3, 2 / 3, 1):  # at any position in the answers
                page.evaluate("(part) => scrollTo(0, document.documentElement.scrollHeight * part)", part)
                assert in_sight(page, bar)["y"] > page.viewport_size["height"] / 2  # in reach of the thumb
            tap(page, bar)
            expect(page.locator("[data-sheet]")).to_have_attribute("open", "")
            for key in ("purpose", "adapting", "giving_back"):
                # a scored criterion collapses and the next one expands, in view
                tap(page, page.locator(f'label:has([name="points_{key}"][value="{number % 5 + 1}"])'))
            with page.expect_navigation():
                page.locator('button[value="lock"]').click()
            assert phone.path != here
            phone.look()
        assert phone.view == "applications:review-list"
    assert Review.objects.filter(locked_at__isnull=False).count() == 5
    assert Assignment.objects.unread().count() == 0


@pytest.mark.core
def test_the_browser_is_killed_and_the_reading_goes_on(browser, line, transactional_db, tmp_path):
    reader, (row,) = readings(1)
    with Patchy(browser, line.site, "en") as phones:
        pocket = Pocket(phones, tmp_path / "profile", reader)
        phone = pocket.take_out()
        page = phone.go(row.get_absolute_url()).page
        if page.locator("[data-sheet]").get_attribute("open") is None:
            page.locator("[data-sheet] > summary").click()
        page.locator('label:has([name="points_purpose"][value="4"])').click()
        says(phone, "Saved online ")
        assert given(row) == {"purpose": 4}

        line.cut()
        page.locator("[name=comment]").fill("Clear, and their own.")
        says(phone, "Saved on this device")
        page.locator('button[value="lock"]').click()
        expect(page.locator("[data-pressed]")).to_contain_text("these scores aren’t locked yet")
        pocket.kill(phone)

        line.mend()
        phone = pocket.take_out()
        phone.go(row.get_absolute_url())
        expect(phone.page.locator("[name=comment]")).to_have_value("Clear, and their own.")
        says(phone, "Saved online ")
        phone.page.context.close()
        phones.opened.remove(phone)
    row.refresh_from_db()
    assert row.review.comment == "Clear, and their own."
    assert row.review.locked_at is None


def test_two_windows_show_both_texts(browser, line, transactional_db):
    reader, (row,) = readings(1)
    with Patchy(browser, line.site, "en", size=DESK) as phones:
        one, other = phones.open(reader), phones.open(reader)
        for each in (one, other):
            each.go(row.get_absolute_url())
        one.page.locator("[name=comment]").fill("From the first window.")
        says(one, "Saved online ")
        other.page.locator("[name=comment]").fill("From the second.")
        box = other.page.locator('[data-key="comment"] [data-other]')
        expect(box).to_contain_text("From the first window.")
        assert Review.objects.get().comment == "From the first window."
        other.look()
        box.locator("[data-other-both]").click()
        says(other, "Saved online ")
        wait_until(lambda: "second" in Review.objects.get().comment, "both texts to be kept")
    assert Review.objects.get().comment == "From the first window.\n\nFrom the second."


def test_without_a_line_the_points_wait_and_come(browser, line, transactional_db):
    reader, (row,) = readings(1)
    with Patchy(browser, line.site, "en", size=DESK) as phones:
        desk = phones.open(reader)
        desk.go(row.get_absolute_url())
        line.cut()
        desk.page.keyboard.press("5")
        says(desk, "Saved on this device")
        come_back(desk, line)
        says(desk, "Saved online ")
    assert given(row) == {"purpose": 5}


def test_lock_without_a_line_says_beside_the_button_what_happened(browser, line, transactional_db):
    """Also when everything was saved before: the browser must not show its own error page."""
    reader, (row,) = readings(1)
    with Patchy(browser, line.site, "en") as phones:
        phone = phones.open(reader)
        page = phone.go(row.get_absolute_url()).page
        page.reload()
        page.locator("[data-sheet] > summary").click()
        for key in ("purpose", "adapting", "giving_back"):
            page.locator(f'label:has([name="points_{key}"][value="4"])').click()
        says(phone, "Saved online ")

        line.cut()
        lock, note = page.locator('button[value="lock"]'), page.locator("[data-pressed]")
        lock.click()
        expect(note).to_contain_text("You’re offline, so these scores aren’t locked yet. Nothing is lost", timeout=WAIT)
        assert note.get_attribute("role") == "status"  # announced without interrupting
        assert page.locator(".ex-sheet__form [data-pressed]").count() == 1
        gap = note.bounding_box()["y"] - (lock.bounding_box()["y"] + lock.bounding_box()["height"])
        assert 0 <= gap < 160, gap  # right under the row of buttons

        come_back(phone, line)
        expect(note).to_contain_text("You’re back online, and your scores are saved.", timeout=WAIT)
        assert not Review.objects.get().locked_at
        phone.leave(lock)
    assert Review.objects.get().locked_at


def test_a_phone_has_a_low_header_and_no_hints_about_keys(browser, live_server, transactional_db):
    for language in ("en", "es"):
        reader, (row, *_rest) = readings(3, language)
        with Phones(browser, live_server.url, language) as phones:
            phone = phones.open(reader)
            page = phone.go(row.get_absolute_url()).page
            assert page.locator("header.ex-head").bounding_box()["height"] <= 100
            assert "3" in page.locator(".ex-head__extra").inner_text()  # of how many, and how long it takes
            assert page.locator("kbd:visible").count() == 0
        with Phones(browser, live_server.url, language, size=DESK) as desks:
            page = desks.open(reader).go(row.get_absolute_url()).page
            assert page.locator("kbd:visible").count() > 0
            assert page.locator("header.ex-head").bounding_box()["height"] <= 50
            # all entries of the menu are in sight, beside how far the reader is
            nav = page.locator("header nav").first
            assert nav.evaluate("each => each.scrollWidth <= each.clientWidth"), language
            assert page.locator(".ex-head__extra > *:visible").count() == 3


def test_a_sample_has_the_keys_of_a_real_reading(browser, live_server, transactional_db):
    reader, (row,) = readings(1)
    cycle = row.application.cycle
    sample = NormingFileFactory(cycle=cycle)
    cycle.norming_published_at = timezone.now()
    cycle.save(update_fields=["norming_published_at"])
    with Phones(browser, live_server.url, "en", size=DESK) as phones:
        desk = phones.open(reader)
        page = desk.go(sample.get_absolute_url()).page
        page.keyboard.press("?")
        expect(page.locator("[data-keys]")).to_contain_text("lock the scores and see what others gave")
        page.keyboard.press("Escape")
        page.keyboard.press("J")
        for key in "453":
            page.keyboard.press(key)
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
        desk.look()
    reading = sample.readings.get(reader=reader)
    assert reading.locked_at
    assert reading.points == {"purpose": 4, "adapting": 5, "giving_back": 3}


def test_marked_words_are_reported_and_covered(browser, live_server, transactional_db):
    reader, (row,) = readings(1)
    with Phones(browser, live_server.url, "en", size=DESK) as phones:
        desk = phones.open(reader)
        page = desk.go(row.get_absolute_url()).page
        if page.locator("[data-slip]").get_attribute("open") is None:
            page.locator("[data-slip] > summary").click()
        page.locator('[name="slip-words"]').fill("library")
        page.locator("[name=comment]").fill("Not lost.")
        with page.expect_navigation():
            page.locator('[data-slip] button[value="report"]').click()
        desk.look()
        assert "ate lunch in the library" not in desk.text()
        assert page.locator("[name=comment]").input_value() == "Not lost."
    assert MaskedWord.objects.get().text == "library"


SELECT = """() => {
  const parts = [...document.querySelectorAll(".ex-answer__text p")];
  const text = parts.find((part) => part.textContent.includes("library")).firstChild;
  const [range, at] = [document.createRange(), text.data.indexOf("library")];
  range.setStart(text, at);
  range.setEnd(text, at + 7);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


def test_one_tap_covers_selected_words_and_undo_shows_them(browser, live_server, transactional_db):
    reader, (row,) = readings(1)
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open(reader)
        page = phone.go(row.get_absolute_url()).page
        page.reload()
        cover = page.locator("[data-cover]")
        expect(cover).to_be_hidden()
        page.evaluate(SELECT)
        expect(cover).to_contain_text("Cover “library”")
        phone.leave(cover.locator("button"))
        assert "You covered “library”." in phone.text()
        assert MaskedWord.objects.get().text == "library"
        page.reload()  # the check of the page has opened the sheet over it
        phone.leave(page.locator('form[action$="/undo/"] button'))
        assert "lunch in the library" in phone.text()
    assert not MaskedWord.objects.exists()


def test_without_script_a_button_saves_and_locks(browser, live_server, transactional_db):
    reader, (row,) = readings(1)
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open(reader, script=False)
        page = phone.go(row.get_absolute_url()).page
        page.locator(".ex-desk__way a").click()
        page.locator('[name="points_purpose"][value="4"]').check()
        phone.leave(page.locator('button[value="save"]'))
        assert given(row) == {"purpose": 4}
        for key in ("adapting", "giving_back"):
            page.locator(f'[name="points_{key}"][value="3"]').check()
        phone.leave(page.locator('button[value="lock"]'))
    assert Review.objects.get().locked_at
