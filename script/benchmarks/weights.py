"""Measures the weight of a page in a browser: bytes transferred, including headers, and requests."""

import os
import shutil
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from script.benchmarks.pages import WEIGHED
from script.benchmarks.portal import Portal, Server

KINDS = {"Document": "page", "Stylesheet": "style", "Script": "script", "Font": "font"}


@dataclass(slots=True)
class Weight:
    requests: int = 0
    total: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, size: int) -> None:
        self.requests += 1
        self.total += size
        self.by_kind[kind] = self.by_kind.get(kind, 0) + size


@dataclass(slots=True)
class Weighed:
    label: str
    first: Weight
    again: Weight


def weigh(portal: Portal, server: Server) -> list[Weighed]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell"),
            chromium_sandbox=os.geteuid() != 0,  # Chromium's sandbox does not work as root
            args=["--disable-gpu"],
        )
        found = []
        for label, person, path in WEIGHED:
            session = portal.found["sessions"].get(person, "")
            found.append(_weigh(browser, server, label, session, path.format(**portal.found["codes"])))
        browser.close()
    return found


def _weigh(browser: Browser, server: Server, label: str, session: str, path: str) -> Weighed:
    """Weigh twice with one cache: on a first visit, and the next page of the same kind."""
    site = f"http://localhost:{server.port}"
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-US")
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    first, again = (_visit(context, site + path) for _ in range(2))
    context.close()
    return Weighed(label, first, again)


def _visit(context: BrowserContext, address: str) -> Weight:
    """One page in a new tab, without what came from the browser's cache."""
    page, weight = context.new_page(), Weight()
    kinds: dict[str, str] = {}
    kept: set[str] = set()

    def received(event: dict) -> None:
        kinds[event["requestId"]] = KINDS.get(event["type"], "other")
        if event["response"].get("fromDiskCache"):
            kept.add(event["requestId"])

    def finished(event: dict) -> None:
        if event["requestId"] in kinds and event["requestId"] not in kept:
            weight.add(kinds[event["requestId"]], int(event["encodedDataLength"]))

    listen = context.new_cdp_session(page)
    listen.send("Network.enable")
    listen.on("Network.requestServedFromCache", lambda event: kept.add(event["requestId"]))
    listen.on("Network.responseReceived", received)
    listen.on("Network.loadingFinished", finished)
    page.goto(address, wait_until="networkidle")
    page.close()
    return weight
