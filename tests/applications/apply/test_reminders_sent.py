"""A reminder end to end over real protocols: task, worker, a text through SNS, then the email through SMTP."""

import datetime as dt

import pytest
from django.utils import timezone
from moto.sns import sns_backends

from applications.models import Application
from exchange.models import Message
from tests.exchange.background.test_celery import SWEEP, run
from tests.factories import CollegeFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.services import celery_worker, wait_until

pytestmark = pytest.mark.service
NUMBER = "+12135550134"
REMIND = """
import django
django.setup()
from applications import tasks
tasks.send_reminders.delay()
"""


@pytest.fixture
def place(aws, redis_url, other_process, smtp_server) -> dict[str, str]:
    """The environment of a portal that really sends, to local servers."""
    return other_process | {
        "CELERY_BROKER_URL": redis_url,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp_server.port),
        "EMAIL_USE_TLS": "false",
        "TEXT_BACKEND": "exchange.messages.texts.sns_backend",
        "AWS_SNS_ENDPOINT_URL": aws,
        "SITE_URL": "https://students.example.gov",
    }


@pytest.fixture
def draft(place) -> Application:
    """A draft with three days left, whose student agreed to texts."""
    application_facts()
    college = CollegeFactory(short_name="LACC")
    college.named_advisor = UserFactory(advisor=college, full_name="Adaeze Okafor", email="adaeze@example.edu")
    college.save()
    now = timezone.now()
    student = UserFactory(email="marisol@example.edu", phone=NUMBER, phone_verified_at=now, texts=True, language="en")
    cycle = CycleFactory(closes_at=now + dt.timedelta(days=3))
    begun = now - dt.timedelta(days=20)
    return ApplicationFactory(cycle=cycle, student=student, college=college, created_at=begun, saved_at=begun)


def texts_sent() -> list[tuple[str, str]]:
    return list(sns_backends["123456789012"]["us-west-2"].sms_messages.values())


@pytest.mark.full
def test_a_reminder_goes_out_by_text_and_then_by_email_once(place, draft, smtp_server):
    with celery_worker(place):
        run(REMIND + "tasks.send_reminders.delay()", place)
        wait_until(texts_sent, "the text to arrive")
        # four hours later, and nothing was done
        Message.objects.filter(channel="email").update(send_after=timezone.now())
        run(SWEEP, place)
        wait_until(lambda: smtp_server.handler.messages, "the mail to arrive")
        wait_until(lambda: not Message.objects.waiting().exists(), "the rows to be marked")

    [(number, text)] = texts_sent()
    assert number == NUMBER
    assert text.startswith("Adaeze Okafor, LACC: you have something due ")
    assert f"https://students.example.gov/applications/{draft.code}/" in text
    [mail] = smtp_server.handler.messages
    assert mail["To"] == "marisol@example.edu"
    assert "\nAdaeze Okafor\nAdvisor, " in mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert mail["Reply-To"] == "adaeze@example.edu"


def test_a_draft_that_was_withdrawn_meanwhile_gets_no_email(place, draft, smtp_server):
    with celery_worker(place):
        run(REMIND, place)
        wait_until(texts_sent, "the text to arrive")
        now = timezone.now()
        Application.objects.update(status="withdrawn", withdrawn_at=now)
        Message.objects.filter(channel="email").update(send_after=now)
        run(SWEEP, place)
        wait_until(lambda: not Message.objects.waiting().exists(), "the row to be dropped")

    assert smtp_server.handler.messages == []
    assert Message.objects.get(channel="email").dropped_at is not None
