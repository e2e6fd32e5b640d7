"""Results that go out at a set time: chosen, shown, canceled, and checked again when the time has come."""

import datetime as dt

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from applications.apply.actions import application as application_actions
from applications.models import Application, Release, ScheduledRelease
from applications.release.actions import releasing, scheduling
from applications.states import Status
from exchange.background import jobs
from exchange.base.errors import RuleViolation
from exchange.models import Event, Fact, Job, Message, OfficeTask, Role
from exchange.templatetags.ui import clock
from tests.factories import UserFactory
from tests.factories_applications import CycleFactory, DecisionFactory, application_facts, review_facts
from tests.factories_travel import travel_facts
from tests.releasing import words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def numbers(db):
    application_facts()
    review_facts()


@pytest.fixture
def office():
    return UserFactory(coordinator=True)


@pytest.fixture
def cycle():
    cycle = CycleFactory(closed=True, decisions_on=timezone.localdate() + dt.timedelta(days=20))
    DecisionFactory(application__cycle=cycle, result=Status.SELECTED)
    DecisionFactory(application__cycle=cycle, result=Status.NOT_SELECTED)
    return cycle


def morning(days=3, hour=9):
    day = timezone.localdate() + dt.timedelta(days=days)
    return dt.datetime.combine(day, dt.time(hour), tzinfo=timezone.get_current_timezone())


def scheduled_by(office, cycle, due_at=None):
    kept = releasing.keep_dry_run(cycle, by=office)
    return releasing.schedule(kept, due_at=due_at or morning(), by=office)


def at_its_time(scheduled, monkeypatch):
    """The clock shows the time that was set, on the day that the messages name."""
    monkeypatch.setattr(timezone, "now", lambda: scheduled.due_at.astimezone(dt.UTC) + dt.timedelta(seconds=30))
    return scheduling.carry_out_due()


def refusal_of(act):
    with pytest.raises(RuleViolation) as caught:
        act()
    return caught.value.code


def preview(cycle):
    return reverse("applications:selection-preview", args=[cycle.code])


def set_time(client, cycle, day, clock, dry_run=None):
    kept = dry_run or Release.objects.filter(cycle=cycle).first()
    said = {"dry_run": kept.code, "on": day, "at": clock}
    return client.post(reverse("applications:selection-schedule", args=[cycle.code]), said, follow=True)


def test_the_office_sets_a_time_and_sees_it_with_the_day_to_answer_by(office, cycle, sign_in):
    client, due_at = sign_in(office), morning()
    client.post(preview(cycle))
    page = words(set_time(client, cycle, due_at.date().isoformat(), "09:00"))

    scheduled = ScheduledRelease.objects.get()
    assert (scheduled.due_at, scheduled.set_by, scheduled.kind) == (due_at, office, "results")
    assert "The results go out on" in page and "Cancel the release" in page and "Schedule the release" not in page
    answer_by = releasing.end_of_day(due_at.date() + dt.timedelta(days=cycle.answer_days))
    assert Release.objects.get(code=scheduled.about).answer_by == answer_by
    assert "Selected students will have until" in page and "result now" not in page
    client.post(preview(cycle))  # from a page that was opened before
    assert "Something has changed since this was scheduled" not in client.get(preview(cycle)).text
    assert not Message.objects.exists()


def test_it_goes_out_at_its_time_once_with_the_messages_of_the_preview(office, cycle, monkeypatch):
    scheduled = scheduled_by(office, cycle)
    assert scheduling.carry_out_due() == {"started": 0, "refused": 0}

    assert at_its_time(scheduled, monkeypatch) == {"started": 1, "refused": 0}
    assert scheduling.carry_out_due() == {"started": 0, "refused": 0}
    release = Release.objects.get(code=scheduled.about)
    jobs.run(release.job_id)

    release.refresh_from_db()
    assert release.finished_at and release.started_by == office
    assert Message.objects.filter(template="applications/decision_released").count() == 2
    assert set(cycle.applications.values_list("status", flat=True)) == {"selected", "not_selected"}
    assert refusal_of(lambda: scheduling.cancel(scheduled, by=office)) == "gone_out"


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [
        (-1, "09:00", "That time has passed."),
        (3, "23:30", "Texts aren’t sent at that hour"),
        (3, "05:00", "Texts aren’t sent at that hour"),
        (25, "09:00", "Students were told they’d hear by"),
        (3, "", "Choose the time."),
        (None, "09:00", "Choose the day."),
    ],
)
def test_a_time_that_cannot_be_says_why_and_sets_nothing(office, cycle, sign_in, day, clock, said):
    for key, hour in (("message.quiet_from", 21), ("message.quiet_to", 8)):
        Fact.objects.filter(key=key).update(value=hour)
    client = sign_in(office)
    client.post(preview(cycle))
    on = "" if day is None else (timezone.localdate() + dt.timedelta(days=day)).isoformat()
    page = set_time(client, cycle, on, clock)
    assert said in page.text and not ScheduledRelease.objects.exists()
    assert f'value="{clock}"' in page.text or not clock  # what was typed is still there


