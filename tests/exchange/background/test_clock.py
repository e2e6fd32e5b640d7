"""Beat's schedule is in the database: nothing is written to a disk that may be full, and nothing is missed."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery import Celery
from celery.schedules import crontab
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from exchange.background import clock, worker_life
from exchange.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_clock(monkeypatch):
    """A function that starts beat's scheduler as after a restart; `.sent` has the names of tasks that it sent."""
    monkeypatch.setattr(clock, "close_old_connections", lambda: None)
    sent = []

    def start(**schedule):
        app = Celery("portal", set_as_current=False)
        app.conf.beat_schedule = schedule
        started = clock.Clock(app=app, lazy=True)
        monkeypatch.setattr(started, "apply_entry", lambda entry, producer=None: sent.append(entry.name))
        started.setup_schedule()
        monkeypatch.setattr(clock.Clock, "producer", None)
        return started

    start.sent = sent
    return start


def test_task_whose_time_passed_while_beat_was_down_is_sent_when_it_starts(new_clock):
    yesterday = timezone.now() - timedelta(hours=30)
    clock.note("task:purge", yesterday)
    clock.note("task:recent", timezone.now())
    daily = crontab(hour=3, minute=20)

    beat = new_clock(purge={"task": "p", "schedule": daily}, recent={"task": "r", "schedule": 3600.0})
    for _each in range(4):
        beat.tick()

    assert new_clock.sent == ["purge"]
    assert Heartbeat.objects.get(name="task:purge").at > timezone.now() - timedelta(minutes=1)
    assert Heartbeat.objects.filter(name=clock.BEAT).exists()

    again = new_clock(purge={"task": "p", "schedule": daily})
    again.tick()
    assert new_clock.sent == ["purge"]


def test_beat_goes_on_while_the_database_is_away(new_clock, monkeypatch):
    def away(*args):
        raise DatabaseError("away")

    beat = new_clock(often={"task": "o", "schedule": 0.0})
    beat.tick()
    monkeypatch.setattr(clock, "note", away)
    monkeypatch.setattr(beat, "_hold", away)

    assert passes(beat) <= clock.NOTED_EVERY
    assert new_clock.sent == ["often", "often"]


def passes(beat) -> float:
    """As if half a minute had passed for this beat."""
    beat._looked_at = None
    return beat.tick()


def silent_for(seconds: float) -> None:
    """As if all beats had stood still for so long: what they hold is as old."""
    Heartbeat.objects.filter(name=clock.BEAT).update(at=timezone.now() - timedelta(seconds=seconds))


def test_of_two_beats_one_sends_and_the_other_takes_over_when_it_leaves(new_clock):
    often = {"often": {"task": "o", "schedule": 0.0}}
    first, second = new_clock(**often), new_clock(**often)
    first.tick()
    for beat in (second, first, second):
        passes(beat)
    assert new_clock.sent == ["often", "often"]  # both by the first

    first.leave()
    passes(second)
    passes(first)
    assert new_clock.sent == ["often", "often", "often"]


def test_a_beat_that_falls_silent_loses_its_place_and_what_was_due_is_sent_once(new_clock):
    hourly = {"hourly": {"task": "h", "schedule": 3600.0}}
    first = new_clock(**hourly)
    first.tick()
    second = new_clock(**hourly)
    clock.note("task:hourly", timezone.now() - timedelta(hours=2))
    silent_for(clock.SILENT.total_seconds() - 5)
    passes(second)
    assert new_clock.sent == []

    silent_for(clock.SILENT.total_seconds())
    passes(second)
    passes(first)  # it wakes up, and another has its place
    passes(first)
    assert new_clock.sent == ["hourly"]
    assert (first._held, bool(second._held)) == (None, True)


def test_a_beat_that_starts_while_the_database_is_away_sends_nothing_yet(new_clock, monkeypatch):
    def away(*args):
        raise DatabaseError("away")

    beat = new_clock(often={"task": "o", "schedule": 0.0})
    hold = beat._hold
    monkeypatch.setattr(beat, "_hold", away)
    passes(beat)
    assert new_clock.sent == []

    monkeypatch.setattr(beat, "_hold", hold)
    passes(beat)
    assert new_clock.sent == ["often"]


def test_beat_uses_this_clock_and_no_file():
    assert settings.CELERY_BEAT_SCHEDULER == "exchange.background.clock:Clock"
    assert not hasattr(clock.Clock, "persistence")


@pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_periodic_tasks_expire_before_they_pile_up(name):
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    longest = entry["schedule"] if isinstance(entry["schedule"], float) else 6 * 3600

    assert 0 < entry["options"]["expires"] <= longest


def test_worker_notes_that_it_is_alive_but_not_after_each_task(monkeypatch):
    conf = SimpleNamespace(task_always_eager=False)
    monkeypatch.setattr(worker_life, "current_app", SimpleNamespace(conf=conf))
    monkeypatch.setattr(worker_life, "_noted", worker_life.threading.local())

    worker_life.note()
    Heartbeat.objects.update(at="2026-01-01T00:00Z")
    worker_life.note()

    assert Heartbeat.objects.get(name="worker").at.year == 2026
    assert Heartbeat.objects.get(name="worker").at.month == 1
