"""A new release while a phone keeps the pages of the last one."""

import re

import pytest
from django.test import Client

from applications.models import Section
from applications.sections import forget_sections
from exchange.views import offline
from tests.journeys.patchy import Patchy, form, says
from tests.journeys.phone import Phone
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
# the worker keeps a page that was opened only after it has answered for it
FORGET = """async (path) => {
  for (const name of await caches.keys()) await (await caches.open(name)).delete(path, { ignoreVary: true });
}"""
UPDATE = "async () => { await (await navigator.serviceWorker.ready).update(); }"  # the browser does it in its own time


def wait_for_idle_worker(student: Phone, path: str) -> None:
    """Until the worker has kept all pages, and has nothing left to do for the one that was opened last: this browser,
    watched as it is here, may otherwise let the worker of the next release wait without end.
    """
    for each in student.page.locator("[data-pages]").get_attribute("data-pages").split():
        wait_for_pages(student.page, each)
    student.page.evaluate(FORGET, path)
    student.go(path)
    wait_for_pages(student.page, path)
    student.page.wait_for_load_state("networkidle")


def test_a_new_release_takes_the_kept_pages_along(browser, line, application, monkeypatch):
    """A page of the last release names scripts that are gone with it: without a line, nothing would keep the words."""
    Section.objects.filter(form=application.form, key="new").update(title_en="As of the last release")
    forget_sections()
    with Patchy(browser, line.site, "en") as phones:
        student = phones.open(application.student)
        student.go(form(application, "why"))
        wait_for_idle_worker(student, form(application, "about"))
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
