"""The forms of messages that couldn't be sent."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AddressForm(forms.Form):
    address = forms.EmailField(
        label=_("Correct email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the address the message should go to.")},
    )
    reason = forms.CharField(
        label=_("How do you know?"),
        help_text=_("For example: called Tuesday and spelled it out. We keep this as a record."),
        max_length=300,
        error_messages={"required": _("Say how you know the right address.")},
    )
