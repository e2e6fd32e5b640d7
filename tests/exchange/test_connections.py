"""A database connection is checked before use only after it has been idle."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchange.models import User

# PostgreSQL only: SQLite has no server that could be down
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def used(monkeypatch):
    """The connection after a request; Django calls `close_if_unusable_or_obsolete` as the next one begins."""
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 60)
    connection.close()
    User.objects.exists()
    yield connection
    connection.close()


@pytest.fixture
def asked(monkeypatch):
    """Counts the checks of the connection, each of which says that it is unusable."""
    times = []
    monkeypatch.setattr(connection, "is_usable", lambda: bool(times.append(1)))
    return times


def test_what_was_used_a_moment_ago_is_not_asked(used, asked):
    used.close_if_unusable_or_obsolete()

    User.objects.exists()

    assert asked == []


def test_what_has_rested_is_asked_and_replaced_if_it_is_gone(used, asked):
    gone = used.connection
    used.close_if_unusable_or_obsolete()
    used.used_at = time.monotonic() - 1.5

    User.objects.exists()

    assert asked == [1]
    assert used.connection is not gone and gone.closed


def test_after_an_error_it_is_asked_at_once(used, asked):
    gone = used.connection
    used.errors_occurred = True
    used.close_if_unusable_or_obsolete()

    User.objects.exists()

    assert asked == [1]
    assert used.connection is not gone


def test_the_same_statement_is_prepared_once_and_used_again(used):
    """Ten executions with different values: the server parses and plans the statement once."""
    with CaptureQueriesContext(connection) as captured:
        for number in range(10):
            User.objects.filter(email=f"{number}@example.edu").exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(generic_plans + custom_plans), count(*) FROM pg_prepared_statements WHERE statement LIKE %s",
            ["%exchange_user%email%"],
        )
        (uses, statements) = cursor.fetchone()

    assert len(captured) == 10
    assert (uses, statements) == (5, 1)  # the first five run unprepared; the sixth prepares
