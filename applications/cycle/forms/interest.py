"""Forms of the list of people who want to know when applications open."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Interest
from exchange.messages import text_limits
from exchange.models import College
from exchange.people.sign_in.forms import split_contact


class InterestForm(forms.Form):
    contact = forms.CharField(
        label=_("Email or cell phone number"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("We’ll ask there if it’s really you. By phone, message and data rates may apply."),
        error_messages={"required": _("Enter your email address or your cell phone number.")},
    )
    heard = forms.ChoiceField(
        label=_("Where did you hear about us?"),
        choices=[("", _("I’d rather not say")), *Interest.Heard.choices],
        required=False,
    )

    def __init__(self, *args: Any, has_source: bool, **kwargs: Any) -> None:
        """`has_source`: the QR code has said where."""
        super().__init__(*args, **kwargs)
        if has_source:
            del self.fields["heard"]
        if not text_limits.are_on():
            self.fields["contact"].label = _("Email address")
            self.fields["contact"].help_text = _("We’ll ask there if it’s really you.")

    def clean_contact(self) -> tuple[str, str]:
        return split_contact(self.cleaned_data["contact"])


class SourceForm(forms.Form):
    name = forms.CharField(
        label=_("Event or place"),
        max_length=80,
        help_text=_("Only the office sees this, such as “Club fair, October”."),
        error_messages={"required": _("Name the event or the place.")},
    )
    college = forms.ModelChoiceField(
        label=_("College"), queryset=College.objects.order_by("name"), required=False, empty_label=_("No college")
    )
