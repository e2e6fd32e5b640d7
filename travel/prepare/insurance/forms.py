"""Form for an insurance policy of a trip."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.messages.phone_numbers import PhoneField
from exchange.templatetags.ui import day_year
from travel.base.forms import RowForm, day
from travel.models import Trip


class PolicyForm(RowForm):
    layout = (("insurer", "name"), ("number", "phone"), ("valid_from", "valid_until"), ("covers_en", "covers_es"))
    insurer = forms.CharField(label=gettext_lazy("Insurance company"), max_length=120)
    name = forms.CharField(label=gettext_lazy("Name of the plan"), max_length=120)
    number = forms.CharField(label=gettext_lazy("Policy number"), max_length=60)
    phone = PhoneField(
        label=gettext_lazy("Number to call from abroad"),
        help_text=gettext_lazy("With the country code, such as +1."),
        max_length=30,
        needs_country=True,
    )
    valid_from = day(gettext_lazy("First day"))
    valid_until = day(gettext_lazy("Last day"))
    covers_en = forms.CharField(
        label=gettext_lazy("What it covers, in English"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    covers_es = forms.CharField(
        label=gettext_lazy("What it covers, in Spanish"),
        help_text=gettext_lazy("Students and their families read this, so avoid both tú and usted."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, trip: Trip, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trip = trip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and first > self.trip.leaves_on:
            message = _("The group leaves on %(day)s. The insurance has to start by then.")
            self.add_error("valid_from", message % {"day": day_year(self.trip.leaves_on)})
        if last and last < self.trip.home_on:
            message = _("The group returns on %(day)s. The insurance has to last until then.")
            self.add_error("valid_until", message % {"day": day_year(self.trip.home_on)})
        return data
