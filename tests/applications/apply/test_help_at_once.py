"""Concurrent requests to a help session: one code, one helper, and no more guesses than allowed."""

import pytest
from django.urls import reverse

from applications.apply.actions import help as actions
from applications.models import HelpSession, Note, Thread
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, application_facts
from tests.test_attacks import at_once, post

pytestmark = pytest.mark.django_db(transaction=True)
BEGIN, NEW = reverse("applications:help-begin"), reverse("applications:thread-new")


@pytest.fixture
def application(transactional_db):
    application_facts()
    return ApplicationFactory()


def test_button_tapped_four_times_at_once_makes_one_code(application, sign_in):
    page = reverse("applications:help-offer", kwargs={"code": application.code})
    assert at_once(*(post(sign_in(application.student), page) for _tap in range(4))) == [302] * 4
    assert HelpSession.objects.count() == 1


def test_code_typed_by_three_advisors_at_once_lets_one_in(application, sign_in):
    digits = actions.digits_of(actions.offer(application, by=application.student))
    advisors = [UserFactory(advisor=True) for _advisor in range(3)]

    answers = at_once(*(post(sign_in(each), BEGIN, {"digits": digits}) for each in advisors))

    assert sorted(answers) == [200, 200, 302]
    assert HelpSession.objects.get().helper in advisors
    assert Event.objects.filter(action="help.begin").count() == 1
    assert Message.objects.filter(template="applications/help_began").count() == 1


def test_guesses_at_once_are_all_counted(application, sign_in):
    right = int(actions.digits_of(actions.offer(application, by=application.student)))
    guesser = UserFactory(advisor=True)
    guesses = [f"{(right + number) % 1_000_000:06}" for number in range(1, actions.TRIES + 4)]

    at_once(*(post(sign_in(guesser), BEGIN, {"digits": guess}) for guess in guesses))

    assert Event.objects.filter(action="help.wrong_code", by=guesser).count() == actions.TRIES


def test_question_tapped_three_times_at_once_is_asked_once(application, sign_in):
    UserFactory(coordinator=True)
    student = UserFactory()
    at_once(*(post(sign_in(student), NEW, {"addressee": "office", "body": "When?"}) for _tap in range(3)))
    assert (Thread.objects.count(), Note.objects.count()) == (1, 1)
    assert Message.objects.filter(template="applications/thread_asked").count() == 1
