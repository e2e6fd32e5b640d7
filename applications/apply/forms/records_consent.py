"""The student's signature under the consent for college records."""

from django import forms
from django.utils.translation import gettext_lazy as _

NAME_MAX = 150


def name_field(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("Type your full name to sign"),
        max_length=NAME_MAX,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type your full name to sign.")},
    )


class SignForm(forms.Form):
    typed_name = name_field(required=True)


class SignWithSubmitForm(forms.Form):
    """On the page that submits an application, where signing is a choice."""

    typed_name = name_field(required=False)
