"""Forms for after a release: a correction, more time to answer, and the outcome of a call."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.base.forms import DayField
from applications.release.actions.calls import SAID
from applications.selection.forms.selection import DecisionForm
from applications.states import CORRECTIONS, RESULTS, Status


class CorrectionForm(DecisionForm):
    """A decision that offers only the results that may replace the one that was told."""

    def __init__(self, data: QueryDict | None = None, *, status: str) -> None:
        super().__init__(data)
        possible = CORRECTIONS.get(Status(status), frozenset())
        result: Any = self.fields["result"]
        result.label = _("What’s the right result?")
        result.choices = [(each.value, each.label) for each in RESULTS if each in possible]
        self.fields["reason"].label = _("What went wrong?")


class ReleaseForm(forms.Form):
    partly_read = forms.BooleanField(label=_("Release without the missing readings"), required=False)


class ExtendForm(forms.Form):
    until = DayField(
        label=_("New deadline"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The student has until 11:59 pm that day."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For our records. The student won’t see it."),
    )

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until < timezone.localdate():
            raise forms.ValidationError(_("That day has passed. Choose today or a later day."))
        return until


class CallForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("How did it go?"),
        choices=[(each.value, each.label) for each in SAID],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how the call went.")},
    )
    note = forms.CharField(
        label=_("Note for your colleagues"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Write only what helps the next person who calls. Leave out private reasons."),
    )


class WithdrawForForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The student will read this in the portal."),
        error_messages={"required": _("Enter a reason. The student will read it.")},
    )
