"""Form for a line of a trip's budget."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.base.forms import RowForm, day
from travel.prepare.forms.money import CentsField


class CostForm(RowForm):
    layout = (("what", "fund"), ("planned_cents", "actual_cents"), ("source_name", "as_of"))
    what = forms.CharField(
        label=gettext_lazy("What for"), max_length=100, help_text=gettext_lazy("For example: flights.")
    )
    fund = forms.CharField(
        label=gettext_lazy("Who pays"),
        max_length=100,
        help_text=gettext_lazy("Write each sponsor the same way every time, so that the sums are right."),
    )
    planned_cents = CentsField(label=gettext_lazy("Planned for the whole group, in dollars"))
    actual_cents = CentsField(
        label=gettext_lazy("What it came to, in dollars"),
        required=False,
        help_text=gettext_lazy("Leave it empty until the bill is in."),
    )
    source_name = forms.CharField(
        label=gettext_lazy("Where it’s written"),
        max_length=200,
        help_text=gettext_lazy("For example: agreement with the sponsor."),
    )
    as_of = day(gettext_lazy("As of"))

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("as_of") and said["as_of"] > timezone.localdate():
            self.add_error("as_of", _("This day is in the future."))
        return said
