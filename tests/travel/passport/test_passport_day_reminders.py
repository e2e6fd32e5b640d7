"""Reminders of passport days: when they are sent, to whom, and which are no longer sent."""

import datetime as dt

import pytest
from django.utils import timezone

from exchange.base import due
from exchange.models import Message
from tests.factories import UserFactory
from tests.factories_counters import PassportDayFactory, begun, booked, counter_facts, traveler
from tests.factories_travel import in_days
from travel.models import PassportBooking
from travel.passport.days import actions, reminder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facts():
    counter_facts()


def last_week(booking):
    PassportBooking.objects.filter(pk=booking.pk).update(booked_at=timezone.now() - dt.timedelta(days=7))


def test_reminders_go_some_days_before_and_the_day_before():
    day = PassportDayFactory(slots=[1])
    booking = booked(day.slots.get())
    last_week(booking)
    assert reminder.send_all() == 0
    begun(day, on=in_days(3))
    assert (reminder.send_all(), reminder.send_all()) == (1, 0)
    begun(day, on=in_days(1))
    assert (reminder.send_all(), reminder.send_all()) == (1, 0)
    assert Message.objects.filter(template="travel/reminder_passport_day", channel="email").count() == 2


def test_the_text_goes_first_and_the_email_follows():
    student = UserFactory(phone="+12135550199", phone_verified_at=timezone.now(), texts=True)
    day = PassportDayFactory(slots=[1], on=in_days(3))
    booking = booked(day.slots.get(), traveler(student=student))
    last_week(booking)
    reminder.send_all()
    text, email = (
        Message.objects.get(template="travel/reminder_passport_day", channel=channel) for channel in ("text", "email")
    )
    assert email.send_after - text.queued_at == dt.timedelta(hours=4)


def test_a_reminder_whose_place_is_gone_is_not_sent():
    day = PassportDayFactory(slots=[1], on=in_days(3))
    booking = booked(day.slots.get())
    last_week(booking)
    reminder.send_all()
    message = Message.objects.get(template="travel/reminder_passport_day")
    assert due.holds(message.still_due)
    actions.cancel(booking, by=booking.application.student)
    assert not due.holds(message.still_due)
