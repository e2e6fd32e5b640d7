"""With a Redis that takes connections and never answers, pages answer in bounded time, and beat sends what waits."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from applications.apply.actions import draft
from exchange.background import dispatch
from exchange.models import Job, KeptTask, Message
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import ApplicationFactory, CycleFactory, application_facts
from tests.onlooking import Browser, look_on, nobody_waited, pages, web
from tests.services import ROOT, celery_worker, free_port, wait_until

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

# A visitor comes, a student signs in and saves an answer, as in one web process with the settings of production
PAGES = r"""
import json, re, sys, time
from django.conf import settings
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
import django; django.setup()
from django.test import Client
from exchange.models import Message

email, code = sys.argv[1:]
client, answers = Client(), {}

def ask(name, path, data=None, **extra):
    started = time.monotonic()
    response = client.get(path) if data is None else client.post(path, data, **extra)
    answers[name] = (response.status_code, round(time.monotonic() - started, 2))
    return response

ask("home", "/")
ask("sign-in page", "/account/login/")
ask("ask for code", "/account/login/", {"login": email})
written = Message.objects.get(address=email)
ask("sign in", "/account/login/code/confirm/", {"code": re.search(r"\b\d{6}\b", written.body)[0]})
change = {"key": "story_why", "device": "phone", "number": 1, "typed_at": 0, "seen": {}}
body = json.dumps({"now": 0, "changes": [change | {"fields": {"story_why": "Bus 42"}}]})
saved = ask("save", f"/applications/{code}/save/", body, content_type="application/json")
ask("overview", f"/applications/{code}/form/")
print(json.dumps({"answers": answers, "saved": saved.json()}))
"""


@pytest.fixture
def student():
    application_facts()
    return UserFactory(email="ana@example.edu", language="en")


def run_pages(env: dict[str, str], *words: str) -> dict:
    env = env | {"DJANGO_SETTINGS_MODULE": "exchange.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PAGES, *words],
        env=env,
        cwd=ROOT,
        check=False,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.full
def test_pages_answer_without_redis_and_the_code_is_sent_later(
    student, frozen_port, other_process, smtp_server, redis_url
):
    application = ApplicationFactory(cycle=CycleFactory(ready=True), student=student)
    mail = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(smtp_server.port),
        "EMAIL_USE_TLS": "false",
    }
    frozen = f"redis://127.0.0.1:{frozen_port}"
    env = other_process | mail | {"CELERY_BROKER_URL": f"{frozen}/0", "CACHE_URL": f"{frozen}/1"}

    found = run_pages(env, student.email, application.code)

    assert {name: status for name, (status, _seconds) in found["answers"].items()} == {
        "home": 200,
        "sign-in page": 200,
        "ask for code": 302,
        "sign in": 302,
        "save": 200,
        "overview": 200,
    }
    assert max(seconds for _status, seconds in found["answers"].values()) < 8  # one wait for each of the two
    assert [result["ok"] for result in found["saved"]["results"]] == [True]
    assert draft.Application.objects.get().answers.get(question__key="story_why").value == "Bus 42"
    waiting = Message.objects.waiting().filter(address=student.email)
    assert waiting.exists()

    # the broker is back, and beat looks for what waits
    Message.objects.update(queued_at=timezone.now() - timedelta(minutes=2))
    with celery_worker(env | {"CELERY_BROKER_URL": redis_url}):
        sweep = (
            "import django; django.setup(); from exchange import tasks; tasks.deliver_waiting_urgent_messages.delay()"
        )
        again = env | {"CELERY_BROKER_URL": redis_url, "DJANGO_SETTINGS_MODULE": "exchange.settings"}
        subprocess.run([sys.executable, "-c", sweep], env=again, cwd=ROOT, check=True, timeout=60)
        wait_until(lambda: not Message.objects.waiting().exists(), "the code to be sent after all")
    assert smtp_server.handler.messages


@pytest.mark.full
@pytest.mark.once
def test_pages_of_the_web_server_answer_within_a_second_whenever_redis_is_asked_again(
    student, frozen_port, other_process, sign_in, settings, tmp_path
):
    """Each process asks it every ten seconds, and then one page waits for it."""
    application = ApplicationFactory(cycle=CycleFactory(ready=True), student=student)
    port, frozen = free_port(), f"redis://127.0.0.1:{frozen_port}"
    env = other_process | {"DJANGO_SETTINGS_MODULE": "exchange.settings", "SECRET_KEY": settings.SECRET_KEY}
    env |= {"CELERY_BROKER_URL": f"{frozen}/0", "CACHE_URL": f"{frozen}/1"}
    writer = Browser(port, sign_in(student).session.session_key)
    asks = pages(writer, application.code)
    with web(env, port, tmp_path / "web.log", processes=1):
        look_on(1, {"/readyz": asks["/readyz"]})
        took = look_on(25, asks)

    nobody_waited(took)


@pytest.fixture
def away(monkeypatch):
    """A broker that refuses; `sent` collects what is published once it is back."""
    sent, broker = [], {"is_away": True}

    def publish(name, **kwargs):
        if not broker["is_away"]:
            sent.append((name, kwargs))
        return not broker["is_away"]

    monkeypatch.setattr(dispatch, "send", publish)
    return broker | {"sent": sent, "back": lambda: broker.update(is_away=False)}


def test_kept_task_that_was_not_published_is_published_later_and_goes_once_it_has_run(away, monkeypatch):
    dispatch.keep_and_send("travel.recompute_at_facility", facility_id=7)
    row = KeptTask.objects.get()
    assert (row.published_at, row.attempts) == (None, 0)
    KeptTask.objects.update(created_at="2026-01-01T00:00Z")

    away["back"]()
    assert (dispatch.publish_kept(), dispatch.publish_kept()) == (1, 0)

    assert away["sent"] == [("exchange.run_kept_task", {"kept_id": row.pk})]
    run = []
    monkeypatch.setitem(dispatch.current_app.tasks, row.name, lambda **kwargs: run.append(kwargs))
    assert (dispatch.run_kept(row.pk), dispatch.run_kept(row.pk)) == (True, False)
    assert (run, KeptTask.objects.count()) == ([{"facility_id": 7}], 0)


def test_kept_task_that_a_worker_lost_is_published_again_but_not_for_ever(away):
    away["back"]()
    dispatch.keep_and_send("travel.recompute_at_facility", facility_id=7)
    for _each in range(dispatch.ATTEMPTS - 1):
        KeptTask.objects.update(published_at="2026-01-01T00:00Z")
        assert dispatch.publish_kept() == 1
    KeptTask.objects.update(published_at="2026-01-01T00:00Z")

    assert (dispatch.publish_kept(), len(away["sent"])) == (0, dispatch.ATTEMPTS)


def test_one_run_does_the_same_tasks_that_were_kept_before_and_none_that_came_meanwhile(away, monkeypatch):
    for _each in range(3):
        dispatch.keep_and_send("travel.recompute_checklists")
    first = KeptTask.objects.first()
    late = lambda: dispatch.keep_and_send("travel.recompute_checklists")  # noqa: E731
    monkeypatch.setitem(dispatch.current_app.tasks, first.name, late)

    dispatch.run_kept(first.pk)

    assert KeptTask.objects.count() == 1


def test_kept_task_that_fails_stays(away, monkeypatch):
    dispatch.keep_and_send("travel.recompute_checklists")
    row = KeptTask.objects.get()
    monkeypatch.setitem(dispatch.current_app.tasks, row.name, lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        dispatch.run_kept(row.pk)

    assert KeptTask.objects.exists()


def test_job_that_was_not_published_is_handed_out_by_beat(away, monkeypatch):
    from exchange.background import jobs  # noqa: PLC0415 -- patched below

    FactFactory(key="job.keep_days", value=7)
    monkeypatch.setitem(jobs._kinds, "test.job", jobs._Kind(lambda work: None, "Job", allowed=lambda user: True))
    job, _is_new = jobs.start("test.job", "k", by=UserFactory(coordinator=True))
    Job.objects.update(created_at="2026-01-01T00:00Z")

    away["back"]()
    jobs.look_after()

    assert away["sent"] == [("exchange.run_job", {"job_id": job.pk})]
