"""Where backups go and who can open them, from the settings, and the keys, which lie elsewhere."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from exchange.base import sealed
from exchange.keeping import age


class NotSetUpError(Exception):
    """The settings name no usable place for backups; the message says which variable to set, and how."""


class UnderWayError(Exception):
    """Another process takes a backup at the moment."""


@dataclass(frozen=True, slots=True)
class Destination:
    folder: Path
    recipients: list[str]
    keys_folder: Path
    keys_recipients: list[str]


def is_set_up() -> bool:
    return bool(settings.BACKUP_DIR)


def destination() -> Destination:
    """NotSetUpError."""
    wanted = {
        "BACKUP_DIR": (settings.BACKUP_DIR, "a folder on another disk, or mounted from another machine"),
        "BACKUP_RECIPIENTS": (settings.BACKUP_RECIPIENTS, "the public key of `manage.py backup_key data.key`"),
        "BACKUP_KEYS_DIR": (settings.BACKUP_KEYS_DIR, "a folder that isn't copied along with BACKUP_DIR"),
        "BACKUP_KEYS_RECIPIENTS": (
            settings.BACKUP_KEYS_RECIPIENTS,
            "the public key of `manage.py backup_key keys.key`",
        ),
    }
    for name, (value, remedy) in wanted.items():
        if not value:
            raise NotSetUpError(f"{name} is not set. Set it to {remedy}.")
    found = Destination(
        Path(settings.BACKUP_DIR),
        settings.BACKUP_RECIPIENTS,
        Path(settings.BACKUP_KEYS_DIR),
        settings.BACKUP_KEYS_RECIPIENTS,
    )
    _check(found)
    return found


def _check(found: Destination) -> None:
    for name, keys in (("BACKUP_RECIPIENTS", found.recipients), ("BACKUP_KEYS_RECIPIENTS", found.keys_recipients)):
        try:
            age.recipients_of(keys)
        except age.AgeError as error:
            raise NotSetUpError(f"{name}: {error}") from error
    if shared := set(found.recipients) & set(found.keys_recipients):
        raise NotSetUpError(
            f"BACKUP_RECIPIENTS and BACKUP_KEYS_RECIPIENTS share {', '.join(sorted(shared))}: whoever opens the data "
            "could open the keys as well. Make a second pair of keys, and keep its private half elsewhere."
        )
    data, keys_folder = found.folder.resolve(), found.keys_folder.resolve()
    if data == keys_folder or data in keys_folder.parents or keys_folder in data.parents:
        raise NotSetUpError(
            "BACKUP_DIR and BACKUP_KEYS_DIR lie in one another: whoever copies the data would copy the keys along. "
            "Set BACKUP_KEYS_DIR to a folder elsewhere."
        )


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One backup at a time. UnderWayError; OSError if the folder can't be written."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UnderWayError("Another backup is being taken. Wait for it to end.") from error
        yield


# --- The keys ---------------------------------------------------------------------------------------


def environment() -> str:
    """The keys as lines for the environment file, quoted for a shell."""
    lines = {
        "SECRET_KEY": [settings.SECRET_KEY],
        "SECRET_KEY_FALLBACKS": settings.SECRET_KEY_FALLBACKS,
        "SEALING_KEY": settings.SEALING_KEYS[:1],
        "SEALING_KEY_FALLBACKS": settings.SEALING_KEYS[1:],
    }
    return "".join(f"{name}='{','.join(keys)}'\n" for name, keys in lines.items() if keys)


def keys_fingerprint() -> str:
    """Names this set of keys without telling them."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS, "", *sealed.keys()]
    return hashlib.sha256("\0".join(map(sealed.fingerprint, keys)).encode()).hexdigest()[:12]


def put_keys(found: Destination) -> Path:
    """Write this set of keys, encrypted for those who hold keys, unless it is there. They change once in years."""
    path = found.keys_folder / f"keys-{keys_fingerprint()}.age"
    found.keys_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)  # of a process that was killed
        with age.encrypted(new, found.keys_recipients) as written:
            written.stream.write(environment().encode())
        new.rename(path)
    return path
