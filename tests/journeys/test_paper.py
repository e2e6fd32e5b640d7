"""Printed pages show the content without controls."""

import pytest

from tests.factories_applications import ApplicationFactory
from tests.journeys.phone import Phones
from tests.journeys.scene import open_cycle

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_answers_on_paper(browser, live_server, transactional_db, scheme):
    application = ApplicationFactory(cycle=open_cycle(), answered=True)
    story = application.answers.get(question__key="story_why").value
    with Phones(browser, live_server.url, "en", scheme=scheme) as phones:
        student = phones.open(application.student)
        student.go(f"/applications/{application.code}/check/")
        student.page.emulate_media(media="print")
        paper = student.page.locator("body")

        assert " ".join(story.split()) in " ".join(paper.inner_text().split())
        assert not student.page.locator("button:visible, .ex-head:visible, .ex-foot:visible").count()
        assert student.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        ink, sheet = student.page.evaluate(
            """() => [getComputedStyle(document.querySelector("main h1")).color,
                getComputedStyle(document.body).backgroundColor]"""
        )
        assert (ink, sheet) in {("rgb(0, 0, 0)", "rgb(255, 255, 255)"), ("rgb(0, 0, 0)", "rgba(0, 0, 0, 0)")}
