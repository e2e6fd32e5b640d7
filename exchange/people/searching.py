"""Finds people as staff type them: parts of a name with or without accents, an email address, a phone number."""

import re
from typing import Any

from django.db.models import CharField, Func, Q, QuerySet

from exchange.base.folded_text import Folded, folded
from exchange.models import User

WORDS_MAX = 6
DIGITS_MIN = 4  # of a phone number: its last four are enough to look at
PHONE = re.compile(r"[\d\s().+/-]+")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# Literal signs, not parameters: an index finds only the expression that it was made with (exchange 0012).
_OR_NOTHING: dict[str, Any] = {"template": "COALESCE(%(expressions)s, '')", "output_field": CharField()}
DIALED = Func("phone", **_OR_NOTHING)


def joined(*columns: str | Func) -> Func:
    """Their texts with a space between, as an index has them."""
    return Func(*columns, template="(%(expressions)s)", arg_joiner=" || ' ' || ", output_field=CharField())


def searched_of(person: str = "") -> Folded:
    """Name and address of a person, or of the one to whom this path leads, such as "student__"."""
    return Folded(joined(f"{person}full_name", f"{person}preferred_name", Func(f"{person}email", **_OR_NOTHING)))


def people_called(typed: str, among: QuerySet[User] | None = None) -> QuerySet[User]:
    """Everyone who fits, or those `among` these.

    Each word is a part of a name or of the address, in any order; of a phone number only the digits count. Every
    character stands for itself, `%` too. Nobody, if nothing is typed.

    A whole address is found from its beginning: its parts are in thousands of others, and an index of parts reads all
    of those.
    """
    words, people = words_of(typed), User.objects.all() if among is None else among
    if not words:
        return people.none()
    if ADDRESS.fullmatch(address := typed.strip().lower()):
        return people.filter(email__startswith=address)
    found, people = has_words(words), people.alias(searched=searched_of())
    if digits := digits_of(typed):
        people = people.alias(dialed=DIALED)
        found |= Q(dialed__contains=digits)
    return people.filter(found)


def words_of(typed: str) -> list[str]:
    return folded(typed).split()[:WORDS_MAX]


def has_words(words: list[str]) -> Q:
    """Each of these is a part of the expression `searched`."""
    found = Q()
    for word in words:
        found &= Q(searched__contains=word)
    return found


def digits_of(typed: str) -> str:
    """Of a phone number as people write it; "" if it isn't one, or too short to look for."""
    digits = re.sub(r"\D", "", typed)
    return digits if len(digits) >= DIGITS_MIN and PHONE.fullmatch(typed) else ""


def keys_of_people_called(typed: str, _user: User) -> QuerySet[Any, Any]:
    """Their primary keys, for lists of people in packages below this one; those lists say who may see them."""
    return people_called(typed).values("pk")
