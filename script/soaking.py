"""Clicks through several demos at once for a while, and says whether each is still alive and has sent its messages.

python -m script.soaking        script/soak calls it; DEMOS and MINUTES choose how many and how long
"""

import io
import os
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from multiprocessing import get_context

from PIL import Image
from playwright.sync_api import Browser, Page, Response, sync_playwright
from playwright.sync_api import Error as BrowserError

from script.running_demo import RunningDemo, start_demo

PATIENCE = 60_000  # milliseconds for one page: four demos share two processors
RELEASE_AFTER = 0.3  # of the time: the office tells everybody, and the rest of the time their mail goes out
QUIET_SECONDS = 180  # at the end, for the messages that are still on their way
SENT = "SELECT count(*) FROM exchange_message WHERE sent_at IS NOT NULL AND channel = 'email'"
WAITING = """SELECT count(*) FROM exchange_message WHERE sent_at IS NULL AND failed_at IS NULL AND dropped_at IS NULL
    AND (send_after IS NULL OR send_after <= datetime('now'))"""


@dataclass  # Playwright writes attributes of its own
class Visit:
    """One demo's visitors. `done` counts acts, `wrong` has what went wrong."""

    site: str
    pages: dict[str, Page] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, response: Response) -> None:
        if response.status >= 500:
            self.wrong.append(f"{response.status} {response.request.method} {response.url}")

    def sign_in(self, browser: Browser, person: str) -> None:
        page = browser.new_context(locale="en-US").new_page()
        page.set_default_timeout(PATIENCE)
        page.on("response", self.note)
        page.goto(f"{self.site}/demo/")
        with page.expect_navigation():
            page.locator(f'form[action="/demo/sign-in/{person}/"] button').click()
        self.pages[person] = page

    def go(self, person: str, path: str) -> Page:
        page = self.pages[person]
        page.goto(self.site + path)
        return page

    def follow(self, person: str, selector: str) -> Page:
        page = self.pages[person]
        with page.expect_navigation():
            page.locator(selector).first.click()
        return page


def send(page: Page, form: str) -> None:
    with page.expect_navigation():
        page.locator(f"{form} button:not([type=reset]):not([formmethod])").last.click()


def answer(visit: Visit, number: int) -> None:
    """A student writes into the form, which saves by itself, and asks the office a question."""
    page = visit.go("student-draft", "/journey/")
    visit.follow("student-draft", 'main a[href$="/form/"]')
    visit.follow("student-draft", 'main a[href$="/form/why/"]')
    page.locator("main textarea").first.fill(f"I want to see how a harbor city works. Draft {number}.")
    page.locator("main textarea").first.blur()
    page = visit.go("student-draft", "/questions/new/")
    page.locator("main [name=addressee]").last.check()
    page.locator("main textarea").first.fill(f"Is there a session on Saturday? I ask for the {number}. time.")
    send(page, "main form:has(textarea)")


def upload(visit: Visit, number: int) -> None:
    """The student adds a photo of a document, page by page, which a worker checks."""
    page = visit.go("student-draft", "/journey/")
    visit.follow("student-draft", 'main a[href$="/form/"]')
    visit.follow("student-draft", 'main a[href$="/form/college/"]')
    picture = {"name": f"{number}.png", "mimeType": "image/png", "buffer": _picture(number)}
    page.locator("main input[type=file]").nth(number % 2).set_input_files(files=[picture])
    page.wait_for_load_state("networkidle")


def _picture(number: int) -> bytes:
    written = io.BytesIO()
    Image.effect_noise((900, 600), number + 1).convert("RGB").save(written, "PNG")
    return written.getvalue()


def read(visit: Visit, number: int) -> None:
    """An advisor opens what there is to read."""
    visit.go("advisor-valley", "/reviews/")
    visit.follow("advisor-valley", 'main a[href^="/reviews/"][href$="/"]:not([href*="?"])')


def look_after(visit: Visit, number: int) -> None:
    """The office goes through its lists, and answers a question."""
    for path in ("/", "/students/", "/selection/", "/questions/"):
        visit.go("coordinator", path)


def direct(visit: Visit, number: int) -> None:
    """The mayor's office looks at the outcomes, whose charts a worker draws."""
    page = visit.go("director", "/outcomes/")
    page.locator("[data-waiting]").first.wait_for(state="detached")


