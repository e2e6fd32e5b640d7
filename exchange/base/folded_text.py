"""Text as a search compares it: Latin letters without marks, in lower case; the same in Python and in the database."""

import unicodedata
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Func
from django.db.models.sql.compiler import SQLCompiler

ALPHABETS = ((0xC0, 0x250), (0x1E00, 0x1F00))  # Latin letters with marks, those of Vietnamese among them
NOT_TAKEN_APART = {"đ": "d", "ł": "l", "ø": "o", "ı": "i"}  # by Unicode
SQLITE_NAME = "exchange_folded"


def _plain(letter: str) -> str:
    low = letter.lower()
    return NOT_TAKEN_APART.get(low, unicodedata.normalize("NFD", low)[0])


# one letter for one letter, as TRANSLATE of PostgreSQL wants it
LETTERS = "".join(chr(code) for alphabet in ALPHABETS for code in range(*alphabet))
PLAIN = "".join(map(_plain, LETTERS))
TABLE = str.maketrans(LETTERS, PLAIN)


def folded(text: str | None) -> str:
    """ "Ángel Nguyễn" becomes "angel nguyen"."""
    return unicodedata.normalize("NFC", text or "").translate(TABLE).lower()


class Folded(Func):
    """`folded` of an expression, in the database."""

    output_field = CharField()
    arity = 1

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        template = f"LOWER(TRANSLATE(%(expressions)s, '{LETTERS}', '{PLAIN}'))"
        return super().as_sql(compiler, connection, template=template, **extra)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, function=SQLITE_NAME, **extra)


def teach_sqlite(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """For `connection_created`: SQLite has no TRANSLATE, and its LOWER knows ASCII only."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(SQLITE_NAME, 1, folded, deterministic=True)
