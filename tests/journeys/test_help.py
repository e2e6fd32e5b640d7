"""A student on a phone and an advisor beside them: a code is read out, an answer typed and seen, the session ended."""

import pytest

from applications.apply.actions import draft
from applications.models import HelpSession
from tests.factories import UserFactory
from tests.journeys.phone import Phones, link_in, message_to
from tests.journeys.scene import open_cycle

pytestmark = pytest.mark.browser
MAJOR = "Nursing, with classes at night"


@pytest.fixture(autouse=True)
def site(settings, live_server):
    settings.SITE_URL = live_server.url  # messages link to this server


@pytest.fixture
def application(transactional_db):
    return draft.start(open_cycle(), by=UserFactory(full_name="Marisol Reyes Ortega"))


@pytest.fixture
def ruth(transactional_db):
    return UserFactory(advisor=True, full_name="Ruth Delgado")


@pytest.mark.core
def test_student_lets_an_advisor_help_sees_the_change_and_stops_it(browser, live_server, application, ruth):
    with Phones(browser, live_server.url, "en") as phones:
        student, advisor = phones.open(application.student), phones.open(ruth)
        form = f"/applications/{application.code}/form/"
        student.go(form).follow('$="/help/"')
        student.send()  # show the code
        code = student.page.locator(".ex-code-card__code").inner_text()

        advisor.go("/work/").follow('="/help/"')
        advisor.send(digits=code)
        assert advisor.path == form
        phones.expect({"applications:application-overview": "You’re helping Marisol Reyes Ortega"})
        advisor.follow('$="/form/college/"').fill(major=MAJOR)
        advisor.send(form="main form[data-draft]", button='button[type="submit"]')

        told = message_to(application.student.email, "applications/help_began")
        student.go(link_in(told, live_server.url))
        page = student.text()
        assert "Ruth Delgado" in page and f"Now: {MAJOR}" in page
        student.send('form[action$="/help/stop/"]')

        # a page that the advisor still has open saves nothing, and says so
        advisor.page.locator("main").wait_for()
        advisor.go(form)
        assert advisor.view == "applications:help-begin"
        assert "Your time helping with this application has ended" in advisor.text()
    assert HelpSession.objects.get().ended_by == application.student
    assert application.answers.get(question__key="major").value == MAJOR
    message_to(application.student.email, "applications/help_ended")


def test_question_is_asked_on_a_phone_and_answered_from_the_desk(browser, live_server, application, ruth):
    application.college = ruth.roles.get().college
    application.save(update_fields=["college"])
    with Phones(browser, live_server.url, "en") as phones:
        student = phones.open(application.student)
        advisor = phones.open(ruth)
        student.go("/journey/").follow('="/questions/"').follow('="/questions/new/"')
        student.send(addressee="advisor", body="Do my night classes count?")

        advisor.go("/work/").follow('^="/questions/"').follow('^="/questions/"][href$="/"')
        told = message_to(ruth.email, "applications/thread_asked")
        advisor.go(link_in(told, live_server.url))
        advisor.send(form="main form.ex-stack", body="Yes. Every unit counts.")

        told = message_to(application.student.email, "applications/thread_answered")
        student.go(link_in(told, live_server.url))
        assert "Every unit counts." in student.text()
