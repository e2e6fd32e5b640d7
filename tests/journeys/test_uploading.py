"""Uploads from a phone: a photograph is scaled down, sent in chunks, resumed after a lost connection, and kept."""

import datetime as dt
import io
import re

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from applications.apply.actions import upload_check
from applications.models import Cycle, Question, Upload
from tests.applications import upload_samples as samples
from tests.factories_applications import ApplicationFactory
from tests.journeys.patchy import Patchy
from tests.journeys.phone import Phone, Phones
from tests.journeys.pocket import wait_for_pages
from tests.journeys.scene import open_cycle
from tests.services import wait_until

pytestmark = pytest.mark.browser
KEY = "class_schedule"
BOX = f'[data-question="{KEY}"]'


@pytest.fixture
def draft(transactional_db, settings):
    settings.CLAMAV_ADDRESS = ""
    return ApplicationFactory(cycle=open_cycle(), answered=True)


def noise(size, image_format="JPEG"):
    """A picture that compresses badly, as a real one does; it is rotated."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(data, image_format, quality=92, exif=exif)
    return data.getvalue()


def file(name, content, kind="image/jpeg"):
    return {"name": name, "mimeType": kind, "buffer": content}


def expect_choosers(page):
    """Listens before any click: on a busy machine Chromium would hear of the listener after the chooser had opened."""
    page.on("filechooser", lambda chooser: None)


def page_of(phones: Phones, draft) -> Phone:
    phone = phones.open(draft.student)
    expect_choosers(phone.page)
    return phone.go(f"/applications/{draft.code}/form/college/")


def wait_for(page, true, what):
    """As `wait_until`; calling the page lets Playwright deliver the browser's events."""
    wait_until(lambda: page.evaluate("true") and true(), what)


def said(phone: Phone):
    return phone.page.locator(f"{BOX} [data-upload-said]")


def rows(phone: Phone, state: str):
    return phone.page.locator(f"{BOX} [data-upload-state={state}]")


@pytest.mark.core
def test_a_photograph_is_made_smaller_and_goes_on_where_the_line_broke(browser, live_server, draft):
    original = noise((3200, 2400))
    offsets, words, held = [], [], []
    with Phones(browser, live_server.url, "en") as phones:
        phone = page_of(phones, draft)
        page = phone.page

        def piece(route):
            request = route.request
            if request.method != "PATCH":
                return route.continue_()
            offsets.append(int(request.headers["upload-offset"]))
            words.append(page.locator(f"{BOX} [data-upload-words]").first.inner_text())
            return held.append(route) if len(offsets) == 2 else route.continue_()

        page.route(re.compile(r"/uploads/\w{32}/$"), piece)
        page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(file("IMG_0001.jpg", original))
        wait_for(page, lambda: held, "the second piece")
        # the connection breaks in the middle of the second chunk, and comes back
        page.context.set_offline(True)
        tried = []
        page.on("requestfailed", lambda request: tried.append(request))
        held[0].abort("internetdisconnected")
        page.get_by_text(
            "No connection. We’ll finish sending IMG_0001.jpg as soon as you’re back online."
        ).first.wait_for()
        wait_for(page, lambda: len(tried) > 1, "it to try once more, in vain")
        assert not Upload.objects.exists()
        page.context.set_offline(False)
        rows(phone, "kept").wait_for()
        assert said(phone).inner_text() == "We checked IMG_0001.jpg and saved it."
        assert page.locator(f'{BOX} input[name="{KEY}"]').evaluate("input => input.files.length") == 0
        # a lost connection is no fault of the page
        phones.problems = {}
        phone.look()

    upload = Upload.objects.get()
    with default_storage.open(upload.file.name) as kept, Image.open(kept) as image:
        assert image.size == (1500, 2000)  # upright, and scaled down before sending
    assert len(original) > 2 * upload.size
    piece_size = 256 * 1024
    assert offsets[:3] == [0, piece_size, piece_size]  # not from the beginning
    assert offsets == sorted(offsets)
    assert any(re.fullmatch(r"Sending IMG_0001.jpg · \d+ %", line) for line in words), words


def test_a_phone_that_finds_no_room_says_so_and_sends_again_by_itself(browser, live_server, draft):
    asked = []

    def piece(route):
        asked.append(route.request.method)
        if len(asked) > 3:
            return route.continue_()
        if route.request.method == "HEAD":
            return route.continue_()
        answer = {"code": "storage_away", "message": "We can’t take files right now. Keep this page open."}
        return route.fulfill(status=503, json=answer, headers={"Retry-After": "1"})

    with Phones(browser, live_server.url, "en") as phones:
        phone = page_of(phones, draft)
        phone.page.route(re.compile(r"/uploads/\w{32}/$"), piece)
        phone.page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(
            file("classes.pdf", samples.pdf(), "application/pdf")
        )
        phone.page.get_by_text("We can’t take files right now. Keep this page open.").first.wait_for()
        rows(phone, "kept").wait_for()
        phones.problems = {}
    # where it stands is asked before each further try
    assert asked == ["PATCH", "HEAD", "PATCH", "HEAD", "PATCH"]
    assert Upload.objects.get().original_name == "classes.pdf"


