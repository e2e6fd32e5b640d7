"""Streams in and out of files in the age format, encrypted to public keys. Memory stays small, whatever the size.

`pyrage` pulls from a reader; tar and pg_dump push. So it runs in a thread, with a pipe between.
"""

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

import pyrage
from pyrage import x25519

CHUNK = 1024 * 1024


class AgeError(Exception):
    """A file could not be written or opened; the message says what to do about it."""


class WrongKeyError(AgeError):
    """None of the private keys opens the file."""


class DamagedError(AgeError):
    """The file is cut off or was changed."""


class _Hashing:
    """A writer that counts and hashes what passes."""

    def __init__(self, target: BinaryIO) -> None:
        self.target, self.size, self.sha256 = target, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.sha256.update(data)
        return self.target.write(data)

    def flush(self) -> None:
        self.target.flush()


class Written:
    """Size and SHA-256 of a written file, both of the cipher text; set at the end of `encrypted`."""

    size = 0
    sha256 = ""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream


def new_identity() -> tuple[str, str]:
    """(private key, public key)"""
    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipients_of(keys: Sequence[str]) -> list[x25519.Recipient]:
    """AgeError names the key that is none."""
    found = []
    for key in keys:
        try:
            found.append(x25519.Recipient.from_str(key))
        except pyrage.RecipientError as error:
            raise AgeError(
                f"{key!r} is not a public key. It begins with age1; manage.py backup_key shows it."
            ) from error
    return found


def identities_in(path: Path) -> list[x25519.Identity]:
    """The private keys in a file, as age-keygen or `manage.py backup_key` writes it. AgeError if there is none."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AgeError(f"The private key can't be read from {path}: {error}.") from error
    found = []
    for line in lines:
        with suppress(pyrage.IdentityError):
            found.append(x25519.Identity.from_str(line.strip()))
    if not found:
        raise AgeError(f"{path} holds no private key. Its line begins with AGE-SECRET-KEY-1.")
    return found


@contextmanager
def encrypted(path: Path, recipients: Sequence[str]) -> Iterator[Written]:
    """Write to `.stream`; at the end, the file is complete and on the disk. The file must not exist.

    If the block raises, the file is removed. OSError if the disk is full.
    """
    reader, writer = os.pipe()
    work = _Encrypting(path, recipients_of(recipients), reader)
    work.start()
    stream = os.fdopen(writer, "wb")
    written = Written(stream)
    try:
        yield written
        stream.close()
    except BaseException:
        with suppress(OSError):
            stream.close()
        work.join()
        path.unlink(missing_ok=True)
        work.raise_failure()  # the other side could not write, so the pipe broke
        raise
    work.join()
    work.raise_failure()
    written.size, written.sha256 = work.hashing.size, work.hashing.sha256.hexdigest()


class _Encrypting(threading.Thread):
    """Writes what comes out of a pipe, encrypted, until the pipe is closed."""

    hashing: _Hashing

    def __init__(self, path: Path, keys: Sequence[x25519.Recipient], reader: int) -> None:
        super().__init__(name=f"encrypting {path.name}")
        self.path, self.keys, self.reader = path, keys, reader
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            with os.fdopen(self.reader, "rb") as source, self.path.open("xb") as target:
                self.path.chmod(0o600)
                self.hashing = _Hashing(target)
                pyrage.encrypt_io(source, self.hashing, self.keys)
                target.flush()
                os.fsync(target.fileno())
        except Exception as error:  # noqa: BLE001 -- raised again in the thread that writes
            self.failure = error

    def raise_failure(self) -> None:
        if self.failure:
            self.path.unlink(missing_ok=True)
            raise OSError(f"{self.path} can't be written: {self.failure}") from self.failure


@contextmanager
def decrypted(path: Path, identities: Sequence[x25519.Identity]) -> Iterator[BinaryIO]:
    """Read the plain content. The end of the block reads on to the end, so that a cut file is always noticed.

    WrongKeyError, DamagedError.
    """
    reader, writer = os.pipe()
    failed: list[Exception] = []

    def work() -> None:
        try:
            with path.open("rb") as source, os.fdopen(writer, "wb") as target:
                pyrage.decrypt_io(source, target, identities)
        except Exception as error:  # noqa: BLE001 -- raised again in the thread that reads
            failed.append(error)

    thread = threading.Thread(target=work, name=f"decrypting {path.name}")
    thread.start()
    stream = os.fdopen(reader, "rb")
    try:
        yield stream
        while stream.read(CHUNK):
            pass
    except BaseException:
        stream.close()
        thread.join()
        if failed and not isinstance(failed[0], BrokenPipeError) and "Broken pipe" not in str(failed[0]):
            _raise(path, failed[0])
        raise
    stream.close()
    thread.join()
    if failed:
        _raise(path, failed[0])


def _raise(path: Path, error: Exception) -> NoReturn:
    if isinstance(error, pyrage.DecryptError) and "No matching keys" in str(error):
        raise WrongKeyError(
            f"This private key doesn't open {path.name}. Use the one whose public key the backup names."
        )
    if isinstance(error, FileNotFoundError):
        raise DamagedError(f"{path.name} is missing.") from error
    raise DamagedError(f"{path.name} is damaged: {error}. Use another copy, or another backup.") from error