def test_results_cannot_be_set_for_while_students_apply(office, sign_in):
    open_cycle = CycleFactory(decisions_on=timezone.localdate() + dt.timedelta(days=300))
    DecisionFactory(application__cycle=open_cycle)
    kept = releasing.keep_dry_run(open_cycle, by=office)
    assert refusal_of(lambda: releasing.schedule(kept, due_at=morning(1), by=office)) == "still_open"


def test_it_is_canceled_until_it_starts_and_can_be_set_again(office, cycle, sign_in, monkeypatch):
    scheduled, client = scheduled_by(office, cycle), sign_in(office)
    page = client.post(reverse("applications:scheduled-cancel", args=[scheduled.code]), follow=True)
    assert "Canceled. No one was told anything." in page.text and "go out on" not in page.text
    again = scheduled_by(UserFactory(coordinator=True), cycle, morning(4))
    assert at_its_time(scheduled, monkeypatch) == {"started": 0, "refused": 0}
    assert again.is_waiting and Event.objects.filter(action="release.cancel", by=office).count() == 1


def test_what_has_gone_out_is_not_canceled_and_says_when(office, cycle, sign_in, monkeypatch):
    scheduled = scheduled_by(office, cycle)
    at_its_time(scheduled, monkeypatch)

    page = sign_in(office).post(reverse("applications:scheduled-cancel", args=[scheduled.code]), follow=True)

    scheduled.refresh_from_db()
    assert "so it can’t be undone" in page.text and scheduled.canceled_at is None


@pytest.mark.parametrize("change", ["withdrawn", "decided", "role"])
def test_what_has_changed_by_then_stops_it_and_makes_a_task_and_a_message(office, cycle, monkeypatch, sign_in, change):
    scheduled = scheduled_by(office, cycle)
    if change == "withdrawn":
        gone = cycle.applications.order_by("pk").first()
        application_actions.withdraw(gone, by=gone.student)
    elif change == "decided":
        DecisionFactory(application__cycle=cycle)
    else:
        Role.objects.filter(user=office).delete()
    client = sign_in(UserFactory(coordinator=True))
    if change != "role":
        assert "Something has changed since this was scheduled, so it won’t go out." in client.get(preview(cycle)).text

    assert at_its_time(scheduled, monkeypatch) == {"started": 0, "refused": 1}

    scheduled.refresh_from_db()
    assert scheduled.refused_at and not Release.objects.exclude(started_at=None).exists()
    assert OfficeTask.objects.get().path == preview(cycle)
    assert Message.objects.get(template="applications/release_refused").recipient == office
    assert not Message.objects.filter(template="applications/decision_released").exists()
    assert "and didn’t go out. No one was told." in words(client.get(preview(cycle)))
    assert scheduled.refusal and scheduled.refusal_es and scheduled.refusal != scheduled.refusal_es
    for language in ("en", "es"):
        with translation.override(language):
            assert scheduled.refusal_here == {"en": scheduled.refusal, "es": scheduled.refusal_es}[language]


def test_the_task_goes_once_the_results_are_released_by_hand(office, cycle, monkeypatch, sign_in):
    scheduled = scheduled_by(office, cycle)
    DecisionFactory(application__cycle=cycle)
    at_its_time(scheduled, monkeypatch)
    releasing.start(releasing.keep_dry_run(cycle, by=office), by=office)
    assert not OfficeTask.objects.open().exists()
    assert "didn’t go out" not in sign_in(office).get(preview(cycle)).text


def test_a_change_between_start_and_worker_is_told_too(office, cycle, monkeypatch):
    scheduled = scheduled_by(office, cycle)
    at_its_time(scheduled, monkeypatch)
    DecisionFactory(application__cycle=cycle)
    release = Release.objects.get(code=scheduled.about)

    jobs.run(release.job_id)

    scheduled.refresh_from_db()
    release.refresh_from_db()
    assert (release.started_at, scheduled.started_at) == (None, None) and scheduled.refused_at
    assert OfficeTask.objects.open().count() == 1
    assert not Application.objects.filter(status="selected").exists()


