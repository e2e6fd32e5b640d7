"""Forms for a lottery: its zone, the dice, and why it is called off."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.base import lottery as rule
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
        help_text=_("Anyone can read it once the secret is locked. Don’t include names."),
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


class DiceForm(forms.Form):
    dice = forms.CharField(
        label=_("Numbers rolled"),
        max_length=100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_(
            "Roll a die at least six times, in front of witnesses. Enter the numbers in order, like this: 415263"
        ),
        error_messages={"required": _("Enter the numbers from at least six rolls.")},
    )

    def clean_dice(self) -> str:
        """The rolls without the spaces or commas that people type between them."""
        dice = "".join(self.cleaned_data["dice"].replace(",", " ").split())
        if not rule.DICE.fullmatch(dice):
            raise forms.ValidationError(
                _("Enter the numbers from 6 to 40 rolls. Each one is from 1 to 6."), code="bad_dice"
            )
        return dice


class CallOffForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you’re canceling it"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays on the record. Don’t include names."),
        error_messages={"required": _("Say why you’re canceling it. This stays on the record.")},
    )
