"""The office's first page as one agenda: what failed, what is late, today's work, and the days to come."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from lxml import html

from exchange.base import office_tasks
from exchange.models import Message, OfficeTask
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts, review_facts
from tests.factories_travel import (
    PassportCaseFactory,
    PlacementFactory,
    TripFactory,
    in_days,
    travel_facts,
    with_entry_rules,
)
from travel.office.home import today

pytestmark = pytest.mark.django_db
HOME = reverse("travel:pipeline")
MOST_LINKS = 45


@pytest.fixture(autouse=True)
def numbers():
    application_facts()
    review_facts()
    travel_facts()


@pytest.fixture
def dana():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    return with_entry_rules(CycleFactory(ready=True))


def task(days, *, owner=None, key=""):
    """Due in so many days, which may have passed."""
    key, student = key or f"note:{days}:{owner and owner.pk}", UserFactory()
    row = office_tasks.open(key, "applications.objection", due_on=in_days(0), person=student, owner=owner)
    OfficeTask.objects.filter(pk=row.pk).update(due_on=in_days(days))
    return row


def failed():
    Message.objects.create(
        recipient=UserFactory(), template="x", subject="S", body="B", address="a@example.edu", failed_at=timezone.now()
    )


def shown(client, **query):
    cache.clear()
    return client.get(HOME, query).context["today"]


@pytest.mark.both
def test_late_comes_before_today_and_today_before_the_days_to_come(sign_in, dana, cycle):
    office = sign_in(dana)
    for days in (3, 0, -2):
        task(days)
    ApplicationFactory(cycle=cycle, confirmed=True)  # to place

    found = shown(office)

    assert [(day.on, day.days_late) for day in found.days] == [
        (in_days(-2), 2),
        (in_days(0), 0),
        (in_days(3), 0),
    ]
    assert found.mine == 3
    assert found.title == "3 things are yours today."
    assert [dots.count for dots in found.dots][:4] == [3, 0, 0, 1]
    assert "2 days late" in office.get(HOME).text


def test_what_failed_stands_first_and_nowhere_else(sign_in, dana, cycle):
    office = sign_in(dana)
    failed()
    found = shown(office)
    assert [duty.key for duty in found.failed] == ["failed"]
    assert found.title == "1 thing needs you now."
    assert not found.days
    page = html.fromstring(office.get(HOME).text)
    (button,) = page.xpath("//section[@aria-labelledby='failed']//a")
    assert "Send it again" in button.text_content()


def test_a_colleagues_task_is_not_mine(sign_in, dana, cycle):
    task(0, owner=UserFactory(coordinator=True))
    assert not shown(sign_in(dana)).days
    task(0, owner=dana)
    assert shown(sign_in(dana)).mine == 1


def test_nothing_at_all_is_said_in_words(sign_in, dana, cycle):
    found = shown(sign_in(dana))
    assert (found.title, found.mine, found.days) == ("Nothing is waiting for you today.", 0, [])


def test_a_busy_day_is_cut_and_counted_and_one_link_away(sign_in, dana, cycle, monkeypatch):
    office = sign_in(dana)
    for number in range(20):
        task(-number)
    for number in range(1, 9):
        task(number, key=f"ahead:{number}")

    found = shown(office)

    rows = [row for day in found.days for row in day.rows]
    assert len([row for row in rows if row.on <= found.on]) == today.DUE
    assert (found.mine, found.more_today) == (20, 20 - today.DUE)
    assert len(rows) == today.ROWS and found.more == 8 - (today.ROWS - today.DUE)
    whole = shown(office, all="1")
    assert sum(len(day.rows) for day in whole.days) == 28
    assert (whole.more_today, whole.more) == (0, 0)


def test_what_is_late_does_not_hide_what_is_due_today(sign_in, dana, cycle):
    office = sign_in(dana)
    for number in range(1, 12):
        task(-number)
    for number in range(5):
        task(0, key=f"today:{number}")

    found = shown(office)

    rows = [row for day in found.days for row in day.rows]
    assert [bool(row.late_since) for row in rows] == [True] * today.LATE + [False] * (today.DUE - today.LATE)
    assert found.more_today == 16 - today.DUE
    assert f"{found.more_today} more things today" in office.get(HOME).text


def test_before_the_first_cycle_what_failed_is_there_too(sign_in, dana):
    failed()
    found = shown(sign_in(dana))
    assert [duty.key for duty in found.failed] == ["failed"]


def test_the_page_has_few_links_on_a_busy_day_too(sign_in, dana, cycle):
    office = sign_in(dana)
    failed()
    for number in range(20):
        task(-number)
        task(number + 1, key=f"ahead:{number}")
    trip = TripFactory(cycle=cycle)
    for _ in range(5):
        PassportCaseFactory(placement=PlacementFactory(trip=trip), last_safe_on=in_days(2))
    for trait in ("submitted", "selected", "confirmed", "waitlisted"):
        ApplicationFactory(cycle=cycle, **{trait: True})
    cache.clear()

    links = html.fromstring(office.get(HOME).text).xpath("//a[@href][not(ancestor::*[@class='ex-demo-bar'])]")

    assert len(links) <= MOST_LINKS


def test_whom_to_call_stands_with_their_number_and_a_call_is_noted_right_there(sign_in, dana):
    office = sign_in(dana)
    case = PassportCaseFactory(placement=PlacementFactory(), last_safe_on=in_days(2))
    student = case.application.student
    type(student).objects.filter(pk=student.pk).update(phone="+13235550123")
    cache.clear()
    page = office.get(HOME)
    assert 'href="tel:+13235550123"' in page.text
    (form,) = html.fromstring(page.text).xpath("//form[.//select[@name='agreed']]")
    office.post(form.get("action"), {"agreed": "books", "next": HOME})
    page = office.get(HOME)
    assert "1 student called today" in page.text
    assert not [row for day in page.context["today"].days for row in day.rows if row.call]


def test_what_was_done_this_week_is_counted_for_who_did_it(sign_in, dana, cycle):
    one, other = task(0), task(1)
    now = timezone.now()
    OfficeTask.objects.filter(pk=one.pk).update(done_by=dana, done_at=now)
    OfficeTask.objects.filter(pk=other.pk).update(done_by=dana, done_at=now - dt.timedelta(days=8))
    assert shown(sign_in(dana)).done == 1
    assert shown(sign_in(UserFactory(coordinator=True))).done == 0
