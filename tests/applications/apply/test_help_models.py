"""The database constraints of help sessions and threads, and who sees and must answer which row."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from applications import permissions
from applications.models import HelpSession, Note, Thread
from tests.constraints import refused
from tests.factories import CollegeFactory, UserFactory
from tests.factories_help import HelpSessionFactory, ThreadFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("missing", ["helper", "granted_at", "ends_at"])
def test_helpsession_is_granted_to_somebody_for_a_time(missing):
    refused("helpsession_granted_to_somebody_for_a_time", lambda: HelpSessionFactory(granted=True, **{missing: None}))


def test_helpsession_ends_after_it_begins():
    now = timezone.now()
    refused(
        "helpsession_ends_after_it_begins",
        lambda: HelpSessionFactory(granted=True, granted_at=now, ends_at=now - dt.timedelta(minutes=1)),
    )


def test_thread_for_an_advisor_names_the_college():
    ThreadFactory(office=True, college=None)
    refused("thread_for_an_advisor_names_the_college", lambda: ThreadFactory(college=None))


def test_note_says_something():
    thread = ThreadFactory()
    refused("note_says_something", lambda: Note.objects.create(thread=thread, author=thread.student, body=""))


def test_sessions_are_offered_running_or_over():
    now = timezone.now()
    offered, running = HelpSessionFactory(), HelpSessionFactory(granted=True)
    HelpSessionFactory(code_expires_at=now)
    HelpSessionFactory(ended_at=now)
    ended = HelpSessionFactory(ended=True)
    ran_out = HelpSessionFactory(granted=True, granted_at=now - dt.timedelta(hours=3), ends_at=now)

    assert list(HelpSession.objects.offered()) == [offered]
    assert list(HelpSession.objects.running()) == [running]
    assert [each.is_running for each in (offered, running, ended, ran_out)] == [False, True, False, False]
    assert set(HelpSession.objects.granted()) == {running, ended, ran_out}
    assert list(HelpSession.objects.helped_by(ended.helper)) == [ended]
    assert list(HelpSession.objects.visible_to(ended.helper)) == [ended]
    assert list(HelpSession.objects.visible_to(ended.application.student)) == [ended]
    assert not HelpSession.objects.visible_to(AnonymousUser())


def test_helper_is_shown_with_the_college_or_the_office():
    session = HelpSessionFactory(granted=True)
    assert session.helper_place == session.helper.roles.get().college.name
    assert HelpSessionFactory(granted=True, helper=UserFactory(coordinator=True)).helper_place == "the exchange team"


@pytest.fixture
def people():
    college = CollegeFactory()
    return college, {
        "student": UserFactory(),
        "advisor": UserFactory(advisor=college),
        "advisor_elsewhere": UserFactory(advisor=True),
        "coordinator": UserFactory(coordinator=True),
        "director": UserFactory(director=True),
        "nobody": AnonymousUser(),
    }


@pytest.fixture
def threads(people):
    college, users = people
    return {
        "advisor": ThreadFactory(college=college),
        "advisor, answered": ThreadFactory(college=college, answered=True),
        "office": ThreadFactory(college=college, office=True),
        "elsewhere": ThreadFactory(),
        "own": ThreadFactory(student=users["student"]),
        "of the advisor as a student": ThreadFactory(student=users["advisor"], college=college),
    }


@pytest.mark.parametrize(
    ("role", "owed"),
    [
        ("student", set()),
        ("advisor", {"advisor"}),
        ("advisor_elsewhere", set()),
        ("coordinator", {"office"}),
        ("director", set()),
        ("nobody", set()),
    ],
)
def test_threads_that_each_role_owes_an_answer(people, threads, role, owed):
    user = people[1][role]
    names = {row: name for name, row in threads.items()}
    assert {names[row] for row in Thread.objects.addressed_to(user).waiting()} == owed


def test_nobody_answers_or_passes_on_the_own_question(people, threads):
    asker = people[1]["advisor"]
    own = threads["of the advisor as a student"]
    assert permissions.can_view_thread(asker, own)
    assert not permissions.can_answer(asker, own)
    assert not permissions.can_pass_on(asker, own)
    assert permissions.can_answer(asker, threads["advisor"])


def test_list_shows_the_question_itself_not_the_answer(threads):
    answered = Thread.objects.with_first_note().get(pk=threads["advisor, answered"].pk)
    assert answered.opening == "Do my night classes count?"