def test_a_file_chosen_in_a_tunnel_before_the_deadline_comes_after_it(browser, live_server, draft):
    tries = []
    with Phones(browser, live_server.url, "en") as phones:
        phone = page_of(phones, draft)

        def begin(route):
            tries.append(route)
            return route.continue_() if len(tries) > 2 else route.abort("internetdisconnected")

        phone.page.route(re.compile(r"/uploads/$"), begin)
        # in the last second that counts: unless the request says when the file was chosen, three seconds later is too
        # late
        Cycle.objects.update(closes_at=timezone.now() - dt.timedelta(seconds=1))
        phone.page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(
            file("classes.pdf", samples.pdf(), "application/pdf")
        )
        rows(phone, "kept").wait_for()
        phones.problems = {}
    assert Upload.objects.get().original_name == "classes.pdf"


def test_a_file_chosen_on_a_page_that_was_kept_goes_once_there_is_a_line(browser, line, draft):
    """The script's sending part was never loaded before."""
    with Patchy(browser, line.site, "en") as phones:
        phone = phones.open(draft.student)
        phone.go(f"/applications/{draft.code}/form/why/")
        wait_for_pages(phone.page, f"/applications/{draft.code}/form/college/")
        line.cut()
        phone.go(f"/applications/{draft.code}/form/college/")
        phone.page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(
            file("classes.pdf", samples.pdf(), "application/pdf")
        )
        phone.page.get_by_text("No connection. We’ll finish sending classes.pdf").first.wait_for()
        assert phone.page.locator(f"{BOX} [data-upload-stop]").is_visible()
        line.mend()
        rows(phone, "kept").wait_for()
    assert Upload.objects.get().original_name == "classes.pdf"


def test_a_file_that_waits_for_the_script_is_not_left_behind_in_silence(browser, live_server, draft):
    asked = []
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open(draft.student)
        page = phone.page
        # an active service worker would have the sending script in its cache
        page.add_init_script("navigator.serviceWorker.register = () => new Promise(() => {})")
        expect_choosers(page)
        phone.go(f"/applications/{draft.code}/form/college/")
        page.route(re.compile("upload-send"), lambda route: route.abort("internetdisconnected"))
        page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(
            file("classes.pdf", samples.pdf(), "application/pdf")
        )
        page.get_by_text("No connection. We’ll finish sending classes.pdf").first.wait_for()
        go_on = page.locator("main form button.ex-button--primary").last
        page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        go_on.click()
        wait_for(page, lambda: asked, "the question")
        assert asked[0].startswith("We don’t have classes.pdf yet")
        assert phone.path.endswith("/college/")
        page.once("dialog", lambda dialog: dialog.accept())
        phone.leave(go_on)
        assert not phone.path.endswith("/college/")
        phones.problems = {}


def test_a_file_is_being_checked_until_it_is_kept(browser, live_server, draft, settings):
    settings.CLAMAV_ADDRESS = "/nowhere/clamd.sock"  # the scanner is down: the file waits
    with Phones(browser, live_server.url, "en") as phones:
        phone = page_of(phones, draft)
        phone.page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(
            file("classes.pdf", samples.pdf(), "application/pdf")
        )
        rows(phone, "received").wait_for()
        assert said(phone).inner_text() == "We have classes.pdf. We’re checking it now."
        phone.look()
        phone.go(phone.path)  # the page can be left and opened again
        rows(phone, "received").wait_for()
        settings.CLAMAV_ADDRESS = ""
        upload_check.check(Upload.objects.get().pk)
        rows(phone, "kept").wait_for()
        assert phone.page.locator(f'{BOX} a[href="{Upload.objects.get().url}"]').is_visible()


