"""Puts a backup into an empty system, and into nothing else: what is there is never replaced.

Files come first, the database last and in one transaction, so a portal whose restore was interrupted has no tables and
can't be mistaken for a whole one. A marker in the storage says which restore began; running the same again goes on.
"""

import json
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from pyrage import x25519

from exchange.base import sealed
from exchange.base.audit import record
from exchange.keeping import age, archive, databases, stored_files, version
from exchange.keeping.archive import DATABASE, INDEX, Manifest
from exchange.models import Backup, Message

MARKER = "restore-under-way.json"
type Index = dict[str, stored_files.Entry]


class NotEmptyError(Exception):
    """This system holds something, which a restore would have to replace."""


class OtherVersionError(Exception):
    """The backup was taken by a version of the code with other migrations."""


class DiffersError(Exception):
    """What was restored isn't what the backup says."""


@dataclass(slots=True)
class Restored:
    manifest: Manifest
    files_before: int  # already there, from an interrupted restore
    waiting: int  # messages that the worker will send


def restore(folder: Path, identities: Sequence[x25519.Identity], say: Callable[[str], None]) -> Restored:
    """Every check comes before the first write. `say`: told what is being done.

    NotABackupError, DamagedError, WrongKeyError, WrongKeysHereError, OtherVersionError, NotEmptyError,
    DatabaseToolError, DiffersError; each message says what to do.
    """
    manifest = archive.read(folder)
    check_version(manifest)
    archive.check_origin(manifest, sealed.keys())
    has_tables = _check_empty(manifest)
    say(f"Checking {manifest.size:,} bytes of {folder.name}")
    archive.check_parts(folder, manifest)
    index = read_index(folder, identities)
    before = 0
    if not has_tables:
        _mark(manifest)
        say(f"Writing {manifest.files:,} files")
        before = _put_files(folder, identities, index)
        say(f"Loading the database, {sum(manifest.tables.values()):,} rows")
        with age.decrypted(folder / DATABASE, identities) as stream:
            databases.load(stream)
    say("Comparing what was restored")
    _compare(manifest)
    _record(manifest)
    default_storage.delete(MARKER)
    return Restored(manifest, before, Message.objects.waiting().count())


def check_version(manifest: Manifest) -> None:
    """OtherVersionError if this code's migrations aren't those of the backup."""
    known = {(app, name) for app, names in version.known_migrations().items() for name in names}
    said = {(app, name) for app, names in manifest.migrations.items() for name in names}
    if known == said:
        return
    differ = ", ".join(f"{app}.{name}" for app, name in sorted(known ^ said)[:5])
    age_of = "newer" if said - known else "older"
    at = manifest.commit or f"the commit of version {manifest.version}"
    raise OtherVersionError(
        f"This backup was taken by a {age_of} version of the portal ({manifest.version}, {at}); the migrations that "
        f"differ: {differ}. Check that version out, restore, then come back to this one and migrate:\n"
        f"  git checkout {at}\n  script/bootstrap\n  manage.py restore …\n  git checkout -\n  script/bootstrap\n"
        "  manage.py migrate\nNothing was written."
    )


# --- Whether the system is empty --------------------------------------------------------------------


def _check_empty(manifest: Manifest) -> bool:
    """Whether the tables are there already, from this same restore. NotEmptyError."""
    begun, tables, stored = begun_restore(), databases.tables(), _has_files()
    if begun and begun != manifest.name:
        raise NotEmptyError(
            f"A restore of {begun} was begun here and did not end. Run it again to go on with it; or begin anew: drop "
            "and create the database, delete every file in the storage, and restore this one. Nothing was written."
        )
    if tables and not begun:
        raise NotEmptyError(
            f"The database has {len(tables)} tables. A restore never replaces anything: create a new, empty database "
            "(createdb exchange_restored), don't run migrate, and name it in DATABASE_URL. Nothing was written."
        )
    if stored and not begun:
        raise NotEmptyError(
            "The storage has files. A restore never replaces anything: set DATA_DIR to a new folder, or "
            "AWS_STORAGE_BUCKET_NAME to a new bucket. Nothing was written."
        )
    return bool(tables)


def _has_files() -> bool:
    try:
        folders, files = default_storage.listdir("")
    except FileNotFoundError:  # a folder that nothing was written to yet
        return False
    return any(_has_some(name) for name in folders) or bool(set(files) - {MARKER, ""})


def _has_some(folder: str) -> bool:
    folders, files = default_storage.listdir(folder)
    return bool(files) or any(_has_some(f"{folder}/{name}") for name in folders)


def begun_restore() -> str:
    """The name of the backup whose restore began here and did not end; empty if none."""
    with suppress(FileNotFoundError, ValueError), default_storage.open(MARKER, "rb") as file:
        return str(json.load(file)["name"])
    return ""


