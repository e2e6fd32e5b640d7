"""Forms of staff for passports and tickets. Filters are kept in the address."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Application
from applications.states import Status
from exchange.models import College
from exchange.templatetags.ui import day_year
from travel.base.names import FullName
from travel.models import NumberPurpose, PassportCall, Placement, TicketName, Trip
from travel.passport.actions.document_number import LOOKED_FOR
from travel.states import PassportStage

NUMBER = re.compile(r"[A-Z0-9]{5,20}")


class BoardFilterForm(forms.Form):
    """Takes colleges and trips that were already read, so that the choices cost no query."""

    who = forms.ChoiceField(
        label=gettext_lazy("Who"),
        required=False,
        choices=[
            ("", gettext_lazy("with a confirmed spot")),
            (Status.SELECTED, gettext_lazy("with an offer")),
            (Status.WAITLISTED, gettext_lazy("on the waitlist")),
            ("all", gettext_lazy("everyone we’re helping with a passport")),
        ],
    )
    college = forms.ChoiceField(label=gettext_lazy("College"), required=False)
    trip = forms.ChoiceField(label=gettext_lazy("Trip"), required=False)
    stage = forms.ChoiceField(label=gettext_lazy("Passport"), required=False)

    def __init__(self, *args: Any, colleges: list[College], trips: list[Trip], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trip_field: Any = self.fields["trip"]
        trip_field.choices = [
            ("", _("all")),
            *((trip.code, f"{trip.city}, {day_year(trip.leaves_on)}") for trip in trips),
        ]
        college_field: Any = self.fields["college"]
        college_field.choices = [("", _("all")), *((each.code, each.short_name) for each in colleges)]
        stage_field: Any = self.fields["stage"]
        stage_field.choices = [("", _("any stage")), *PassportStage.choices]
        if len(colleges) < 2:
            del self.fields["college"]


class CallForm(forms.Form):
    agreed = forms.ChoiceField(
        label=gettext_lazy("How the call went"),
        choices=PassportCall.Agreed.choices,
        error_messages={"required": gettext_lazy("Choose how the call went.")},
    )


class OpenListsForm(forms.Form):
    """Students to tick who can go to every city."""

    take = forms.ModelMultipleChoiceField(
        Application.objects.none(),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Check at least one student.")},
    )

    def __init__(self, *args: Any, students: QuerySet[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        take_field: Any = self.fields["take"]
        take_field.queryset = students


# --- Names ------------------------------------------------------------------------------------------


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


# --- Numbers ----------------------------------------------------------------------------------------


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
