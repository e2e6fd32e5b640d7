"""Interviews: time slots, invitations, bookings, and who must not interview whom."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.interview import interviews, open_times
from applications.interview.actions import interview as actions
from applications.interview.actions import interview_reminder
from applications.interview.actions import interview_slots as slots
from applications.models import Assignment, ConflictOfInterest, HelpSession, Interview, InterviewSlot, Review
from applications.reading import reader_stack
from applications.reading.actions import review
from exchange.base.errors import RuleViolation
from exchange.models import Message
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, AssignmentFactory, ReviewFactory
from tests.factories_meeting import InterviewFactory, InterviewSlotFactory, booked, interview_cycle

pytestmark = pytest.mark.django_db
FULL = {"purpose": 4, "adapting": 5, "giving_back": 3}


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


def refused(code, act, *args, **kwargs):
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    assert caught.value.code == code


def in_days(days, hours=0):
    return (timezone.now() + dt.timedelta(days=days, hours=hours)).replace(minute=0, second=0, microsecond=0)


def plan(cycle, office, *people, starts=(), **more):
    said = {"minutes": 20, "place": "City Hall", "link": "", "interviewers": people or [office]} | more
    return slots.plan(cycle, starts=starts or [in_days(3), in_days(3, 1)], by=office, **said)


def told(template):
    return Message.objects.filter(template=f"applications/{template}")


def pass_by(interview, **shift):
    """Moves the interview's slot into the past."""
    InterviewSlot.objects.filter(pk=interview.slot_id).update(starts_at=timezone.now() - dt.timedelta(hours=1))
    return Interview.objects.get(pk=interview.pk)


# --- Times ------------------------------------------------------------------------------------------


def test_times_are_opened_once_and_each_interviewer_told_once(office):
    cycle, other = interview_cycle(), UserFactory(advisor=True)

    assert len(plan(cycle, office, office, other)) == 2
    assert plan(cycle, office, office, other) == []

    assert cycle.interview_slots.count() == 2
    assert sorted(message.recipient.pk for message in told("interview_slots")) == sorted([office.pk, other.pk])


def test_nobody_is_in_two_interviews_at_once(office):
    plan(interview_cycle(), office, starts=[in_days(3)])

    refused("interviewer_busy", plan, interview_cycle(), office, starts=[in_days(3) + dt.timedelta(minutes=19)])
    assert plan(interview_cycle(), office, starts=[in_days(3) + dt.timedelta(minutes=20)])


@pytest.mark.parametrize(("starts", "code"), [([], "none"), ([-1], "past")])
def test_times_that_cannot_be_are_refused(office, starts, code):
    days = [in_days(each) for each in starts]
    cycle = interview_cycle()
    refused(code, slots.plan, cycle, starts=days, minutes=20, place="x", link="", interviewers=[office], by=office)


def test_without_the_switch_there_are_no_times_and_no_invitations(office):
    cycle = interview_cycle()
    cycle.has_interviews = False
    cycle.save()

    refused("off", plan, cycle, office)
    application = ApplicationFactory(submitted=True, cycle=cycle)
    refused("off", actions.invite, cycle, [application], book_by=in_days(5), by=office)


# --- Inviting ---------------------------------------------------------------------------------------


def test_each_is_invited_once_and_told(office):
    cycle = interview_cycle()
    applications = [ApplicationFactory(submitted=True, cycle=cycle) for _ in range(2)]
    plan(cycle, office)

    assert len(actions.invite(cycle, applications, book_by=in_days(1), by=office)) == 2
    assert actions.invite(cycle, applications, book_by=in_days(9), by=office) == []

    assert told("interview_invited").count() == 2
    assert all(each.standing.label == "invited, hasn’t booked" for each in _with_standing(cycle))


def _with_standing(cycle):
    for each in Interview.objects.filter(application__cycle=cycle).select_related("slot"):
        each.standing = interviews.standing_of(each)
        yield each


