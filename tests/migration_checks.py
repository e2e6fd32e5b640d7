"""Whether a migration can run while the previous release still serves pages, checked by two linters.

django-migration-linter finds what breaks the previous release's code (a required column without a default in the
database, a renamed or dropped column); squawk finds what PostgreSQL locks (an index that is not built concurrently, a
constraint that is validated at once). Initial migrations are left out: no release precedes them.
"""

import contextlib
import io
import json
import shutil
import subprocess

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter

OURS = ("exchange", "applications", "travel")
# matters of style, or of what Django decides for all columns
NOT_ASKED = (
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "require-timeout-settings",
)
# Migrations of tables with some hundred rows a cycle, whose scan takes milliseconds, with what they may do.
SMALL: dict[tuple[str, str], tuple[str, ...]] = {}
REMEDY = "Expand first, contract in a later release: docs/adr/0034"


def problems(ours: tuple[str, ...] = OURS) -> list[str]:
    """The unsafe operations in the later migrations of these apps, one per line; PostgreSQL only."""
    loader = MigrationLoader(connection)
    assert {app for app, _name in loader.disk_migrations} >= set(ours), "no migrations to check"
    found = [(key, line) for key in _later(loader, ours) for line in (*_code_trips(*key), *_locks(*key))]
    return [line for key, line in found if not any(allowed in line for allowed in SMALL.get(key, ()))]


def _later(loader: MigrationLoader, ours: tuple[str, ...]) -> list[tuple[str, str]]:
    return sorted(key for key, migration in loader.disk_migrations.items() if key[0] in ours and not migration.initial)


def _code_trips(app: str, name: str) -> list[str]:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        linter = MigrationLinter(no_cache=True, all_warnings_as_errors=True)
        linter.lint_all_migrations(app_label=app, migration_name=name)
    lines = [line.strip() for line in told.getvalue().splitlines()[1:]]
    return [f"{app} {name}: {line}. {REMEDY}" for line in lines] if linter.has_errors else []


def _locks(app: str, name: str) -> list[str]:
    sql = io.StringIO()
    call_command("sqlmigrate", app, name, stdout=sql)
    command = [shutil.which("squawk") or "squawk", "--reporter", "json", "--pg-version", "15"]
    command += [word for rule in NOT_ASKED for word in ("--exclude", rule)]
    done = subprocess.run(command, input=sql.getvalue(), capture_output=True, text=True, timeout=60)
    return [
        f"{app} {name}: {each['rule_name']}: {each['message']} {REMEDY}" for each in json.loads(done.stdout or "[]")
    ]
