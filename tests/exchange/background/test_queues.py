"""The queues of background work: which task and which message is in which, who takes them, and their limits."""

import re
import subprocess
import sys
import textwrap
import time
import zlib
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from applications.apply.actions import upload_check
from applications.models import Question, Upload
from exchange.background import queues, worker_life
from exchange.celery import app
from exchange.management.commands import background
from exchange.messages import outbox
from exchange.models import Message
from tests.applications import upload_samples as samples
from tests.factories import UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.services import ROOT, running, wait_until

OPENS_FILES = re.compile(r"\bcheck_file\(|\bupload_check\.check\(")


def queue_of(name: str) -> str:
    return str(app.amqp.router.route({}, name)["queue"].name)


def consumed_by(words: list[str]) -> set[str]:
    return set(words[words.index("--queues") + 1].split(",")) if "--queues" in words else {queues.ORDINARY}


def test_each_queue_is_taken_by_exactly_one_part():
    taken = [
        queue for words in (background.WORKER, background.URGENT, background.HEAVY) for queue in consumed_by(words)
    ]
    assert sorted(taken) == sorted(queues.QUEUES)


def test_every_task_that_opens_a_file_is_in_the_queue_of_files():
    sources = {path: path.read_text() for path in (ROOT / "applications/tasks.py", ROOT / "travel/tasks.py")}
    tasks = [part for text in sources.values() for part in re.split(r"\n\n\n", text) if "@shared_task" in part]
    opening = [re.search(r'name="([^"]+)"', part)[1] for part in tasks if OPENS_FILES.search(part)]
    assert len(opening) == 6
    assert {queue_of(name) for name in opening} == {queues.UPLOADS}
    assert {app.tasks[name].time_limit for name in opening} == {queues.CHECKING["time_limit"]}
    assert queues.CHECKING["time_limit"] < upload_check.CLAIM_LASTS


def test_nothing_but_what_is_urgent_is_in_its_queue():
    urgent = {name for name in app.tasks if queue_of(name) == queues.URGENT}
    assert urgent == {
        "exchange.deliver_urgent_message",
        "exchange.deliver_urgent_messages",
        "exchange.deliver_waiting_urgent_messages",
        "travel.escalate_check_ins",
    }
    assert {app.tasks[name].time_limit for name in urgent} == {queues.SENDING["time_limit"]}


def test_each_task_ends_before_redis_gives_it_to_another_worker():
    visible_for = 3600  # kombu's default
    own = {
        name: task.time_limit or app.conf.task_time_limit for name, task in app.tasks.items() if "celery." not in name
    }
    assert {name for name, limit in own.items() if limit >= visible_for} == {"exchange.take_backup"}


# --- Messages ---------------------------------------------------------------------------------------


@pytest.fixture
def sent(monkeypatch):
    names = []
    monkeypatch.setattr(outbox.dispatch, "send", lambda name, *_words, **_more: names.append(name))
    return names


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("how", "names"),
    [
        ({}, ["exchange.deliver_message"] * 2),
        ({"is_answer": True}, ["exchange.deliver_message", "exchange.deliver_urgent_message"]),  # its text
        ({"is_urgent": True}, ["exchange.deliver_urgent_message"] * 2),
        ({"is_secret": True, "address": "+12135550123"}, ["exchange.deliver_urgent_message"]),
        ({"is_secret": True, "address": "ana@example.edu"}, ["exchange.deliver_urgent_message"]),
    ],
)
def test_a_message_goes_to_the_queue_of_its_kind(how, names, sent, django_capture_on_commit_callbacks):
    application_facts()
    user = UserFactory(phone="+12135550123", phone_verified_at=timezone.now(), texts=True)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        context = {"code": "123456", "code_minutes": 10, "site_host": "x"}
        outbox.queue("exchange/sign_in_code", to=user, context=context, **how)
    assert sent == names


@pytest.mark.django_db
@pytest.mark.parametrize("are_urgent", [True, False])
def test_each_sweep_sends_its_own(are_urgent, mailoutbox):
    long_ago = timezone.now() - timedelta(minutes=2)
    common = {"channel": "email", "subject": "Hi", "queued_at": long_ago}
    Message.objects.create(address="code@example.edu", is_secret=True, **common)
    Message.objects.create(address="alarm@example.edu", is_urgent=True, **common)
    Message.objects.create(address="news@example.edu", **common)
    outbox.deliver_waiting(are_urgent=are_urgent)
    assert {mail.to[0] for mail in mailoutbox} == (
        {"code@example.edu", "alarm@example.edu"} if are_urgent else {"news@example.edu"}
    )


# --- Limits -----------------------------------------------------------------------------------------

