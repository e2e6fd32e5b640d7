"""The form with which the office places a legal hold."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Cycle
from exchange.models import User


class HoldForm(forms.Form):
    """A cycle, or a student by the code of one of their applications."""

    cycle = forms.ModelChoiceField(
        label=_("Cycle"),
        queryset=Cycle.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("no cycle"),
    )
    student = forms.CharField(
        label=_("Or the code of a student’s application"),
        help_text=_("Such as K7-MFQ2. The hold keeps everything about this student."),
        required=False,
        max_length=20,
    )
    reason = forms.CharField(
        label=_("Why does it have to be kept?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why this has to be kept.")},
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        cycle: Any = self.fields["cycle"]
        cycle.queryset = Cycle.objects.visible_to(user)

    def clean_student(self) -> User | None:
        typed = self.cleaned_data["student"].replace("-", "").strip().upper()
        if not typed:
            return None
        found = Application.objects.visible_to(self.user).filter(code__startswith=typed).select_related("student")[:2]
        if len(typed) < 6 or len(found) != 1:
            raise forms.ValidationError(_("No application has this code."), code="unknown")
        return found[0].person

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and bool(said.get("cycle")) == bool(said.get("student")):
            message = _("Choose a cycle or give a student’s application code, not both.")
            raise forms.ValidationError(message, code="one_of_both")
        return said
