"""The form of a backup: a folder with encrypted parts and a manifest, complete once it has its final name.

    20261128T103000Z-4k2m9x/
        manifest.json     date, version, migrations, rows per table, keys needed, size and SHA-256 of each part
        database.age      a dump by pg_dump in its custom format; of SQLite, the database itself
        files.age         a tar with the files that no earlier backup of the week has
        files-….age       the files.age of an earlier one, under a second name (`earlier`)
        index.age         one line of JSON per file that a row names: name, size, SHA-256, part, or that it was missing
        packed.sealed     the same for the server that takes the next one

The manifest says nothing about a person. Its code (HMAC) is made with the sealing key, so a backup that somebody put
together or changed is noticed before anything is written. The keys are never in it: `exchange.keeping.keys_apart`.
"""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exchange.base import sealed
from exchange.base.codes import new_code
from exchange.keeping.age import CHUNK, DamagedError

FORMAT = 2
READS = (1, FORMAT)  # 1: all files in files.age
MANIFEST = "manifest.json"
DATABASE, FILES, INDEX = "database.age", "files.age", "index.age"
PARTS = (DATABASE, FILES, INDEX)
NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-z]{4,20}")


class WrongKeysHereError(Exception):
    """This portal's own keys aren't those that the rows of the backup were sealed with."""


class NotABackupError(Exception):
    """The folder holds no finished backup."""


@dataclass(frozen=True, slots=True)
class Part:
    size: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """`tables`: rows per table. `sealing_keys`, `keys`: fingerprints. `recipients`: public keys it's encrypted to.

    `log`: the hash of the audit log's last closing (`chain`), so that a cut end of the log is noticed.
    """

    name: str
    taken_at: str
    version: str
    commit: str
    database: str
    migrations: dict[str, list[str]]
    tables: dict[str, int]
    files: int
    bytes: int
    missing: int
    parts: dict[str, Part]
    recipients: list[str]
    sealing_keys: list[str]
    keys: str
    log: str = ""
    format: int = FORMAT
    code: str = field(default="", compare=False)

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts.values())

    @property
    def taken(self) -> datetime:
        return datetime.fromisoformat(self.taken_at)


def new_name(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{new_code().lower()}"


def taken_at(name: str) -> datetime:
    """The moment that a folder's name tells."""
    return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def finished_in(folder: Path) -> list[Path]:
    """The finished backups in a folder, oldest first."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if NAME.fullmatch(path.name) and (path / MANIFEST).is_file())
    return sorted(found, key=lambda path: path.name)


# --- The manifest -----------------------------------------------------------------------------------


def _code_of(manifest: Manifest, key: str) -> str:
    said = asdict(manifest)
    del said["code"]
    if not said["log"]:  # backups of before there were closings
        del said["log"]
    text = json.dumps(said, sort_keys=True)
    secret = hashlib.sha256(b"exchange.keeping.manifest" + key.encode()).digest()
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def write(folder: Path, manifest: Manifest) -> None:
    """Sign it with the sealing key and write it, onto the disk."""
    manifest.code = _code_of(manifest, sealed.keys()[0])
    path = folder / MANIFEST
    with path.open("w") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o600)


def read(folder: Path) -> Manifest:
    """NotABackupError, DamagedError. Says nothing yet about who made it: `check_origin`."""
    path = folder / MANIFEST
    if not path.is_file():
        raise NotABackupError(
            f"{folder} has no {MANIFEST}: it isn't a backup, or the backup was interrupted before it was finished. "
            "Choose a folder whose name looks like 20261128T103000Z-4k2m9x."
        )
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        if found["format"] not in READS:
            raise NotABackupError(f"{folder} has format {found['format']}, and this version reads up to {FORMAT}.")
        found["parts"] = {name: Part(**part) for name, part in found["parts"].items()}
        return Manifest(**found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{path} is damaged: {error!r}. Use another copy, or another backup.") from error


def check_origin(manifest: Manifest, keys: Sequence[str]) -> None:
    """Whether this portal has the sealing keys of the backup, and its manifest is as it was written.

    WrongKeysHereError says what to set; DamagedError if the manifest was changed.
    """
    known = {sealed.fingerprint(key): key for key in keys}
    if missing := [each for each in manifest.sealing_keys if each not in known]:
        raise WrongKeysHereError(
            f"This portal doesn't have the sealing key {', '.join(missing)} of the backup, so what is sealed in it "
            f"could never be opened. Open keys-{manifest.keys}.age with the private key for keys, and set SECRET_KEY, "
            "SEALING_KEY and their fallbacks as it says. Nothing was written."
        )
    if not manifest.sealing_keys or not hmac.compare_digest(
        manifest.code, _code_of(manifest, known[manifest.sealing_keys[0]])
    ):
        raise DamagedError(f"The {MANIFEST} was changed after the backup. Use another copy, or another backup.")


def check_parts(folder: Path, manifest: Manifest, names: Iterable[str] = ()) -> None:
    """Whether each part is there, complete and unchanged; needs no key. DamagedError says which is not.

    `names`: all that there must be and all that the manifest has, if left out.
    """
    for name in names or sorted({*PARTS, *manifest.parts}):
        said, path = manifest.parts.get(name), folder / name
        if said is None or not path.is_file():
            raise DamagedError(f"{path} is missing. Copy the whole folder again, or use another backup.")
        size = path.stat().st_size
        if size != said.size:
            raise DamagedError(
                f"{path} is incomplete: {size:,} of {said.size:,} bytes. Copy it again, or use another backup."
            )
        with path.open("rb") as file:
            if _sha256(file) != said.sha256:
                raise DamagedError(f"{path} is damaged: its content has changed. Copy it again, or use another backup.")


def _sha256(file: Any) -> str:
    found = hashlib.sha256()
    while block := file.read(CHUNK):
        found.update(block)
    return found.hexdigest()
