"""The photo helper in Chromium: generated portraits with one fault each, a fake camera, and what is sent."""

import os
import re
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.urls import reverse

from tests.journeys import portraits
from tests.journeys.phone import Phones
from tests.journeys.portraits import jpeg, png, portrait
from tests.services import chromium_path

pytestmark = pytest.mark.browser


@pytest.fixture
def rules(transactional_db):
    call_command("load_reference", verbosity=0)


def look_at(phone, data: bytes, name="me.jpg", kind="image/jpeg") -> dict[str, str]:
    """Chooses a picture; returns what the page says about each check."""
    phone.page.evaluate("document.querySelectorAll('[data-check]').forEach((item) => delete item.dataset.found)")
    phone.page.locator("[data-photo-file]").set_input_files({"name": name, "mimeType": kind, "buffer": data})
    phone.page.locator('[data-check="head"][data-found]').wait_for()
    items = phone.page.locator("[data-check]")
    return {each.get_attribute("data-check"): each.get_attribute("data-found") for each in items.all()}


GOOD = dict.fromkeys(("size", "shape", "file", "sharp", "light", "wall", "head"), "ok")
DARK_SKIN = (74, 48, 36)
# the portrait's options, and every result other than "ok"; None: either result is fine
WRONG = [
    ({}, {}),
    ({"skin": DARK_SKIN}, {}),
    ({"skin": (236, 196, 172)}, {}),
    ({"shade": 0.06}, {}),
    ({"blur": 7}, {"sharp": "blurred"}),
    ({"light": 0.3}, {"light": "dark", "wall": "dark"}),
    ({"light": 1.9, "skin": (225, 190, 170)}, {"light": "bright"}),
    ({"side": 0.5}, {"light": "side"}),
    ({"side": 0.5, "head": 0.4, "crown": 0.2}, {"light": "side", "head": None}),
    ({"shade": 0.4}, {"wall": "busy"}),
    ({"pattern": True}, {"wall": "busy", "head": None}),
    ({"wall": (150, 150, 150)}, {"wall": "dark"}),
    ({"wall": (236, 214, 150)}, {"wall": "tint"}),
    ({"head": 0.36, "crown": 0.2}, {"head": "small"}),
    ({"head": 0.8, "crown": 0.05}, {"head": "large"}),
    ({"head": 0.6, "crown": -0.05}, {"head": "cut"}),
    ({"width": 900, "height": 1200}, {"shape": "uneven", "head": None}),
    ({"width": 480, "height": 480}, {"size": "small"}),
    ({"width": 1500, "height": 1500}, {"size": "large", "file": None}),
]


def test_each_fault_is_named_and_a_good_photo_passes(browser, live_server, rules):
    wrong = {}
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open().go(reverse("travel:passport-photo"))
        for place, (drawn, expected) in enumerate(WRONG):
            found = look_at(phone, jpeg(portrait(**drawn)))
            wanted = GOOD | expected
            if off := {key: found[key] for key, word in wanted.items() if word and found[key] != word}:
                wrong[f"{place} {expected}"] = off
        assert wrong == {}
        found = look_at(phone, png(portrait()), "me.png", "image/png")
        assert found["file"] == "type"
        phone.look()


@pytest.mark.core  # nothing else opens this page in a browser
def test_the_file_that_is_saved_is_the_file_that_was_chosen(browser, live_server, rules):
    data = jpeg(portrait())
    with Phones(browser, live_server.url, "es", scheme="dark") as phones:
        phone = phones.open().go(reverse("travel:passport-photo"))
        sent = []
        phone.page.on("request", lambda request: sent.append((request.method, request.url)))
        look_at(phone, data, "yo.jpg")
        with phone.page.expect_download() as download:
            phone.page.locator("[data-photo-save]").click()
        assert (download.value.suggested_filename, download.value.path().read_bytes()) == ("yo.jpg", data)
        phone.look()
        # only the measuring script was requested
        assert [url for method, url in sent if not url.startswith("blob:") and "photo-measure" not in url] == []


