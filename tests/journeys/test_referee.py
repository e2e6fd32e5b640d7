"""A referee with a phone and no account: from the message to the last page, with and without script."""

import pytest

from applications.apply.actions import recommendation as actions
from applications.models import Recommendation
from tests.factories import UserFactory
from tests.factories_applications import RecommendationFactory, application_facts
from tests.journeys.phone import Phones, link_in, message_to

pytestmark = pytest.mark.browser

LENA, SAM = "lena.whitcomb@example.edu", "sam.ito@example.org"
LATER = 'button[value="save"]'
CASES = [("en", "light", True), ("es", "dark", True), ("en", "light", False)]


@pytest.fixture
def asked(transactional_db, live_server, settings):
    """A submitted application whose referee has the link."""
    settings.SITE_URL = live_server.url  # so that links in messages lead here
    application_facts()
    student = UserFactory(full_name="Marisol Reyes Ortega", preferred_name="Marisol")
    recommendation = RecommendationFactory(application__submitted=True, application__student=student)
    actions.ask(recommendation.application)
    return Recommendation.objects.select_related("application__student").get()


def opened(phones, script, address=LENA):
    """The referee opens the link from the message on a phone of their own."""
    message = message_to(address, "applications/recommendation_asked")
    return phones.open(script=script).go(link_in(message, phones.site))


@pytest.mark.parametrize(("language", "scheme", "script"), CASES)
def test_letter_is_begun_on_the_bus_and_finished_at_home(browser, live_server, asked, language, scheme, script):
    with Phones(browser, live_server.url, language, scheme) as phones:
        opened(phones, script).send(button=LATER, letter="She stayed late")
        home = opened(phones, script)  # another device, the same link
        assert home.page.locator("textarea").input_value() == "She stayed late"
        home.send(letter="She stayed late on Thursdays.\n\nUnasked.")
        assert home.view == "applications:recommendation-send"
        home.follow(f'$="/recommendations/{asked.link}/"').send()  # back without a change, and forward again
        home.send()
        assert not home.page.locator("textarea, main form").count()
        asked.refresh_from_db()
        assert asked.letter == "She stayed late on Thursdays.\n\nUnasked."

        home.page.go_back()  # the page is requested again instead of shown from memory, and is empty
        assert "She stayed late" not in home.text()
        student = phones.open(asked.application.student, script=script)
        student.go(f"/applications/{asked.application.code}/receipt/")
        assert "She stayed late" not in student.text()
        assert not student.page.locator('a[href$="/referee/"]').count()


def test_letter_that_the_phone_let_go_of_is_there_again(browser, live_server, asked):
    with Phones(browser, live_server.url, "en") as phones:
        phone = opened(phones, script=True)
        area, state = phone.page.locator("textarea"), phone.page.locator(".ex-save-state")
        area.fill("She stayed")
        phone.send(button=LATER)
        assert state.is_visible()
        area.fill("She stayed late on Thursdays.")
        assert not state.is_visible()  # these words are not saved with us
        phone.go(phone.path)  # as when a discarded tab is opened again
        assert area.input_value() == "She stayed late on Thursdays."
        assert not state.is_visible()
        assert opened(phones, script=True).page.locator("textarea").input_value() == "She stayed"  # only on this phone
        phone.send()
        assert phone.page.evaluate("() => sessionStorage.length") == 0
        phone.send()
    asked.refresh_from_db()
    assert asked.letter == "She stayed late on Thursdays."


@pytest.mark.parametrize(("language", "scheme", "script"), CASES)
def test_referee_says_no_and_the_student_asks_someone_else(browser, live_server, asked, language, scheme, script):
    with Phones(browser, live_server.url, language, scheme) as phones:
        lena = opened(phones, script).follow('$="/decline/"')
        lena.send(note="I am away until June.")
        assert not lena.page.locator("main form").count()
        assert "Marisol" not in lena.text()

        student = phones.open(asked.application.student, script=script)
        student.go(
            link_in(message_to(asked.application.student.email, "applications/recommendation_refused"), phones.site)
        )
        assert student.view == "applications:recommendation-replace"
        student.send(referee_name="Sam Ito", referee_email="sam.ito", referee_phone="", relation="My boss")
        assert student.page.locator(".ex-error-summary").is_visible()  # an incomplete address
        student.send(referee_email=SAM)
        assert student.view == "applications:application-receipt"
        assert "Sam Ito" in student.text()

        sam = opened(phones, script, SAM).follow('$="/wrong-person/"')
        sam.send()
        asked.refresh_from_db()
        assert asked.refused == "wrong_person"


def test_office_stops_a_link_that_went_astray(browser, live_server, asked):
    coordinator = UserFactory(coordinator=True)
    with Phones(browser, live_server.url, "en", size={"width": 1280, "height": 800}) as phones:
        office = phones.open(coordinator).go(f"/applications/{asked.application.code}/")
        office.follow('$="/referee/stop/"').send(reason="A stranger has this address.")
        assert not office.page.locator('a[href$="/referee/stop/"]').count()
    asked.refresh_from_db()
    assert asked.state == Recommendation.State.REVOKED