def release(visit: Visit, number: int) -> None:
    """The office releases what the committee has decided: everybody is written to."""
    page = visit.go("coordinator", "/selection/")
    preview = page.locator('main a[href^="/selection/preview/"]').first.get_attribute("href")
    visit.go("coordinator", str(preview))
    send(page, "main form:not([action])")
    send(page, 'main form[action^="/selection/release/"]')


def get_ready(visit: Visit, number: int) -> None:
    """A student who leaves soon opens the step that is next."""
    visit.go("student-leaving", "/journey/")
    visit.follow("student-leaving", 'main a[href*="/items/"]')


ACTS: tuple[Callable[[Visit, int], None], ...] = (answer, upload, get_ready, read, look_after, direct)
PEOPLE = ("student-draft", "student-leaving", "advisor-valley", "coordinator", "director")


def click_through(site: str, seconds: float) -> tuple[Counter[str], list[str]]:
    """All five people of one demo, one after the other, until the time is over: what they did, and what went wrong."""
    visit, began, number = Visit(site), time.monotonic(), 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell"),
            chromium_sandbox=os.geteuid() != 0,
            args=["--disable-gpu"],
        )
        for person in PEOPLE:
            visit.sign_in(browser, person)
        while (passed := time.monotonic() - began) < seconds:
            is_time = passed > seconds * RELEASE_AFTER and not visit.done["release"]
            for act in (*ACTS, release) if is_time else ACTS:
                try:
                    act(visit, number)
                except BrowserError as error:
                    visit.wrong.append(f"{act.__name__}: {str(error).splitlines()[0]}")
                else:
                    visit.done[act.__name__] += 1
            number += 1
        browser.close()
    return visit.done, visit.wrong


def counted(demo: RunningDemo, query: str) -> int:
    with closing(sqlite3.connect(f"file:{demo.folder}/data/exchange.sqlite3?mode=ro", uri=True)) as database:
        return int(database.execute(query).fetchone()[0])


def in_outbox(demo: RunningDemo) -> int:
    written = (path.read_bytes() for path in (demo.folder / "data/outbox").glob("*.log"))
    return sum(text.count(b"\nMessage-ID: ") for text in written)


def settled(demo: RunningDemo) -> tuple[int, int]:
    """Once nothing waits to be sent: how many emails the database says were sent, and how many are in the outbox."""
    end = time.monotonic() + QUIET_SECONDS
    while counted(demo, WAITING) and time.monotonic() < end:
        time.sleep(1)
    return counted(demo, SENT), in_outbox(demo)


def main() -> int:
    number, minutes = int(os.environ.get("DEMOS", "4")), float(os.environ.get("MINUTES", "20"))
    began, good = time.monotonic(), True
    with ExitStack() as stack:
        demos = [start_demo() for _ in range(number)]
        for demo in demos:
            stack.callback(demo.stop)
        for demo in demos:
            demo.wait()
        print(f"{number} demos started at once, in {time.monotonic() - began:.0f} s.", flush=True)
        before = {demo.site: settled(demo) for demo in demos}
        for demo, (done, wrong) in zip(demos, visited(demos, minutes * 60), strict=True):
            sent, written = (now - then for now, then in zip(settled(demo), before[demo.site], strict=True))
            waiting, restarts = counted(demo, WAITING), demo.output.count("Starting it again")
            is_alive = demo.process.poll() is None
            good &= is_alive and not waiting and sent == written and not wrong and done["release"] == 1
            print(
                f"{demo.site}: {'alive' if is_alive else 'ENDED'}, {restarts} restarts, {done.total()} acts"
                f" ({', '.join(f'{count} {name}' for name, count in done.items())}), {sent} emails sent,"
                f" {written} in the outbox, {waiting} waiting"
            )
            for each in wrong:
                print(f"  {each}")
    print("Good." if good else "Not good.")
    return 0 if good else 1


def visited(demos: list[RunningDemo], seconds: float) -> list[tuple[Counter[str], list[str]]]:
    """What the visitors of each demo did, all demos at once."""
    with ProcessPoolExecutor(len(demos), get_context("spawn")) as pool:
        return [*pool.map(click_through, [demo.site for demo in demos], [seconds] * len(demos))]


if __name__ == "__main__":
    sys.exit(main())
