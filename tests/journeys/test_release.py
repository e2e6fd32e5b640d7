"""A new software release while a phone has pages of the former one in its cache."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page

from applications.base.sections import forget_sections
from applications.models import Section
from exchange.web.views import offline
from tests.journeys.patchy import Patchy, form, says
from tests.journeys.pocket import wait_for_pages
from tests.services import wait_until

pytestmark = pytest.mark.browser
# the number of caches once a worker of the new release is active: one for pages, one for files
CACHES = """async (version) => {
  const { active, installing, waiting } = await navigator.serviceWorker.ready;
  const names = await caches.keys();
  const isAlone = active.state === "activated" && !installing && !waiting;
  return isAlone && names.every((name) => name.endsWith(version)) ? names.length : 0;
}"""
IS_WAITING = "async () => Boolean((await navigator.serviceWorker.ready).waiting)"
UPDATE = "async () => { await (await navigator.serviceWorker.ready).update(); }"  # a browser does it when it likes


def wait_for_new_worker(page: Page, version: str) -> None:
    """Waits until the worker of that release is active. It takes over when the former one is idle and the browser ends
    it; a browser under DevTools never does that, so the test ends it.
    """
    watched = page.context.new_cdp_session(page)
    watched.send("ServiceWorker.enable")

    def is_there() -> bool:
        if page.evaluate(IS_WAITING):
            watched.send("ServiceWorker.stopAllWorkers")
        return page.evaluate(CACHES, version) == 2

    wait_until(is_there, "the worker of the new release")


def test_a_new_release_takes_the_kept_pages_along(browser, line, application, monkeypatch):
    """A page cached from the former release names scripts that no longer exist: offline, nothing would save text."""
    Section.objects.filter(form=application.form, key="new").update(title_en="As of the last release")
    forget_sections()
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        for each in student.page.locator("[data-pages]").get_attribute("data-pages").split():
            wait_for_pages(student.page, each)
        Section.objects.filter(form=application.form, key="new").update(title_en="As of the new release")
        forget_sections()  # as the processes of the new release start
        monkeypatch.setattr(offline, "FILES", (*offline.FILES, "exchange/js/waiting.js"))
        student.page.evaluate(UPDATE)
        version = re.search(r'const VERSION = "(\w+)"', Client().get("/sw.js").text)[1]
        wait_for_new_worker(student.page, version)
        line.cut()
        student.go(form(application, "new"))
        assert "AS OF THE NEW RELEASE" in student.text()
        student.page.locator("textarea").press_sequentially("The library")
        says(student, "Saved on this phone")
