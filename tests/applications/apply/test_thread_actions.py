"""Threads of questions: who is told and how often, repeated requests, passing a thread on."""

import datetime as dt

import pytest

from applications.apply.actions import thread as actions
from applications.models import Note, Thread
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, application_facts
from tests.factories_help import ThreadFactory

pytestmark = pytest.mark.django_db
ADVISOR, OFFICE = Thread.Addressee.ADVISOR, Thread.Addressee.OFFICE


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()


@pytest.fixture
def college():
    return CollegeFactory()


@pytest.fixture
def advisor(college):
    return UserFactory(advisor=college)


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def student():
    return UserFactory()


def violation(act, *args, **kwargs) -> str:
    with pytest.raises(RuleViolation) as caught:
        act(*args, **kwargs)
    return caught.value.code


def told(template="applications/thread_asked") -> list:
    return [message.recipient for message in Message.objects.filter(template=template).order_by("pk")]


def test_question_goes_to_the_advisors_of_the_college_and_to_nobody_else(student, college, advisor, office):
    second = UserFactory(advisor=college)
    UserFactory(advisor=True)
    UserFactory(advisor=college, is_active=False)
    application = ApplicationFactory(student=student, college=college)

    thread = actions.ask("My secret?", addressee=ADVISOR, college=college, application=application, by=student)

    assert (thread.addressee, thread.waiting_since, thread.application) == (ADVISOR, thread.opened_at, application)
    assert told() == [advisor, second]
    message = Message.objects.first()
    assert "secret" not in message.body and thread.code in message.body
    assert Event.objects.get(action="thread.ask").changes == {"to": "advisor"}


def test_question_for_the_office_goes_to_the_coordinators(student, office, advisor):
    actions.ask("When are the dates?", addressee=OFFICE, by=student)
    assert told() == [office]


def test_question_for_an_advisor_needs_a_college(student):
    assert violation(actions.ask, "Hi", addressee=ADVISOR, by=student) == "no_college"
    assert not Thread.objects.exists()


def test_question_goes_to_the_office_where_a_college_has_no_advisor(student, college, office):
    thread = actions.ask("Hi", addressee=ADVISOR, college=college, by=student)
    assert (thread.addressee, thread.college, told()) == (OFFICE, college, [office])


def test_second_tap_asks_once(student, office):
    first = actions.ask("When?", addressee=OFFICE, by=student)
    assert actions.ask("When?", addressee=OFFICE, by=student) == first
    assert actions.ask("Where?", addressee=OFFICE, by=student) != first
    assert Thread.objects.count() == 2


def test_the_same_words_to_other_people_are_another_question(student, college, advisor, office):
    first = actions.ask("When?", addressee=ADVISOR, college=college, by=student)
    second = actions.ask("When?", addressee=OFFICE, college=college, by=student)
    assert (first.addressee, second.addressee) == (ADVISOR, OFFICE)
    assert told() == [advisor, office]


def test_second_tap_asks_once_where_the_office_answers_for_a_college(student, college, office):
    first = actions.ask("When?", addressee=ADVISOR, college=college, by=student)
    assert actions.ask("When?", addressee=ADVISOR, college=college, by=student) == first


def test_one_person_cannot_flood_the_office(student):
    for number in range(actions.OPEN_AT_MOST):
        actions.ask(f"Question {number}", addressee=OFFICE, by=student)
    assert violation(actions.ask, "One more", addressee=OFFICE, by=student) == "too_many_open"
    assert actions.ask("Mine", addressee=OFFICE, by=UserFactory())


def test_answer_ends_the_wait_and_tells_the_student_without_the_words(college, advisor):
    thread = ThreadFactory(college=college)

    actions.write(thread, "Yes, and bring the paper.", by=advisor)
    actions.write(thread, "Yes, and bring the paper.", by=advisor)  # a second tap

    thread.refresh_from_db()
    assert not thread.is_waiting
    assert thread.notes.count() == 2
    assert told("applications/thread_answered") == [thread.student]
    message = Message.objects.get(template="applications/thread_answered")
    assert "paper" not in message.body + message.subject and thread.get_absolute_url() in message.body


def test_student_writing_on_waits_from_the_first_unanswered_note(college, advisor):
    thread = ThreadFactory(college=college)
    since = thread.waiting_since
    actions.write(thread, "I mean the class on Tuesday.", by=thread.student)
    thread.refresh_from_db()
    assert thread.waiting_since == since
    assert told() == []  # they already know that it waits


def test_people_hear_of_a_thread_once_an_hour_at_most(student, office, college, monkeypatch):
    first, second = UserFactory(advisor=college), UserFactory(advisor=college)
    thread = actions.ask("When?", addressee=ADVISOR, college=college, by=student)
    for to in (OFFICE, ADVISOR):
        thread = actions.pass_on(thread, to=to, by=office)
    assert told() == [first, second]

    actions.pass_on(thread, to=OFFICE, by=office)
    monkeypatch.setattr(actions, "TOLD_AT_MOST_EVERY", dt.timedelta(0))
    actions.pass_on(thread, to=ADVISOR, by=office)
    assert told() == [first, second] * 2


def test_who_has_answered_hears_of_the_next_question_at_once(student, office):
    thread = actions.ask("When?", addressee=OFFICE, by=student)
    actions.write(thread, "Soon.", by=office)
    actions.write(thread, "How soon?", by=student)
    actions.write(thread, "I have to tell my boss.", by=student)
    assert told() == [office, office]


def test_office_passes_a_question_to_the_advisor_and_back(college, advisor, office):
    thread = ThreadFactory(college=college, office=True)

    actions.pass_on(thread, to=ADVISOR, by=office)
    assert told() == [advisor]
    back = actions.pass_on(thread, to=OFFICE, by=office)

    assert back.addressee == OFFICE
    assert told() == [advisor]  # whoever takes it back needs no message
    assert [event.changes for event in Event.objects.filter(action="thread.pass_on").order_by("pk")] == [
        {"from": "office", "to": "advisor"},
        {"from": "advisor", "to": "office"},
    ]
    actions.pass_on(thread, to=OFFICE, by=office)
    assert Event.objects.filter(action="thread.pass_on").count() == 2


def test_question_is_passed_only_to_an_advisor_that_there_is(office):
    assert violation(actions.pass_on, ThreadFactory(office=True), to=ADVISOR, by=office) == "no_advisor"
    unknown = ThreadFactory(office=True, college=None)
    assert violation(actions.pass_on, unknown, to=ADVISOR, by=office) == "no_college"


def test_advisor_who_asks_as_a_student_is_not_told_of_the_own_question(college, advisor):
    other = UserFactory(advisor=college)
    actions.ask("Mine?", addressee=ADVISOR, college=college, by=advisor)
    assert told() == [other]
    assert Note.objects.count() == 1
