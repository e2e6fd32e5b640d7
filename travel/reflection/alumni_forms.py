"""Forms of alumni: what they agree to, how the office filters the list, and what it asks."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.models import College, PartnerCity
from travel.reflection.alumni import Subject


class AgreeForm(forms.Form):
    """None checked: none."""

    orientation = forms.BooleanField(label=_("Invite me to an orientation of a later group"), required=False)
    mentoring = forms.BooleanField(label=_("Ask me to mentor a later group"), required=False)


class AlumniFilterForm(forms.Form):
    """Kept in the address."""

    city = forms.ModelChoiceField(
        PartnerCity.objects.all(), label=_("City"), required=False, to_field_name="code", empty_label=_("all")
    )
    college = forms.ModelChoiceField(
        College.objects.all(), label=_("College"), required=False, to_field_name="code", empty_label=_("all")
    )
    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)
    willing = forms.ChoiceField(
        label=_("Willing to"),
        required=False,
        choices=[("", _("either")), ("orientation", _("come to an orientation")), ("mentoring", _("mentor"))],
    )

    def __init__(self, *args: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["year"]
        field.choices = [("", _("all")), *((str(year), str(year)) for year in years)]


class AskForm(forms.Form):
    """What to ask those who were chosen. `chosen`: the Subject, of a valid form."""

    about = forms.ChoiceField(
        label=_("What do you want to ask?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what to ask.")},
    )

    def __init__(self, *args: Any, subjects: Sequence[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subjects = {each.key: each for each in subjects}
        field: Any = self.fields["about"]
        field.choices = [(each.key, each.label) for each in subjects]

    @property
    def chosen(self) -> Subject:
        return self.subjects[self.cleaned_data["about"]]
