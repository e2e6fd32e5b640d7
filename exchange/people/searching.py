"""Finds people as staff type them: parts of a name with or without accents, an email address, a phone number."""

import re

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat

from exchange.base.folded_text import Folded, folded
from exchange.models import User

WORDS_MAX = 6
DIGITS_MIN = 4  # of a phone number: its last four are enough to look at
PHONE = re.compile(r"[\d\s().+/-]+")


def people_called(typed: str) -> QuerySet[User]:
    """Everyone who fits. Each word is a part of a name or of the address, in any order; of a phone number only the
    digits count. Every character stands for itself, `%` too. Nobody, if nothing is typed."""
    words = folded(typed).split()[:WORDS_MAX]
    if not words:
        return User.objects.none()
    email = Coalesce(F("email"), Value(""), output_field=CharField())
    names = Concat("full_name", Value(" "), "preferred_name", Value(" "), output_field=CharField())
    text = Folded(Concat(names, email, output_field=CharField()))
    found, people = Q(), User.objects.alias(searched=text)
    for word in words:
        found &= Q(searched__contains=word)
    digits = re.sub(r"\D", "", typed)
    if len(digits) >= DIGITS_MIN and PHONE.fullmatch(typed):
        people = people.alias(dialed=Cast("phone", CharField()))
        found |= Q(dialed__contains=digits)
    return people.filter(found)
