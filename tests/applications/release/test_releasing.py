"""A release by its pages and by a worker sends what was shown or nothing, once, despite double clicks and crashes."""

import datetime as dt
import os
import signal
import threading
import warnings

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from applications.models import Decision, Offer, Release
from applications.release.actions import releasing
from applications.selection.actions import selection
from applications.states import Status
from exchange.background import jobs
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import Event, Job, Message
from tests.factories import UserFactory
from tests.factories_applications import (
    ApplicationFactory,
    AssignmentFactory,
    CycleFactory,
    DecisionFactory,
    application_facts,
    review_facts,
)
from tests.releasing import release_now
from tests.signing import code_for, minutes_old

pytestmark = pytest.mark.django_db
TOLD = "applications/decision_released"


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def coordinator():
    return UserFactory(coordinator=True, full_name="Kim Alvarez")


def decided(count=1, cycle=None, **fields):
    cycle = cycle or CycleFactory()
    for _each in range(count):
        DecisionFactory(application__cycle=cycle, **fields)
    return cycle


def preview_of(cycle):
    return reverse("applications:selection-preview", args=[cycle.code])


def release_of(cycle):
    return reverse("applications:selection-release", args=[cycle.code])


def messages_each():
    """The number of messages about the result that each student has."""
    return sorted(Message.objects.filter(template=TOLD).values_list("recipient", flat=True))


def students_of(cycle):
    return sorted(cycle.applications.values_list("student", flat=True))


# --- Dry runs ---------------------------------------------------------------------------------------


def test_a_dry_run_is_kept_once_and_tells_nobody(coordinator):
    cycle = decided(2)

    first, again = (releasing.keep_dry_run(cycle, by=coordinator) for _time in range(2))

    assert (first, Release.objects.count(), Message.objects.count()) == (again, 1, 0)
    assert [line[1] for line in first.lines] == ["selected", "selected"]
    assert Event.objects.get(action="selection.dry_run").by == coordinator


def test_the_page_shows_what_is_new_gone_and_changed(sign_in, coordinator):
    cycle = decided()
    stays = DecisionFactory(application__cycle=cycle, result="not_selected", application__student__full_name="Eva Sol")
    goes = DecisionFactory(application__cycle=cycle, application__student__full_name="Leo Cruz")
    office = sign_in(coordinator)
    office.post(preview_of(cycle))
    assert "Release 3 results now" in office.get(preview_of(cycle)).text

    selection.undo(goes.application, by=coordinator)
    selection.decide(stays.application, result="waitlisted", reason="Close.", by=coordinator)
    DecisionFactory(application__cycle=cycle, application__student__full_name="Ida Vega")
    page = " ".join(office.get(preview_of(cycle)).text.split())

    assert "Eva Sol: was not selected, now waitlisted, position 1" in page
    assert "New: Ida Vega, selected" in page
    assert "Removed: Leo Cruz, who was selected" in page
    assert "Save this preview" in page
    assert "results now" not in page


def test_who_has_equal_scores_and_another_result_is_named_before_the_release(sign_in, coordinator):
    cycle = decided()
    for name, result, mean in (
        ("Eva Sol", "selected", "80.00"),
        ("Leo Cruz", "waitlisted", "80.00"),
        ("Ida Vega", "waitlisted", "70.00"),
        ("Ben Diaz", "not_selected", "70.00"),
        ("Ana Ruiz", "selected", "90.00"),
        ("Max Roy", "not_selected", "90.00"),
    ):
        DecisionFactory(
            application__cycle=cycle,
            result=result,
            application__student__full_name=name,
            application__score_mean=mean,
            application__score_median=mean,
            application__score_spread=0,
            application__reads_locked=3,
        )
    theirs = cycle.applications.get(student__full_name="Max Roy")
    AssignmentFactory(application=theirs, reader=coordinator)

    page = sign_in(coordinator).get(preview_of(cycle))

    assert page.context["tied"] == ["Eva Sol: selected", "Leo Cruz: waitlisted"]
    assert "have the same average and median, and not the same result" in page.text

    cycle.scores_by = "adjusted"
    cycle.save()
    assert "have the same average" not in sign_in(coordinator).get(preview_of(cycle)).text


