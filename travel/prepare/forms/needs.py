"""Form for a student's dietary and access needs on the trip."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from travel.models import Access, Diet, PracticalNeeds


class NeedsForm(forms.Form):
    """Choosing nothing is an answer, too."""

    diet = forms.MultipleChoiceField(
        label=gettext_lazy("What should the kitchen know?"),
        help_text=gettext_lazy("Choose all that are true for you, or none."),
        choices=Diet,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    access = forms.MultipleChoiceField(
        label=gettext_lazy("What do you need to take part?"),
        help_text=gettext_lazy("Choose all that are true for you, or none."),
        choices=Access,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    wants_to_talk = forms.BooleanField(
        label=gettext_lazy("There’s something else. Please call me."),
        help_text=gettext_lazy("The city’s exchange team can see that you want to talk, but not what about."),
        required=False,
    )

    @classmethod
    def initial_of(cls, row: PracticalNeeds | None) -> dict[str, Any]:
        if row is None:
            return {}
        needs: Any = row.needs
        return {**needs, "wants_to_talk": row.wants_to_talk}
