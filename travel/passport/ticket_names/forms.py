"""Forms for the name in the passport and the one on the ticket."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.base.names import FullName
from travel.models import Placement, TicketName


def _part(label: Any) -> forms.CharField:
    plain = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=80, required=False, widget=plain)


def name_fields() -> dict[str, forms.CharField]:
    return {"surnames": _part(gettext_lazy("Surnames")), "given": _part(gettext_lazy("Given names"))}


class PassportNameForm(forms.Form):
    """The name as printed in the passport: it's compared and not stored."""

    surnames = name_fields()["surnames"]
    given = name_fields()["given"]
    shown_surnames = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    shown_given = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    agreed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, ticket: TicketName | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if ticket:
            self.initial.update(shown_surnames=ticket.surnames, shown_given=ticket.given)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if not data.get("surnames") and not data.get("given"):
            self.add_error(
                "surnames", forms.ValidationError(_("Type the name as it’s printed in the passport."), code="no")
            )
        return data

    @property
    def name(self) -> FullName:
        return FullName(self.cleaned_data["surnames"], self.cleaned_data["given"])


def shown_name(data: Mapping[str, str]) -> FullName:
    """The ticket's name as the submitted page had shown it."""
    return FullName(data.get("shown_surnames", ""), data.get("shown_given", ""))


class TicketNamesForm(forms.Form):
    """Two fields for each student of a trip. A name left empty stays as it is."""

    use_required_attribute = False

    def __init__(self, *args: Any, placements: list[Placement], names: dict[int, TicketName], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.placements, self.names = placements, names
        for placement in placements:
            ticket = names.get(placement.pk)
            for part, field in name_fields().items():
                name = f"{part}_{placement.code}"
                self.fields[name] = field
                self.initial[name] = getattr(ticket, part) if ticket else ""
                field.widget.attrs["aria-label"] = f"{field.label}, {placement.application.student}"

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "placement": placement,
                "ticket": self.names.get(placement.pk),
                "surnames": self[f"surnames_{placement.code}"],
                "given": self[f"given_{placement.code}"],
            }
            for placement in self.placements
        ]

    def written(self) -> dict[Placement, FullName]:
        """The names that aren't empty: a name can be changed, not deleted."""
        data = self.cleaned_data
        found = {
            each: FullName(data[f"surnames_{each.code}"], data[f"given_{each.code}"])
            for each in self.placements
            if f"surnames_{each.code}" in self.data
        }
        return {each: name for each, name in found.items() if name.surnames or name.given}
