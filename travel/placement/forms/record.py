"""Form for correcting whether one student went on the trip."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from travel.models import Placement
from travel.placement.actions.record import Went, recorded


class RecordForm(forms.Form):
    """Offers what the record doesn't say yet; "home already" while the group is away, "not home yet" after it."""

    went = forms.ChoiceField(
        label=_("What really happened?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what really happened.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The student will read this in the portal."),
        error_messages={"required": _("Enter a reason. The student will read it.")},
    )

    def __init__(self, placement: Placement, data: QueryDict | None = None) -> None:
        super().__init__(data)
        left_out = {recorded(placement)}
        left_out.add(Went.NOT_BACK if placement.trip.returned_at is None else Went.HOME_EARLY)
        went: Any = self.fields["went"]
        went.choices = [(each.value, capfirst(each.label)) for each in Went if each not in left_out]
