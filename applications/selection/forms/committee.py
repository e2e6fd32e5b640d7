"""Forms for reserves, definitions of groups, proposals and notes."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.cycle.forms.setup import PairedForm
from applications.selection.committee import Basis, CommitteeRule, Group
from exchange.web.edited import EditedForm


class ReservesForm(EditedForm):
    """One number of seats for each group. `saves`: the reason is required. `saved`: what is kept now, by field."""

    unmet = frozenset({"minimum"})  # it is tried, never saved
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    basis = forms.ChoiceField(
        label=_("Which scores to use"),
        required=False,
        choices=Basis.choices,
        help_text=_("Once you save, the waitlist uses the same scores."),
    )
    minimum = forms.DecimalField(
        label=_("Minimum score for a spot"), required=False, min_value=0, max_value=99, decimal_places=3
    )
    reason = forms.CharField(
        label=_("Why these spots are reserved"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For our records. You need this to save, but not to try it out."),
    )

    def __init__(
        self, data: Any, *, groups: list[Group], seats: int, saved: dict[str, object], saves: bool = False
    ) -> None:
        super().__init__(data, initial=saved)
        self.groups = groups
        self.fields["reason"].required = saves
        self.fields["reason"].error_messages["required"] = _("Say why these spots are reserved.")
        for group in groups:
            self.fields[group.key] = forms.IntegerField(
                label=group.name,
                required=False,
                min_value=0,
                max_value=seats,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    @property
    def floors(self) -> dict[str, int]:
        said = self.cleaned_data
        return {group.key: said[group.key] for group in self.groups if said.get(group.key)}

    @property
    def rule(self) -> CommitteeRule:
        """The rule from the valid fields; invalid ones have errors beside them."""
        minimum: Decimal | None = self.cleaned_data.get("minimum")
        return CommitteeRule(Basis(self.cleaned_data.get("basis") or Basis.RAW), self.floors, minimum)

    def rows(self, *, districts: bool) -> list[tuple[Group, Any]]:
        return [(group, self[group.key]) for group in self.groups if bool(group.value) is districts]


class LeverForm(PairedForm):
    """Which answers count in a group, and its definition in both languages. `options`: (stored answer, label)."""

    pairs = ("definition",)
    unmet = frozenset({"reason"})
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    values = forms.MultipleChoiceField(
        label=_("Answers that count"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one answer.")},
    )
    definition_en = forms.CharField(
        label=_("Definition in English"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    definition_es = forms.CharField(
        label=_("Definition in Spanish"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    reason = forms.CharField(
        label=_("Why it’s changing"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For our records."),
    )

    def __init__(self, *args: Any, options: list[tuple[Any, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_name = {str(value): value for value, _words in options}
        values: Any = self.fields["values"]
        values.choices = [(str(value), words) for value, words in options]

    def clean_values(self) -> list[Any]:
        """The answers as stored: yes is True."""
        return [self.by_name[name] for name in self.cleaned_data["values"]]


class DraftForm(forms.Form):
    """How a proposal is made; its reserves are the saved ones."""

    basis = forms.ChoiceField(required=False, choices=Basis.choices, widget=forms.HiddenInput)
    minimum = forms.DecimalField(required=False, min_value=0, max_value=99, decimal_places=3, widget=forms.HiddenInput)
    waitlist = forms.IntegerField(
        label=_("How many to put on the waitlist"),
        required=False,
        min_value=0,
        max_value=2000,
        help_text=_("The next ones by score. Everyone else still has no result."),
    )
    partly_read = forms.BooleanField(label=_("Go ahead without the missing readings"), required=False)


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note to the committee"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Write it as if the student will read it. The law may give them that right."),
        error_messages={"required": _("Write something first.")},
    )


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you’re withdrawing it"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays on the record. Don’t include names."),
        error_messages={"required": _("Say why you’re withdrawing it. It stays on the record.")},
    )
