"""Text as a search compares it: Latin letters without marks, in lower case; the same in Python and in the database.

PostgreSQL has the function from the migration exchange 0013, and an index holds what it returned. So whoever
changes the letters below adds a migration that makes the function and the index user_searched anew.
"""

import unicodedata
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Func

ALPHABETS = ((0xC0, 0x250), (0x1E00, 0x1F00))  # Latin letters with marks, those of Vietnamese among them
NOT_TAKEN_APART = {"đ": "d", "ł": "l", "ø": "o", "ı": "i"}  # by Unicode
FUNCTION = "exchange_folded"


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

    function = FUNCTION
    output_field = CharField()
    arity = 1


def teach_sqlite(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """For `connection_created`: SQLite's functions are Python's."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 1, folded, deterministic=True)
