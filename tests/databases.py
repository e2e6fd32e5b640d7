"""Fast creation and emptying of test databases on PostgreSQL; SQLite needs neither.

- The migrations run once for all processes of a run, into a template. Each process copies it, which takes a tenth of a
  second instead of five.
- A test that commits is followed by Django's `flush`: TRUNCATE of a hundred tables, then content types and permissions
  written anew. Most tests fill ten tables, so only those are emptied, and the rows from migrations stay.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "exchange_template"
WRITTEN_BY_MIGRATIONS = {"django_migrations", "django_content_type", "auth_permission"}


def is_postgresql() -> bool:
    return settings.DATABASES["default"]["ENGINE"].endswith("postgresql")


def make_template() -> None:
    """Migrates the template, unless another process that tests on this server has done it."""
    url = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [TEMPLATE])
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        address = url._replace(path=f"/{TEMPLATE}").geturl()
        failed = _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], DATABASE_URL=address)
        if failed:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(TEMPLATE)))
            raise RuntimeError(f"The migrations failed:\n{failed}")


def _run(command: list[str], **env: str) -> str:
    """What the command says if it fails, else nothing."""
    done = subprocess.run(command, cwd=ROOT, env=os.environ | env, capture_output=True, text=True, timeout=900)
    return done.stderr if done.returncode else ""


def pytest_configure(config: pytest.Config) -> None:
    """The process that only distributes the tests migrates the template while the others collect them."""
    if is_postgresql() and getattr(config.option, "numprocesses", None) and not config.option.collectonly:
        threading.Thread(target=make_template).start()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> None:
    if is_postgresql():
        make_template()
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = TEMPLATE
        connection.settings_dict["TEST"]["TEMPLATE"] = TEMPLATE


@pytest.fixture(scope="session")
def django_db_use_migrations() -> bool:
    """On PostgreSQL, copy the migrated template; on SQLite, create the tables from the models. `makemigrations --check`
    shows that both are the same, and the start of the demo that SQLite takes the migrations (test_scripts.py).
    """
    return False


def _empty_filled_tables(test: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        names = set(connection.introspection.table_names(cursor)) - WRITTEN_BY_MIGRATIONS
        is_filled = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
        cursor.execute(
            sql.SQL(" UNION ALL ").join(is_filled.format(sql.Literal(name), sql.Identifier(name)) for name in names)
        )
        deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for (name,) in cursor.fetchall()]
        # without foreign key checks: all rows that they point to are deleted, too
        begin, end = (sql.SQL(f"SET session_replication_role = {role}") for role in ("replica", "DEFAULT"))
        cursor.execute(sql.SQL("; ").join([begin, *deletes, end]))


@pytest.fixture(scope="session", autouse=True)
def tables_are_emptied_at_once() -> None:
    if is_postgresql():
        TransactionTestCase._fixture_teardown = _empty_filled_tables
