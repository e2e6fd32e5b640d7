"""Jobs: started once, run by one worker at a time, restarted after a crash, seen by whoever started them."""

import datetime as dt
import io
from unittest import mock

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from exchange import tasks
from exchange.background import jobs
from exchange.base.errors import RuleViolation
from exchange.models import Event, Job
from tests.factories import FactFactory, UserFactory, finished_job

pytestmark = [pytest.mark.django_db, pytest.mark.both]
KIND = "test.count"


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    """A job that writes the numbers 0 to 2; `kind.at` is called before each number."""
    FactFactory(key="job.keep_days", value=7)
    state = mock.Mock(at=mock.Mock(), runs=0)

    def count(work):
        state.runs += 1
        for number in range(3):
            state.at(number, work)
            work.output.write(f"{number}\n".encode())
            work.progress(number + 1, 3)
        return jobs.Result("numbers.txt", "text/plain")

    known = jobs._Kind(count, gettext_lazy("Export of applications"), allowed=lambda user: bool(user.role_rows))
    monkeypatch.setitem(jobs._kinds, KIND, known)
    return state


def started(by=None, **params):
    job, _new = jobs.start(KIND, "one", by=by or UserFactory(coordinator=True), params=params)
    return job


def content(job):
    with job.file.open("rb") as file:
        return file.read()


def test_a_job_runs_after_the_commit_and_keeps_its_result(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = started()
        assert job.state == "waiting"
    job.refresh_from_db()

    assert (job.state, job.done, job.total, job.size) == ("done", 3, 3, 6)
    assert content(job) == b"0\n1\n2\n"
    assert job.delete_after == timezone.localdate() + dt.timedelta(days=7)
    assert [event.action for event in Event.objects.order_by("pk")] == ["job.start", "job.end"]


def test_pressing_again_gives_the_same_job():
    by = UserFactory(coordinator=True)
    first, is_new = jobs.start(KIND, "one", by=by)
    again, is_new_too = jobs.start(KIND, "one", by=by)

    assert (first, is_new, is_new_too) == (again, True, False)
    assert Event.objects.filter(action="job.start").count() == 1


def test_pressed_twice_at_the_same_moment_is_one_job():
    by = UserFactory(coordinator=True)
    first = started(by)
    with mock.patch("django.db.models.query.QuerySet.first", return_value=None):  # not visible to the other yet
        again, is_new = jobs.start(KIND, "one", by=by)

    assert (again, is_new) == (first, False)


def test_once_finished_the_same_wish_is_a_new_job():
    by = UserFactory(coordinator=True)
    jobs.run(started(by).pk)

    assert jobs.start(KIND, "one", by=by)[1] is True


def test_what_somebody_else_has_started_is_said_so():
    started()
    with pytest.raises(RuleViolation) as caught:
        started(UserFactory(coordinator=True))
    assert caught.value.code == "job_of_another"


def test_a_kind_that_nobody_registered_cannot_be_started():
    with pytest.raises(LookupError):
        jobs.start("no.such", "one", by=UserFactory())


def test_the_task_may_run_twice(kind):
    job = started()
    tasks.run_job(job_id=job.pk)
    tasks.run_job(job_id=job.pk)

    assert kind.runs == 1


def test_a_second_worker_leaves_a_job_alone_that_another_has(kind):
    job = started()
    kind.at.side_effect = lambda number, work: jobs.run(job.pk)
    jobs.run(job.pk)

    assert kind.runs == 1


def test_a_killed_job_begins_again_once_its_worker_is_silent(kind):
    job = started()
    kind.at.side_effect = lambda number, work: number and leave_behind(job)
    with pytest.raises(Killed):
        jobs.run(job.pk)
    Job.objects.filter(pk=job.pk).update(state="running", claimed_at=timezone.now())  # the killed one released nothing
    kind.at.side_effect = None

    assert jobs.look_after() == {"again": 0, "given_up": 0, "removed": 0}  # it may still be alive
    Job.objects.filter(pk=job.pk).update(claimed_at=timezone.now() - jobs.CLAIM_LASTS - dt.timedelta(seconds=1))
    assert jobs.look_after()["again"] == 1
    job.refresh_from_db()
    assert (job.state, job.attempts, content(job)) == ("done", 2, b"0\n1\n2\n")


class Killed(BaseException):
    pass


def leave_behind(job):
    raise Killed


def test_a_worker_that_was_thought_dead_writes_nothing(kind):
    job = started()

    def taken_over(number, work):
        if number == 1 and kind.runs == 1:
            Job.objects.filter(pk=job.pk).update(claimed_at=timezone.now() - dt.timedelta(hours=1))
            jobs.run(job.pk)

    kind.at.side_effect = taken_over
    assert jobs.run(job.pk) is None  # raises Lost at its next heartbeat
    job.refresh_from_db()
    assert (kind.runs, job.state, job.attempts, content(job)) == (2, "done", 2, b"0\n1\n2\n")
    assert Event.objects.filter(action="job.end").count() == 1


def test_what_a_lost_worker_wrote_is_thrown_away():
    job = started()
    Job.objects.filter(pk=job.pk).update(state="running", claimed_at=timezone.now(), attempts=2)
    job.attempts = 1
    with mock.patch("django.core.files.storage.FileSystemStorage.delete") as delete:
        assert jobs.finish(job, jobs.Result("x.txt", "text/plain"), io.BytesIO(b"x")) is None
    delete.assert_called_once()
    job.refresh_from_db()
    assert job.file.name == ""


def test_an_error_lets_the_job_be_tried_again_and_then_given_up(kind):
    job = started()
    kind.at.side_effect = ZeroDivisionError
    for _try in range(jobs.ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            jobs.run(job.pk)
        job.refresh_from_db()
        assert (job.state, job.claimed_at) == ("waiting", None)

    assert jobs.run(job.pk) is None
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - dt.timedelta(minutes=5))
    assert jobs.look_after() == {"again": 0, "given_up": 1, "removed": 0}
    job.refresh_from_db()
    assert job.state == "failed"
    assert "several times" in job.error


def test_a_broken_rule_ends_the_job_with_its_words(kind, sign_in):
    job = started()
    kind.at.side_effect = RuleViolation("no", "Too late for this.")

    jobs.run(job.pk)
    assert "Too late for this." in sign_in(job.by).get(job.get_absolute_url()).text


def test_why_a_job_failed_is_read_in_the_language_of_whoever_reads(kind, sign_in):
    job = started()
    kind.at.side_effect = RuleViolation("no", gettext_lazy("Choose a day."))

    jobs.run(job.pk)

    page, client = job.get_absolute_url(), sign_in(job.by)
    assert "Choose a day." in client.get(page).text
    assert "Elija un día." in client.get(page, headers={"accept-language": "es"}).text


def test_a_job_whose_task_was_lost_is_handed_out_again(kind):
    job = started()
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - dt.timedelta(minutes=1))
    jobs.look_after()

    job.refresh_from_db()
    assert job.state == "done"