def test_who_cannot_be_invited(office):
    cycle = interview_cycle()
    gone = ApplicationFactory(withdrawn=True, cycle=cycle)
    own = ApplicationFactory(submitted=True, cycle=cycle, student=office)
    fine = ApplicationFactory(submitted=True, cycle=cycle)

    refused("nobody", actions.invite, cycle, [], book_by=in_days(1), by=office)
    refused("not_in_the_running", actions.invite, cycle, [fine, gone], book_by=in_days(1), by=office)
    refused("own_application", actions.invite, cycle, [own], book_by=in_days(1), by=office)
    refused("book_by_past", actions.invite, cycle, [fine], book_by=in_days(-1), by=office)
    assert not Interview.objects.exists()


# --- Booking ----------------------------------------------------------------------------------------


def test_booking_takes_the_time_and_gives_the_interviewer_a_reading():
    interview = booked()
    slot = interview.slot

    assert (interview.sequence, told("interview_booked").count()) == (1, 1)
    (assignment,) = interview.application.assignments.all()
    assert (assignment.is_interview, assignment.reader) == (True, slot.interviewers.get())
    assert not open_times.free_slots(InterviewFactory(application=_peer(interview))).exists()


def _peer(interview):
    return ApplicationFactory(submitted=True, answered=True, cycle=interview.application.cycle)


def test_a_taken_time_is_refused_and_nothing_changes():
    interview = booked()
    other = InterviewFactory(application=_peer(interview))

    refused("taken", actions.book, other, interview.slot, by=other.application.student)
    other.refresh_from_db()
    assert other.slot is None


def test_changing_frees_the_first_time_and_hands_the_reading_on():
    interview = booked()
    first = interview.slot
    second = InterviewSlotFactory(cycle=interview.application.cycle)

    interview = actions.book(interview, second, by=interview.application.student)
    actions.book(interview, second, by=interview.application.student)

    assert (interview.slot, interview.sequence, told("interview_booked").count()) == (second, 2, 2)
    assert [each.reader for each in interview.application.assignments.all()] == [second.interviewers.get()]
    other = InterviewFactory(application=_peer(interview))
    assert list(open_times.free_slots(other)) == [first]


def test_it_is_too_late_to_change_a_day_before():
    interview = booked()
    InterviewSlot.objects.filter(pk=interview.slot_id).update(starts_at=in_days(0, 20))
    later = InterviewSlotFactory(cycle=interview.application.cycle)

    refused("too_late", actions.book, interview, later, by=interview.application.student)


def test_a_time_that_is_too_near_is_not_offered():
    interview = InterviewFactory()
    near = InterviewSlotFactory(cycle=interview.application.cycle, starts_at=in_days(0, 20))

    assert not open_times.free_slots(interview).exists()
    refused("taken", actions.book, interview, near, by=interview.application.student)


def test_after_the_last_day_nothing_is_booked():
    interview = InterviewFactory(book_by=in_days(-1))
    slot = InterviewSlotFactory(cycle=interview.application.cycle)

    refused("too_late", actions.book, interview, slot, by=interview.application.student)


def test_who_is_out_of_the_running_books_nothing_and_gives_the_time_back():
    interview = booked()
    other = InterviewFactory(application=_peer(interview))
    type(interview.application).objects.filter(pk=interview.application_id).update(status="not_selected")

    refused("not_open", actions.book, interview, InterviewSlotFactory(cycle=interview.application.cycle), by=None)
    assert interview_reminder.free_given_up() == 1
    assert open_times.free_slots(other).count() == 2
    assert not told("interview_called_off").exists()


