"""The forms of a request about one's own data, and of its answer."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from exchange.models import DataRequest


class DataRequestForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What do you want us to do?"),
        choices=DataRequest.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you want us to do.")},
    )
    text = forms.CharField(
        label=_("Tell us more"),
        help_text=_("What’s wrong, and what should it be? If you want something deleted, you can say what."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("kind") == DataRequest.Kind.CORRECTION and not said.get("text", "").strip():
            self.add_error("text", forms.ValidationError(_("Say what’s wrong and what it should be."), code="no_text"))
        return said


class DataAnswerForm(forms.Form):
    result = forms.ChoiceField(
        label=_("What did you do?"), widget=forms.RadioSelect, error_messages={"required": _("Choose what you did.")}
    )
    answer = forms.CharField(
        label=_("What you did, or why not"),
        help_text=_("The student reads this."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say what you did, or why not. The student reads it.")},
    )

    def __init__(self, data: QueryDict | None = None, *, asked: DataRequest) -> None:
        super().__init__(data)
        deletes = asked.kind == DataRequest.Kind.DELETION
        done = _("Delete everything now. This can’t be undone.") if deletes else _("I corrected it")
        field: Any = self.fields["result"]
        field.choices = [
            (DataRequest.Result.DONE, done),
            (DataRequest.Result.PARTLY, _("I did part of it")),
            (DataRequest.Result.REFUSED, _("It stays as it is")),
        ]
