"""The logs and their closings on a real PostgreSQL: the application's role adds rows, another one purges them."""

import contextlib

import pytest
from django.db import ProgrammingError, connection, transaction

from exchange.base import access
from exchange.base.access import Opening
from exchange.models import Event, LogClosing
from tests.append_only import make_role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LOGS = ("exchange_event", "exchange_accessrecord")
TABLES = (*LOGS, "exchange_logclosing")
READ, CHANGE, DELETE = "SELECT 1 FROM {}", "UPDATE {} SET id = id", "DELETE FROM {}"


@contextlib.contextmanager
def acting_as(role):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def run(role, sql):
    """Run one statement as that role, and return how many rows it touched. ProgrammingError: refused."""
    with transaction.atomic(), acting_as(role), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.rowcount


@pytest.fixture
def roles(db):
    """The two roles of deploy/README.md, and one row in each table."""
    if connection.vendor != "postgresql":
        pytest.fail("this test needs PostgreSQL")
    student, office = UserFactory(), UserFactory(coordinator=True)
    Event.objects.create(action="test.act", target_model="exchange.user", target_id=student.pk, by=office)
    access.record([Opening(student.pk, "ABCD2345", None, "application")], by=office)
    LogClosing.objects.create(number=1, kind="day", day="2026-11-28", after_id=0, last_id=1, count=1)
    make_role("exchange_app")
    make_role("exchange_purge")
    with connection.cursor() as cursor:
        cursor.execute("GRANT USAGE ON SCHEMA public TO exchange_app, exchange_purge")
        # all that a careless grant could give: the trigger has to refuse by itself
        cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO exchange_app")
        cursor.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO exchange_app")
        cursor.execute(f"GRANT SELECT, DELETE ON {', '.join(LOGS)} TO exchange_purge")


@pytest.mark.once
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("act", [DELETE, CHANGE])
def test_the_applications_role_cannot_change_a_row(roles, table, act):
    assert run("exchange_app", READ.format(table)) == 1
    with pytest.raises(ProgrammingError, match="append-only"):
        run("exchange_app", act.format(table))


@pytest.mark.once
@pytest.mark.parametrize("table", TABLES)
def test_the_owner_of_the_table_cannot_either(roles, table):
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DELETE.format(table))


@pytest.mark.once
@pytest.mark.parametrize("table", LOGS)
def test_the_purging_role_removes_rows_and_never_rewrites_them(roles, table):
    with pytest.raises(ProgrammingError):
        run("exchange_purge", CHANGE.format(table))

    assert run("exchange_purge", DELETE.format(table)) == 1


@pytest.mark.once
def test_the_purging_role_sees_nothing_else(roles):
    for table in ("exchange_user", "exchange_logclosing"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            run("exchange_purge", f"SELECT * FROM {table}")  # noqa: S608 -- two tables of ours


@pytest.mark.once
def test_adding_is_allowed(roles):
    with transaction.atomic(), acting_as("exchange_app"):
        Event.objects.create(action="test.more", target_model="exchange.user", target_id=1)

    assert Event.objects.filter(action="test.more").exists()
