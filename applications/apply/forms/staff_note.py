"""The form of a note of the office on a student."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.apply.forms.help import NoteField
from applications.base.forms import DayField
from exchange.base import roles
from exchange.models import User
from exchange.web.edited import EditedForm


def _body() -> NoteField:
    return NoteField(
        label=_("Note for the office"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Readers, advisors and the mayor’s office don’t see it. It’s included if the student asks for a copy of"
            " their data."
        ),
    )


class StaffNoteEditForm(EditedForm):
    """Its day and owner are those of its task, and are changed there."""

    body = _body()
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class StaffNoteForm(forms.Form):
    body = _body()
    due_on = DayField(
        label=_("Follow up by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    owner = forms.ModelChoiceField(
        User.objects.none(), label=_("Who follows up"), required=False, empty_label=_("Anyone in the office")
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"owner": by.pk})
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = roles.coordinators()
