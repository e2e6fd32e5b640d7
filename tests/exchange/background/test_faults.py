"""Programs killed in the middle of their work, counted where it arrives: nothing lost, nothing twice, nobody untold."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing, suppress
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
import redis
from django.db import connection
from django.utils import timezone

from applications.apply.actions import draft
from applications.models import Decision, Release
from applications.release.actions import releasing
from exchange.models import Event, Job, Message
from tests.exchange.messages.test_messages import waiting
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    CycleFactory,
    DecisionFactory,
    application_facts,
    review_facts,
)
from tests.services import ROOT, celery_worker, database_server, free_port, running, wait_until

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
STUDENTS = 6
# a coordinator presses "Release", in a web process of their own, at the same moment as another
PRESS = """
import sys
import django; django.setup()
from applications.models import Release
from applications.release.actions import releasing
from exchange.base.errors import RuleViolation
from exchange.models import User
release, by = Release.objects.get(code=sys.argv[1]), User.objects.get(pk=sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
try:
    releasing.start(release, by=by)
    print("started")
except RuleViolation as violation:
    print(violation.code)
"""
# a coordinator decides about all applications with one button
DECIDE = """
import sys
import django; django.setup()
from django.utils.dateparse import parse_datetime
from applications.models import Application
from applications.selection.actions import selection
from exchange.base.errors import RuleViolation
from exchange.models import User
by, result, seen_at = User.objects.get(pk=sys.argv[1]), sys.argv[2], parse_datetime(sys.argv[3])
chosen = list(Application.objects.order_by("pk"))
print("ready", flush=True)
sys.stdin.readline()
for application in chosen:
    try:
        selection.decide(application, result=result, reason=f"Said {result}.", by=by, seen_at=seen_at)
        print("saved", application.pk, flush=True)
    except RuleViolation as violation:
        print(violation.code, application.pk, flush=True)
"""
# what beat sends every half minute
SWEEP = """
import django; django.setup()
from exchange import tasks
tasks.look_after_jobs.delay()
tasks.deliver_waiting_messages.delay()
"""


@pytest.fixture
def place(other_process, redis_url, smtp_server) -> dict[str, str]:
    """The environment of a portal with a real broker and a real mail server."""
    return other_process | {
        "DJANGO_SETTINGS_MODULE": "exchange.settings",
        "CELERY_BROKER_URL": redis_url,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp_server.port),
        "EMAIL_USE_TLS": "false",
    }


@pytest.fixture
def dry_run() -> Release:
    application_facts()
    review_facts()
    cycle = CycleFactory(seats=STUDENTS)
    for number in range(STUDENTS):
        DecisionFactory(application__cycle=cycle, application__student__email=f"student-{number}@example.edu")
    return releasing.keep_dry_run(cycle, by=UserFactory(coordinator=True))


def press_at_once(dry_run: Release, place: dict[str, str]) -> list[str]:
    """What two coordinators are told who start the same release at the same moment."""
    people = [str(UserFactory(coordinator=True).pk) for _person in range(2)]
    return at_once([[PRESS, dry_run.code, person] for person in people], place)


def at_once(scripts: list[list[str]], place: dict[str, str]) -> list[str]:
    """What these scripts print, each a process of its own, after all were ready."""
    both = [
        subprocess.Popen(
            [sys.executable, "-c", *script],
            env=place,
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for script in scripts
    ]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[0].strip() for process in both]


@pytest.mark.full
def test_a_release_tells_everybody_once_despite_two_hands_killed_workers_and_an_emptied_broker(
    dry_run, place, smtp_server, redis_url
):
    assert sorted(press_at_once(dry_run, place)) == ["already_started", "started"]
    assert Job.objects.count() == 1

    # the broker forgets the job; then the mail server hangs, and the worker dies with a message in its hands
    redis.from_url(redis_url).flushall()
    Job.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    smtp_server.handler.holds = True
    with celery_worker(place) as worker:
        sweep(place)
        wait_until(lambda: Message.objects.filter(claimed_at__isnull=False).exists(), "a worker to send", 60)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert smtp_server.handler.messages == []
    assert Message.objects.waiting().count() == STUDENTS
    redis.from_url(redis_url).flushall()
    smtp_server.handler.holds = False

    later = timezone.now() - timedelta(hours=1)  # as if so much time had passed: the dead worker's claims are over
    Message.objects.waiting().update(queued_at=later, next_try_at=later)
    Message.objects.filter(claimed_at__isnull=False).update(claimed_at=later)
    with celery_worker(place):
        sweep(place)
        wait_until(lambda: not Message.objects.waiting().exists(), "everybody to be told", 60)

    told = Counter(mail["To"] for mail in smtp_server.handler.messages)
    assert told == {f"student-{number}@example.edu": 1 for number in range(STUDENTS)}
    assert Decision.objects.unreleased().count() == 0
    assert Event.objects.filter(action="selection.release", target_model="applications.cycle").count() == 1


def test_two_coordinators_who_decide_at_the_same_moment_lose_and_double_nothing(other_process):
    application_facts()
    review_facts()
    cycle = CycleFactory(closed=True, seats=STUDENTS)
    applications = [ApplicationFactory(cycle=cycle, submitted=True) for _student in range(20)]
    seen_at = timezone.now().isoformat()
    people = {result: UserFactory(coordinator=True) for result in ("selected", "not_selected")}
    place = other_process | {"DJANGO_SETTINGS_MODULE": "exchange.settings"}

    scripts = [[DECIDE, str(person.pk), result, seen_at] for result, person in people.items()]
    told = [line.split() for said in at_once(scripts, place) for line in said.splitlines()]

    saved = sorted(int(pk) for answer, pk in told if answer == "saved")
    refused = sorted(int(pk) for answer, pk in told if answer == "decided_meanwhile")
    everyone = [application.pk for application in applications]
    assert saved == refused == everyone  # of each, one was told "saved", and the other that a colleague was first
    kept = Decision.objects.order_by("application_id")
    assert [decision.application_id for decision in kept] == everyone
    assert all(decision.decided_by == people[decision.result] for decision in kept)
    assert Event.objects.filter(action="selection.decide").count() == len(everyone)


def sweep(place: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-c", SWEEP], env=place, cwd=ROOT, check=True, timeout=60)


# --- Web and database -------------------------------------------------------------------------------

FIELDS = ("story_why", "story_new", "story_back")
SAVES = 40


class Phone:
    """Saves one field after another, and sends a change again until it is confirmed, as the page's script does."""

    def __init__(self, port: int, session: str, code: str) -> None:
        self.port, self.path = port, f"/applications/{code}/save/"
        token = "t" * 32
        self.head = {
            "Cookie": f"sessionid={session}; csrftoken={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/json",
        }
        self.confirmed: dict[str, str] = {}
        self.failed = self.number = 0
        self.last = ""
        self.ended = threading.Event()

    def save_all(self) -> None:
        while self.number < SAVES and not self.ended.is_set():
            self.number += 1
            key = FIELDS[self.number % len(FIELDS)]
            while not self._saved(key, f"number {self.number}") and not self.ended.wait(0.1):
                self.failed += 1

    def _saved(self, key: str, value: str) -> bool:
        change = {"key": key, "device": "phone", "number": self.number, "typed_at": 0, "seen": {"stored": 1}}
        body = json.dumps({"now": 0, "changes": [change | {"fields": {key: value}}]})
        with (
            closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as web,
            suppress(OSError, HTTPException, ValueError),
        ):
            web.request("POST", self.path, body, self.head)
            answer = web.getresponse()
            said = answer.read()
            self.last = f"{answer.status} {said[:300]!r}"
            if answer.status == 200 and json.loads(said)["results"][0]["ok"]:
                self.confirmed[key] = value
                return True
        return False


def test_no_confirmed_answer_is_lost_when_web_processes_and_database_connections_die(
    other_process, sign_in, tmp_path, settings
):
    application_facts()
    student = UserFactory(email="ana@example.edu")
    application = ApplicationFactory(cycle=CycleFactory(ready=True), student=student)
    port, log = free_port(), tmp_path / "web.log"
    phone = Phone(port, sign_in(student).session.session_key, application.code)
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "exchange.wsgi"]
    env = other_process | {"WEB_CONCURRENCY": "1", "DJANGO_SETTINGS_MODULE": "exchange.settings"}
    env |= {"SECRET_KEY": settings.SECRET_KEY}  # which signed the session
    with running([*command, "--bind", f"127.0.0.1:{port}"], log, env) as web:
        student_types = threading.Thread(target=phone.save_all)
        student_types.start()
        try:
            wait_until(lambda: phone.number > 8, "the first answers", 40)
            for child in children(web.pid):
                os.kill(child, signal.SIGKILL)
            wait_until(lambda: phone.number > 18, "answers by a new process", 40)
            end_connections()
            wait_until(lambda: phone.number >= SAVES, "answers after the database", 40)
            student_types.join(20)
        finally:
            phone.ended.set()
            student_types.join()
            print(phone.last, log.read_text()[-3000:])  # noqa: T201 -- shown if the test fails

    assert phone.failed  # something did break
    stored = dict(draft.Application.objects.get().answers.values_list("question__key", "value"))
    assert {key: stored[key] for key in FIELDS} == phone.confirmed
    assert sorted(phone.confirmed.values()) == [f"number {number}" for number in range(SAVES - 2, SAVES + 1)]


