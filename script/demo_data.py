"""Tells whether the demo's database belongs to this version of the portal.

    python -m script.demo_data var/exchange.sqlite3

Ends with 0 if the database is missing, or holds only migrations that this checkout has; with 1 if it holds others:
those of an older version, from before the migrations were started over, or of a newer one. Neither can be migrated.
Standard library only, because it runs at each start of the demo.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = ("exchange", "applications", "travel")


def is_of_this_version(database: Path) -> bool:
    if not database.exists():
        return True
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            applied = connection.execute("SELECT app, name FROM django_migrations").fetchall()
        except sqlite3.DatabaseError:  # not a database, or an empty file from a first start that was interrupted
            return database.stat().st_size == 0
    return all((ROOT / app / "migrations" / f"{name}.py").exists() for app, name in applied if app in OURS)


if __name__ == "__main__":
    sys.exit(0 if is_of_this_version(Path(sys.argv[1])) else 1)
