"""Words that one person writes in two windows: whether saving one text would lose the other. Pure Python.

A window names the texts of a field that it has shown or sent, each by a short mark, in `known`. What is stored
may be replaced by a text whose writer knew it, or by one that holds all of it. The same marks are made by
exchange/static/exchange/js/review.js.
"""

from collections.abc import Collection

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MODULUS = 2**32


def mark(text: str) -> str:
    """A short mark of a text; spaces and ends of lines do not count, as browsers and forms change them."""
    number = 5381
    for char in _squeezed(text):
        number = (number * 33 + ord(char)) % MODULUS
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def would_lose(stored: str, new: str, known: Collection[str]) -> bool:
    """Whether putting `new` in the place of `stored` takes away words that its writer never saw."""
    there, coming = _squeezed(stored), _squeezed(new)
    return bool(there) and there not in coming and mark(stored) not in known


def _squeezed(text: str) -> str:
    return "".join(char for char in text if ord(char) > 32 and ord(char) != 160)  # noqa: PLR2004 -- spaces
