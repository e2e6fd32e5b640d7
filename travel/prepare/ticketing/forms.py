"""Forms for the list for the airline. They validate; actions save."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.base.forms import day
from travel.base.names import FullName
from travel.models import TicketingExport
from travel.models.ticketing import Marker
from travel.passport.ticket_names.forms import name_fields
from travel.prepare.ticketing.actions import LOOKED_FOR, Details


class DetailsForm(forms.Form):
    """What the passport prints, letter by letter."""

    surnames = name_fields()["surnames"]
    given = name_fields()["given"]
    born = day(
        gettext_lazy("Date of birth"),
        help_text=gettext_lazy("As your passport prints it."),
        error_messages={"required": gettext_lazy("Enter your date of birth.")},
    )
    marker = forms.ChoiceField(
        label=gettext_lazy("The letter under “Sex” in your passport"),
        help_text=gettext_lazy(
            "The airline has to send the letter your passport prints, even if it isn’t right for you."
        ),
        choices=Marker.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the letter your passport prints, or ask to talk first.")},
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if not data.get("surnames") and not data.get("given"):
            text = _("Type your name as it’s printed in your passport.")
            self.add_error("surnames", forms.ValidationError(text, code="required"))
        return data

    @property
    def details(self) -> Details:
        data = self.cleaned_data
        name = FullName(" ".join(data["surnames"].split()), " ".join(data["given"].split()))
        return Details(name, data["born"], data["marker"])

    @staticmethod
    def initial_of(details: Details | None) -> dict[str, Any]:
        if details is None:
            return {}
        name = details.name
        return {"surnames": name.surnames, "given": name.given, "born": details.born, "marker": details.marker}


class ListForm(forms.Form):
    """How to download the list; and why, if it was sent before."""

    kind = forms.ChoiceField(label=gettext_lazy("Format"), choices=TicketingExport.Kind.choices)
    reason = forms.CharField(
        label=gettext_lazy("Why it’s needed again"),
        max_length=300,
        help_text=gettext_lazy("For example: one name changed. It’s kept with the record of this download."),
        error_messages={"required": gettext_lazy("The list was sent before. Say why it’s needed again.")},
    )

    def __init__(self, *args: Any, was_sent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not was_sent:
            del self.fields["reason"]


class LookForm(forms.Form):
    what_for = forms.ChoiceField(label=gettext_lazy("For"), choices=[*LOOKED_FOR.items()])
