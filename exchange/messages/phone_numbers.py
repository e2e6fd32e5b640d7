"""Phone numbers as people type them."""

import phonenumbers
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class PhoneField(forms.CharField):
    """A phone number as people write it; clean value in E.164."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    default_error_messages = {
        "phone": _("Enter a phone number with its area code, like 213 555 0134. Outside the US, start with +.")
    }

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("Phone number"))
        super().__init__(**kwargs)

    def clean(self, value):
        value = super().clean(value)
        return to_e164(value) or self._refuse() if value else value

    def _refuse(self):
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
