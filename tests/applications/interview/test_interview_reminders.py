"""Reminders of interviews, and the effect of an interview on compared scores."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.interview.actions import interview as actions
from applications.interview.actions import interview_reminder
from applications.models import Interview, InterviewSlot, Reminder
from applications.scores import comparing
from exchange.base import due
from exchange.models import Fact
from tests.applications.interview.test_interview_actions import in_days, told
from tests.factories_applications import AssignmentFactory, ReviewFactory
from tests.factories_meeting import InterviewFactory, InterviewSlotFactory, booked

pytestmark = pytest.mark.django_db


def _booked_yesterday(interview):
    Interview.objects.filter(pk=interview.pk).update(booked_at=timezone.now() - dt.timedelta(days=2))


def test_the_day_before_is_reminded_once_and_of_a_new_time_again():
    interview = booked()
    _booked_yesterday(interview)
    assert interview_reminder.send_all() == 0
    tomorrow = timezone.localtime().replace(hour=15, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    InterviewSlot.objects.filter(pk=interview.slot_id).update(starts_at=tomorrow)

    assert [interview_reminder.send_all() for _ in range(2)] == [1, 0]
    message = told("reminder_interview").get()
    assert due.holds(message.still_due)

    InterviewSlot.objects.filter(pk=interview.slot_id).update(starts_at=tomorrow + dt.timedelta(days=9))
    assert not due.holds(message.still_due)


def test_who_has_not_booked_is_reminded_near_the_last_day():
    near = InterviewFactory(book_by=in_days(1))
    InterviewFactory(book_by=in_days(6))

    assert [interview_reminder.send_all() for _ in range(2)] == [1, 0]
    message = told("reminder_interview_book").get()
    assert message.recipient == near.application.student
    assert Reminder.objects.get().kind == "interview"
    slot = InterviewSlotFactory(cycle=near.application.cycle)
    actions.book(near, slot, by=near.application.student)
    assert not due.holds(message.still_due)


def test_nobody_is_reminded_where_interviews_are_switched_off():
    near = InterviewFactory(book_by=in_days(1))
    cycle = near.application.cycle
    cycle.has_interviews = False
    cycle.save()

    assert interview_reminder.send_all() == 0


def test_an_interview_is_left_out_of_what_is_compared():
    interview = booked()
    application = interview.application
    ReviewFactory(assignment=AssignmentFactory(application=application), locked=True, points=2)
    (assignment,) = application.assignments.filter(is_interview=True)
    ReviewFactory(assignment=assignment, locked=True, points=4)
    Fact.objects.filter(key="scoring.files_min").update(value=1)

    rows = list(comparing.anonymous_rows(application.cycle, lambda order: None))

    assert {points for _who, _by, _what, points in rows} == {2}
