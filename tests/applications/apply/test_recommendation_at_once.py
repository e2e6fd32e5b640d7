"""A letter sent while its link is changed: exactly one of the two concurrent acts takes effect, completely."""

import datetime as dt
import threading

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import tasks
from applications.apply.actions import application as application_actions
from applications.apply.actions import recommendation as actions
from applications.models import Recommendation
from exchange.base.errors import RuleViolation
from exchange.models import Event, Message
from tests.factories import UserFactory
from tests.factories_applications import RecommendationFactory, application_facts

pytestmark = pytest.mark.django_db(transaction=True)
SAM_ITO = actions.Referee("Sam Ito", "sam.ito@example.org", "", "My boss")


def at_once(*jobs):
    """Runs each job in a thread of its own, all at the same time; returns results, or the code of the violated rule."""
    gate, given = threading.Barrier(len(jobs)), []

    def run(job):
        gate.wait()
        try:
            given.append(job())
        except RuleViolation as violation:
            given.append(violation.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


@pytest.fixture
def begun():
    application_facts()
    return RecommendationFactory(begun=True, application__submitted=True)


def told(event):
    return Message.objects.filter(template=f"applications/recommendation_{event}").count()


def test_a_letter_sent_four_times_at_once_is_received_once(begun):
    address = reverse("applications:recommendation-send", args=[begun.link])
    taps = [lambda: Client().post(address, {"seen": begun.seen}).status_code for _tap in range(4)]
    assert set(at_once(*taps)) <= {200, 302}
    assert told("received") == 1
    assert Event.objects.filter(action="application.write_recommendation").count() == 1


def test_a_letter_and_its_replacement_at_once_are_one_of_the_two(begun):
    application = begun.application

    def replace():
        actions.replace(application, SAM_ITO, by=application.student)
        return "replaced now"

    def send():
        actions.send_letter(begun, letter="She stays late.")
        return "sent"

    given = set(at_once(replace, send))
    assert given in ({"sent", "has_written"}, {"replaced now", "replaced"})
    now = Recommendation.objects.get()
    assert (now.letter, now.referee_name) in (("She stays late.", "Dr. Lena Whitcomb"), ("", "Sam Ito"))
    assert (told("received"), told("no_longer_needed")) in ((1, 0), (0, 1))


def test_a_letter_and_a_withdrawal_at_once_leave_neither_half_done(begun):
    application = begun.application

    def withdraw():
        application_actions.withdraw(application, by=application.student)
        return "withdrawn now"

    def send():
        actions.send_letter(begun, letter="She stays late.")
        return "sent"

    given = set(at_once(withdraw, send))
    assert given in ({"sent", "withdrawn now"}, {"withdrawn", "withdrawn now"})
    assert Recommendation.objects.get().draft == ""


def test_two_workers_remind_once(begun):
    Recommendation.objects.update(requested_at=timezone.now() - dt.timedelta(days=8))
    at_once(tasks.remind_referees, tasks.remind_referees, tasks.remind_referees)
    assert told("reminder") == 1


def test_two_advisors_send_the_link_again_once(begun):
    Recommendation.objects.update(requested_at=timezone.now() - dt.timedelta(days=2))
    people = [UserFactory(coordinator=True) for _person in range(2)]
    at_once(*(lambda by=by: actions.send_again(begun.application, by=by) for by in people))
    assert told("asked") == 1
