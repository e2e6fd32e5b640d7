"""Which files the rows name, by looking at the models, and how they are packed into a tar.

A model whose JSON field holds a list of storage names says so: `STORED_NAMES = {"pieces"}`.
"""

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, NamedTuple

from django.apps import apps
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
    """A line of the index. Without `sha256`: the file was missing when the backup was taken."""

    name: str
    size: int = 0
    sha256: str = ""

    def line(self) -> str:
        return json.dumps([self.name, self.size, self.sha256]) + "\n"

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
    """Writes files of the default storage into a tar that is a stream. `seen`: the names so far, present or not."""

    def __init__(self, tar: tarfile.TarFile, index: IO[str]) -> None:
        self.tar, self.index = tar, index
        self.seen: set[str] = set()

    @classmethod
    @contextmanager
    def into(cls, stream: BinaryIO, index: IO[str]) -> "Iterator[Packer]":
        tar = tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT)
        try:
            yield cls(tar, index)
        except BaseException:
            with suppress(OSError):
                tar.close()
            raise
        tar.close()

    def add(self, name: str) -> None:
        """OSError if the storage is away or the file changes while it is read."""
        if name in self.seen:
            return
        self.seen.add(name)
        try:
            with default_storage.open(name, "rb") as file:
                reader, info = HashingReader(file), tarfile.TarInfo(name)
                info.size = file.size
                self.tar.addfile(info, reader)
        except FileNotFoundError:
            self.index.write(Entry(name).line())
            return
        self.index.write(Entry(name, info.size, reader.sha256).line())
