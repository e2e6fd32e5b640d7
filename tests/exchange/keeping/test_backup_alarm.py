"""Who is told, and how often, while a good backup is missing; and what beat does at night."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exchange import tasks
from exchange.keeping import alarm, taking
from exchange.models import Backup, Message
from tests.append_only import forget_events
from tests.exchange.keeping.systems import backup_facts
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(keys):
    backup_facts()
    return UserFactory(coordinator=True, is_superuser=True, email="owner@example.gov")


def backup_of(hours: int, **fields) -> Backup:
    then = timezone.now() - timedelta(hours=hours)
    return Backup.objects.create(name=f"of-{hours}-{len(fields)}", started_at=then, **fields)


def good(hours: int) -> Backup:
    return backup_of(hours, finished_at=timezone.now())


def test_nobody_is_told_while_the_last_good_one_is_young(owner):
    good(35)
    backup_of(2, error="disk full")
    assert alarm.tell_if_late() == 0
    assert not Message.objects.exists()


def test_owners_are_told_once_a_day_with_the_reason(owner, caplog):
    UserFactory(coordinator=True)
    good(50)
    backup_of(2, error="OSError: No space left on device")

    assert alarm.tell_if_late() == 1
    assert alarm.tell_if_late() == 0

    message = Message.objects.get()
    assert message.address == "owner@example.gov"
    assert "No space left on device" in message.body
    assert "no good backup since" in caplog.text
    forget_events(action=alarm.ACTION)  # a day later
    assert alarm.tell_if_late() == 1


def test_backups_that_never_worked_are_told(owner):
    backup_of(37, error="BACKUP_DIR can't be written")
    assert alarm.tell_if_late() == 1


def test_a_portal_without_backups_alarms_nobody(owner, settings):
    settings.BACKUP_DIR = ""
    good(500)
    tasks.tell_if_backup_is_late()
    assert not Message.objects.exists()


def test_beat_takes_one_a_night(owner, monkeypatch, settings):
    asked = []
    monkeypatch.setattr(taking, "take", lambda **terms: asked.append(terms))
    tasks.take_backup()
    assert asked == [{"unless_younger_than": timedelta(hours=20)}]
    settings.BACKUP_DIR = ""
    tasks.take_backup()
    assert len(asked) == 1
