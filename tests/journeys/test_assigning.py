"""Assignments: the office draws a plan, changes one reader and gives it out; a reader knows a student."""

import pytest

from applications.models import Assignment, ConflictOfInterest, ReaderProfile
from applications.reading.actions import assigning
from exchange.models import Message
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory
from tests.journeys.phone import Phones
from tests.journeys.scene import open_cycle

pytestmark = pytest.mark.browser
DESK = {"width": 1280, "height": 800}


@pytest.fixture
def cycle(transactional_db):
    """Four applications, one of them in Spanish, and four readers, three of whom read Spanish."""
    cycle = open_cycle(reads_each=2)
    for language in ("en", "en", "en", "es"):
        ApplicationFactory(submitted=True, cycle=cycle, answer_language=language)
    readers = [UserFactory(advisor=True) for _ in range(4)]
    for reader in readers[:3]:
        ReaderProfile.objects.create(user=reader, reads_spanish=True)
    return cycle


def given_out(cycle):
    return Assignment.objects.filter(application__cycle=cycle, released_at__isnull=False)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_office_draws_looks_changes_one_and_gives_it_out(browser, live_server, cycle, language):
    with Phones(browser, live_server.url, language, size=DESK) as phones:
        desk = phones.open(UserFactory(coordinator=True, language=language)).go("/reviews/")
        desk.page.reload()  # looking at it opened what opens over the list
        desk.leave(desk.page.locator(f'form[action="/reviews/assign/{cycle.code}/"] button'))
        assert desk.view == "applications:assignment-draft"
        assert assigning.draft_of(cycle).count() == 8 and not Message.objects.exists()

        desk.follow('^="/reviews/draft/"')
        before = Assignment.objects.get(code=desk.path.strip("/").rpartition("/")[2])
        new = desk.page.locator('main [name="reader"]').first.get_attribute("value")
        desk.send(reader=new)
        assert desk.view == "applications:assignment-draft"
        assert Assignment.objects.get(pk=before.pk).reader.code == new != before.reader.code

        desk.leave(desk.page.locator('form[action$="/release/"] button'))
        assert desk.view == "applications:review-list"
        desk.page.reload()
        desk.follow(f'$="/move/{cycle.code}/"')
        assert desk.view == "applications:reader-move"
    assert given_out(cycle).count() == 8
    told = Message.objects.filter(template="applications/readings_assigned").values_list("recipient", flat=True)
    assert len(told) == len(set(told)) == len({row.reader_id for row in given_out(cycle)})


@pytest.mark.parametrize("language", ["en", "es"])
def test_one_tap_on_a_phone_says_that_the_reader_knows_the_student(browser, live_server, cycle, language):
    office = UserFactory(coordinator=True)
    assigning.draw_readers(cycle, by=office, seed=1)
    assigning.release_draft(cycle, by=office)
    row = given_out(cycle).filter(application__answer_language="en").order_by("pk").first()
    row.reader.language = language
    row.reader.save(update_fields=["language"])
    with Phones(browser, live_server.url, language) as phones:
        phone = phones.open(row.reader).go("/reviews/")
        phone.leave(phone.page.locator(f'form[action="/reviews/{row.code}/conflict/"] button'))
        assert ConflictOfInterest.objects.get().reader == row.reader
        assert row.application.assignments.count() == 2
        assert not row.application.assignments.filter(reader=row.reader).exists()
        phone.leave(phone.page.locator('form[action$="/conflict/undo/"] button'))
        assert row.application.assignments.filter(reader=row.reader).exists()

        phone.go(f"/reviews/{row.code}/")
        phone.page.locator("[data-sheet] > summary").click()  # the check of the page has opened it
        phone.leave(phone.page.locator(f'form[action="/reviews/{row.code}/conflict/"] button'))
        assert ConflictOfInterest.objects.count() == 1
        phone.go("/reviews/").follow('="/readers/mine/"')
        phone.send(reads_most=9)
        assert phone.view == "applications:review-list"
    row.reader.refresh_from_db()
    assert row.reader.reader_profile.reads_most == 9


def test_without_script_the_tap_asks_nothing_more(browser, live_server, cycle):
    office = UserFactory(coordinator=True)
    assigning.draw_readers(cycle, by=office, seed=1)
    assigning.release_draft(cycle, by=office)
    row = given_out(cycle).order_by("pk").first()
    with Phones(browser, live_server.url, "en") as phones:
        phone = phones.open(row.reader, script=False).go("/reviews/")
        phone.leave(phone.page.locator(f'form[action="/reviews/{row.code}/conflict/"] button'))
    assert ConflictOfInterest.objects.get().reader == row.reader