LIFE = """
    import time
    import django; django.setup()
    from types import SimpleNamespace
    from django.conf import settings
    from exchange.background import worker_life
    worker_life.note = lambda: None
    worker_life.is_of(["{queue}"])
    worker_life.begin("one", SimpleNamespace(time_limit=0.3))
    time.sleep({seconds})
    worker_life.end("one")
    time.sleep(0.6)
"""


@pytest.mark.real_clock
@pytest.mark.parametrize(("queue", "seconds", "code"), [("urgent", 0, 0), ("urgent", 20, 1), ("celery", 0.6, 0)])
def test_a_task_of_a_thread_that_never_ends_ends_its_worker(queue, seconds, code):
    program = textwrap.dedent(LIFE).format(queue=queue, seconds=seconds)
    done = subprocess.run([sys.executable, "-c", program], timeout=60, capture_output=True)
    assert done.returncode == code, done.stderr


def test_the_urgent_worker_starts_anew_when_it_has_grown(monkeypatch):
    ended = []
    monkeypatch.setattr(worker_life, "_name", worker_life.URGENT)
    monkeypatch.setattr(worker_life, "note", lambda: None)
    monkeypatch.setattr(worker_life.os, "kill", lambda pid, how: ended.append(how))
    monkeypatch.setattr(worker_life, "RENEWED_AT_MB", 100_000)
    worker_life.end("one")
    assert not ended
    monkeypatch.setattr(worker_life, "RENEWED_AT_MB", 1)
    worker_life.end("two")
    assert ended == [worker_life.signal.SIGTERM]


# --- With a real broker and real workers ------------------------------------------------------------

FILES = 300
CODE = """
import django; django.setup()
from django.db import transaction
from exchange.messages import outbox
with transaction.atomic():
    outbox.queue(
        "exchange/sign_in_code", to=outbox.Guest(), address="ana%d@example.edu", is_secret=True, is_answer=True,
        context={"code": "123456", "code_minutes": 10},
    )
"""
CHECK = """
import django; django.setup()
from applications import tasks
from applications.models import Question, Upload
for pk in Upload.objects.values_list("pk", flat=True):
    tasks.check_upload.delay(upload_id=pk)
"""


def heavy_pdf() -> bytes:
    """47 KB that take some seconds of a processor and several hundred megabytes, and are refused then."""

    def change(made, page):
        drawing = b"BI /F /DCT /W 1 /H 1 ID x\nEI " + b"q Q " * 12_000_000
        page.Contents = made.make_stream(zlib.compress(drawing, 9), Filter=pikepdf.Name.FlateDecode)

    return samples.pdf(change)


@pytest.mark.full
@pytest.mark.once
@pytest.mark.service
@pytest.mark.real_clock
@pytest.mark.django_db(transaction=True)
def test_codes_go_out_within_two_seconds_while_300_heavy_files_wait(redis_url, other_process, smtp_server, settings):
    env = other_process | {
        "CELERY_BROKER_URL": redis_url,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp_server.port),
        "EMAIL_USE_TLS": "false",
        "DJANGO_SETTINGS_MODULE": "exchange.settings",
    }
    folder = Path(env["DATA_DIR"])
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": f"{folder}/private"}}
    settings.STORAGES = settings.STORAGES | {"default": storage}
    application_facts()
    application = ApplicationFactory(cycle=CycleFactory(ready=True), answered=True)
    question = Question.objects.get(section__form=application.form, key="class_schedule")
    content = heavy_pdf()
    for number in range(FILES):
        upload = Upload(
            application=application,
            question=question,
            code=f"{number:032x}",
            original_name="a.pdf",
            content_type="application/pdf",
            size=len(content),
        )
        upload.file.save("file", ContentFile(content), save=True)
    log = folder / "background.log"
    parts = [sys.executable, "manage.py", "background", "--parts", "worker", "urgent", "heavy"]

    def run(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, check=True, timeout=60)

    with running(parts, log, env):
        wait_until(lambda: log.read_text().count(" ready.") == 3, "three workers to be ready", 60)
        run(CHECK)
        wait_until(lambda: Upload.objects.filter(state="refused").exists(), "the first file to be checked", 60)
        for number in range(5):
            run(CODE % number)  # as a web process would: it ends once the code is in the queue
            began = time.monotonic()
            wait_until(lambda number=number: len(smtp_server.handler.messages) > number, "the code to arrive", 20)
            assert time.monotonic() - began < 2
        assert Upload.objects.filter(state="received").count() > FILES - 50
        assert set(Upload.objects.exclude(state="received").values_list("refused_because", flat=True)) == {"too_heavy"}
