"""Forms to record a conflict of interest: by the reader, or by the office beforehand."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from applications.models import ConflictOfInterest
from exchange.models import User


class ConflictForm(forms.Form):
    """How the reader knows the student. Optional, because the declaration itself is one tap."""

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


class KeepAwayForm(forms.Form):
    """`people`: all who could be assigned the application."""

    use_required_attribute = False
    reader = forms.ModelChoiceField(
        label=_("Who shouldn’t read it?"),
        queryset=User.objects.none(),
        to_field_name="code",
        error_messages={
            "required": _("Choose a person."),
            "invalid_choice": _("This person isn’t a reader. Choose someone else."),
        },
    )
    relation = forms.ChoiceField(
        label=_("How do they know each other?"),
        choices=ConflictOfInterest.Relation,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what fits best.")},
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader: Any = self.fields["reader"]
        reader.queryset = people
