"""What becomes of interviews to come when an interviewer's role ends, and when that is undone."""

import pytest
from django.urls import reverse

from applications.interview.actions import interview_slots
from applications.models import Assignment, ReaderProfile
from exchange.models import OfficeTask, Role
from exchange.people.roles import handing_on, role_changes
from exchange.people.roles.handing_on import Leaving
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory
from tests.factories_meeting import InterviewSlotFactory, booked, interview_cycle

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def ana():
    return UserFactory(advisor=True)


@pytest.fixture
def interview(ana):
    application = ApplicationFactory(submitted=True, answered=True, cycle=interview_cycle())
    return booked(InterviewSlotFactory(cycle=application.cycle, interviewers=[ana]), application=application)


def leaving(user, kind="advisor", **more):
    college = user.roles.get(kind=kind).college if kind in Role.Kind.values else None
    return Leaving(user, kind, college, **more)


def end(leaves, by):
    return role_changes.end(leaves, seen=handing_on.fingerprint(leaves), by=by)


def readings(user):
    return list(Assignment.objects.filter(reader=user, is_interview=True).values_list("application", flat=True))


def test_the_undo_gives_back_the_interview_and_closes_the_task(office, ana, interview):
    slot = interview.slot
    past = end(leaving(ana), office)
    assert not slot.interviewers.exists() and not readings(ana)
    task = OfficeTask.objects.open().get(kind="applications.interviewer_left")

    role_changes.undo(past, by=office)

    assert list(slot.interviewers.all()) == [ana]
    assert readings(ana) == [interview.application_id]
    assert not OfficeTask.objects.open().filter(pk=task.pk).exists()


def test_the_undo_brings_nobody_to_a_student_whom_they_may_not_meet(office, ana, interview):
    past = end(leaving(ana), office)
    interview.application.college = past.college  # who booked meanwhile
    interview.application.save()

    stays = role_changes.undo(past, by=office)

    assert not interview.slot.interviewers.exists() and not readings(ana)
    assert stays == ["They didn’t get 1 interview back, because they can’t interview the student who booked it."]
    task = OfficeTask.objects.open().get(kind="applications.interviewer_left")
    assert task.params["count"] == 1, "nobody interviews them yet"


def change(slot, interviewers, by):
    said = {name: getattr(slot, name) for name in interview_slots.CHANGEABLE}
    interview_slots.change(slot, **said, interviewers=interviewers, by=by)


@pytest.mark.parametrize("kept_before", [False, True])
def test_a_time_that_someone_else_has_taken_stays_theirs_and_the_undo_says_so(
    office, ana, interview, sign_in, kept_before
):
    past, ben = end(leaving(ana), office), UserFactory(advisor=True, full_name="Ben")
    change(interview.slot, [ben], office)
    if kept_before:
        del past.handed["rows"]["interviews"]["beside"]
        past.save()

    page = sign_in(office).post(reverse("role-undo", args=[past.code]), follow=True)

    assert "has the role again. 1 interview has gone to someone else since, so it stays with them." in page.text
    assert list(interview.slot.interviewers.all()) == [ben]
    assert (readings(ben), readings(ana)) == ([interview.application_id], [])
    assert not OfficeTask.objects.open().filter(kind="applications.interviewer_left").exists()


def test_who_interviewed_beside_them_before_has_taken_nothing(office, ana, interview):
    ben = UserFactory(advisor=True)
    interview.slot.interviewers.add(ben)
    past = end(leaving(ana), office)

    assert role_changes.undo(past, by=office) == []

    assert set(interview.slot.interviewers.all()) == {ana, ben}


@pytest.mark.parametrize("first", [0, 1])
def test_two_who_interviewed_together_are_both_given_back_in_either_order(office, ana, interview, first):
    ben = UserFactory(advisor=True)
    interview.slot.interviewers.add(ben)
    past = [end(leaving(ana), office), end(leaving(ben), office)]

    assert role_changes.undo(past[first], by=office) == []
    assert role_changes.undo(past[1 - first], by=office) == [], "who is back has taken nothing"

    assert set(interview.slot.interviewers.all()) == {ana, ben}


def test_what_was_kept_before_an_update_is_given_back_too(office, ana, interview):
    past = end(leaving(ana), office)
    past.handed["rows"]["interviews"] = past.handed["rows"]["interviews"]["slots"]
    past.save()

    role_changes.undo(past, by=office)

    assert readings(ana) == [interview.application_id]


@pytest.mark.parametrize("kind", ["advisor", "reader"])
def test_who_can_still_interview_keeps_their_times(office, ana, interview, kind):
    leaves = leaving(ana, kind)
    if kind == "advisor":
        Role.objects.create(user=ana, kind="advisor", college=CollegeFactory())
    else:
        ReaderProfile.objects.create(user=ana)

    handing_on.hand_on(leaves, by=office)

    assert list(interview.slot.interviewers.all()) == [ana]
    assert readings(ana) == [interview.application_id]
    assert not OfficeTask.objects.filter(kind="applications.interviewer_left").exists()


def test_a_coordinator_who_still_reads_keeps_theirs_and_an_advisor_whose_limits_end_does_not(office, ana, interview):
    ReaderProfile.objects.create(user=ana)
    coordinator = UserFactory(coordinator=True)
    ReaderProfile.objects.create(user=coordinator)
    kept = InterviewSlotFactory(cycle=interview.application.cycle, interviewers=[coordinator])

    handing_on.hand_on(leaving(coordinator, "coordinator"), by=office)
    end(leaving(ana), office)

    assert list(kept.interviewers.all()) == [coordinator]
    assert not interview.slot.interviewers.exists()
