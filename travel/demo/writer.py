"""Writes very many rows fast: COPY on PostgreSQL, one prepared statement elsewhere. Keys are given out here."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Max, Model

type Row = tuple[Any, ...]


class Table:
    """One model's rows: a key, then the named columns in order; every other column gets its default.

    Values are plain: str, int, bool, date, datetime, Decimal, None; JSON as text. No model is built and no
    signal sent, so this is for benchmarks only.
    """

    def __init__(self, model: type[Model], *columns: str) -> None:
        self.model = model
        fields = {field.attname: field for field in model._meta.concrete_fields}
        left = [field for name, field in fields.items() if name not in columns and not field.primary_key]
        self.columns = [fields[name].column for name in ("id", *columns)] + [field.column for field in left]
        self.rest = tuple(field.get_db_prep_save(field.get_default(), connection) for field in left)
        self.rows: list[Row] = []
        self.next_id = (model._default_manager.aggregate(last=Max("pk"))["last"] or 0) + 1
        self.written = 0

    def add(self, *values: Any) -> int:
        """Put a row down; returns its key."""
        key = self.next_id
        self.next_id += 1
        self.rows.append((key, *values))
        return key

    def flush(self) -> None:
        if connection.vendor == "postgresql":
            self._copy()
        else:
            self._insert()
        self.written += len(self.rows)
        self.rows = []

    def _copy(self) -> None:
        statement = f"COPY {self._name} ({self._names}) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in self.rows:
                copy.write_row(row + self.rest)

    def _insert(self) -> None:
        marks = ", ".join(["%s"] * len(self.columns))
        statement = f"INSERT INTO {self._name} ({self._names}) VALUES ({marks})"  # noqa: S608 -- names of our own models
        with connection.cursor() as cursor:
            cursor.executemany(statement, (tuple(map(_plain, row)) + self.rest for row in self.rows))

    @property
    def _name(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    @property
    def _names(self) -> str:
        return ", ".join(map(connection.ops.quote_name, self.columns))


def finish(tables: Iterable[Table]) -> None:
    """Let the database count on from the keys given out here, and learn how full its tables have become."""
    models = [table.model for table in tables]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        cursor.execute("ANALYZE")


def _plain(value: Any) -> Any:
    adapt = ADAPT.get(type(value))
    return adapt(value) if adapt else value


ADAPT: dict[type, Callable[[Any], Any]] = {
    datetime: lambda value: connection.ops.adapt_datetimefield_value(value),
    date: str,
    Decimal: str,
}
