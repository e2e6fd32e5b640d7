"""Forms for a document number: who is asked for it, what they type, and why the office looks."""

import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.models import NumberPurpose
from travel.passport.numbers.actions import LOOKED_FOR

NUMBER = re.compile(r"[A-Z0-9]{5,20}")


class NumberNeedForm(forms.Form):
    purpose = forms.ChoiceField(label=gettext_lazy("Who needs it"), choices=NumberPurpose.choices)
    reason_en = forms.CharField(
        label=gettext_lazy("Why, in English"),
        max_length=300,
        help_text=gettext_lazy("Students read this before they enter the number."),
    )
    reason_es = forms.CharField(label=gettext_lazy("Why, in Spanish"), max_length=300)


class NumberForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Your passport or travel document number"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=gettext_lazy("It’s on the page with your photo. Letters and numbers only."),
        error_messages={"required": gettext_lazy("Enter your passport or travel document number.")},
    )

    def clean_number(self) -> str:
        number = re.sub(r"[\s-]", "", self.cleaned_data["number"]).upper()
        if not NUMBER.fullmatch(number):
            raise forms.ValidationError(
                _("Check the number. It has 5 to 20 letters and numbers, and nothing else."), code="shape"
            )
        return number


class LookForm(forms.Form):
    what_for = forms.ChoiceField(label=gettext_lazy("For"), choices=[*LOOKED_FOR.items()])
