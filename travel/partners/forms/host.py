"""Forms that a host fills in through its link: the days of the program, and the beds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

DAY_MAX = 2000
NOTE_MAX = 1000


def day_field(label: str, language: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=DAY_MAX,
        widget=forms.Textarea(attrs={"rows": 3, **({"lang": language} if language else {})}),
    )


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


class ProposalForm(forms.Form):
    """A field for each day of the stay, and beside each a hidden one with what the page had shown."""

    use_required_attribute = False

    def __init__(self, *args: Any, days: list[tuple[int, str, str]], **kwargs: Any) -> None:
        """`days`: number, heading, the current proposal."""
        super().__init__(*args, **kwargs)
        self.proposed = {number: text for number, _heading, text in days}
        for number, heading, text in days:
            self.fields[f"day_{number}"] = day_field(heading, "")
            self.fields[f"day_{number}"].initial = text
            seen = forms.CharField(required=False, widget=forms.HiddenInput, strip=False, initial=text)
            self.fields[f"seen_{number}"] = seen

    @property
    def lines(self) -> list[tuple[int, forms.BoundField, forms.BoundField]]:
        return [(number, self[f"day_{number}"], self[f"seen_{number}"]) for number in self.proposed]

    @property
    def texts(self) -> dict[int, str]:
        """Texts of the days that differ from what the page had shown."""
        said = {number: plain(self.cleaned_data[f"day_{number}"]) for number in self.proposed}
        return {number: text for number, text in said.items() if text != self.seen[number]}

    @property
    def seen(self) -> dict[int, str]:
        return {number: plain(self.cleaned_data[f"seen_{number}"]) for number in self.proposed}

    def having_seen(self) -> "ProposalForm":
        """The same texts beside the current ones: saving them again is then deliberate."""
        data = {f"day_{number}": self.cleaned_data[f"day_{number}"] for number in self.proposed}
        data |= {f"seen_{number}": text for number, text in self.proposed.items()}
        days = [(number, str(self[f"day_{number}"].label), text) for number, text in self.proposed.items()]
        return ProposalForm(data, days=days)


class RoomsForm(forms.Form):
    use_required_attribute = False
    beds = forms.IntegerField(
        label=gettext_lazy("Beds for the group"),
        min_value=1,
        max_value=500,
        error_messages={"required": gettext_lazy("Enter the number of beds.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note about the rooms"),
        help_text=gettext_lazy("For example: four rooms of three, one on the ground floor. No names, please."),
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_note(self) -> str:
        return plain(self.cleaned_data["note"])
