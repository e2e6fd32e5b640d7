"""Each migration after the first is safe while the previous release still runs (docs/adr/0034)."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.migration_checks import problems
from tests.services import ROOT

# the previous release runs on PostgreSQL; an index is built concurrently outside a transaction
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture(autouse=True)
def migrations_of_this_checkout(settings):
    settings.MIGRATION_MODULES = {}  # the test database may be made without them


@pytest.mark.parametrize("newest", [2, pytest.param(None, marks=pytest.mark.full)])
def test_our_migrations_are_safe_beside_the_release_before(newest):
    assert problems(newest=newest) == []


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


FROM_MODELS = (
    "import django; django.setup(); from exchange.management.commands import prepare_demo as p; p.create_tables()"
)


@pytest.mark.full  # twenty seconds of processor time
def test_the_demos_tables_are_those_of_the_migrations(tmp_path):
    """SQLite takes every migration, and a new demo, whose tables come from the models, has the same ones."""
    migrated = schema_after([sys.executable, "manage.py", "migrate", "--verbosity", "0"], tmp_path / "migrated")

    made = schema_after([sys.executable, "-c", FROM_MODELS], tmp_path / "made")
    assert made - migrated == set()
    # a column that left the code stays in the database for one release (docs/adr/0034)
    assert {each[1] for each in migrated - made} <= {"applications_lottery"}
    assert len(made) > 2000


def schema_after(command, folder):
    """Tables and indexes by name, tables with their columns and each recorded migration."""
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    ours = {"DEMO": "true", "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "exchange.settings"}
    subprocess.run(command, cwd=ROOT, env=env | ours, check=True, capture_output=True, timeout=300)
    with closing(sqlite3.connect(folder / "exchange.sqlite3")) as database:
        names = database.execute("SELECT type, name FROM sqlite_master WHERE name <> 'sqlite_sequence'").fetchall()
        columns = [
            ("column", table, *column[1:])
            for kind, table in names
            if kind == "table"
            for column in database.execute(f"PRAGMA table_info('{table}')")
        ]
        applied = database.execute("SELECT app, name FROM django_migrations").fetchall()
    return {*names, *columns, *applied}
