"""What the fixtures in conftest.py are made of: worlds with files, new databases, comparisons row by row."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import override_settings
from psycopg import sql

from applications.models import Upload
from exchange.keeping import age, archive, databases, stored_files, taking, version
from tests.databases import TEMPLATE
from tests.factories import FactFactory
from tests.factories_applications import UploadFactory
from tests.services import free_port
from tests.world import one_of_everything

type Rows = dict[str, list[str]]
# SQLite's test database is made from the models, without a record of migrations
RECORD_OF_MIGRATIONS = (
    version,
    "applied_migrations",
    version.known_migrations if connection.vendor == "sqlite" else version.applied_migrations,
)


@dataclass(frozen=True)
class Keys:
    """The files with the private keys for data and for keys, and the settings with the public ones."""

    data: Path
    keys: Path
    settings: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def new(cls, folder: Path) -> "Keys":
        public = {}
        for name in ("data", "keys"):
            private, public[name] = age.new_identity()
            (folder / f"{name}.key").write_text(private)
        said = {"BACKUP_DIR": str(folder / "backups"), "BACKUP_KEYS_DIR": str(folder / "backup-keys")}
        said |= {"BACKUP_RECIPIENTS": [public["data"]], "BACKUP_KEYS_RECIPIENTS": [public["keys"]]}
        return cls(folder / "data.key", folder / "keys.key", said)


@dataclass
class Taken:
    folder: Path
    manifest: archive.Manifest
    keys: Keys


def storages_in(folder: Path) -> dict[str, Any]:
    default = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}
    return settings.STORAGES | {"default": default}


def make_world() -> dict[str, Any]:
    """One row of everything, and its files."""
    backup_facts()
    world = one_of_everything()
    fill_storage()
    return world


def backup_facts() -> None:
    for key, value, unit in (("daily_days", 14, "days"), ("keep_days", 60, "days"), ("late_hours", 36, "count")):
        FactFactory(key=f"backup.{key}", value=value, unit=unit)


def fill_storage() -> None:
    """The files that rows name; larger than a pipe holds, so that streams have to wait for each other."""
    for number, name in enumerate(sorted(set(stored_files.names(databases.rows_now)))):
        default_storage.delete(name)
        default_storage.save(name, ContentFile(bytes([number % 256]) * (200_000 + number)))
    assert Upload.objects.exists()


def take_in_a_database_of_its_own(folder: Path) -> Taken:
    """A backup of a portal with a student and three files."""
    keys = Keys.new(folder)
    with (
        new_database(folder, filled=True) as name,
        override_settings(STORAGES=storages_in(folder / "private"), **keys.settings),
        database_named(name),
    ):
        before, version.applied_migrations = version.applied_migrations, RECORD_OF_MIGRATIONS[2]
        backup_facts()
        UploadFactory.create_batch(3)
        fill_storage()
        taken = taking.take()
        version.applied_migrations = before
    assert taken is not None
    return Taken(taken.folder, taken.manifest, keys)


# --- Databases --------------------------------------------------------------------------------------


@contextmanager
def database_named(name: str) -> Iterator[None]:
    """The connection of this process on another database."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@contextmanager
def new_database(folder: Path, *, filled: bool = False) -> Iterator[str]:
    """The name of a database without tables, or with all tables and no people."""
    if connection.vendor == "sqlite":
        name = str(folder / "new.sqlite3")
        if filled:
            with (
                closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
                closing(sqlite3.connect(name)) as copy,
            ):
                source.backup(copy)
        yield name
        return
    name = f"new_{free_port()}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _on_server(create.format(sql.Identifier(name), sql.Identifier(TEMPLATE if filled else "template1")))
    yield name
    _on_server(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _on_server(statement: sql.Composed) -> None:
    connection.ensure_connection()
    info = connection.connection.info
    said = info.get_parameters() | {"password": info.password, "dbname": "postgres"}
    with psycopg.connect(**said, autocommit=True) as server:
        server.execute(statement)


# --- Comparing --------------------------------------------------------------------------------------


def all_rows() -> Rows:
    """Every row of every table as text, without those that a backup leaves out on purpose."""
    quote, found = connection.ops.quote_name, {}
    with connection.cursor() as cursor:
        for table in databases.tables():
            if table not in databases.LEFT_OUT:
                cursor.execute(f"SELECT * FROM {quote(table)}")  # noqa: S608 -- a table of ours
                found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def all_files() -> dict[str, bytes]:
    found = {}
    for name in set(stored_files.names(databases.rows_now)):
        with default_storage.open(name, "rb") as file:
            found[name] = file.read()
    return found
