"""Takes a backup: the database as of one moment, every file that its rows name, and the keys, apart.

A file can be replaced or deleted while its bytes are copied. So files are copied first, then the snapshot is dumped,
and what it names beyond those is copied right after. The index then lists exactly the files of the snapshot.
"""

import logging
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.db import connection, transaction
from django.utils import timezone

from exchange.base import sealed
from exchange.base.audit import record
from exchange.keeping import age, archive, databases, earlier, log_closings, rotation, stored_files, version
from exchange.keeping.destination import Destination, alone, destination, keys_fingerprint, put_keys
from exchange.models import Backup
from exchange.reference import facts

logger = logging.getLogger(__name__)
PARTIAL = ".partial"
NIGHTLY_HOURS = 20  # a backup younger than this is tonight's


@dataclass(slots=True)
class Taken:
    folder: Path
    manifest: archive.Manifest
    keys: Path
    removed: list[str]


def take(*, unless_younger_than: timedelta | None = None) -> Taken | None:
    """Take a backup, read it again, and remove old ones. None if the last good one is younger than that.

    Raises NotSetUpError, UnderWayError, DatabaseToolError, OSError (disk full, storage away). A row says how it ended.
    """
    there = destination()
    with alone(there.folder):
        last = Backup.objects.last_good_at()
        if unless_younger_than and last and timezone.now() - last < unless_younger_than:
            return None
        _remove_interrupted(there.folder)
        row = Backup.objects.create(name=archive.new_name(timezone.now()))
        try:
            manifest, keys = _take(there, row)
        except Exception as error:
            Backup.objects.filter(pk=row.pk).update(error=f"{type(error).__name__}: {error}"[:300])
            raise
        _record(row, manifest)
        return Taken(there.folder / row.name, manifest, keys, remove_old(there.folder))


def _take(there: Destination, row: Backup) -> tuple[archive.Manifest, Path]:
    partial = there.folder / (row.name + PARTIAL)
    partial.mkdir(mode=0o700)
    try:
        keys = put_keys(there)
        manifest = _write(partial, there, row)
        archive.write(partial, manifest)
        archive.check_parts(partial, manifest)  # read again: a disk that says it wrote may be wrong
        partial.rename(there.folder / row.name)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return manifest, keys


def _write(partial: Path, there: Destination, row: Backup) -> archive.Manifest:
    before = earlier.carried_into(partial, row.started_at, there.recipients)
    with (
        age.encrypted(partial / archive.FILES, there.recipients) as files,
        stored_files.Packer.into(files.stream, before.entries) as packer,
    ):
        _add_all(packer, stored_files.names(databases.rows_now))
        log = log_closings.head_hash()  # before the snapshot, which therefore has it
        with databases.snapshot() as snapshot:
            migrations = version.applied_migrations()
            tables = databases.count(snapshot.rows)
            with age.encrypted(partial / archive.DATABASE, there.recipients) as database:
                snapshot.dump(database.stream)
            named = set(stored_files.names(snapshot.rows))
            _add_all(packer, sorted(named))
    entries = [entry for name, entry in packer.entries.items() if name in named]
    with age.encrypted(partial / archive.INDEX, there.recipients) as index:
        there_are = _write_index(entries, index.stream)
    parts = earlier.let_go(partial, before, there_are)
    for name, written in ((archive.DATABASE, database), (archive.FILES, files), (archive.INDEX, index)):
        parts[name] = archive.Part(written.size, written.sha256)
    return archive.Manifest(
        name=row.name,
        taken_at=row.started_at.isoformat(),
        version=version.number(),
        commit=version.commit(),
        database=connection.vendor,
        migrations=migrations,
        tables=tables,
        files=len(there_are),
        bytes=sum(entry.size for entry in there_are),
        missing=len(entries) - len(there_are),
        parts=parts,
        recipients=there.recipients,
        sealing_keys=[sealed.fingerprint(key) for key in sealed.keys()],
        keys=keys_fingerprint(),
        log=log,
    )


def _add_all(packer: stored_files.Packer, names: Iterable[str]) -> None:
    for name in names:
        packer.add(name)


def _write_index(entries: Sequence[stored_files.Entry], stream: IO[bytes]) -> list[stored_files.Entry]:
    """Only files that the dumped rows name: others were deleted meanwhile, and must not come back. Those there are."""
    for entry in entries:
        stream.write(entry.line().encode())
        if not entry.sha256:
            logger.warning("backup: the storage has no file %s, which a row names; see manage.py verify", entry.name)
    return [entry for entry in entries if entry.sha256]


@transaction.atomic
def _record(row: Backup, manifest: archive.Manifest) -> None:
    row.finished_at, row.size = timezone.now(), manifest.size
    row.files, row.missing = manifest.files, manifest.missing
    row.save()
    record("backup.take", row, by=None, changes={"size": row.size, "files": row.files, "missing": row.missing})


# --- Old ones ---------------------------------------------------------------------------------------


def _remove_interrupted(folder: Path) -> None:
    """What a killed process left; nobody writes to it, because we have the lock."""
    for path in folder.glob(f"*{PARTIAL}"):
        shutil.rmtree(path)
    Backup.objects.filter(finished_at=None, error="").update(error="It was interrupted.")


def remove_old(folder: Path) -> list[str]:
    """Delete what the rule no longer keeps (`rotation.kept`, with the facts backup.*). Returns the names."""
    terms = facts.numbers("backup.daily_days", "backup.keep_days")
    found = {path: archive.taken_at(path.name) for path in archive.finished_in(folder)}
    stay = rotation.kept(
        found.values(), now=timezone.now(), days=int(terms["backup.daily_days"]), longest=int(terms["backup.keep_days"])
    )
    old = [path for path, moment in found.items() if moment not in stay]
    for path in old:
        shutil.rmtree(path)
    return [path.name for path in old]


def late_since(now: datetime) -> datetime | None:
    """Since when a good backup is missing; None while the last one is young enough, or none are to be taken."""
    from_when = Backup.objects.last_good_at()
    allowed = timedelta(hours=int(facts.number("backup.late_hours")))
    if from_when is None:
        first = Backup.objects.order_by("started_at").values_list("started_at", flat=True).first()
        return first if first and now - first > allowed else None
    return from_when if now - from_when > allowed else None
