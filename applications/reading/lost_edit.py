"""Detects a save from one browser window that would overwrite text typed in another. Pure Python.

A window sends in `known` a short hash of each text of a field that it has shown or sent. A stored text may be replaced
from a window that knew it, or by a text that contains all of it. exchange/static/exchange/js/review.js computes the
same hashes.
"""

from collections.abc import Collection

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MODULUS = 2**32


def mark(text: str) -> str:
    """A short hash of a text without its spaces and line ends, because browsers and forms change those."""
    number = 5381
    for char in _squeezed(text):
        number = (number * 33 + ord(char)) % MODULUS
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def would_lose(stored: str, new: str, known: Collection[str]) -> bool:
    """Whether replacing `stored` by `new` would remove text that this window has never shown."""
    there, coming = _squeezed(stored), _squeezed(new)
    return bool(there) and there not in coming and mark(stored) not in known


def _squeezed(text: str) -> str:
    return "".join(char for char in text if ord(char) > 32 and ord(char) != 160)  # noqa: PLR2004 -- spaces
