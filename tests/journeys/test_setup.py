"""A coordinator sets up next year's cycle on a desktop: copied, one question changed, published, tried out."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from applications.base.form_changes import current_form
from applications.models import Application, Cycle, Question
from exchange.models import College, Event, Message
from tests.factories import UserFactory
from tests.journeys.phone import Phones
from tests.journeys.scene import open_cycle

pytestmark = pytest.mark.browser
DESKTOP = {"width": 1280, "height": 800}
PHONE = 360  # px
TALK = ("Which languages do you dream in?", "¿En qué idiomas sueñas?")


@pytest.fixture
def source(live_server, transactional_db, settings):
    settings.SITE_URL = live_server.url
    cycle = open_cycle()
    for college in College.objects.all():
        UserFactory(advisor=college)
    monday = timezone.localtime() - dt.timedelta(days=98 + timezone.localtime().weekday())
    Cycle.objects.filter(pk=cycle.pk).update(
        opens_at=monday,
        closes_at=monday + dt.timedelta(days=56),
        endorsements_due_on=(monday + dt.timedelta(days=63)).date(),
        readings_due_on=(monday + dt.timedelta(days=77)).date(),
        decisions_on=(monday + dt.timedelta(days=84)).date(),
        seats=40,
    )
    return cycle


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_next_years_cycle(browser, live_server, source, scheme):
    office = UserFactory(coordinator=True, full_name="Lucía Fuentes")
    with Phones(browser, live_server.url, "en", scheme, DESKTOP) as desks:
        desk = desks.open(office)
        copy_it(desk, source)
        cycle = Cycle.objects.get(copied_from=source)
        look_at_dates_and_rule(desk, cycle)
        change_a_question(desk, cycle)
        publish_form(desk, cycle)
        publish_cycle(desk, cycle)
        try_it(desk, cycle, office)


def copy_it(desk, source):
    desk.go(reverse("applications:cycle-setup-list"))
    desk.follow('$="/copy/"')
    desk.send()
    assert desk.view == "applications:cycle-setup-detail"
    assert "missing before it can open" in desk.text()


def address(page, cycle, **more):
    return reverse(f"applications:cycle-setup-{page}", kwargs={"code": cycle.code, **more})


def look_at_dates_and_rule(desk, cycle):
    desk.go(address("dates", cycle)).send()
    assert Event.objects.filter(action="setup.save_dates", target_id=cycle.pk).exists()
    desk.go(address("rule", cycle, key="age")).send()
    assert "Saved." in desk.text()


def change_a_question(desk, cycle):
    """The previews, each as wide as a phone, show what is typed before anything is saved."""
    desk.go(address("question", cycle, key="languages"))
    screens = desk.page.locator(".ex-phone")
    assert [round(screens.nth(place).bounding_box()["width"]) for place in range(2)] == [PHONE, PHONE]
    desk.page.locator("[name=label_en]").press_sequentially("!")
    desk.fill(label_en=TALK[0], label_es=TALK[1])
    for place, words in enumerate(TALK):
        desk.page.locator(".ex-phone").nth(place).get_by_text(words).wait_for()
    desk.page.locator("[name=option-12-en]").fill("Quechua")
    desk.page.locator("[name=option-12-es]").fill("Quechua")
    desk.page.locator(".ex-phone").nth(1).get_by_text("Quechua").wait_for()
    desk.look()
    assert Question.objects.filter(label_en=TALK[0]).count() == 0
    with desk.page.expect_navigation():
        desk.page.locator("[name=label_es]").press("Enter")
    desk.look()
    question = Question.objects.get(section__form__cycle=cycle, key="languages")
    assert (question.label_es, question.options[-1]["key"]) == (TALK[1], "quechua")


def publish_form(desk, cycle):
    desk.follow('$="/form/publish/"')
    desk.send()
    assert current_form(cycle).number == 1


def publish_cycle(desk, cycle):
    desk.go(address("detail", cycle))
    assert "Ready to publish" in desk.text(), desk.text()
    desk.leave(desk.page.locator(f'form[action="{address("publish", cycle)}"] button'))
    assert "This cycle is published" in desk.text()


def try_it(desk, cycle, office):
    """The student's own pages, of which nothing is left afterwards."""
    before = Application.objects.count(), Message.objects.count()
    desk.leave(desk.page.locator(f'form[action="{address("test", cycle)}"] button'))
    assert desk.view == "applications:application-overview"
    assert "This is a test." in desk.text()
    test = Application.objects.get(student=office, is_test=True)
    desk.go(f"/applications/{test.code}/form/experience/")
    assert TALK[0] in desk.text()
    desk.go(f"/applications/{test.code}/check/")
    desk.leave(desk.page.locator(f'form[action="{address("test-end", cycle)}"] button').first)
    assert "This was a test. Nothing was sent" in desk.text()
    assert (Application.objects.count(), Message.objects.count()) == before


def test_preview_without_script(browser, live_server, source):
    office = UserFactory(coordinator=True)
    with Phones(browser, live_server.url, "es", size=DESKTOP) as desks:
        desk = desks.open(office, script=False)
        desk.go(reverse("applications:cycle-setup-list"))
        desk.follow('$="/copy/"')
        desk.send()
        cycle = Cycle.objects.get(copied_from=source)
        desk.go(address("question", cycle, key="major"))
        desk.send(button='[name="preview"]', label_en=TALK[0], label_es=TALK[1])
        assert all(words in desk.page.locator(".ex-phones").inner_text() for words in TALK)
        assert not Question.objects.filter(label_en=TALK[0]).exists()
