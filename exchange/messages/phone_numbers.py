"""Phone numbers: as people type them, and which can be texted."""

from typing import Any, NoReturn

import phonenumbers
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from exchange.base import phones

# kinds of numbers that phones which take texts have; not premium or toll-free lines, and not a satellite network's
MOBILE = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.VOIP,
    }
)


class PhoneField(forms.CharField):
    """A form field for a phone number as people write it; its clean value is in E.164."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    default_error_messages = {
        "required": _("Enter a phone number."),
        "phone": _(
            "Enter a phone number with its area code, like 213 555 0134. If it’s outside the U.S., start with +."
        ),
        "country": _("Start with + and the country code, like +1 213 555 0134. This number is called from abroad."),
        "with_country": _("Check this number. It should be complete, like +1 213 555 0134, without an extension."),
    }

    def __init__(self, *, needs_country: bool = False, **kwargs: Any) -> None:
        """`needs_country`: it may be of any country, so without a country code it isn't taken for one from here."""
        kwargs.setdefault("label", _("Phone number"))
        self.needs_country = needs_country
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return typed
        if self.needs_country and not typed.startswith("+"):
            self._refuse("country")
        return to_e164(typed) or self._refuse("with_country" if self.needs_country else "phone")

    def prepare_value(self, value: Any) -> Any:
        return phones.readable(value) if value else value

    def _refuse(self, code: str) -> NoReturn:
        raise forms.ValidationError(self.error_messages[code], code=code)


def to_e164(value: Any) -> str:
    """The number in E.164, or an empty string if it cannot be one: E.164 has no extension either."""
    try:
        number = phonenumbers.parse(str(value), settings.HOME_REGION)
    except phonenumbers.NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_mobile(number: str) -> bool:
    """Whether this E.164 number belongs to a country and is of a kind that gets texts at the usual price."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    region = phonenumbers.region_code_for_number(parsed)
    is_of_a_country = region is not None and region != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
    return is_of_a_country and phonenumbers.number_type(parsed) in MOBILE


def region_of(number: str) -> str:
    """The ISO 3166-1 code of an E.164 number's country: US, or JM for Jamaica with the same prefix. "" without one."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
