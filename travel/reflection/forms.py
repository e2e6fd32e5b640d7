"""The form in which a student reflects on the trip."""

from django import forms
from django.utils.translation import gettext_lazy as _

from travel.models import Reflection

PRIVACY_WORDS = [
    (Reflection.Privacy.PRIVATE, _("Only me. No one else can read it.")),
    (Reflection.Privacy.PROGRAM, _("The program: my advisor and the exchange team.")),
    (Reflection.Privacy.PUBLIC, _("Anyone, without my name.")),
]


class ReflectionForm(forms.Form):
    text = forms.CharField(
        label=_("Your reflection"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={
            "required": _("Write a line or two first."),
            "max_length": _("Keep it under %(limit_value)d characters. Right now it has %(show_value)d."),
        },
    )
    privacy = forms.ChoiceField(
        label=_("Who can read it?"),
        choices=PRIVACY_WORDS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who can read it.")},
    )
    quote = forms.CharField(
        label=_("One sentence we may quote"),
        help_text=_(
            "Only if anyone can read it. We print it without your name, and you can take it back here anytime."
        ),
        max_length=240,
        required=False,
        error_messages={"max_length": _("Keep the sentence under %(limit_value)d characters.")},
    )
