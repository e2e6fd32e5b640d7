"""Tells whether the demo's database belongs to this version of the portal.

    python -m script.demo_data var/exchange.sqlite3

The exit code is 0 if the database is missing, or has only migrations of this checkout; it is 1 if it has others: from
an older version, with the migrations before the present initial ones, or from a newer one. Neither can be migrated.
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
        except sqlite3.DatabaseError:  # not a database, or an empty one from an interrupted first start
            return database.stat().st_size == 0
    return all((ROOT / app / "migrations" / f"{name}.py").exists() for app, name in applied if app in OURS)


if __name__ == "__main__":
    sys.exit(0 if is_of_this_version(Path(sys.argv[1])) else 1)