@pytest.mark.parametrize(
    "tie", ["college", "declared", "helper", "named", "reader", "referee", "referee by name", "student"]
)
def test_nobody_is_met_by_who_is_too_close(tie):
    interview = InterviewFactory()
    application = interview.application
    close = UserFactory(advisor=application.college if tie == "college" else True)
    if tie == "declared":
        ConflictOfInterest.objects.create(application=application, reader=close, declared_by=close)
    elif tie == "helper":
        now = timezone.now()
        HelpSession.objects.create(
            application=application,
            code_hash="x",
            code_expires_at=now,
            helper=close,
            granted_at=now,
            ends_at=now + dt.timedelta(hours=1),
        )
    elif tie == "reader":
        AssignmentFactory(application=application, reader=close)
    elif tie == "referee":
        application.recommendation.referee_email = close.email
        application.recommendation.save()
    elif tie == "referee by name":
        application.recommendation.referee_name = f"Prof. {close.full_name}"
        application.recommendation.save()
    elif tie == "named":
        told = f"My boss {close.full_name} told me to go."
        application.answers.filter(question__key="story_new").update(value=told)
    elif tie == "student":
        close = application.student
    slot = InterviewSlotFactory(cycle=application.cycle, interviewers=[UserFactory(coordinator=True), close])

    assert not open_times.free_slots(interview).exists()
    refused("taken", actions.book, interview, slot, by=application.student)


@pytest.mark.django_db(transaction=True)
def test_two_students_at_once_one_gets_it():
    first = InterviewFactory()
    second = InterviewFactory(application=_peer(first))
    slot = InterviewSlotFactory(cycle=first.application.cycle)
    gate, given = threading.Barrier(2), []

    def press(interview):
        try:
            gate.wait()
            actions.book(interview, slot, by=interview.application.student)
            given.append("booked")
        except RuleViolation as violation:
            given.append(violation.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=[each]) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(given) == ["booked", "taken"]
    assert Interview.objects.filter(slot=slot).count() == 1
    assert told("interview_booked").count() == 1


# --- What the office changes ------------------------------------------------------------------------


def test_a_moved_time_is_told_and_rises_in_calendars(office):
    interview = booked()
    said = {"minutes": 30, "place": "Library", "link": "", "interviewers": list(interview.slot.interviewers.all())}

    slots.change(interview.slot, starts_at=in_days(5), by=office, **said)

    interview.refresh_from_db()
    assert (interview.sequence, interview.slot.place) == (2, "Library")
    assert "Library" in told("interview_changed").get().body


@pytest.mark.parametrize("status", ["withdrawn", "not_selected"])
def test_a_moved_time_is_no_news_to_whoever_is_out_of_the_running(office, status):
    """They keep the slot until the hourly task frees it."""
    interview = booked()
    people = list(interview.slot.interviewers.all())
    withdrawn = {"withdrawn_at": timezone.now()} if status == "withdrawn" else {}
    type(interview.application).objects.filter(pk=interview.application_id).update(status=status, **withdrawn)

    said = {"minutes": 30, "place": "Library", "link": "", "interviewers": people}
    slots.change(interview.slot, starts_at=in_days(5), by=office, **said)

    assert not told("interview_changed").exists()


def test_whose_time_is_moved_is_read_under_a_lock(office):
    """Otherwise a student who changes meanwhile is told of a time that is no longer theirs."""
    interview = booked()
    said = {"minutes": 30, "place": "Library", "link": "", "interviewers": list(interview.slot.interviewers.all())}

    with CaptureQueriesContext(connection) as queries:
        slots.change(interview.slot, starts_at=in_days(5), by=office, **said)

    table = f'WHERE "{Interview._meta.db_table}"."slot_id"'
    (read,) = [each["sql"] for each in queries if table in each["sql"]]
    assert "FOR UPDATE" in read or not connection.features.has_select_for_update


def test_an_interviewer_who_is_too_close_cannot_step_in(office):
    interview = booked()
    close = UserFactory(advisor=interview.application.college)

    refused(
        "too_close",
        slots.change,
        interview.slot,
        starts_at=interview.slot.starts_at,
        minutes=20,
        place="x",
        link="",
        interviewers=[close],
        by=office,
    )


def test_a_time_that_is_called_off_is_booked_anew(office):
    interview = booked(book_by=in_days(1))

    slots.call_off(interview.slot, by=office)
    slots.call_off(interview.slot, by=office)

    interview = Interview.objects.get()
    assert (interview.slot, interview.booked_at, interview.sequence) == (None, None, 2)
    assert interview.book_by > in_days(6)
    assert told("interview_time_gone").count() == 1
    assert not Assignment.objects.filter(is_interview=True).exists()


