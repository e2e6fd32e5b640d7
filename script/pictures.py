"""Takes the README's pictures in Chromium from a running demo (started by script/screenshots)."""

import argparse
import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from script import tour
from script.running_demo import running_demo

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs/pictures"
COLORS = 256  # enough for flat pages, at a third of the bytes
LARGEST = 150_000  # bytes per picture, so that the README opens quickly


@dataclass(frozen=True, slots=True)
class Picture:
    name: str
    person: str  # a key of exchange/people/sign_in/demo_people.py
    path: str
    follow: str = ""  # selector of a link to click there first
    size: tuple[int, int] = (1280, 800)
    scale: float = 1


PICTURES = (
    Picture("journey", "student-placed", "/journey/", size=(360, 840), scale=2),
    Picture("review", "advisor-valley", "/reviews/", follow='main a[href^="/reviews/"][href$="/"]:not([href*="?"])'),
    Picture("outcomes", "director", "/outcomes/"),
)


def open_page(browser: Browser, site: str, picture: Picture) -> Page:
    width, height = picture.size
    page = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=picture.scale,
        locale="en-US",
        color_scheme="light",
        reduced_motion="reduce",
    ).new_page()
    page.goto(f"{site}/demo/")
    with page.expect_navigation():
        page.locator(f'form[action="/demo/sign-in/{picture.person}/"] button').click()
    page.goto(site + picture.path)
    if picture.follow:
        with page.expect_navigation():
            page.locator(picture.follow).first.click()
    page.locator("[data-waiting]").first.wait_for(state="detached")  # charts
    page.evaluate("document.fonts.ready")
    return page


def compressed(png: bytes) -> bytes:
    """The picture as a PNG with a palette."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    small = io.BytesIO()
    image.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/screenshots", description="Take the README's pictures again.")
    parser.add_argument("--to", type=Path, default=FOLDER, metavar="DIR", help="where to write them (docs/pictures)")
    parser.add_argument("--tour", type=Path, metavar="DIR", help="pictures and words of the pages people meet, instead")
    parser.add_argument("--most-used", action="store_true", help="of the tour, only the twenty pages opened most")
    wanted = parser.parse_args()
    folder = Path(os.environ.get("CALLED_FROM", ".")) / (wanted.tour or wanted.to)
    folder.mkdir(parents=True, exist_ok=True)
    with running_demo() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell"),
            chromium_sandbox=os.geteuid() != 0,  # Chromium's sandbox does not work as root
            args=["--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb"],
        )
        if wanted.tour:
            tour.take(browser, site, folder, only_most_used=wanted.most_used)
            return
        for picture in PICTURES:
            page = open_page(browser, site, picture)
            taken = compressed(page.screenshot())
            if len(taken) > LARGEST:
                raise SystemExit(f"{picture.name}: {len(taken)} bytes, more than {LARGEST}")
            (folder / f"{picture.name}.png").write_bytes(taken)
            print(f"{picture.name}.png: {len(taken) // 1024} KB, {page.title()}")
        browser.close()


if __name__ == "__main__":
    main()
