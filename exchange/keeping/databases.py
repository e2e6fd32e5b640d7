"""One consistent view of the database, dumped whole; and a dump put into an empty database, all or nothing."""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from exchange.keeping.age import CHUNK

# Whoever finds a session key in a backup would be signed in. Without these rows, everybody signs in once again.
LEFT_OUT = ("django_session", "usersessions_usersession")
CONNECTION = ("host", "hostaddr", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey")


class DatabaseToolError(Exception):
    """pg_dump or pg_restore is missing, too old, or failed."""


class Snapshot(Protocol):
    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]: ...

    def dump(self, stream: BinaryIO) -> None: ...


def tables() -> list[str]:
    return sorted(connection.introspection.table_names())


def count(rows: Any) -> dict[str, int]:
    """Rows per table, of those that a backup holds."""
    quote = connection.ops.quote_name
    found = {}
    for table in tables():
        if table not in LEFT_OUT:
            [(number,)] = rows(f"SELECT count(*) FROM {quote(table)}")  # noqa: S608 -- a table of ours
            found[table] = number
    return found


def rows_now(sql: str) -> Iterator[tuple[Any, ...]]:
    """Rows of the database as it is now, a few at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while some := cursor.fetchmany(2000):
            yield from some


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    with _postgresql() if connection.vendor == "postgresql" else _sqlite() as found:
        yield found


def load(stream: BinaryIO) -> None:
    """Put a dump into the empty database, in one transaction. DatabaseToolError."""
    if connection.vendor == "postgresql":
        _load_postgresql(stream)
    else:
        _load_sqlite(stream)


# --- PostgreSQL -------------------------------------------------------------------------------------


class _PostgreSQL:
    def __init__(self, exported: str) -> None:
        self.exported = exported

    rows = staticmethod(rows_now)

    def dump(self, stream: BinaryIO) -> None:
        command = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
        command += [f"--snapshot={self.exported}", *(f"--exclude-table-data={table}" for table in LEFT_OUT)]
        stream.flush()
        _run(command, stdout=stream)


@contextmanager
def _postgresql() -> Iterator[Snapshot]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # idle while pg_dump works
        cursor.execute("SELECT pg_export_snapshot()")
        yield _PostgreSQL(cursor.fetchone()[0])


def _load_postgresql(stream: BinaryIO) -> None:
    command = [_program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run(command, stdin=stream)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # a new table has no statistics, and the planner then reads whole tables


def check_dump(stream: BinaryIO) -> None:
    """Read a dump to its end without loading it. DatabaseToolError if it isn't one, or incomplete."""
    if connection.vendor == "postgresql":
        _run([_program("pg_restore"), "--file=/dev/null"], stdin=stream, connects=False)
        return
    with tempfile.TemporaryDirectory(prefix="backup-") as folder:
        _check_sqlite(_copied(stream, Path(folder, "copy.sqlite3")))


def _run(command: list[str], *, connects: bool = True, **streams: Any) -> None:
    env = dict(os.environ)
    if connects:
        connection.ensure_connection()
        info = connection.connection.info
        said = {name: value for name, value in info.get_parameters().items() if name in CONNECTION}
        command = [*command, f"--dbname={make_conninfo(**said)}"]
        env |= {"PGPASSWORD": info.password, "PGOPTIONS": "-c statement_timeout=0 -c idle_session_timeout=0"}
    done = subprocess.run(command, stderr=subprocess.PIPE, env=env, check=False, **streams)  # noqa: S603 -- PostgreSQL's
    if done.returncode:
        name = Path(command[0]).name
        raise DatabaseToolError(f"{name} failed: {done.stderr.decode(errors='replace').strip()[-2000:]}")


def _program(name: str) -> str:
    """The oldest installed one that isn't older than the server. DatabaseToolError says what to install."""
    connection.ensure_connection()
    server = connection.pg_version // 10000  # type: ignore[attr-defined]
    found = []
    for path in [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), shutil.which(name)]:
        if path:
            said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False)  # noqa: S603 -- PostgreSQL's
            if version := re.search(r"(\d+)[.\d]*", said.stdout):
                found.append((int(version[1]), str(path)))
    fitting = [each for each in sorted(found) if each[0] >= server]
    if not fitting:
        has = f"the newest here is {max(found)[0]}" if found else "there is none here"
        raise DatabaseToolError(
            f"The server is PostgreSQL {server} and needs {name} {server} or newer; {has}. "
            f"Install it: apt-get install postgresql-client-{server}"
        )
    return fitting[0][1]


# --- SQLite: the demo -------------------------------------------------------------------------------


class _SQLite:
    def __init__(self, path: Path, copy: sqlite3.Connection) -> None:
        self.path, self.copy = path, copy

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        return self.copy.execute(sql)

    def dump(self, stream: BinaryIO) -> None:
        with self.path.open("rb") as file:
            shutil.copyfileobj(file, stream, CHUNK)


@contextmanager
def _sqlite() -> Iterator[Snapshot]:
    """A copy by SQLite's online backup, beside which the portal goes on."""
    with tempfile.TemporaryDirectory(prefix="backup-") as folder:
        path = Path(folder, "copy.sqlite3")
        with (
            closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
            closing(sqlite3.connect(path)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            for table in LEFT_OUT:
                copy.execute(f"DELETE FROM {table}")  # noqa: S608 -- fixed
            copy.commit()
            copy.execute("VACUUM")  # deleted rows would stay readable
            yield _SQLite(path, copy)


def _load_sqlite(stream: BinaryIO) -> None:
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        path = _copied(stream, Path(folder, "copy.sqlite3"))
        _check_sqlite(path)
        connection.close()
        with (
            closing(sqlite3.connect(path)) as copy,
            closing(sqlite3.connect(connection.settings_dict["NAME"])) as target,
        ):
            copy.backup(target)


def _copied(stream: BinaryIO, path: Path) -> Path:
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file, CHUNK)
    return path


def _check_sqlite(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as copy:
            [(said,)] = copy.execute("PRAGMA integrity_check")
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise DatabaseToolError(f"The copy of the database is damaged: {said}")
