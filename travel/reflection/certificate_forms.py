"""Why a certificate is revoked."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it revoked?"),
        max_length=200,
        help_text=_("The student reads this. People who verify the certificate read only that it’s revoked."),
        error_messages={"required": _("Say why, so the student knows.")},
    )
