"""Four people press a button at the same moment, and four workers take one job: only one of each counts."""

import threading

import pytest
from django.db import connections, transaction

from exchange.background import jobs
from exchange.models import Event, Job
from tests.factories import FactFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = []
REFUSED = threading.Semaphore(0)  # one for each worker that found the job taken


def slow(work):
    RUNS.append(work.job.attempts)
    assert all(REFUSED.acquire(timeout=20) for _other in range(3))
    work.output.write(b"x")
    return jobs.Result("x.txt", "text/plain")


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    RUNS.clear()
    FactFactory(key="job.keep_days", value=7)
    monkeypatch.setitem(jobs._kinds, "test.slow", jobs._Kind(slow, "Slow", allowed=lambda user: True))
    monkeypatch.setattr("exchange.tasks.run_job.apply_async", lambda *args, **options: None)


def at_once(act, times=4):
    gate, given = threading.Barrier(times), []

    def run():
        gate.wait()
        try:
            given.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def test_four_hands_start_one_job():
    by = UserFactory(coordinator=True)

    @transaction.atomic
    def press():
        return jobs.start("test.slow", "k", by=by)

    given = at_once(press)
    assert len({job.pk for job, _new in given}) == Job.objects.count() == 1
    assert sorted(is_new for _job, is_new in given) == [False, False, False, True]
    assert Event.objects.filter(action="job.start").count() == 1


def test_four_workers_do_it_once():
    job, _new = jobs.start("test.slow", "k", by=UserFactory(coordinator=True))

    def work():
        done = jobs.run(job.pk)
        if not done:
            REFUSED.release()
        return done

    given = at_once(work)
    assert RUNS == [1]
    assert [done for done in given if done] == [job]
    assert Event.objects.filter(action="job.end").count() == 1