def _mark(manifest: Manifest) -> None:
    if not begun_restore():
        default_storage.delete(MARKER)  # of a process that was killed as it wrote this
        default_storage.save(MARKER, ContentFile(json.dumps({"name": manifest.name}).encode()))


# --- The files --------------------------------------------------------------------------------------


def read_index(folder: Path, identities: Sequence[x25519.Identity]) -> Index:
    """The files that the rows name. 100,000 take 30 MB."""
    with age.decrypted(folder / INDEX, identities) as stream:
        entries = (stored_files.Entry.read(line.decode()) for line in stream)
        return {entry.name: entry for entry in entries if entry.sha256}


def walk(folder: Path, identities: Sequence[x25519.Identity], index: Index, each: "Each") -> None:
    """Call `each(entry, file)` for every file of the index, after its hash was compared. DamagedError."""
    for pack in sorted({entry.pack for entry in index.values()}):
        _walk(folder, pack, identities, {name: entry for name, entry in index.items() if entry.pack == pack}, each)


def _walk(folder: Path, pack: str, identities: Sequence[x25519.Identity], index: Index, each: "Each") -> None:
    left = set(index)
    try:
        with age.decrypted(folder / pack, identities) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                entry, content = index.get(member.name), tar.extractfile(member)
                if entry is None or content is None:
                    continue  # deleted or replaced since it was packed
                with tempfile.SpooledTemporaryFile(max_size=age.CHUNK) as file:  # storages want to seek
                    reader = stored_files.HashingReader(content)
                    shutil.copyfileobj(reader, file, age.CHUNK)
                    if (reader.size, reader.sha256) != (entry.size, entry.sha256):
                        raise age.DamagedError(f"{entry.name} in {pack} isn't what the index says. Use another backup.")
                    file.seek(0)
                    each(entry, file)
                left.discard(member.name)
    except tarfile.TarError as error:
        raise age.DamagedError(f"{pack} is damaged: {error}. Use another copy, or another backup.") from error
    if left:
        raise age.DamagedError(f"{pack} lacks {len(left)} files, such as {min(left)}. Use another backup.")


type Each = Callable[[stored_files.Entry, IO[bytes]], None]


def _put_files(folder: Path, identities: Sequence[x25519.Identity], index: Index) -> int:
    """Returns how many an interrupted restore had written."""
    before = 0

    def put(entry: stored_files.Entry, content: IO[bytes]) -> None:
        nonlocal before
        if default_storage.exists(entry.name):
            if _is_there(entry):
                before += 1
                return
            default_storage.delete(entry.name)  # cut off when the restore was interrupted: nothing else was here
        saved = default_storage.save(entry.name, File(content, name=entry.name))
        if saved != entry.name:
            default_storage.delete(saved)
            raise DiffersError(f"The storage keeps {entry.name} as {saved}. Use the kind of storage of the backup.")

    walk(folder, identities, index, put)
    return before


def _is_there(entry: stored_files.Entry) -> bool:
    with default_storage.open(entry.name, "rb") as file:
        reader = stored_files.HashingReader(file)
        while reader.read(age.CHUNK):
            pass
    return (reader.size, reader.sha256) == (entry.size, entry.sha256)


# --- The end ----------------------------------------------------------------------------------------


def _compare(manifest: Manifest) -> None:
    found = databases.count(databases.rows_now)
    said = manifest.tables
    if differ := sorted(name for name in found.keys() | said.keys() if found.get(name) != said.get(name)):
        lines = [f"{name}: {found.get(name, 'no table')} rows instead of {said.get(name, 'none')}" for name in differ]
        raise DiffersError("The database isn't what the backup says:\n" + "\n".join(lines[:10]))


@transaction.atomic
def _record(manifest: Manifest) -> None:
    """The backup's own row was written before its snapshot, so it is here, still open."""
    now: datetime = timezone.now()
    row, _is_new = Backup.objects.get_or_create(name=manifest.name, defaults={"started_at": manifest.taken})
    row.finished_at, row.size = manifest.taken, manifest.size
    row.files, row.missing, row.restored_at = manifest.files, manifest.missing, now
    row.save()
    record("backup.restore", row, by=None)


# --- Checking a backup without restoring it ---------------------------------------------------------


def check(folder: Path, identities: Sequence[x25519.Identity]) -> Manifest:
    """Whether the backup is complete and unchanged; with a private key also whether it opens, to the last file.

    NotABackupError, DamagedError, WrongKeyError, WrongKeysHereError, DatabaseToolError.
    """
    manifest = archive.read(folder)
    archive.check_origin(manifest, sealed.keys())
    archive.check_parts(folder, manifest)
    if identities:
        index = read_index(folder, identities)
        if len(index) != manifest.files:
            raise age.DamagedError(f"{INDEX} lists {len(index)} files, and the manifest {manifest.files}.")
        walk(folder, identities, index, lambda _entry, _file: None)
        with age.decrypted(folder / DATABASE, identities) as stream:
            databases.check_dump(stream)
    return manifest
