"""An old phone, a script blocker, or a lost script: the application can still be written and submitted."""

import pytest

from applications.apply.actions import draft
from applications.models import Application
from applications.states import Status
from tests.factories import UserFactory
from tests.journeys.phone import Phones
from tests.journeys.scene import open_cycle, what_marisol_writes
from tests.services import wait_until

pytestmark = pytest.mark.browser


@pytest.mark.core
def test_application_from_start_to_receipt(browser, live_server, transactional_db):
    cycle = open_cycle()
    marisol = UserFactory(full_name="", preferred_name="Marisol")
    with Phones(browser, live_server.url, "en") as phones:
        student = phones.open(marisol, script=False)
        student.go(cycle.get_absolute_url()).send('form[action$="/start/"]')
        assert not student.page.locator("html.ex-js").count()
        student.follow('$="/form/about/"')
        for key, answers in what_marisol_writes("en").items():
            assert student.path.endswith(f"/form/{key}/")
            student.send(**answers)
        student.send('form[action$="/submit/"]')

        assert student.view == "applications:application-receipt"
    application = Application.objects.get(student=marisol)
    assert application.status == Status.SUBMITTED
    assert [preference.city.code for preference in application.city_preferences.all()] == ["hanoi", "durango", "paris"]
    assert application.uploads.get().original_name == "classes.pdf"


@pytest.mark.parametrize("way", [".ex-head .ex-back-link", "main .ex-button--link"])
@pytest.mark.parametrize("script", [True, False])
def test_the_way_back_keeps_what_was_written(browser, live_server, transactional_db, script, way):
    application = draft.start(open_cycle(), by=UserFactory(full_name=""))
    with Phones(browser, live_server.url, "en") as phones:
        student = phones.open(application.student, script=script)
        student.go(f"/applications/{application.code}/form/why/").fill(story_why="We moved.")
        student.leave(student.page.locator(way))

        assert student.view == "applications:application-overview"
        wait_until(lambda: application.answers.filter(question__key="story_why").exists(), "the words to arrive")
    assert application.answers.get(question__key="story_why").value == "We moved."


@pytest.mark.parametrize(
    "broken",
    ["idb-keyval", "queue", "form", "Object.defineProperty(LockManager.prototype, 'request', { value: null })"],
)
def test_script_that_fails_half_way(browser, live_server, transactional_db, broken):
    """A file that never loaded, or a browser that throws half-way: the button still saves the text."""
    application = draft.start(open_cycle(), by=UserFactory(full_name=""))
    with Phones(browser, live_server.url, "en") as phones:
        phones.note = lambda *_said: None  # the failure is reported in the console
        student = phones.open(application.student)
        if " " in broken:
            student.page.add_init_script(broken)
        else:
            student.page.route(f"**/{broken}*.js", lambda route: route.abort())
        student.go(f"/applications/{application.code}/form/why/").send(story_why="We moved.")

        assert student.path.endswith("/form/new/")
    assert application.answers.get(question__key="story_why").value == "We moved."
