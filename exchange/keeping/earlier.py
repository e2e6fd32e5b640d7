"""What a backup of the same week has packed already, so that a file that stays as it is is copied once a week.

Its packs get a second name in the new folder (a hard link): each backup is whole by itself, and goes when its rule
says. A week begins with a whole copy, which is the one that `rotation` keeps longest: so what was deleted for a student
is gone from all backups as soon as the rule says, and a disk that damages a pack costs a week at most.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import InvalidToken

from exchange.base import sealed
from exchange.keeping import archive
from exchange.keeping.age import AgeError
from exchange.keeping.stored_files import Entry

logger = logging.getLogger(__name__)
LIST = "packed.sealed"  # the index, for this server: it can't open the other one
UNUSABLE = (AgeError, archive.NotABackupError, archive.WrongKeysHereError, InvalidToken, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class Earlier:
    """`entries`: by name, with the names that the packs have in the new folder. `packs`: those, all linked there."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    packs: Mapping[str, archive.Part] = field(default_factory=dict)


def carried_into(partial: Path, started_at: datetime, recipients: list[str]) -> Earlier:
    """Links the packs of the newest backup beside `partial`. Nothing, and so a whole copy, if that isn't of the week
    (UTC), is for other recipients, was changed or damaged, or if the disk has no hard links.
    """
    found = archive.finished_in(partial.parent)
    if not found or _week(archive.taken_at(found[-1].name)) != _week(started_at):
        return Earlier()
    try:
        return _linked(found[-1], partial, recipients)
    except UNUSABLE as error:
        logger.warning("backup: all files are copied again: %s", error)
        for pack in partial.glob("files-*.age"):
            pack.unlink()
        return Earlier()


def _week(moment: datetime) -> tuple[int, int]:
    return moment.astimezone(UTC).isocalendar()[:2]


def _linked(folder: Path, partial: Path, recipients: list[str]) -> Earlier:
    manifest = archive.read(folder)
    archive.check_origin(manifest, sealed.keys())
    if manifest.recipients != recipients:
        raise ValueError("the backup before is for other recipients")
    packs = {name: part for name, part in manifest.parts.items() if name not in (archive.DATABASE, archive.INDEX)}
    archive.check_parts(folder, manifest, packs)
    names = {name: f"files-{folder.name}.age" if name == archive.FILES else name for name in packs}
    lines = json.loads(sealed.vault().decrypt((folder / LIST).read_bytes()))
    entries = [Entry(*line) for line in lines]
    for name, new in names.items():
        os.link(folder / name, partial / new)
    return Earlier(
        {each.name: replace(each, pack=names[each.pack]) for each in entries},
        {names[name]: part for name, part in packs.items()},
    )


def let_go(partial: Path, earlier: Earlier, entries: list[Entry]) -> dict[str, archive.Part]:
    """Removes the links that no file needs anymore, writes the list for the next night, and returns what stays."""
    needed = {each.pack for each in entries}
    for name in earlier.packs.keys() - needed:
        (partial / name).unlink()
    said = json.dumps([astuple(each) for each in entries]).encode()
    path = partial / LIST
    path.write_bytes(sealed.vault().encrypt(said))
    path.chmod(0o600)
    return {name: part for name, part in earlier.packs.items() if name in needed}
