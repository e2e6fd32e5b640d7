"""A new release while a phone keeps the pages of the last one."""

import re

import pytest
from django.test import Client
from playwright.sync_api import TimeoutError

from applications.models import Section
from applications.sections import forget_sections
from exchange.views import offline
from tests.journeys.patchy import Patchy, form, says
from tests.journeys.pocket import wait_for_pages
from tests.services import wait_until

pytestmark = pytest.mark.browser
# how many caches there are, once a worker of the new release is at work: its pages and its files
CACHES = """async (version) => {
  const { active, installing, waiting } = await navigator.serviceWorker.ready;
  const names = await caches.keys();
  const isAlone = active.state === "activated" && !installing && !waiting;
  return isAlone && names.every((name) => name.endsWith(version)) ? names.length : 0;
}"""
UPDATE = "async () => { await (await navigator.serviceWorker.ready).update(); }"  # the browser does it in its own time


def after_a_new_release(browser, line, application, monkeypatch):
    """A phone that keeps the pages of one release takes those of the next."""
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        for name in ("new", "about"):
            wait_for_pages(student.page, form(application, name))
        wait_for_pages(student.page, f"/applications/{application.code}/check/")
        student.go(form(application, "about"))
        # the worker of the last release has to have nothing left to do: this browser, watched as it is here, may
        # otherwise let the next one wait without end
        student.page.wait_for_load_state("networkidle")
        student.page.wait_for_timeout(1500)
        Section.objects.filter(form=application.form, key="new").update(title_en="As of the new release")
        forget_sections()  # as the processes of the new release begin
        monkeypatch.setattr(offline, "FILES", (*offline.FILES, "exchange/js/job.js"))
        student.page.evaluate(UPDATE)
        version = re.search(r'const VERSION = "(\w+)"', Client().get("/sw.js").text)[1]
        wait_until(lambda: student.page.evaluate(CACHES, version) == 2, "the worker of the new release")
        line.cut()
        student.go(form(application, "new"))
        assert "AS OF THE NEW RELEASE" in student.text()
        student.page.locator("textarea").press_sequentially("The library")
        says(student, "Saved on this phone")


def test_a_new_release_takes_the_kept_pages_along(browser, line, application, monkeypatch):
    """A page of the last release names scripts that are gone with it: without a line, nothing would keep the words.

    On a busy machine this browser now and then lets the new worker wait without end; then another phone tries.
    """
    release = offline.FILES
    for phones_left in (2, 1, 0):
        Section.objects.filter(form=application.form, key="new").update(title_en="As of the last release")
        forget_sections()
        try:
            after_a_new_release(browser, line, application, monkeypatch)
            break
        except (TimeoutError, pytest.fail.Exception):
            if not phones_left:
                raise
        line.mend()
        monkeypatch.setattr(offline, "FILES", release)
