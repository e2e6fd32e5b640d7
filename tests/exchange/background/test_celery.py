"""A real worker process, over each broker, delivering to a real mail server."""

import subprocess
import sys
from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from applications.apply.actions import upload as upload_actions
from applications.models import Upload
from exchange.messages import retries
from exchange.models import Message
from tests.applications import upload_samples
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.services import ROOT, celery_worker, wait_until

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

ACT = """
import django; django.setup()
from django.db import transaction
from exchange.messages import outbox
from exchange.models import Message
with transaction.atomic():
    message = Message.objects.create(
        channel="email", address="ana@example.edu", language="es", template="exchange/test",
        subject="Tu lugar", body="Mira el portal.", html="<p>Mira el portal.</p>",
    )
    outbox.deliver_after_commit(message)
"""
SWEEP = """
import django; django.setup()
from exchange import tasks
tasks.deliver_waiting_messages.delay()
"""
CHECK = """
import django; django.setup()
from applications import tasks
tasks.check_upload.delay(upload_id=%d)
"""


def run(code: str, env: dict[str, str]) -> None:
    """Runs code as another process of the portal would: a web process, or beat."""
    env = env | {"DJANGO_SETTINGS_MODULE": "exchange.settings"}
    subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, check=True, timeout=60)


@pytest.fixture
def place(redis_url, other_process, smtp_server) -> dict[str, str]:
    """The environment of a portal with a real broker and a real mail server."""
    return other_process | {
        "CELERY_BROKER_URL": redis_url,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp_server.port),
        "EMAIL_USE_TLS": "false",
    }


def test_worker_delivers_a_message(place, smtp_server):
    with celery_worker(place):
        run(ACT, place)
        wait_until(lambda: smtp_server.handler.messages, "the mail to arrive")
        wait_until(lambda: not Message.objects.waiting().exists(), "the row to be marked")

    [mail] = smtp_server.handler.messages
    assert (mail["To"], mail["Subject"]) == ("ana@example.edu", "Tu lugar")
    assert mail.get_body(("plain",)).get_content().strip() == "Mira el portal."
    assert Message.objects.get().attempts == 1


@pytest.mark.full
def test_message_survives_a_worker_killed_while_sending(place, smtp_server):
    smtp_server.handler.holds = True
    with celery_worker(place) as worker:
        run(ACT, place)
        wait_until(lambda: Message.objects.filter(claimed_at__isnull=False).exists(), "a worker to take it")
        worker.kill()
        worker.wait()
    smtp_server.handler.holds = False
    assert (Message.objects.waiting().count(), smtp_server.handler.messages) == (1, [])

    # later, the dead worker's claim has expired, and beat looks for waiting messages
    long_ago = timezone.now() - retries.CLAIM_LASTS - timedelta(minutes=2)
    Message.objects.update(queued_at=long_ago, claimed_at=long_ago, next_try_at=timezone.now())
    with celery_worker(place):
        run(SWEEP, place)
        wait_until(lambda: not Message.objects.waiting().exists(), "the mail to be sent after all")

    assert len(smtp_server.handler.messages) == 1


@pytest.mark.full
def test_worker_tries_again_when_the_mail_server_refuses(place, smtp_server):
    smtp_server.handler.refuse = "451 Try again later"
    with celery_worker(place):
        run(ACT, place)
        wait_until(lambda: Message.objects.filter(attempts=1, claimed_at=None).exists(), "a first try")
        smtp_server.handler.refuse = ""
        assert Message.objects.get().next_try_at > timezone.now() + timedelta(seconds=5)
        Message.objects.update(next_try_at=timezone.now())  # as if the pause were over
        run(SWEEP, place)
        wait_until(lambda: not Message.objects.waiting().exists(), "the next try")

    assert len(smtp_server.handler.messages) == 1


def test_worker_checks_an_upload(place, settings):
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": f"{place['DATA_DIR']}/private"},
        }
    }
    files = [upload_actions.look("photo.heic", upload_samples.photograph("HEIF"))]
    with mock.patch("applications.tasks.check_upload.apply_async"):
        [upload] = upload_actions.add(application, "class_schedule", files, by=application.student)
    with celery_worker(place):
        run(CHECK % upload.pk, place)
        wait_until(lambda: not Upload.objects.filter(state="received").exists(), "the file to be checked")

    upload.refresh_from_db()
    assert (upload.state, upload.original_name) == ("kept", "photo.jpg")
    with upload.file.open("rb") as kept:
        assert b"SecretMaker" not in kept.read()
