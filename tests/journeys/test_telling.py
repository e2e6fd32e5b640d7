"""From the dry run to the last answer: the office releases, students read results on a phone, a seat is offered again.

Each page is checked as it opens (phone.py); the office's pages again at the width of a desktop.
"""

import pytest
from django.utils import translation

from applications.apply import results
from applications.models import Application, Offer, Release
from applications.states import Status
from exchange.models import College, Message
from exchange.templatetags.ui import deadline
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, DecisionFactory
from tests.journeys.phone import SIZE, Phone, Phones, link_in, message_to, words_of
from tests.journeys.scene import open_cycle

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
MIXED_UP = "Two files were mixed up."


@pytest.fixture
def cycle(transactional_db):
    cycle = open_cycle()
    cycle.seats = 1
    cycle.save()
    return cycle


def candidate(cycle, name: str, language: str, result: str, place: int | None = None) -> Application:
    """An applicant with a decision that is not released."""
    application = ApplicationFactory(
        cycle=cycle,
        submitted=True,
        college=College.objects.get(code="lacc"),
        student__full_name=name,
        student__language=language,
        answered=True,
        answered__full_name=name,
    )
    DecisionFactory(application=application, result=result, waitlist_position=place)
    return application


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
def test_from_the_release_to_the_last_answer(browser, live_server, cycle, settings, language, scheme):
    settings.SITE_URL = live_server.url  # so that links in messages lead here
    ana = candidate(cycle, "Ana Ruiz", language, Status.SELECTED)
    bea = candidate(cycle, "Bea Long", language, Status.WAITLISTED, place=1)
    with Phones(browser, live_server.url, language, scheme) as phones:
        office = phones.open(UserFactory(coordinator=True, full_name="Lucía Fuentes", language=language))
        keep_dry_run(office, cycle)
        cora = candidate(cycle, "Cora Muñoz", language, Status.NOT_SELECTED)
        release_what_changed(office, cycle, cora)
        decline(phones.open(ana.student), ana)
        offer_to_the_next(office, cycle, bea)
        confirm(phones.open(bea.student), bea)
        correct(office, cora)
        read_the_right_result(phones.open(cora.student), cora, language)
    assert [status_of(each) for each in (ana, bea, cora)] == [Status.DECLINED, Status.CONFIRMED, Status.WAITLISTED]
    assert set(Message.objects.values_list("language", flat=True)) == {language}


def status_of(application: Application) -> str:
    application.refresh_from_db()
    return application.status


def wide(office: Phone) -> None:
    """Checks the same page at the width of a desktop."""
    office.page.set_viewport_size(DESK)
    office.look()
    office.page.set_viewport_size(SIZE)


# --- The office releases ------------------------------------------------------------------------------


def keep_dry_run(office: Phone, cycle) -> None:
    office.go(f"/selection/preview/{cycle.code}/")
    assert not office.page.locator('form[action^="/selection/release/"]').count()  # no dry run is kept yet
    wide(office)
    office.send("main form:not([action])")
    assert office.page.locator('form[action^="/selection/release/"]').count()


def release_what_changed(office: Phone, cycle, newcomer: Application) -> None:
    """There is one more decision: the button on the old page releases nothing, and the page shows what is new."""
    office.send('form[action^="/selection/release/"]')
    assert office.view == "applications:selection-preview"
    assert not Message.objects.filter(template="applications/decision_released").exists()
    assert not Release.objects.filter(started_at__isnull=False).exists()
    said = office.page.locator("section:has(#differences)").inner_text()
    assert "Cora Muñoz" in said
    assert "Ana Ruiz" not in said
    wide(office)
    office.send("main form:not([action])")
    office.send('form[action^="/selection/release/"]')
    assert office.view == "applications:selection-release-detail"
    wide(office)
    assert status_of(newcomer) == Status.NOT_SELECTED


def offer_to_the_next(office: Phone, cycle, bea: Application) -> None:
    """The page shows who is next and the message; the offer is made only when the office agrees."""
    office.go(f"/selection/offers/{cycle.code}/")
    wide(office)
    office.follow('$="/promote/"')
    wide(office)
    assert bea.student.email in office.text()
    assert status_of(bea) == Status.WAITLISTED
    office.send()
    assert office.view == "applications:selection-offers"
    assert not office.page.locator('a[href$="/promote/"]').count()
    assert status_of(bea) == Status.SELECTED


def correct(office: Phone, cora: Application) -> None:
    """The page shows the student's page and message first; nothing is corrected until the office confirms."""
    office.go(f"/selection/{cora.code}/decide/").follow('$="/correct/"')
    office.send(result=Status.WAITLISTED)
    assert office.page.locator(".ex-error-summary").count()  # position and reason are missing
    assert office.page.locator(f'[name="result"][value="{Status.WAITLISTED}"]').is_checked()
    office.send(result=Status.WAITLISTED, waitlist_position=1, reason=MIXED_UP)
    assert office.view == "applications:decision-correct"
    assert cora.student.email in office.text()
    assert status_of(cora) == Status.NOT_SELECTED
    wide(office)
    office.send(button="[value=correct]")
    assert office.view == "applications:decision-record"
    assert MIXED_UP in office.text()


# --- Students read it ---------------------------------------------------------------------------------


def decline(student: Phone, ana: Application) -> None:
    """By the link in the message, in the student's language; a page asks for confirmation first."""
    student.go(link_in(message_to(ana.student.email, "applications/decision_released"), student.phones.site))
    student.follow('^="/offers/"')
    student.follow('$="/decline/"')
    assert status_of(ana) == Status.SELECTED
    student.send()
    assert student.view == "applications:offer-detail"
    assert not student.page.locator('a[href$="/confirm/"]').count()


def confirm(student: Phone, bea: Application) -> None:
    message_to(bea.student.email, "applications/offer_from_waitlist")
    student.go("/").follow('^="/offers/"')
    with translation.override(student.language):
        assert deadline(Offer.objects.get(application=bea).answer_by) in student.text()
    student.follow('$="/confirm/"')
    student.send()
    assert status_of(bea) == Status.CONFIRMED


def read_the_right_result(student: Phone, cora: Application, language: str) -> None:
    """The page and the letter state the current result; neither mentions another student's error."""
    student.go(link_in(message_to(cora.student.email, "applications/decision_corrected"), student.phones.site))
    with translation.override(language):
        assert str(results.HEADINGS[Status.WAITLISTED]) in student.text()
        assert str(results.HEADINGS[Status.NOT_SELECTED]) not in student.text()
    letter = student.pdf('$="/letter/"')
    assert letter.trailer["/Root"]["/Lang"] == language
    assert "Cora Muñoz" in words_of(letter)
    assert MIXED_UP not in words_of(letter) + student.text()