@pytest.mark.parametrize("change", ["decided", "role", "died"])
def test_why_a_release_was_turned_back_after_its_start_is_kept_in_both_languages(office, cycle, monkeypatch, change):
    office.language = "es"
    office.save()
    scheduled = scheduled_by(office, cycle)
    at_its_time(scheduled, monkeypatch)
    release = Release.objects.get(code=scheduled.about)
    if change == "decided":
        DecisionFactory(application__cycle=cycle)
    elif change == "role":
        Role.objects.filter(user=office).delete()
    else:
        long_ago = timezone.now() - dt.timedelta(days=1)
        Job.objects.filter(pk=release.job_id).update(attempts=jobs.ATTEMPTS, claimed_at=long_ago)

    jobs.look_after() if change == "died" else jobs.run(release.job_id)

    scheduled.refresh_from_db()
    job = Job.objects.get(pk=release.job_id)
    en = {
        "decided": "Something has changed since the preview. 1 result has changed:",
        "role": "Your role no longer includes this.",
        "died": "It stopped several times before it could finish.",
    }[change]
    es = {
        "decided": "Algo cambió desde la vista previa. Cambió 1 resultado:",
        "role": "Su rol ya no incluye esto.",
        "died": "Se detuvo varias veces antes de terminar.",
    }[change]
    for language, text in (("en", en), ("es", es)):
        with translation.override(language):
            assert scheduled.refusal_here.startswith(text), scheduled.refusal_here
            assert job.error_here.startswith(text), job.error_here


def test_a_role_that_ends_between_start_and_worker_makes_a_task_for_the_others(office, cycle, monkeypatch):
    scheduled = scheduled_by(office, cycle)
    at_its_time(scheduled, monkeypatch)
    Role.objects.filter(user=office).delete()
    release = Release.objects.get(code=scheduled.about)

    jobs.run(release.job_id)

    scheduled.refresh_from_db()
    release.refresh_from_db()
    assert (release.started_at, scheduled.started_at) == (None, None) and "role" in scheduled.refusal
    assert not Application.objects.filter(status="selected").exists()
    other = UserFactory(coordinator=True)
    assert OfficeTask.objects.visible_to(other).open().addressed_to(other).get().path == preview(cycle)
    again = releasing.start(releasing.keep_dry_run(cycle, by=other), by=other)
    assert again.started_at, "nothing is in the way of another release"


def test_a_worker_that_dies_each_time_leaves_nothing_under_way(office, cycle, monkeypatch):
    scheduled = scheduled_by(office, cycle)
    at_its_time(scheduled, monkeypatch)
    release = Release.objects.get(code=scheduled.about)
    long_ago = timezone.now() - dt.timedelta(days=1)
    Job.objects.filter(pk=release.job_id).update(attempts=jobs.ATTEMPTS, claimed_at=long_ago)

    assert jobs.look_after()["given_up"] == 1

    release.refresh_from_db()
    assert release.started_at is None and OfficeTask.objects.open().count() == 1


def test_the_home_page_lists_what_goes_out_by_itself_and_leads_to_its_cancel(office, cycle, sign_in):
    travel_facts()
    client, home = sign_in(UserFactory(coordinator=True)), reverse("travel:pipeline")
    assert "Scheduled for" not in client.get(home).text
    scheduled = scheduled_by(office, cycle)

    page = client.get(home)

    assert f"Scheduled for {clock(scheduled.due_at)}" in words(page) and preview(cycle) in page.text
    assert scheduled.due_at.date() in [day.on for day in page.context["today"].days]
    scheduling.cancel(scheduled, by=office)
    assert "Scheduled for" not in client.get(home).text


def test_two_people_at_it_at_once(office, cycle):
    other = UserFactory(coordinator=True)
    kept = releasing.keep_dry_run(cycle, by=office)
    first = releasing.schedule(kept, due_at=morning(), by=office)

    assert releasing.schedule(kept, due_at=morning(), by=office) == first  # a double tap
    assert refusal_of(lambda: releasing.schedule(kept, due_at=morning(4), by=other)) == "already_scheduled"
    assert refusal_of(lambda: releasing.schedule(kept, due_at=morning(4), by=office)) == "already_scheduled"
    assert refusal_of(lambda: releasing.start(kept, by=other)) == "already_scheduled"
    assert ScheduledRelease.objects.get() == first


def test_a_preview_that_is_out_of_date_is_not_scheduled(office, cycle):
    kept = releasing.keep_dry_run(cycle, by=office)
    DecisionFactory(application__cycle=cycle)
    assert refusal_of(lambda: releasing.schedule(kept, due_at=morning(), by=office)) == "changed_since_preview"


def test_beat_asks_every_minute():
    beat = settings.CELERY_BEAT_SCHEDULE["carry-out-scheduled"]
    assert (beat["task"], beat["schedule"]) == ("applications.carry_out_scheduled", 60.0)