def test_after_a_release_the_next_dry_run_begins_anew(coordinator):
    cycle = decided()
    release_now(cycle, coordinator)
    decided(1, cycle)

    assert releasing.dry_runs_of(cycle) == []
    assert len(releasing.keep_dry_run(cycle, by=coordinator).lines) == 1


def test_a_dry_run_of_another_day_promises_another_date(coordinator):
    cycle = decided()
    kept = releasing.keep_dry_run(cycle, by=coordinator)
    Release.objects.filter(pk=kept.pk).update(answer_by=kept.answer_by - dt.timedelta(days=1))

    with pytest.raises(RuleViolation) as caught:
        releasing.start(kept, by=coordinator)

    assert caught.value.code == "changed_since_preview"
    assert "deadline to answer" in caught.value.message


# --- Releasing by the pages -------------------------------------------------------------------------


def test_the_page_releases_what_the_dry_run_said(sign_in, coordinator, django_capture_on_commit_callbacks):
    cycle, office = decided(3), sign_in(coordinator)
    office.post(preview_of(cycle))
    kept = Release.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        answer = office.post(release_of(cycle), {"dry_run": kept.code})
    page = office.get(answer.url).text
    again = office.post(release_of(cycle), {"dry_run": kept.code})

    assert "Released: 3 students can see their results now." in page
    assert again.url == answer.url
    assert messages_each() == students_of(cycle)
    assert Offer.objects.count() == 3
    assert Job.objects.get().state == "done"


def test_an_older_session_proves_it_first_and_then_releases(sign_in, coordinator):
    cycle, office = decided(), sign_in(coordinator)
    office.post(preview_of(cycle))
    kept = Release.objects.get()

    way = minutes_old(office, 16).post(release_of(cycle), {"dry_run": kept.code}).url
    kept.refresh_from_db()
    assert kept.started_at is None
    office.post(way, {"send": "email"})
    answer = office.post(way, {"code": code_for(coordinator.email)})

    kept.refresh_from_db()
    assert kept.started_at
    assert answer.url == reverse("applications:selection-release-detail", args=[kept.code])


def test_without_a_dry_run_nothing_is_released(sign_in, coordinator):
    cycle = decided()

    answer = sign_in(coordinator).post(release_of(cycle), {}, follow=True)

    assert "Save a preview first. Nothing was released." in answer.text
    assert not Message.objects.exists()


def test_a_dry_run_of_another_cycle_is_not_one(sign_in, coordinator):
    cycle, other = decided(), decided()
    kept = releasing.keep_dry_run(other, by=coordinator)

    sign_in(coordinator).post(release_of(cycle), {"dry_run": kept.code})

    assert not Release.objects.filter(started_at__isnull=False).exists()


def test_what_changed_since_the_dry_run_is_named_and_nothing_happens(sign_in, coordinator):
    cycle = decided()
    kept = releasing.keep_dry_run(cycle, by=coordinator)
    late = DecisionFactory(application__cycle=cycle).application

    answer = sign_in(coordinator).post(release_of(cycle), {"dry_run": kept.code}, follow=True)

    assert f"1 result has changed: {late.candidate_label}." in answer.text
    assert not Message.objects.exists()


def test_what_changes_before_the_worker_begins_stops_it(coordinator):
    cycle = decided()
    kept = releasing.start(releasing.keep_dry_run(cycle, by=coordinator), by=coordinator)
    selection.undo(Decision.objects.get().application, by=coordinator)

    jobs.run(kept.job_id)

    kept.refresh_from_db()
    assert (kept.started_at, kept.job.state, Message.objects.count()) == (None, "failed", 0)
    assert "Nothing was released." in kept.job.error


def test_the_other_coordinator_sees_who_releases(sign_in, coordinator):
    cycle, other = decided(), UserFactory(coordinator=True)
    kept = releasing.start(releasing.keep_dry_run(cycle, by=coordinator), by=coordinator)
    client = sign_in(other)

    answer = client.post(release_of(cycle), {"dry_run": kept.code}, follow=True)

    assert "Kim Alvarez started this release" in answer.text
    assert "data-waiting" in answer.text
    with pytest.raises(RuleViolation) as caught:
        releasing.start(releasing.keep_dry_run(decided(1, cycle), by=other), by=other)
    assert caught.value.code == "another_under_way"


