"""Form for one of the two people to call in an emergency."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.formfields import PhoneNumberField

from travel.models import Relation, Spoken


class ContactForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Their name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Enter their name.")},
    )
    relation = forms.ChoiceField(
        label=gettext_lazy("Who are they to you?"),
        choices=Relation,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who they are to you.")},
    )
    relation_words = forms.CharField(
        label=gettext_lazy("If someone else: who?"),
        help_text=gettext_lazy("In your words. For example: “my neighbor who raised me”."),
        max_length=60,
        required=False,
    )
    phone = PhoneNumberField(
        region=settings.HOME_REGION,
        label=gettext_lazy("Their phone number"),
        help_text=gettext_lazy("If it isn’t a U.S. number, start with + and the country code."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Enter their phone number."),
            "invalid": gettext_lazy("Check this phone number. For another country, start with + and the country code."),
        },
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Which language do they speak?"),
        choices=Spoken,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a language, so the right person calls.")},
    )
    language_words = forms.CharField(
        label=gettext_lazy("If another language: which one?"), max_length=60, required=False
    )
    knows = forms.BooleanField(label=gettext_lazy("They know that I named them"), required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("relation") == Relation.OTHER and not data.get("relation_words"):
            self.add_error("relation_words", _("Say who they are to you."))
        if data.get("language") == Spoken.OTHER and not data.get("language_words"):
            self.add_error("language_words", _("Say which language they speak."))
        return data

    @property
    def said(self) -> dict[str, Any]:
        """As it is stored; the phone in the E.164 form."""
        data = self.cleaned_data
        said = {key: data[key] for key in ("name", "relation", "language", "knows")}
        return said | {
            "phone": data["phone"].as_e164,
            "relation_words": data["relation_words"] if data["relation"] == Relation.OTHER else "",
            "language_words": data["language_words"] if data["language"] == Spoken.OTHER else "",
        }