def test_the_lines_move_by_keyboard_and_by_touch(browser, live_server, rules):
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open().go(reverse("travel:passport-photo"))
        assert look_at(phone, jpeg(portrait()))["head"] == "ok"
        tall = phone.page.locator('[data-check="head"] [data-says="ok"]').inner_text()
        assert re.search(r" 1[⅛¼⅜]? in \(\d\d mm\) ", tall), tall
        top = phone.page.locator("[data-photo-top]")
        before = int(top.input_value())
        assert abs(before / 1000 - 0.14) < 0.03, "where the hair begins"
        assert abs(int(phone.page.locator("[data-photo-bottom]").input_value()) / 1000 - 0.72) < 0.06, (
            "where the chin ends"
        )
        top.focus()
        for _press in range(50):
            phone.page.keyboard.press("ArrowRight")
        assert int(top.input_value()) == before + 250
        assert phone.page.locator('[data-check="head"]').get_attribute("data-found") == "small"
        line = phone.page.locator("[data-photo-line-bottom]").bounding_box()
        phone.page.mouse.move(line["x"] + 20, line["y"] + line["height"] / 2)
        phone.page.mouse.down()
        phone.page.mouse.move(line["x"] + 20, line["y"] + 300, steps=4)
        phone.page.mouse.up()
        assert phone.page.locator('[data-check="head"]').get_attribute("data-found") == "ok"


def test_what_is_no_picture_is_said_in_words(browser, live_server, rules):
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open().go(reverse("travel:passport-photo"))
        phone.page.locator("[data-photo-file]").set_input_files(
            {"name": "me.heic", "mimeType": "image/heic", "buffer": b"no picture"}
        )
        phone.page.locator('[data-photo-say="unread"]').wait_for()
        assert phone.page.locator("[data-photo-open]").first.is_visible()


def test_without_a_script_the_rules_are_there(browser, live_server, rules):
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open(script=False).go(reverse("travel:passport-photo"))
        assert "needs JavaScript" in phone.text()
        assert "No glasses" in phone.text()
        assert phone.page.locator(".ex-photo-drawing").count() == 6
        assert not phone.page.locator("[data-photo-open]").first.is_visible()


# --- The camera -------------------------------------------------------------------------------------

KEEP_BLOBS = """
  window.kept = [];
  const make = HTMLCanvasElement.prototype.toBlob;
  HTMLCanvasElement.prototype.toBlob = function (done, ...more) {
    make.call(this, (blob) => (kept.push(blob), done(blob)), ...more);
  };
"""
LAST_BLOB = "async () => [...new Uint8Array(await kept[kept.length - 1].arrayBuffer())]"


@contextmanager
def phone_with_camera(browser, site, *args, permissions=("camera",)):
    """A browser of its own, because the fake camera is an option at its start."""
    chromium = browser.browser_type.launch(
        executable_path=chromium_path(),
        chromium_sandbox=os.geteuid() != 0,
        args=["--disable-gpu", "--no-first-run", *args],
    )
    try:
        context = chromium.new_context(viewport={"width": 360, "height": 740}, permissions=list(permissions))
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.add_init_script(KEEP_BLOBS)
        page.goto(site + reverse("travel:passport-photo"))
        yield page
    finally:
        chromium.close()


def test_the_camera_takes_what_its_frame_shows_and_the_file_is_that_very_frame(browser, live_server, rules, tmp_path):
    # twice as wide as high: the frame on the page is the square in the middle
    film = portraits.film(portrait(1280, 720), tmp_path / "film.mjpeg")
    fake = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    with phone_with_camera(browser, live_server.url, *fake) as page:
        page.locator("[data-photo-part=start] [data-photo-open]").click()
        page.locator("[data-photo-take]:enabled").click()
        page.locator('[data-check="head"][data-found]').wait_for()
        found = {
            each.get_attribute("data-check"): each.get_attribute("data-found")
            for each in page.locator("[data-check]").all()
        }
        with page.expect_download() as download:
            page.locator("[data-photo-save]").click()
        saved = download.value.path().read_bytes()
        assert saved == bytes(page.evaluate(LAST_BLOB))
        assert len(saved) <= 240_000
        assert download.value.suggested_filename == "passport-photo.jpg"
        # the camera is off again
        assert page.evaluate("document.querySelector('video').srcObject") is None
    assert found == GOOD


def test_a_camera_that_is_denied_or_missing_is_told_plainly(browser, live_server, rules):
    denying = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny")
    with phone_with_camera(browser, live_server.url, *denying, permissions=()) as page:
        page.locator("[data-photo-part=start] [data-photo-open]").click()
        page.locator('[data-photo-say="denied"]').wait_for()
        assert page.locator("[data-photo-part=start] [data-photo-pick]").is_visible()
    with phone_with_camera(browser, live_server.url, "--use-fake-ui-for-media-stream") as page:
        page.locator("[data-photo-part=start] [data-photo-open]").click()
        page.locator('[data-photo-say="no-camera"]').wait_for()


def test_the_camera_is_open_to_this_page_alone(client, rules):
    assert "camera=(self)" in client.get(reverse("travel:passport-photo"))["Permissions-Policy"]
    assert "camera=()" in client.get(reverse("home"))["Permissions-Policy"]
