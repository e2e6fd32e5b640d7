"""Closing the audit log every night: late commits, purges, new keys, incidents; and what verify says."""

import datetime as dt
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from exchange.base.sealed import fingerprint
from exchange.keeping import log_closings, taking, verification
from exchange.models import Event, LogClosing
from exchange.tasks import close_log
from tests.append_only import forget_events, past_the_portal
from tests.exchange.keeping.systems import backup_facts

pytestmark = pytest.mark.django_db


def days_ago(days, **said):
    at = timezone.now() - dt.timedelta(days=days)
    return Event.objects.create(
        **{"action": "test.act", "target_model": "exchange.user", "target_id": 1, "at": at} | said
    )


def told():
    return [(each.what, each.examples) for each in verification.audit_log()]


@pytest.fixture
def closed():
    """Three days with two events each, of which all but today's are closed."""
    events = [days_ago(days, changes={"é": 1.5, "at": [None, True]}) for days in (2, 2, 1, 1, 0, 0)]
    close_log()
    return events


def test_each_finished_day_is_closed_once(closed):
    assert list(LogClosing.objects.values_list("kind", "count", "last_id")) == [
        ("day", 2, closed[1].pk),
        ("day", 2, closed[3].pk),
    ]
    assert log_closings.close() == []
    assert told() == []


def test_an_event_with_an_earlier_time_is_closed_with_the_day_of_its_id():
    last = [days_ago(days) for days in (3, 1, 2)][-1]
    close_log()
    assert [(each.count, each.last_id) for each in LogClosing.objects.all()] == [
        (1, last.pk - 2),
        (2, last.pk),
    ]
    assert told() == []


@pytest.mark.parametrize(
    ("sql", "which"),
    [
        ("UPDATE exchange_event SET reason = 'other' WHERE id = %s", 0),
        ("UPDATE exchange_event SET by_id = NULL, at = at, changes = '{}' WHERE id = %s", 1),
        ("DELETE FROM exchange_event WHERE id = %s", 1),
    ],
)
def test_verify_names_the_day_and_what_to_do(closed, sql, which):
    past_the_portal(sql, closed[which].pk)
    day = timezone.localdate() - dt.timedelta(days=2)
    [(what, examples)] = told()
    assert what.startswith("days of the audit log whose events were changed")
    assert examples == (f"{day} (events 1 to {closed[1].pk:,})",)
    assert "--accept DAY" in next(iter(verification.audit_log())).remedy


def test_an_incident_is_accepted_with_a_reason(closed):
    forget_events(pk=closed[2].pk)
    day = timezone.localdate() - dt.timedelta(days=1)
    with pytest.raises(CommandError, match="--reason"):
        call_command("close_log", accept=day)
    call_command("close_log", accept=day, reason="A test removed it.", stdout=StringIO())
    assert told() == []
    assert LogClosing.objects.last().reason == "A test removed it."
    with pytest.raises(CommandError, match="Nothing differs"):
        call_command("close_log", accept=day, reason="Again.")


def test_a_changed_closing_is_told(closed):
    past_the_portal("UPDATE exchange_logclosing SET count = 1 WHERE number = 1")
    assert {what.split(" ")[0] for what, _examples in told()} == {"closings", "days"}


def test_a_log_that_nobody_closes_is_told():
    days_ago(1)
    assert told() == []
    days_ago(3)
    [finding] = verification.audit_log()
    assert (finding.count, "close_log" in finding.remedy) == (1, True)


def test_a_cut_off_end_is_told_by_the_newest_backup(closed, keys, private_files, transactional_db):
    backup_facts()
    taking.take()
    assert told() == []
    past_the_portal("DELETE FROM exchange_logclosing WHERE number = 2")
    forget_events(pk__gt=closed[1].pk)
    assert [what for what, _examples in told()] == ["closings that the newest backup names aren't there"]


# --- Keys -------------------------------------------------------------------------------------------


def test_a_new_key_signs_what_the_former_signed(closed, settings):
    former = settings.SECRET_KEY
    settings.SEALING_KEYS = ["the next key " * 5, former]
    call_command("rotate_keys", stdout=StringIO())
    call_command("rotate_keys", stdout=StringIO())
    assert list(LogClosing.objects.values_list("kind", "key")) == [
        *[("day", fingerprint(former))] * 2,
        ("keys", fingerprint(settings.SEALING_KEYS[0])),
    ]
    settings.SEALING_KEYS = settings.SEALING_KEYS[:1]
    assert told() == []
    past_the_portal("UPDATE exchange_event SET reason = 'other' WHERE id = %s", closed[0].pk)
    assert len(told()) == 1


def test_without_its_key_a_log_proves_nothing(closed, settings):
    settings.SEALING_KEYS = ["the next key " * 5]
    [(what, examples)] = told()
    assert (what, len(examples)) == ("closings of the audit log that no known key signed", 2)
    with pytest.raises(CommandError, match="closings don't fit together"):
        call_command("rotate_keys", stdout=StringIO())


# --- Others at the same time ------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_committed_late_is_waited_for():
    """Its id is lower than one that everybody sees already."""
    written, may_commit, closings = threading.Event(), threading.Event(), []

    def slow():
        with transaction.atomic():
            days_ago(1)
            written.set()
            assert may_commit.wait(20)
        connection.close()

    def close():
        closings.extend(log_closings.close())
        connection.close()

    first = threading.Thread(target=slow)
    first.start()
    assert written.wait(20)
    late = days_ago(1)
    with pytest.raises(log_closings.StillWriting):
        log_closings.close(wait=0.3)
    assert not LogClosing.objects.exists()
    second = threading.Thread(target=close)
    second.start()
    may_commit.set()
    first.join(20)
    second.join(20)

    assert [(each.count, each.last_id) for each in closings] == [(2, late.pk)]
    assert told() == []