def test_a_release_that_was_given_up_can_be_started_anew(coordinator):
    cycle = decided()
    kept = releasing.start(releasing.keep_dry_run(cycle, by=coordinator), by=coordinator)
    Job.objects.filter(pk=kept.job_id).update(state="failed", finished_at=timezone.now(), error="It stopped.")

    again = releasing.start(kept, by=UserFactory(coordinator=True))
    jobs.run(again.job_id)

    assert messages_each() == students_of(cycle)


def test_nobody_sees_a_result_before_its_release(sign_in, coordinator):
    cycle = decided(result=Status.NOT_SELECTED)
    application = cycle.applications.get()
    releasing.start(releasing.keep_dry_run(cycle, by=coordinator), by=coordinator)
    student = sign_in(application.student)

    assert "Not this time" not in student.get(application.get_absolute_url()).text
    letter = reverse("applications:application-letter", args=[application.code])
    assert student.get(letter).status_code == 404


def test_queries_do_not_grow_with_the_people(coordinator, django_assert_max_num_queries):
    counts = []
    for number in (3, 30):
        cycle = decided(number)
        kept = releasing.start(releasing.keep_dry_run(cycle, by=coordinator), by=coordinator)
        with django_assert_max_num_queries(40) as captured:
            releasing.carry_out(kept.code)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_texts_follow_consent_and_the_hours(coordinator):
    application_facts()
    cycle = CycleFactory()
    for texts in (True, False):
        student = UserFactory(phone=f"+1213555013{int(texts)}", phone_verified_at=timezone.now(), texts=texts)
        DecisionFactory(application__cycle=cycle, application__student=student)

    release_now(cycle, coordinator)

    assert Message.objects.filter(channel="text").get().address == "+12135550131"
    assert Message.objects.filter(channel="email").count() == 2


# --- Concurrent releases, and workers that are killed -----------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_at_once_tell_each_student_once():
    people = [UserFactory(coordinator=True) for _each in range(2)]
    cycle = decided(4)
    kept = releasing.keep_dry_run(cycle, by=people[0])
    gate, refused = threading.Barrier(2), []

    def press(by):
        try:
            gate.wait(timeout=10)
            releasing.start(kept, by=by)
        except RuleViolation as violation:
            refused.append(violation.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[by]) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == ["already_started"]
    assert messages_each() == students_of(cycle)


def killed_by(monkeypatch, module, name, job_id):
    """Runs the job in a process of its own that is killed where `module.name` would be called."""
    connection.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it warns of threads that earlier tests started
        process = os.fork()
    if process == 0:
        try:
            monkeypatch.setattr(module, name, lambda *_args, **_more: os.kill(os.getpid(), signal.SIGKILL))
            jobs.run(job_id)
        finally:
            os._exit(3)
    _pid, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("module", "name", "told_by_then"),
    [(releasing, "_make_known", 0), (audit, "record_many", 0), (jobs, "finish", 5)],
    ids=["before", "in the middle", "after the commit"],
)
def test_a_killed_worker_leaves_all_or_nothing_and_nobody_is_told_twice(monkeypatch, module, name, told_by_then):
    coordinator, cycle = UserFactory(coordinator=True), decided(5)
    kept = releasing.keep_dry_run(cycle, by=coordinator)
    with monkeypatch.context() as patch:
        patch.setattr("exchange.tasks.run_job.apply_async", lambda *args, **options: None)
        job_id = releasing.start(kept, by=coordinator).job_id
    killed_by(monkeypatch, module, name, job_id)

    assert len(messages_each()) == told_by_then
    assert Decision.objects.unreleased().count() == 5 - told_by_then
    assert Offer.objects.count() == told_by_then
    silent = timezone.now() - jobs.CLAIM_LASTS - dt.timedelta(seconds=1)
    assert Job.objects.filter(pk=job_id, state="running").update(claimed_at=silent) == 1
    assert jobs.look_after()["again"] == 1

    assert Job.objects.get().state == "done"
    assert messages_each() == students_of(cycle)
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}
    assert Offer.objects.count() == 5
    assert ApplicationFactory._meta.model.objects.filter(status=Status.SELECTED).count() == 5
