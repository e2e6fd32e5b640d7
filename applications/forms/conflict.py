"""What a reader says who knows the student."""

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import ConflictOfInterest


class ConflictForm(forms.Form):
    """One tap says it; how they know each other is asked on the page that explains, and may be left out."""

    use_required_attribute = False
    relation = forms.ChoiceField(
        label=_("How do you know the student?"),
        choices=ConflictOfInterest.Relation,
        required=False,
        widget=forms.RadioSelect,
    )

    @property
    def relation_said(self) -> str:
        return self.cleaned_data.get("relation") or ConflictOfInterest.Relation.KNOWS
