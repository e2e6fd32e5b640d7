"""How a phone number is linked and shown: the same in Athens as at home, with its country.

Stored numbers are E.164 (`phonenumber_field.modelfields.PhoneNumberField`). A number that nobody could read stays as it
was typed, is shown, and is no link, because a phone abroad would dial it there. The short numbers of a country's
emergency services have no country code; they are a type of their own.
"""

from typing import Any

import phonenumbers


class ShortNumber(str):
    """A number such as 112, which is dialed as it is, from any phone that is there."""

    __slots__ = ()


def _parsed(number: Any) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(str(number))  # without a region: only a number with its country is one
    except phonenumbers.NumberParseException:
        return None


def href(number: Any) -> str:
    """ "tel:+12135550134"; "" for a number without a country."""
    if isinstance(number, ShortNumber):
        return f"tel:{number}"
    parsed = _parsed(number)
    return f"tel:{phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)}" if parsed else ""


def readable(number: Any) -> str:
    """ "+1 213-555-0134"; a number without a country as it was typed."""
    parsed = _parsed(number)
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form) if parsed else str(number or "")
