"""Parses phone numbers as people type them."""

from typing import Any, NoReturn

import phonenumbers
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class PhoneField(forms.CharField):
    """A form field for a phone number as people write it; its clean value is in E.164."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    default_error_messages = {
        "phone": _(
            "Enter a phone number with its area code, like 213 555 0134. If it’s outside the U.S., start with +."
        )
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Phone number"))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        return to_e164(typed) or self._refuse() if typed else typed

    def _refuse(self) -> NoReturn:
        raise forms.ValidationError(self.error_messages["phone"], code="phone")


def to_e164(value: str) -> str:
    """The number in E.164, or an empty string if it cannot be one."""
    try:
        number = phonenumbers.parse(value, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
