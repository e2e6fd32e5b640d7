"""The days when endorsements and readers' scores are due: in words, on pages, and in reminders."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from applications.base import due_days
from applications.cycle import cycle_dates, readiness
from applications.cycle.actions import setup
from applications.endorse import due as endorsing_due
from applications.models import Cycle
from applications.reading import due as reading_due
from applications.tasks import remind_of_due_days
from exchange.base import due
from exchange.models import Event, Fact, Message
from exchange.templatetags.ui import full_day, short_day
from tests.applications.reading.test_review_views import text_of
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    ReviewFactory,
    application_facts,
    review_facts,
)
from travel.office.home import advisor_work as work

DAY = date(2027, 3, 5)


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


# --- In words ---------------------------------------------------------------------------------------


def test_a_day_in_words():
    assert due_days.reading(None) == ""
    assert due_days.reading(in_days(0)) == "Due today."
    assert due_days.endorsing(in_days(2)) == f"Due {full_day(in_days(2))}."
    assert due_days.endorsing(in_days(-1)) == (
        f"It was due {full_day(in_days(-1))}. It still counts, so please do it as soon as you can."
    )


@given(st.integers(-400, 400))
def test_a_day_that_has_passed_is_never_something_to_do(days):
    for words in (due_days.reading, due_days.endorsing):
        assert words(in_days(days)).startswith("It was due" if days < 0 else "Due")


# --- On the cycle -----------------------------------------------------------------------------------


def dates(**changes):
    closes = timezone.localtime() + timedelta(days=100 - timezone.localtime().weekday())  # a Wednesday
    given = {
        "opens_at": closes - timedelta(days=56),
        "closes_at": closes,
        "endorsements_due_on": closes.date() + timedelta(days=7),
        "readings_due_on": closes.date() + timedelta(days=21),
        "decisions_on": closes.date() + timedelta(days=28),
        "answer_days": 7,
    }
    return cycle_dates.Dates(**{**given, **changes}), closes.date()


def stopping(found):
    return {remark.code for remark in cycle_dates.remarks(found, [], is_published=False) if remark.stops}


def test_the_days_come_in_their_order():
    found, closes = dates()
    assert stopping(found) == set()
    assert stopping(dates(endorsements_due_on=closes)[0]) == {"endorsements_before_closing"}
    assert stopping(dates(readings_due_on=found.endorsements_due_on)[0]) == {"readings_before_endorsements"}
    assert stopping(dates(readings_due_on=found.decisions_on)[0]) == {"decisions_before_readings"}
    assert stopping(dates(readings_due_on=None, endorsements_due_on=None)[0]) == set()


@pytest.mark.django_db
def test_a_cycle_without_the_days_is_not_published_and_a_copy_moves_them():
    application_facts()
    review_facts()
    office, cycle = UserFactory(coordinator=True), CycleFactory(ready=True)
    copy = setup.copy_cycle(cycle, by=office)
    years = cycle_dates.years_ahead(cycle.opens_at)
    assert copy.readings_due_on == cycle_dates.moved(cycle.readings_due_on, years)
    assert copy.endorsements_due_on == cycle_dates.moved(cycle.endorsements_due_on, years)

    Cycle.objects.filter(pk=copy.pk).update(readings_due_on=None)
    copy.refresh_from_db()
    said = [need for need in readiness.needs_of(copy) if "readers’ scores" in need.text]
    assert [need.stops for need in said] == [True]
    assert not [need for need in readiness.needs_of(cycle) if "readers’ scores" in need.text]


# --- On pages ---------------------------------------------------------------------------------------


@pytest.fixture
def cycle(db):
    application_facts()
    review_facts()
    return CycleFactory(ready=True, endorsements_due_on=in_days(2), readings_due_on=in_days(2))


@pytest.mark.parametrize("days", [2, -2])
def test_a_reader_and_an_advisor_see_the_day_everywhere(sign_in, cycle, days):
    cycle.endorsements_due_on = cycle.readings_due_on = in_days(days)
    cycle.save()
    college = CollegeFactory()
    advisor = UserFactory(advisor=college)
    reading = AssignmentFactory(reader=advisor, application__cycle=cycle, application__cycle__ready=False)
    own = ApplicationFactory(submitted=True, answered=True, cycle=cycle, college=college)
    client = sign_in(advisor)
    sentence = f"It was due {full_day(in_days(days))}." if days < 0 else f"Due {full_day(in_days(days))}."
    cell = f"was {short_day(in_days(days))}" if days < 0 else short_day(in_days(days))

    for page in (reading.get_absolute_url(), reverse("applications:endorsement-record", args=[own.code])):
        assert sentence in text_of(client.get(page)), page
    for page in (reverse("applications:review-list"), reverse("applications:endorsement-list")):
        assert cell in text_of(client.get(page)), page
    duties = {duty.key: duty for duty in work.work_of(advisor)}
    for key in ("read", "endorse"):
        assert duties[key].text.startswith(sentence)
        assert duties[key].tone in ("now", "wait")  # a day that has passed is told, not shouted


# --- In messages ------------------------------------------------------------------------------------


def sent(template):
    return Message.objects.filter(template=f"applications/{template}")


def sent_now(reminders):
    return sum(reminder.send_all() for reminder in reminders)


@pytest.fixture
def reader(cycle):
    reading = AssignmentFactory(application__cycle=cycle, application__cycle__ready=False)
    ReviewFactory(assignment__application=reading.application, locked=True)  # somebody who is done
    return reading.reader


def test_readers_are_reminded_once_before_and_once_after(cycle, reader):
    for _run in range(2):
        remind_of_due_days()
    (message,) = sent("readings_due")
    assert message.recipient == reader
    assert message.subject == f"1 candidate to score by {short_day(in_days(2))}"
    assert full_day(in_days(2)) in message.body
    assert "were due" not in message.body

    Cycle.objects.update(readings_due_on=in_days(-1))
    for _run in range(2):
        remind_of_due_days()
    late = sent("readings_due").latest("pk")
    assert sent("readings_due").count() == 2
    assert late.subject == "You still have 1 candidate to score"
    assert f"were due {full_day(in_days(-1))}" in late.body
    assert Event.objects.filter(action="review.remind_due").count() >= 2


def test_nobody_is_reminded_too_early_or_weeks_later(cycle, reader):
    for days in (4, -8):
        Cycle.objects.update(readings_due_on=in_days(days))
        assert sent_now(reading_due.REMINDERS) == 0
    Fact.objects.filter(key="due.remind_days").update(value=5)
    Cycle.objects.update(readings_due_on=in_days(4))
    assert sent_now(reading_due.REMINDERS) == 1


def test_a_reminder_is_dropped_once_everything_is_done(cycle, reader):
    sent_now(reading_due.REMINDERS)
    (message,) = sent("readings_due")
    assert due.holds(message.still_due)

    ReviewFactory(assignment=reader.assignments.get(), locked=True)
    assert not due.holds(message.still_due)


def test_advisors_are_reminded_of_students_to_endorse(cycle):
    college = CollegeFactory()
    advisor = UserFactory(advisor=college)
    UserFactory(advisor=CollegeFactory())  # has nobody to endorse
    own = ApplicationFactory(submitted=True, cycle=cycle, college=college)

    assert sent_now(endorsing_due.REMINDERS) == 1
    (message,) = sent("endorsements_due")
    assert message.recipient == advisor
    assert message.subject == f"1 student to endorse by {short_day(in_days(2))}"
    assert due.holds(message.still_due)
    own.delete()
    assert not due.holds(message.still_due)
