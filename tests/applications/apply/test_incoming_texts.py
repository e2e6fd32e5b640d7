"""A student's text lands in their thread, where a person answers it."""

import datetime as dt

import pytest
from django.utils import timezone

from applications.models import Note, Thread
from exchange.messages import inbound
from exchange.models import IncomingText, Message
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, application_facts

pytestmark = pytest.mark.django_db
NUMBER = "+12135550134"


@pytest.fixture(autouse=True)
def facts(db):
    application_facts()


@pytest.fixture
def student():
    return ApplicationFactory(student=UserFactory(by_phone=True, phone=NUMBER, texts=True)).student


def text_in(body, *, message_id=None, number=NUMBER):
    inbound.receive(number, body, message_id=message_id or body, sent_at=timezone.now())


def test_a_text_opens_a_question_to_the_office_and_says_that_a_person_reads_it(student):
    text_in("My flight is late, what do I do?")

    thread = Thread.objects.get()
    note = thread.notes.get()
    assert (thread.student, thread.addressee, thread.is_waiting) == (student, "office", True)
    assert (note.body, note.author, note.by_text) == ("My flight is late, what do I do?", student, True)
    assert list(Message.objects.filter(address=NUMBER).values_list("template", flat=True)) == [inbound.RECEIVED]
    assert (IncomingText.objects.get().went_to, IncomingText.objects.get().body) == ("read", "")


def test_the_next_text_continues_the_thread_and_the_same_message_twice_is_one_note(student):
    text_in("Hello?"), text_in("It is about my passport", message_id="m-2")
    text_in("It is about my passport", message_id="m-2")

    assert list(Thread.objects.get().notes.values_list("body", flat=True)) == ["Hello?", "It is about my passport"]


def test_an_old_thread_is_left_alone(student):
    text_in("Hello?")
    Note.objects.update(written_at=timezone.now() - dt.timedelta(days=15))

    text_in("A new question")

    assert Thread.objects.count() == 2


def test_a_text_is_never_lost_to_too_many_open_questions(student):
    for _each in range(10):
        Thread.objects.create(student=student, addressee="office", waiting_since=timezone.now())
    text_in("One more")

    assert Note.objects.get().body == "One more"
    assert Thread.objects.count() == 10


def test_the_person_who_answers_sees_that_it_came_as_a_text(student, sign_in):
    text_in("Hello?")

    page = sign_in(UserFactory(coordinator=True)).get(Thread.objects.get().get_absolute_url())

    assert "by text message" in page.text


def test_keywords_and_texts_of_people_who_never_applied_open_no_thread(student):
    UserFactory(by_phone=True, phone="+12135550135", texts=True)
    text_in("STOP"), text_in("START", message_id="2")
    text_in("Hello?", number="+12135550135")

    assert not Thread.objects.exists()
    assert IncomingText.objects.for_the_office().get().body == "Hello?"
