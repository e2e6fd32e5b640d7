"""Checks a person's name: it goes into messages to others, where a link in it would seem to come from us."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# web and email addresses; control characters and line breaks; characters that reverse the writing direction
NOT_IN_A_NAME = re.compile(
    r"[/@<>\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\bwww\.|\w\.(?:[a-z]{2,}|[A-Z]{2,})\b"
)


def name_problem(name: str) -> str:
    """What to correct, in words for the person; "" if nothing."""
    if NOT_IN_A_NAME.search(name):
        return _("Enter only the name: no links, no addresses, and none of these: / @ < >.")
    return ""


def validate_name(name: str) -> None:
    if problem := name_problem(name):
        raise ValidationError(problem, code="name")
