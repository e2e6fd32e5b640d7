"""Results for everyone: made once by a worker of heavy work, kept while they're read, and never made in a request."""

import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace
from unittest import mock

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from exchange.background import jobs, results, subprocesses, worker_life
from exchange.celery import app
from exchange.models import Event, Job
from tests.factories import FactFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]
KIND = "test.upper"


@pytest.fixture(autouse=True)
def made(monkeypatch):
    """What was made, in this order. `made.side_effect`: what happens in the worker instead."""
    FactFactory(key="job.keep_days", value=7)
    made = mock.Mock(side_effect=None)

    def upper(work):
        made(work.job.given)
        work.output.write(work.job.given.upper().encode())
        return jobs.Result("upper.txt", "text/plain")

    known = jobs._Kind(upper, "Upper", allowed=jobs.nobody, is_heavy=True)
    monkeypatch.setitem(jobs._kinds, KIND, known)
    return made


@pytest.fixture
def no_worker(monkeypatch):
    monkeypatch.setattr(jobs, "publish", lambda job: None)


def ask(words="words", **more):
    return results.ask(KIND, jobs.key_of(words), given=words, **more)


def test_the_same_content_is_made_once_even_if_the_cache_forgets_it(made):
    first = ask()
    cache.clear()
    second = ask()
    assert first == second and results.read(second) == b"WORDS" and made.call_count == 1
    assert results.read(ask("other")) == b"OTHER"
    assert not Event.objects.exists()  # nobody did anything


def test_a_request_only_asks(made, no_worker):
    first, second = ask(), ask()
    assert first == second and first.state == "waiting" and not made.called
    assert not results.is_late(first)
    Job.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert results.is_late(ask())


def test_two_who_ask_at_the_same_moment_get_one_job(made, no_worker):
    first = ask()
    with mock.patch.object(results, "newest", return_value=None):  # not visible to the other yet
        assert ask() == first


def test_what_it_is_made_from_is_sealed_and_gone_once_it_is_made(no_worker):
    job = ask("my secret")
    with connection.cursor() as cursor:
        cursor.execute("SELECT given FROM exchange_job")
        assert "secret" not in cursor.fetchone()[0]
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.given is None and job.state == "done"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "more memory than we have"),
        (subprocesses.TooMuchMemoryError(), "more memory than we have"),
        (SoftTimeLimitExceeded(), "took too long"),
        (subprocesses.TookTooLongError(), "took too long"),
    ],
)
def test_a_limit_ends_the_job_with_words_and_it_is_tried_again_after_a_while(made, error, words):
    made.side_effect = error
    for _turn in range(2):
        job = ask()
        assert job.state == "failed" and words in job.error and job.given is None
    assert made.call_count == 1
    made.side_effect = None
    Job.objects.update(finished_at=timezone.now() - jobs.FAILURE_LASTS - timedelta(seconds=1))
    assert results.read(ask()) == b"WORDS"


def test_a_worker_that_was_killed_is_followed_by_another(made, no_worker):
    job = ask()
    Job.objects.update(state="running", attempts=1, claimed_at=timezone.now() - jobs.CLAIM_LASTS - timedelta(seconds=1))
    assert jobs.run(job.pk).state == "done" and results.read(ask()) == b"WORDS"


def test_a_job_that_kills_every_worker_says_so(made, no_worker):
    ask()
    silent = timezone.now() - jobs.CLAIM_LASTS - timedelta(seconds=1)
    Job.objects.update(state="running", attempts=jobs.ATTEMPTS, claimed_at=silent)
    assert jobs.look_after()["given_up"] == 1
    assert ask().state == "failed" and "stopped several times" in ask().error


def test_what_nobody_reads_is_deleted_and_what_is_read_stays(made):
    read, forgotten = ask(), ask("other")
    Job.objects.update(delete_after=timezone.localdate())
    results.read(ask())
    Job.objects.filter(pk=forgotten.pk).update(delete_after=timezone.localdate() - timedelta(days=1))
    assert jobs.look_after()["removed"] == 1
    read.refresh_from_db()
    assert read.delete_after == timezone.localdate() + timedelta(days=7)
    assert not Job.objects.filter(pk=forgotten.pk).exists()


def test_results_about_a_student_go_with_the_students_data(made, django_capture_on_commit_callbacks):
    mine, other = ask(about="BCDFGHJK"), ask("other")
    with django_capture_on_commit_callbacks(execute=True):
        jobs.forget_about(["BCDFGHJK"])
    assert list(Job.objects.all()) == [other]
    assert not mine.file.storage.exists(mine.file.name)


def test_nobody_opens_a_result_by_its_code(made, client):
    job = ask()
    client.force_login(UserFactory(coordinator=True))
    assert client.get(job.get_absolute_url()).status_code == 404
    assert client.get(f"{job.get_absolute_url()}result/").status_code == 404


# --- The queue of its own ---------------------------------------------------------------------------


def test_heavy_work_has_a_queue_that_other_workers_do_not_take():
    def queue_of(name):
        return app.amqp.router.route({}, name).get("queue")

    heavy = queue_of("exchange.run_heavy_job")
    assert heavy.name == "heavy" == queue_of("exchange.note_heavy_worker").name
    assert (queue_of("exchange.run_job") or SimpleNamespace(name="")).name != "heavy"


def test_its_jobs_are_sent_there(monkeypatch):
    sent = []
    monkeypatch.setattr(jobs.dispatch, "send", lambda name, **_words: sent.append(name))
    jobs.publish(Job(kind=KIND))
    jobs.publish(Job(kind="applications.export"))
    assert sent == ["exchange.run_heavy_job", "exchange.run_job"]


@pytest.mark.once
def test_each_of_its_processes_has_a_limit_of_memory():
    tries = [
        ("celery", 400, 1000, True),
        ("heavy", 1000, 400, True),
        ("heavy", 400, 1000, False),
        ("celery", 1000, 400, False),
        ("urgent", 1000, 400, False),
    ]
    code = f"""
import os, django; django.setup()
from django.conf import settings
from exchange.background import worker_life
for queue, heavy, other, _fits in {tries}:
    if not os.fork():
        settings.HEAVY_MEMORY_MB, settings.WORKER_MEMORY_MB = heavy, other
        worker_life.is_of([queue])
        worker_life.limit_memory()
        try:
            kept = b"x" * (600 * 1024**2)
        except MemoryError:
            print("no", flush=True)
        else:
            print("yes", flush=True)
        os._exit(0)
    os.wait()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["yes" if fits else "no" for *_which, fits in tries]


def test_a_calculation_that_lacks_memory_is_told_from_one_that_crashed(monkeypatch):
    def ends_with(code):
        def run(*_command, **_options):
            raise subprocess.CalledProcessError(code, "python")

        monkeypatch.setattr(subprocess, "run", run)

    for code in (subprocesses.OUT_OF_MEMORY, -9):
        ends_with(code)
        with pytest.raises(subprocesses.TooMuchMemoryError):
            subprocesses.ask("module", "word", given=b"")
    ends_with(1)
    with pytest.raises(subprocess.CalledProcessError):
        subprocesses.ask("module", "word", given=b"")


def test_the_worker_knows_its_kind_from_its_queues(monkeypatch):
    monkeypatch.setattr(worker_life, "_name", worker_life.WORKER)
    worker_life.is_of({"heavy": None})
    assert worker_life._name == worker_life.HEAVY
    worker_life.is_of({"celery": None})
    assert worker_life._name == worker_life.WORKER
