"""A phone whose browser keeps its data on disk, and can be killed at any moment."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from django.test import Client
from playwright.sync_api import Error, Page

from exchange.models import User
from tests.journeys.phone import SIZE, WAIT, Phone, Phones
from tests.services import chromium_path, wait_until


class Pocket:
    """`take_out()` starts the browser, `kill()` ends it the way a phone does when it needs the memory."""

    def __init__(self, phones: Phones, profile: Path, user: User | None = None) -> None:
        self.phones, self.profile, self.user = phones, profile, user
        self.session = ""

    def take_out(self) -> Phone:
        context = self.phones.browser.browser_type.launch_persistent_context(
            self.profile,
            executable_path=chromium_path(),
            chromium_sandbox=os.geteuid() != 0,
            args=["--disable-gpu", "--disable-background-networking", "--no-first-run"],
            viewport=SIZE,
            locale="en-US",
            reduced_motion="reduce",
        )
        context.set_default_timeout(WAIT)
        if self.user and not self.session:
            client = Client()
            client.force_login(self.user)
            self.session = client.cookies["sessionid"].value
        if self.session:  # each time: a browser writes cookies to disk only twice a minute
            context.add_cookies([{"name": "sessionid", "value": self.session, "url": self.phones.site}])
        phone = Phone(self.phones, context.pages[0], self.phones.language, True)
        self.phones.opened.append(phone)
        self.phones.moved = phone
        return phone

    def wait_for_cache(self, name: str) -> None:
        """Waits until the cache would survive a kill: Chromium writes a cache's name to disk late."""
        lists = "*/Service Worker/CacheStorage/*/index.txt"
        wait_until(
            lambda: any(name.encode() in each.read_bytes() for each in self.profile.glob(lists)),
            f"the browser to write down that there is a cache called {name}",
        )

    def kill(self, phone: Phone) -> None:
        self.phones.opened.remove(phone)
        for process in self._processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        wait_until(lambda: not self._processes(), "the browser to be gone")
        with suppress(Error):
            phone.page.context.close()

    def _processes(self) -> list[int]:
        """The processes of this profile, and no others."""
        mark, found = f"--user-data-dir={self.profile}", []
        for folder in Path("/proc").iterdir():
            with suppress(OSError):
                if folder.name.isdigit() and mark in (folder / "cmdline").read_text().split("\0"):
                    found.append(int(folder.name))
        return found


KEPT = """async (path) => Boolean(navigator.serviceWorker.controller
  && (await caches.match(path, { ignoreVary: true })))"""


def wait_for_pages(page: Page, path: str) -> None:
    """Waits until the service worker is active and has cached this page."""
    wait_until(lambda: page.evaluate(KEPT, path), f"the phone to keep {path}")
