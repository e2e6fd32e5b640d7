"""Forms for a line a day: from the card, and on the student's own page."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.templatetags.ui import full_day
from travel.models.trip_line import LINE_MAX


class LineForm(forms.Form):
    """What a phone sends. The action judges length and day, because it says so in words."""

    on = forms.DateField()
    text = forms.CharField(required=False, strip=False, max_length=20 * LINE_MAX)
    device = forms.CharField(required=False, max_length=32)
    version = forms.IntegerField(required=False, min_value=0, max_value=2**62)

    @property
    def values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "version": self.cleaned_data["version"] or 0}

    @property
    def problem(self) -> str:
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


def _text() -> forms.CharField:
    return forms.CharField(
        label=_("Your line"),
        max_length=LINE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("Keep it under %(limit_value)d characters. Right now it has %(show_value)d."),
        },
    )


class OwnLineForm(forms.Form):
    """A line that the student corrects."""

    text = _text()


class NewLineForm(forms.Form):
    """A line for a day that has none yet."""

    on = forms.TypedChoiceField(label=_("Day"), coerce=date.fromisoformat)
    text = _text()

    def __init__(self, *args: Any, days: Iterable[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["on"]
        field.choices = [(day.isoformat(), full_day(day)) for day in days]  # type: ignore[attr-defined]
