"""Old rows of the logs go by a role of their own, on a real PostgreSQL."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from exchange.keeping import log_closings, verification
from exchange.models import Event, Fact, LogClosing, RetentionRule
from tests.append_only import make_role, past_the_portal
from tests.factories import FactFactory, UserFactory
from tests.factories_applications import CycleFactory
from travel.office.retention import holds as hold

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def purge_role(settings):
    """The role of deploy/README.md, with a password, and its address."""
    make_role("exchange_purge")
    with connection.cursor() as cursor:
        cursor.execute("GRANT USAGE ON SCHEMA public TO exchange_purge")
        cursor.execute("GRANT SELECT, DELETE ON exchange_event, exchange_accessrecord TO exchange_purge")
    at = connection.settings_dict
    port, host = at["PORT"] or at["OPTIONS"].get("port", ""), at["HOST"] or at["OPTIONS"].get("host", "")
    settings.PURGE_DATABASE_URL = f"dbname={at['NAME']} user=exchange_purge host={host} port={port}"


@pytest.fixture
def old_event():
    FactFactory(key="retention.log_days", value=100, unit=Fact.Unit.DAYS)
    dated = {"as_of": dt.date(2026, 1, 1), "review_on": dt.date(2100, 1, 1), "source_name": "The office"}
    RetentionRule.objects.create(key="log", order=1, fact_key="retention.log_days", **dated)
    for days in (200, 10):
        at = timezone.now() - dt.timedelta(days=days)
        Event.objects.create(action="test.act", target_model="exchange.user", target_id=1, at=at)
    log_closings.close()


def test_old_rows_of_the_log_go_and_newer_ones_stay(purge_role, old_event):
    out = StringIO()
    call_command("purge", logs=True, dry_run=True, stdout=out)
    assert "exchange_event: 1 rows would be removed" in out.getvalue()
    assert Event.objects.filter(action="test.act").count() == 2

    call_command("purge", logs=True, stdout=out)

    assert Event.objects.filter(action="test.act").count() == 1


def test_what_went_is_written_down_and_is_no_gap(purge_role, old_event):
    call_command("purge", logs=True, stdout=StringIO())

    assert list(verification.audit_log()) == []
    gone = LogClosing.objects.get(kind="purge")
    assert (gone.count, gone.reason) == (1, "the retention rule of the log")
    call_command("purge", logs=True, stdout=StringIO())
    assert LogClosing.objects.filter(kind="purge").count() == 1


def test_a_purge_that_was_interrupted_goes_on(purge_role, old_event):
    log_closings.record_purge(log_closings.may_go(timezone.now() - dt.timedelta(days=100)), reason="r")
    assert [each.what for each in verification.audit_log()] == ["events lie before the first day of the log"]

    call_command("purge", logs=True, stdout=StringIO())

    assert list(verification.audit_log()) == []


def test_a_log_that_was_changed_is_not_purged(purge_role, old_event):
    """Otherwise the purge would remove what shows it."""
    past_the_portal("UPDATE exchange_event SET reason = 'other' ")
    with pytest.raises(CommandError, match="isn't what was closed"):
        call_command("purge", logs=True, stdout=StringIO())

    assert Event.objects.filter(action="test.act").count() == 2


def test_a_hold_keeps_the_log_whole(purge_role, old_event):
    hold.place(reason="A lawsuit.", by=UserFactory(coordinator=True), cycle=CycleFactory())

    call_command("purge", logs=True, stdout=StringIO())

    assert Event.objects.filter(action="test.act").count() == 2


def test_without_its_role_it_says_what_to_set(settings):
    settings.PURGE_DATABASE_URL = ""

    with pytest.raises(CommandError, match="PURGE_DATABASE_URL"):
        call_command("purge", logs=True)
