"""Which files the rows name, by looking at the models, and how they are packed into a tar.

A model whose JSON field holds a list of storage names says so: `STORED_NAMES = {"pieces"}`.
"""

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from typing import IO, Any, BinaryIO, NamedTuple

from django.apps import apps
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, models

type Rows = Callable[[str], Iterable[tuple[Any, ...]]]


class Column(NamedTuple):
    """`field`: its name in the model. `is_list`: a JSON list of names, not one name."""

    model: type[models.Model]
    field: str
    column: str
    is_list: bool


def columns() -> list[Column]:
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        names = sorted(getattr(model, "STORED_NAMES", ()))
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.FileField):
                found.append(Column(model, field.name, str(field.column), is_list=False))
            elif field.name in names:
                found.append(Column(model, field.name, str(field.column), is_list=True))
    return found


def names(rows: Rows) -> Iterator[str]:
    """Every name in every row, as `rows(sql)` reads them; some of them twice."""
    quote = connection.ops.quote_name
    for model, _field, column, is_list in columns():
        for (value,) in rows(f"SELECT {quote(column)} FROM {quote(model._meta.db_table)}"):  # noqa: S608 -- names of our models
            if is_list:
                yield from json.loads(value) if isinstance(value, str) else value
            elif value:
                yield value


# --- Packing ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index. Without `sha256`: the file was missing when the backup was taken.

    `pack`: the part that has it. `changed`: when the storage says that it was written, in ISO 8601.
    """

    name: str
    size: int = 0
    sha256: str = ""
    pack: str = "files.age"
    changed: str = ""

    def line(self) -> str:
        return json.dumps(astuple(self)) + "\n"

    @classmethod
    def read(cls, line: str) -> "Entry":
        return cls(*json.loads(line))


class HashingReader:
    """Passes a file on and hashes what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.size, self._sha256 = source, 0, hashlib.sha256()

    def read(self, number: int = -1) -> bytes:
        data = self.source.read(number)
        self.size += len(data)
        self._sha256.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()


class Packer:
    """Writes files of the default storage into a tar that is a stream, without those that lie in a pack already.

    `packed`: the files of earlier packs by name. `entries`: all so far by name, present or not.
    """

    def __init__(self, tar: tarfile.TarFile, packed: Mapping[str, Entry]) -> None:
        self.tar, self.packed = tar, packed
        self.entries: dict[str, Entry] = {}

    @classmethod
    @contextmanager
    def into(cls, stream: BinaryIO, packed: Mapping[str, Entry]) -> "Iterator[Packer]":
        tar = tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT)
        try:
            yield cls(tar, packed)
        except BaseException:
            with suppress(OSError):
                tar.close()
            raise
        tar.close()

    def add(self, name: str) -> None:
        """OSError if the storage is away or the file changes while it is read."""
        if name in self.entries:
            return
        try:
            with default_storage.open(name, "rb") as file:
                self.entries[name] = self._packed(name, file)
        except FileNotFoundError:
            self.entries[name] = Entry(name)

    def _packed(self, name: str, file: "File[bytes]") -> Entry:
        size, changed = file.size, default_storage.get_modified_time(name).isoformat()
        before = self.packed.get(name)
        if before and (before.size, before.changed) == (size, changed):
            return before
        reader, info = HashingReader(file), tarfile.TarInfo(name)
        info.size = size
        self.tar.addfile(info, reader)
        return Entry(name, size, reader.sha256, changed=changed)
