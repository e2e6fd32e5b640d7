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
SMALL: dict[tuple[str, str], tuple[str, ...]] = {
    # new tables only: the linter doesn't recognize the table of an index with a condition
    ("applications", "0004_scheduled_release"): ("CREATE INDEX locks table", "CREATE INDEX prolongs transaction"),
    ("applications", "0005_interest"): ("CREATE INDEX locks table", "CREATE INDEX prolongs transaction"),
    ("applications", "0007_appeal"): ("CREATE INDEX locks table", "CREATE INDEX prolongs transaction"),
    ("travel", "0011_city_pictures"): ("CREATE INDEX locks table", "CREATE INDEX prolongs transaction"),
    # statements that staff recorded: some hundred rows
    ("applications", "0011_appeal_by_phone"): (
        *("disallowed-unique-constraint", "ADDING unique constraint", "adding-foreign-key-constraint"),
    ),
    # notes of the office: some hundred rows
    ("applications", "0020_note_versions"): (
        *("CREATE INDEX locks table", "CREATE INDEX prolongs transaction", "adding-foreign-key-constraint"),
        *("constraint-missing-not-valid", "require-concurrent-index-creation"),
    ),
    # a few lotteries a cycle; each constraint refuses less than the one that it replaces, or is about a new column
    ("applications", "0026_public_draw"): ("ban-drop-constraint", "constraint-missing-not-valid"),
    # at most a few pictures per city; each constraint refuses less than the one that it replaces
    ("travel", "0012_city_logo"): (
        *("ADDING unique constraint", "DROP INDEX locks table", "CREATE INDEX locks table", "CREATE INDEX prolongs"),
        *("ban-drop-constraint", "require-concurrent-index-deletion", "require-concurrent-index-creation"),
        "constraint-missing-not-valid",
    ),
    # some ten rows a cycle
    ("travel", "0023_what_the_city_pays"): ("constraint-missing-not-valid",),
    # some resets, merges and emergency openings a cycle; each constraint refuses less than the one that it replaces, or
    # is about a new column
    ("exchange", "0018_takes_two"): ("ban-drop-constraint", "constraint-missing-not-valid"),
    ("travel", "0026_takes_two"): (
        *("ban-drop-constraint", "constraint-missing-not-valid", "adding-foreign-key-constraint"),
        *("CREATE INDEX locks table", "CREATE INDEX prolongs transaction", "require-concurrent-index-creation"),
    ),
    # steps of check-ins of the last weeks, and none of the kind that the constraint is about
    ("travel", "0027_words_that_were_read"): ("constraint-missing-not-valid",),
    ("exchange", "0010_account_merge"): ("CREATE INDEX locks table", "CREATE INDEX prolongs transaction"),
    ("exchange", "0004_people"): ("CREATE INDEX locks table", "CREATE INDEX prolongs transaction"),
}
REMEDY = "Expand first, contract in a later release: docs/adr/0034"


def problems(ours: tuple[str, ...] = OURS, *, newest: int | None = None) -> list[str]:
    """The unsafe operations in the later migrations of these apps, one per line; PostgreSQL only. `newest`: only in
    this many of each app, as one takes a second, and those before were checked when they were the newest.
    """
    loader = MigrationLoader(connection)
    assert {app for app, _name in loader.disk_migrations} >= set(ours), "no migrations to check"
    found = [(key, line) for key in _later(loader, ours, newest) for line in (*_code_trips(*key), *_locks(*key))]
    return [line for key, line in found if not any(allowed in line for allowed in SMALL.get(key, ()))]


def _later(loader: MigrationLoader, ours: tuple[str, ...], newest: int | None) -> list[tuple[str, str]]:
    later = sorted(key for key, migration in loader.disk_migrations.items() if key[0] in ours and not migration.initial)
    if newest is None:
        return later
    return [key for app in ours for key in [each for each in later if each[0] == app][-newest:]]


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
