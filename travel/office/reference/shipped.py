"""Keeps what updates of the reference files wrote, row by row (`ShippedRow`): what differs from it is the office's.

The audit log says the same, but not for good: it's purged. Whether a row is the office's is asked here alone.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import models

from exchange.models import PartnerCity
from travel.base.reference_files import Row
from travel.models import ShippedRow
from travel.office.reference.files import OF_THE_LOOK, differing, plain, saying_otherwise
from travel.office.reference.kinds import APART, kind_of

IN_FORCE = "superseded_by"  # in a key of the files: the version that nothing replaced


class Shipped:
    """What the updates before this one wrote. One query; `save` writes what this one adds."""

    def __init__(self) -> None:
        self._records = {(record.kind, record.key): record for record in ShippedRow.objects.all()}
        self._new: list[ShippedRow] = []
        self._changed: list[ShippedRow] = []

    def was_removed(self, model: type[models.Model], key: Row) -> bool:
        """Whether the office removed the row of this key, which isn't there.

        Rows that no page removes, such as facts that code reads, come back: they have no natural key.
        """
        return hasattr(model, "natural_key") and (model._meta.label_lower, address(key)) in self._records

    def is_the_offices(self, row: models.Model, key: Row, values: Row) -> bool:
        """Whether the office wrote the row otherwise than an update left it. One that says what the files say isn't.

        A row met for the first time is known from now on, so that it stays away once the office removes it.
        """
        record = self._records.get((row._meta.label_lower, address(key)))
        written = record.values if record else None
        theirs = not says_the_same(row, values) and (written is None or not _stands(row, values, written))
        if record is None:
            self.write(row, key, None if theirs else values)
        return theirs

    def write(self, row: models.Model, key: Row, values: Iterable[str] | None) -> None:
        """An update wrote these columns of the row. None: the office had it before."""
        kind, at = row._meta.label_lower, address(key)
        held = None if values is None else {name: _to_keep(row, name) for name in values}
        record = self._records.get((kind, at))
        if record is None:
            record = ShippedRow(kind=kind, key=at, city_id=getattr(row, "city_id", None), values=held)
            self._records[kind, at] = record
            self._new.append(record)
        elif record.values != held:
            record.values = held
            if record.pk:
                self._changed.append(record)

    def save(self) -> None:
        ShippedRow.objects.bulk_create(self._new, batch_size=500)
        ShippedRow.objects.bulk_update(self._changed, ["values"], batch_size=500)


def take(row: models.Model, key: Row, values: Row) -> None:
    """The row says what the files say, by an act of the office: updates apply again. In the caller's transaction."""
    held = {name: _to_keep(row, name) for name in values}
    ShippedRow.objects.update_or_create(
        kind=row._meta.label_lower,
        key=address(key),
        defaults={"values": held, "city_id": getattr(row, "city_id", None)},
    )


def address(key: Row) -> str:
    """Names a row of the files among those of its model; of a fact, whichever version is in force."""
    parts = (part.code if isinstance(part, PartnerCity) else part for name, part in key.items() if name != IN_FORCE)
    return APART.join(str(part) for part in parts)


def says_the_same(row: models.Model, values: Row) -> bool:
    """Whether the row says what the files say. When somebody looked at it doesn't count, if looking is an act of its
    own: elsewhere whoever looks writes the row anew."""
    return not (saying_otherwise if kind_of(type(row)) else differing)(row, values)


def _stands(row: models.Model, values: Row, written: Row) -> bool:
    """Whether the columns that an update would write are as the last one left them.

    A column that it didn't write has its default. A column that the files don't say, such as whether a city is offered,
    is the office's alone: no update touches it.
    """
    names = set(values) - (OF_THE_LOOK if kind_of(type(row)) else set())
    return all(_held(row, name) == _as_written(row, name, written) for name in names)


def _held(row: models.Model, name: str) -> Any:
    """The value as the column has it: of a city its number."""
    return row._meta.get_field(name).value_from_object(row)  # type: ignore[union-attr]


def _to_keep(row: models.Model, name: str) -> Any:
    """In one spelling: a number from the files may have fewer zeros than the column gives back."""
    value = _held(row, name)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else plain(value)


def _as_written(row: models.Model, name: str, written: Row) -> Any:
    field: Any = row._meta.get_field(name)
    if name in written:
        return field.to_python(written[name])
    return field.get_default()