@pytest.mark.once
def test_no_confirmed_answer_is_lost_when_the_database_server_is_killed_and_started_again(
    other_process, sign_in, tmp_path, settings
):
    application_facts()
    student = UserFactory(email="ana@example.edu")
    application = ApplicationFactory(cycle=CycleFactory(ready=True), student=student)
    port, log = free_port(), tmp_path / "web.log"
    phone = Phone(port, sign_in(student).session.session_key, application.code)
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "exchange.wsgi"]
    env = other_process | {"WEB_CONCURRENCY": "1", "DJANGO_SETTINGS_MODULE": "exchange.settings"}
    with database_server() as server:
        env |= {"SECRET_KEY": settings.SECRET_KEY, "DATABASE_URL": server.url}
        with running([*command, "--bind", f"127.0.0.1:{port}"], log, env):
            student_types = threading.Thread(target=phone.save_all)
            student_types.start()
            try:
                wait_until(lambda: phone.number > 8, "the first answers", 40)
                server.kill()
                wait_until(lambda: phone.failed > 2, "saves that fail", 40)
                server.start()
                wait_until(lambda: phone.number >= SAVES, "answers after the restart", 40)
                student_types.join(20)
            finally:
                phone.ended.set()
                student_types.join()
                print(phone.last, log.read_text()[-3000:])  # noqa: T201 -- shown if the test fails
        stored = dict(
            server.rows(
                "SELECT question.key, answer.value #>> '{}' FROM applications_answer answer"
                " JOIN applications_question question ON question.id = answer.question_id"
            )
        )

    assert {key: stored[key] for key in FIELDS} == phone.confirmed
    assert sorted(phone.confirmed.values()) == [f"number {number}" for number in range(SAVES - 2, SAVES + 1)]


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def end_connections() -> None:
    """Ends every other connection to this database, as a restart of the server does. SQLite has no server."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.mark.full
def test_what_waited_for_a_slow_mail_server_is_shared_by_the_workers_and_arrives_once(place, smtp_server):
    smtp_server.handler.takes = 0.05
    long_ago = timezone.now() - timedelta(hours=1)
    addresses = [f"student-{number}@example.edu" for number in range(40)]
    for address in addresses:
        waiting(address=address, queued_at=long_ago)

    with celery_worker(place, processes=2):
        for _twice in range(2):  # the second sweep comes while the first one's messages are on their way
            subprocess.run([sys.executable, "-c", SWEEP], env=place, check=True, timeout=60)
        wait_until(lambda: not Message.objects.filter(sent_at=None).exists(), "all to be sent")

    assert Counter(message["To"] for message in smtp_server.handler.messages) == Counter(addresses)
