"""The form of an announcement."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.models import Announcement
from travel.base.forms import RowForm, day

TEXT_MAX = 400


def _text(label: object, language: str) -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "lang": language}),
        error_messages={"required": _("Write it in both languages.")},
    )


class AnnouncementForm(RowForm):
    layout = (("text_en", "text_es"), ("audience", "until"))
    audience = forms.ChoiceField(label=_("Who sees it"), choices=Announcement.Audience.choices)
    text_en = _text(_("Text in English"), "en")
    text_es = _text(_("Text in Spanish"), "es")
    until = day(_("Last day it’s shown"), error_messages={"required": _("Choose the last day.")})

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until < timezone.localdate():
            raise forms.ValidationError(_("That day has passed. Choose today or a later day."))
        return until