def test_several_by_keyboard_one_removed_one_refused(browser, live_server, draft):
    Question.objects.filter(section__form=draft.form, key=KEY).update(files_max=2)
    with Phones(browser, live_server.url, "en") as phones:
        phone = page_of(phones, draft)
        page = phone.page
        assert not page.locator(f"{BOX} .ex-uploads__plain").is_visible()
        choose = page.locator(f"{BOX} [data-upload-pick=files]")
        choose.focus()
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        assert chooser.value.is_multiple()
        # Chromium cannot decode HEIC: it is sent as it is, and the server makes a JPEG
        chooser.value.set_files(
            [
                file("photo.heic", samples.picture("HEIF", size=(300, 200)), "image/heic"),
                file("screen.png", samples.picture("PNG", size=(300, 200)), "image/png"),
                file("third.png", samples.picture("PNG"), "image/png"),
            ]
        )
        rows(phone, "kept").nth(1).wait_for()
        assert sorted(Upload.objects.values_list("original_name", flat=True))[0] == "photo.jpg"
        assert Upload.objects.count() == 2  # there was room for two

        remove = page.locator(f"{BOX} [data-upload-remove]").first
        remove.focus()
        page.keyboard.press("Enter")
        page.get_by_text("photo.jpg was removed.").wait_for()
        assert Upload.objects.count() == 1
        assert page.evaluate("document.activeElement.dataset.question") == KEY  # the focus stays

        page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(file("page.pdf", samples.HTML, "application/pdf"))
        page.get_by_text("This file is something else.").first.wait_for()
        phones.problems = {}  # the 422 is expected
        phone.look()
        assert Upload.objects.count() == 1


def test_the_camera_is_offered_on_a_phone_only(browser, live_server, draft):
    with Phones(browser, live_server.url, "en") as phones:
        desk = page_of(phones, draft)
        assert not desk.page.locator(f"{BOX} [data-upload-pick=camera]").is_visible()
        context = browser.new_context(viewport=phones.size, has_touch=True, is_mobile=True)
        context.add_cookies(desk.page.context.cookies())
        page = context.new_page()
        expect_choosers(page)
        page.goto(desk.page.url)
        with page.expect_file_chooser() as chooser:
            page.locator(f"{BOX} [data-upload-pick=camera]").tap()
        assert chooser.value.element.get_attribute("capture") == "environment"
        chooser.value.set_files(file("image.jpg", noise((800, 600))))
        page.locator(f"{BOX} [data-upload-state=kept]").wait_for()
        context.close()


def new_token(phone: Phone, letter: str) -> None:
    """As a sign-in in another tab does. Pages that the worker requests meanwhile would bring the old token back."""
    last = phone.page.locator("[data-pages]").get_attribute("data-pages").split()[-1]
    wait_for_pages(phone.page, last)
    put_token(phone, letter)


def put_token(phone: Phone, letter: str) -> None:
    phone.page.context.add_cookies([{"name": "csrftoken", "value": letter * 32, "url": phone.phones.site}])


def test_a_file_goes_after_signing_in_in_another_tab(browser, live_server, draft):
    with Phones(browser, live_server.url, "en") as phones:
        phone = page_of(phones, draft)
        new_token(phone, "b")
        phone.page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(
            file("classes.pdf", samples.pdf(), "application/pdf")
        )
        rows(phone, "kept").wait_for()


def test_a_file_goes_on_when_somebody_signs_in_while_it_is_on_its_way(browser, live_server, draft):
    with Phones(browser, live_server.url, "en") as phones:
        phone = page_of(phones, draft)
        new_token(phone, "b")

        def in_between(route):
            put_token(phone, "c")
            route.continue_()

        phone.page.route(re.compile(r"/uploads/\w{32}/$"), in_between, times=1)
        phone.page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(
            file("classes.pdf", samples.pdf(), "application/pdf")
        )
        rows(phone, "kept").wait_for()
        assert "answer 403" in str(phones.problems)  # the answer to the first chunk
        phones.problems = {}


def test_a_file_that_was_refused_on_the_way_is_removed_and_not_stopped(browser, live_server, draft):
    with Phones(browser, live_server.url, "en") as phones:
        phone = page_of(phones, draft)
        phone.page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(file("empty.jpg", b""))
        rows(phone, "refused").wait_for()
        assert "This file is empty." in rows(phone, "refused").inner_text()
        phone.page.get_by_role("button", name="Remove empty.jpg").click()
        assert not rows(phone, "refused").count()
        phones.problems = {}


def test_leaving_the_page_waits_for_the_file(browser, live_server, draft):
    with Phones(browser, live_server.url, "en") as phones:
        phone = page_of(phones, draft)
        page, held = phone.page, []
        page.route(re.compile(r"/uploads/\w{32}/$"), lambda route: held.append(route))  # no answer arrives
        page.locator(f'{BOX} input[name="{KEY}"]').set_input_files(
            file("classes.pdf", samples.pdf(), "application/pdf")
        )
        page.get_by_text("Sending classes.pdf").first.wait_for()
        page.locator("main form button.ex-button--primary").last.click()
        page.get_by_text("A file is still on its way.").wait_for()
        assert phone.path.endswith("/college/")
        wait_for(page, lambda: held, "the piece")
        held[0].continue_()
        rows(phone, "kept").wait_for()
        page.unroute_all(behavior="ignoreErrors")
        phone.leave(page.locator("main form button.ex-button--primary").last)
        assert not phone.path.endswith("/college/")