def test_a_result_is_removed_after_its_last_day(django_capture_on_commit_callbacks):
    today = timezone.localdate()
    kept = finished_job(UserFactory(), delete_after=today)
    old = finished_job(UserFactory(), delete_after=today - dt.timedelta(days=1))
    name, storage = old.file.name, old.file.storage

    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.look_after()["removed"] == 1
    old.refresh_from_db()
    assert (old.file.name, storage.exists(name), storage.exists(kept.file.name)) == ("", False, True)


# --- Pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["job-detail", "job-result"])
def test_a_job_is_there_for_who_started_it_alone(page, sign_in):
    job = finished_job(UserFactory(coordinator=True))
    url = reverse(page, kwargs={"code": job.code})

    mine = sign_in(job.by).get(url)
    assert b"".join(mine)  # read to its end, which closes the file
    assert mine.status_code == 200
    assert sign_in(UserFactory(coordinator=True)).get(url).status_code == 404
    assert sign_in(UserFactory()).get(url).status_code == 404


def test_the_page_says_how_far_it_is(sign_in):
    job = started(back="/applications/?status=draft")
    client = sign_in(job.by)
    assert "Waiting in line" in client.get(job.get_absolute_url()).text

    Job.objects.filter(pk=job.pk).update(state="running", claimed_at=timezone.now(), done=12000, total=100000)
    page = client.get(job.get_absolute_url()).text
    assert "12,000 of 100,000" in page
    assert 'value="12000"' in page
    assert 'href="/applications/?status=draft"' in page
    assert "http-equiv" not in page


def test_the_result_is_a_private_download_and_each_is_on_record(sign_in):
    job = finished_job(UserFactory(coordinator=True), b"a,b\r\n")
    answer = sign_in(job.by).get(reverse("job-result", kwargs={"code": job.code}))

    assert b"".join(answer.streaming_content) == b"a,b\r\n"
    assert answer["Content-Disposition"] == 'attachment; filename="applications.csv"'
    assert "no-store" in answer["Cache-Control"]
    assert Event.objects.get(action="job.open_result").by == job.by


def test_who_has_left_the_office_opens_no_result(sign_in):
    job = finished_job(UserFactory(coordinator=True))
    job.by.roles.all().delete()

    assert sign_in(job.by).get(reverse("job-result", kwargs={"code": job.code})).status_code == 403


def test_a_result_that_is_gone_says_so(sign_in):
    job = finished_job(UserFactory(coordinator=True))
    Job.objects.filter(pk=job.pk).update(file="")
    client = sign_in(job.by)

    assert "This file is no longer available." in client.get(job.get_absolute_url()).text
    assert client.get(reverse("job-result", kwargs={"code": job.code})).status_code == 404