def test_after_a_canceled_time_the_new_last_day_is_one_on_which_a_time_can_be_booked(office):
    interview = booked(book_by=in_days(1))
    last = InterviewSlotFactory(cycle=interview.application.cycle, starts_at=in_days(4))

    slots.call_off(interview.slot, by=office)

    assert Interview.objects.get().book_by == last.starts_at - dt.timedelta(hours=24)


def test_going_on_without_frees_the_time_and_tells(office):
    interview = booked()
    slot = interview.slot

    actions.call_off(interview, by=office)
    actions.call_off(interview, by=office)

    assert not Interview.objects.get().is_booked
    assert told("interview_called_off").count() == 1
    other = InterviewFactory(application=_peer(interview))
    assert slot in open_times.free_slots(other)


# --- Afterwards -------------------------------------------------------------------------------------


def test_held_and_missed_are_said_after_its_beginning(office):
    refused("too_early", actions.settle, booked(), "held", by=office)
    refused("not_booked", actions.settle, InterviewFactory(), "held", by=office)
    interview = pass_by(booked())

    actions.settle(interview, "missed", by=office)
    assert not Assignment.objects.filter(application=interview.application, is_interview=True).exists()
    actions.settle(interview, "held", by=office)
    assert Assignment.objects.filter(application=interview.application, is_interview=True).count() == 1


def test_who_did_not_come_can_be_invited_again(office):
    interview = pass_by(booked())
    actions.settle(interview, "missed", by=office)
    InterviewSlotFactory(cycle=interview.application.cycle)

    (again,) = actions.invite(interview.application.cycle, [interview.application], book_by=in_days(1), by=office)

    assert (again.pk, again.slot, again.outcome, again.sequence) == (interview.pk, None, "", 2)
    assert interviews.can_book(again)


def test_an_interview_stands_beside_the_readings_and_in_no_figure_of_theirs():
    interview = pass_by(booked())
    application = interview.application
    ReviewFactory(assignment=AssignmentFactory(application=application), locked=True, points=2)
    (assignment,) = application.assignments.filter(is_interview=True)

    review.lock_review(assignment, points=FULL, comment="", feedback="", by=assignment.reader)

    application.refresh_from_db()
    assert (application.reads_locked, float(application.score_mean), float(application.score_spread)) == (1, 6.0, 0.0)
    assert float(application.interview_mean) == 12.0
    assert assignment not in reader_stack.stack_of(assignment.reader)
    refused("scored", actions.settle, interview, "missed", by=assignment.reader)


def test_two_interviewers_have_one_mean_and_an_undone_lock_takes_its_score_back(office):
    slot = InterviewSlotFactory(interviewers=[office, UserFactory(coordinator=True)])
    interview = pass_by(booked(slot, application=ApplicationFactory(submitted=True, answered=True, cycle=slot.cycle)))
    application = interview.application
    one, other = application.assignments.all()
    review.lock_review(one, points=FULL, comment="", feedback="", by=one.reader)
    review.lock_review(other, points=FULL | {"purpose": 1}, comment="", feedback="", by=other.reader)

    application.refresh_from_db()
    assert (float(application.interview_mean), application.score_mean) == (10.5, None)
    Review.objects.update(undo_until=timezone.now() + dt.timedelta(seconds=10))
    for each in (one, other):
        review.unlock_review(each, by=each.reader)
    application.refresh_from_db()
    assert application.interview_mean is None


def test_an_interview_alone_gives_no_score_yet():
    interview = pass_by(booked())
    (assignment,) = interview.application.assignments.all()

    review.lock_review(assignment, points=FULL, comment="", feedback="", by=assignment.reader)

    interview.application.refresh_from_db()
    assert (interview.application.reads_locked, interview.application.score_mean) == (0, None)
