"""Forms about the group as a whole: everyone left or came home except these, and a later return."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.web.edited import EditedForm
from travel.base.forms import day
from travel.models import Placement


class GroupForm(forms.Form):
    """Everyone, except those who are checked, each with a reason."""

    out = forms.MultipleChoiceField(label=_("Who isn’t with the group?"), required=False)

    def __init__(self, travelers: Iterable[Placement], *args: Any, with_day: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.travelers = list(travelers)
        field: Any = self.fields["out"]
        field.choices = [(each.code, str(each.application.person)) for each in self.travelers]
        for each in self.travelers:
            self.fields[f"why-{each.code}"] = forms.CharField(label=_("Reason"), max_length=200, required=False)
        if with_day:
            self.fields["on"] = day(_("Home since"), initial=with_day)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One for each traveler: code, name, is_out, and the field of the reason."""
        out = set(self["out"].value() or ())
        return [
            {"code": code, "name": name, "is_out": code in out, "why": self[f"why-{code}"]}
            for code, name in self.fields["out"].choices  # type: ignore[attr-defined]
        ]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for code in said.get("out", ()):
            if not said.get(f"why-{code}"):
                self.add_error(f"why-{code}", _("Enter a reason."))
        return said

    @property
    def reasons(self) -> dict[int, str]:
        """By primary key of the placement."""
        keys = {each.code: each.pk for each in self.travelers}
        return {keys[code]: self.cleaned_data[f"why-{code}"] for code in self.cleaned_data["out"]}


class DelayForm(EditedForm):
    until = day(_("The group is expected home on"))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, error_messages={"required": _("Write why the group is late.")}
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
