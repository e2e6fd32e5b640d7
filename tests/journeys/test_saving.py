"""Never lose a word: no signal, a killed browser, a lost answer, two devices, the deadline, a shared phone."""

import datetime as dt
import os
import re
import signal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from applications.actions import draft as draft_actions
from applications.models import Application, Cycle, DraftField
from tests.factories import UserFactory
from tests.journeys.line import Line, line_to
from tests.journeys.phone import Phone, Phones, message_to
from tests.journeys.scene import open_cycle
from tests.services import wait_until

pytestmark = pytest.mark.browser


class Patchy(Phones):
    """Phones on a line with holes: a request that fails is no fault there."""

    def note(self, page: str, problem: str) -> None:
        if not problem.startswith(("console: Failed to load resource", "answer 503")):
            super().note(page, problem)


@pytest.fixture
def line(live_server):
    with line_to(live_server.url) as line:
        yield line


@pytest.fixture
def cycle(transactional_db) -> Cycle:
    return open_cycle()


@pytest.fixture
def application(cycle) -> Application:
    return draft_actions.start(cycle, by=UserFactory(full_name=""))


def form(application: Application, section: str) -> str:
    return f"/applications/{application.code}/form/{section}/"


def answer(application: Application, key: str):
    return dict(application.answers.values_list("question__key", "value")).get(key)


def says(phone: Phone, words: str) -> None:
    expect(phone.page.locator("[data-save-state]")).to_contain_text(words)


def test_what_is_typed_is_saved_by_itself(browser, line, application):
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        expect(student.page.locator("[data-save-state]")).to_be_hidden()
        student.page.locator("textarea").press_sequentially("We moved")
        says(student, "Saved on this phone")
        says(student, "Saved with us, ")
        assert answer(application, "story_why") == "We moved"
        student.look()
        assert line.count("/save/") <= 2
