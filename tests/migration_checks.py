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
CHECKLIST = ("CREATE INDEX", "constraint-missing-not-valid", "ban-drop-constraint", "require-concurrent-index")
# Migrations of tables with some hundred rows a cycle, whose scan takes milliseconds, with what they may do.
SMALL = {
    # tables that the same migration creates
    ("exchange", "0019_account_resets"): ("CREATE INDEX",),
    ("exchange", "0020_data_requests"): ("CREATE INDEX",),
    # jobs of the portal itself, which belong to nobody: the release before knows none of their kinds
    ("exchange", "0025_results_for_everyone"): (
        *("CREATE INDEX", "require-concurrent-index", "ban-drop-not-null", "ban-drop-constraint"),
        *("constraint-missing-not-valid", "adding-foreign-key"),
    ),
    ("travel", "0015_calendar_feed"): ("CREATE INDEX",),
    ("travel", "0011_itinerary"): ("CREATE INDEX",),
    ("exchange", "0023_incoming_texts"): ("CREATE INDEX",),
    ("travel", "0017_trip_changes"): ("CREATE INDEX",),
    ("travel", "0023_money"): ("CREATE INDEX",),
    ("travel", "0027_rooms"): ("CREATE INDEX",),
    ("exchange", "0022_office_tasks"): ("CREATE INDEX", "require-concurrent-index"),
    ("applications", "0011_legal_hold_and_erased_at"): ("CREATE INDEX",),
    ("travel", "0009_signed_forms"): ("CREATE INDEX",),
    ("applications", "0002_review_undo_until"): ("constraint-missing-not-valid",),
    ("travel", "0024_guide_and_packing"): ("CREATE INDEX",),
    ("travel", "0020_orientation"): ("CREATE INDEX",),
    ("travel", "0016_check_in"): ("CREATE INDEX",),
    # contacts: some dozens a cycle; the new checks ask for no more than those before
    ("travel", "0022_leader_clearance"): (*CHECKLIST, "adding-foreign-key", "ADDING unique constraint"),
    # new tables; columns that the database fills; checks that ask for less than those they replace
    ("travel", "0026_roster"): (*CHECKLIST, "adding-foreign-key"),
    # check-ins and incidents: some hundreds a year; what the release before writes fulfills the new checks
    ("travel", "0030_leaders_and_families"): (
        *CHECKLIST,
        *("adding-foreign-key", "ADDING unique constraint", "disallowed-unique-constraint", "ban-drop-not-null"),
    ),
    # new tables, and reflections: some hundreds a year; what the release before writes fulfills the new checks
    ("travel", "0031_reflections_and_stories"): (
        *CHECKLIST,
        *("adding-foreign-key", "adding-required-field", "disallowed-unique-constraint"),
    ),
    # some ten trips a cycle
    ("travel", "0019_trip_delayed"): ("constraint-missing-not-valid",),
    # checks of the checklist's rows: some ten thousand a cycle, read in milliseconds
    # (and one check that asked for more than the new one: what the release before writes fulfills both)
    ("travel", "0007_checklist_evidence"): CHECKLIST,
    ("travel", "0014_checklist_versions"): (*CHECKLIST, "ADDING unique constraint"),
    ("travel", "0002_talks"): ("CREATE INDEX", "adding-foreign-key", "require-concurrent-index"),
}
REMEDY = "Expand first, contract in a later release: docs/adr/0040-migrations-beside-the-release-before.md"


def problems(ours: tuple[str, ...] = OURS) -> list[str]:
    """The unsafe operations in the later migrations of these apps, one per line; PostgreSQL only."""
    loader = MigrationLoader(connection)
    assert {app for app, _name in loader.disk_migrations} >= set(ours), "no migrations to check"
    later = sorted(key for key, migration in loader.disk_migrations.items() if key[0] in ours and not migration.initial)
    found = [(key, line) for key in later for line in (*_code_trips(*key), *_locks(*key))]
    return [line for key, line in found if not any(allowed in line for allowed in SMALL.get(key, ()))]


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
