"""Phones with an unreliable connection, and what their pages and the portal say about saving."""

from typing import Any

from playwright.sync_api import expect

from applications.models import Application, DraftField
from tests.journeys.line import Line
from tests.journeys.phone import Phone, Phones


class Patchy(Phones):
    """Phones with an unreliable connection: a failed request is not a fault of the page."""

    EXPECTED = (
        "console: Failed to load resource",
        "console: An unknown error occurred when fetching the script",  # while it looks for a newer service worker
        "console: The script does not have a MIME type",  # the same, cut off within the headers
        "answer 401: /applications/",
        "answer 503",
    )

    def note(self, page: str, problem: str) -> None:
        if not problem.startswith(self.EXPECTED):
            super().note(page, problem)


def form(application: Application, section: str) -> str:
    return f"/applications/{application.code}/form/{section}/"


def answer(application: Application, key: str) -> Any:
    return dict(application.answers.values_list("question__key", "value")).get(key)


def says(phone: Phone, words: str, seconds: int = 10) -> None:
    """Waits for the save state of everything typed: while the page is busy, its former words do not count."""
    state = phone.page.locator('[data-save-state]:not([aria-busy="true"])')
    expect(state).to_contain_text(words, timeout=seconds * 1000)


def stored(application: Application, key: str) -> DraftField:
    return application.draft_fields.get(key=key)


def come_back(phone: Phone, line: Line) -> None:
    """The connection is back, and the phone notices."""
    line.mend()
    phone.page.evaluate("() => dispatchEvent(new Event('online'))")
