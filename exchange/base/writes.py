"""Whether statements changed rows, and of which tables."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

WRITES = ("INSERT ", "UPDATE ", "DELETE ")


@contextmanager
def written(connection: BaseDatabaseWrapper) -> Iterator[set[str]]:
    """The names of the tables in which the statements of this block changed a row; a microsecond for each statement."""
    tables: set[str] = set()

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        # SQLite counts the rows of INSERT … RETURNING only once they are read.
        sure = sql.startswith("INSERT INTO ") and " ON CONFLICT" not in sql
        if sql.startswith(WRITES) and (sure or context["cursor"].rowcount):
            tables.add(sql.split('"')[1])
        return done

    with connection.execute_wrapper(look):
        yield tables
