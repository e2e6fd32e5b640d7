"""The form of a story's words in one language, for the office that proposes them and the student who approves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.models import Language
from exchange.web.edited import EditedForm
from travel.models.story import QUOTE_MAX, TEXT_MAX


class StoryTextForm(EditedForm):
    language = forms.ChoiceField(choices=Language, widget=forms.HiddenInput)
    quote = forms.CharField(
        label=_("A sentence or two that can stand alone"),
        max_length=QUOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Write a sentence that can stand alone."),
            "max_length": _("Keep it under %(limit_value)d characters."),
        },
    )
    text = forms.CharField(
        label=_("The story around it"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"max_length": _("Keep it under %(limit_value)d characters.")},
    )

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_quote(self) -> str:
        return " ".join(str(self.cleaned_data["quote"]).split())

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).strip()

    @property
    def words(self) -> dict[str, Any]:
        return {"quote": self.cleaned_data["quote"], "text": self.cleaned_data["text"]}
