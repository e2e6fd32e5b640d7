"""Forms for a lottery: its zone, the public draw and its result, and why it is called off."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.base import lottery as rule
from applications.base.forms import DayField
from applications.models import Lottery

Kind = Lottery.Kind


class ZoneForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Who’s in it?"),
        choices=[
            (Kind.CLOSE, _("Candidates marked “too close to call” in the ranked list")),
            (Kind.MEAN, _("Everyone whose average score is in a range I enter")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who’s in it.")},
    )
    score_from = forms.DecimalField(
        label=_("Lowest average score"), min_value=0, max_value=99, decimal_places=3, required=False
    )
    score_to = forms.DecimalField(
        label=_("Highest average score"), min_value=0, max_value=99, decimal_places=3, required=False
    )
    seats = forms.IntegerField(label=_("Spots to draw for"), min_value=1, max_value=9999)
    reason = forms.CharField(
        label=_("Why these scores are a tie"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Anyone can read it once the fingerprint is public. Don’t include names."),
        error_messages={"required": _("Say why these scores are a tie.")},
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") != Kind.MEAN:
            return said | {"score_from": None, "score_to": None}
        for name in ("score_from", "score_to"):
            if said.get(name) is None and name not in self.errors:
                self.add_error(name, forms.ValidationError(_("Enter an average score."), code="required"))
        low, high = said.get("score_from"), said.get("score_to")
        if low is not None and high is not None and low > high:
            text = _("The highest score must be at least as high as the lowest.")
            self.add_error("score_to", forms.ValidationError(text, code="upside_down"))
        return said


class PublicDrawForm(forms.Form):
    public_draw = forms.CharField(
        label=_("Public draw"),
        max_length=200,
        help_text=_(
            "A draw that no one here controls, and which of its numbers count, in which order. For example: the state"
            " lottery, the five numbers as listed on its website, then the extra number"
        ),
        error_messages={"required": _("Name the public draw.")},
    )
    public_draw_on = DayField(
        label=_("Day of the draw"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Enter the day of the draw."), "invalid": _("Enter the day of the draw.")},
    )

    def clean_public_draw_on(self) -> Any:
        day = self.cleaned_data["public_draw_on"]
        if day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a draw that takes place tomorrow or later."), code="not_ahead")
        return day


class ResultForm(forms.Form):
    result = forms.CharField(
        label=_("Result of the public draw"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Type the numbers as they’re published, in the same order. Only the numbers count."),
        error_messages={"required": _("Enter the result of the public draw.")},
    )

    def clean_result(self) -> str:
        result: str = self.cleaned_data["result"]
        if not rule.numbers_of(result):
            raise forms.ValidationError(
                _("Enter all numbers of the public draw, at least four digits."), code="bad_result"
            )
        return result


class CorrectionForm(ResultForm):
    reason = forms.CharField(
        label=_("What was typed wrong"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays on the record. Don’t include names."),
        error_messages={"required": _("Say what was typed wrong. This stays on the record.")},
    )


class CallOffForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you’re canceling it"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays on the record. Don’t include names."),
        error_messages={"required": _("Say why you’re canceling it. This stays on the record.")},
    )
