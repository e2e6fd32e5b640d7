"""Each migration after the first is safe while the previous release still runs (docs/adr/0034)."""

import pytest

from tests.migration_checks import problems

# the previous release runs on PostgreSQL; an index is built concurrently outside a transaction
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture(autouse=True)
def migrations_of_this_checkout(settings):
    settings.MIGRATION_MODULES = {}  # the test database may be made without them


def test_our_migrations_are_safe_beside_the_release_before():
    assert problems() == []


# the other apps refer to later migrations of exchange, which the made-up ones don't have
ALONE = {"applications": None, "travel": None}


def test_a_migration_that_breaks_the_release_before_is_told(settings):
    settings.MIGRATION_MODULES = ALONE | {"exchange": "tests.exchange.migrations_unsafe"}
    told = "\n".join(problems(("exchange",)))
    assert "exchange 0002_unsafe: NOT NULL constraint on columns" in told  # its INSERTs would omit the column
    assert "exchange 0002_unsafe: require-concurrent-index-creation" in told  # it would block writes
    assert "docs/adr/0034" in told


def test_a_migration_that_only_adds_is_safe(settings):
    settings.MIGRATION_MODULES = ALONE | {"exchange": "tests.exchange.migrations_safe"}
    assert problems(("exchange",)) == []
