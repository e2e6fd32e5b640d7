"""The operations page: what its owners can press, and that each alarm has its section in docs/operations.md."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from exchange import tasks
from exchange.background import alarms, dispatch, early, lookout, status
from exchange.background.part import SOON
from exchange.keeping import runbook, taking
from exchange.models import Alarm, Backup, Event, Heartbeat, Message
from tests.factories import UserFactory
from tests.factories_facts import watch_facts
from tests.services import ROOT

pytestmark = pytest.mark.django_db
ALERTS = set(re.findall(r"- alert: (\w+)", (ROOT / "deploy/alerts.yml").read_text()))


@pytest.fixture(autouse=True)
def nothing_probed(monkeypatch):
    watch_facts()
    monkeypatch.setattr(status, "probe", lambda probes=None: set())
    monkeypatch.setattr(early, "seconds_off", lambda: 0.0)


@pytest.fixture
def owner():
    return UserFactory(is_staff=True, is_superuser=True, language="en")


@pytest.fixture
def page(sign_in, owner):
    client = sign_in(owner)
    return lambda: client.get(reverse("status")).content.decode()


# --- The runbook ------------------------------------------------------------------------------------


def test_each_alarm_has_its_section_and_no_section_is_left_over():
    named = [name for section in runbook.sections() for name in section.names]
    raised = {part.name for part in status.parts()} | {"database"}
    assert len(named) == len(set(named))
    assert set(named) == raised | ALERTS


def test_each_section_says_how_to_look_or_what_to_do():
    for section in runbook.sections():
        assert any(block.is_code for block in section.blocks), section.title
        assert any(not block.is_code for block in section.blocks), section.title


def test_the_runbook_shows_text_and_commands_as_such(sign_in, owner):
    shown = sign_in(owner).get(reverse("status-runbook")).content.decode()
    assert '<h2 id="certificate">The certificate ends soon</h2>' in shown
    assert "<pre" in shown and "certbot renew --dry-run" in shown and "```" not in shown
    assert "<code>MemoryMax</code>" in shown and "`" not in shown.partition("<main")[2] and "Alarms:" not in shown
    assert "*Take a backup now*" not in shown and "Take a backup now" in shown


@pytest.mark.parametrize("name", ["status-send-again", "status-backup"])
def test_only_owners_press(sign_in, name, keys):
    assert sign_in(UserFactory(coordinator=True)).post(reverse(name)).status_code == 403


# --- What it says -----------------------------------------------------------------------------------


def test_the_page_says_since_when_and_leads_to_what_to_do(page):
    now = timezone.now()
    Alarm.objects.create(part="mail", began_at=now - timedelta(days=9), ended_at=now - timedelta(days=8))
    Alarm.objects.create(part="mail", began_at=now - timedelta(days=3), ended_at=now - timedelta(days=2))
    Alarm.objects.create(part=f"certificate{SOON}", began_at=now - timedelta(hours=5), told_at=now - timedelta(hours=4))
    Heartbeat.objects.create(name=lookout.ENDS, at=now + timedelta(days=10))

    shown = page()

    known = alarms.known()
    assert known["mail"].since == now - timedelta(days=2) and known["mail"].told_at is None
    assert "It has worked since Sun, Nov 29 at" in shown and "Owners were emailed Tue, Dec 1 at" in shown
    assert "10 days left" in shown or "9 days left" in shown
    assert reverse("status-runbook") + "#certificate" in shown
    assert reverse("status-runbook") + "#mail" not in shown


def test_the_number_of_queries_does_not_grow_with_alarms(page, django_assert_max_num_queries):
    now = timezone.now()
    for number in range(40):
        Alarm.objects.create(part=f"part{number % 7}", began_at=now - timedelta(days=number), ended_at=now)
    with django_assert_max_num_queries(40):
        page()


# --- What can be pressed ----------------------------------------------------------------------------


def failed(**fields) -> Message:
    said = {"channel": "email", "address": "ana@example.edu", "subject": "Hi", "body": "x", "error": "refused"}
    return Message.objects.create(**said | {"failed_at": timezone.now()} | fields)


def test_what_was_given_up_is_sent_again_and_codes_are_not(page, sign_in, owner, monkeypatch):
    first, second, code = failed(), failed(), failed(is_secret=True)
    assert "2 messages couldn’t be sent" in page()

    answer = sign_in(owner).post(reverse("status-send-again"), follow=True).content.decode()

    assert "2 messages are on their way again." in answer and "Send them again" not in answer
    assert set(Message.objects.waiting()) == {first, second} and code not in Message.objects.waiting()
    assert Event.objects.filter(action="message.send_again", by=owner).count() == 2
    assert "ana@example.edu" not in answer

    again = sign_in(owner).post(reverse("status-send-again"), follow=True).content.decode()
    assert "None of these messages can be sent again." in again


@pytest.fixture
def sent(monkeypatch):
    asked = []
    monkeypatch.setattr(dispatch, "send", lambda name, expires, **kwargs: asked.append((name, kwargs)) or True)
    return asked


def test_a_backup_is_asked_for_once(page, sign_in, owner, keys, sent):
    assert "Take a backup now" in page()
    shown = sign_in(owner).post(reverse("status-backup"), follow=True).content.decode()
    assert "A worker takes the backup now." in shown
    assert sent == [("exchange.take_backup", {"at_once": True})]
    assert Event.objects.filter(action="backup.ask", by=owner).exists()

    Backup.objects.create(name="now")
    assert "Take a backup now" not in page()
    shown = sign_in(owner).post(reverse("status-backup"), follow=True).content.decode()
    assert "A backup is being taken already." in shown and len(sent) == 1

    Backup.objects.update(started_at=timezone.now() - timedelta(hours=7))  # its process was killed
    assert "Take a backup now" in page()


def test_a_backup_that_nobody_can_be_asked_for_says_so(sign_in, owner, keys, monkeypatch):
    monkeypatch.setattr(dispatch, "send", lambda *args, **kwargs: False)
    shown = sign_in(owner).post(reverse("status-backup"), follow=True).content.decode()
    assert "the task queue isn’t working" in shown
    assert not Event.objects.filter(action="backup.ask").exists()


def test_a_portal_without_backups_offers_none(page, sign_in, owner, settings):
    settings.BACKUP_DIR = ""
    assert "Take a backup now" not in page()
    assert sign_in(owner).post(reverse("status-backup")).status_code == 403


def test_the_task_takes_one_at_once_although_the_last_is_young(keys, monkeypatch):
    asked = []
    monkeypatch.setattr(taking, "take", lambda *, unless_younger_than: asked.append(unless_younger_than))
    tasks.take_backup()
    tasks.take_backup(at_once=True)
    assert asked == [timedelta(hours=taking.NIGHTLY_HOURS), None]
