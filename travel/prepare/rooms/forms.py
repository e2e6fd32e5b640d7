"""Forms for rooms: what a student wishes, and how the office sets rooms up."""

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from travel.base.forms import RowForm
from travel.models import Room, RoomPlan
from travel.models.rooms import RoomNeed

OPTIONS_MOST = 8


class RoomWishForm(forms.Form):
    use_required_attribute = False
    option = forms.ChoiceField(
        label=gettext_lazy("I’d share a room with"), required=False, widget=forms.RadioSelect, choices=()
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("People you’d like to share with"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=(),
    )
    needs = forms.MultipleChoiceField(
        label=gettext_lazy("What your room has to be"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=RoomNeed,
        help_text=gettext_lazy("You don’t have to say why."),
    )

    def __init__(self, *args: Any, plan: RoomPlan, people: list[tuple[str, str]], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wishes_max = plan.wishes_max
        fields: Any = self.fields
        fields["option"].choices = [("", _("It doesn’t matter to me"))] + [
            (each["key"], each.get(language) or each["en"]) for each in plan.options
        ]
        fields["people"].choices = people
        fields["people"].help_text = ngettext(
            "Choose %(count)s person at most. If they choose you, too, we try to put you together. No one is told who"
            " you chose.",
            "Choose %(count)s people at most. If they choose you, too, we try to put you together. No one is told who"
            " you chose.",
            plan.wishes_max,
        ) % {"count": plan.wishes_max}
        if not plan.options:
            del self.fields["option"]
        if not people or not plan.wishes_max:
            del self.fields["people"]

    @property
    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"option": data.get("option", ""), "people": data.get("people", []), "needs": data["needs"]}


class RoomPlanForm(RowForm):
    layout = (("options",), ("wishes_max",), ("mixes_colleges",))
    options = forms.CharField(
        label=gettext_lazy("Choices about sharing, one a line: English | Spanish"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Only students who choose the same one share a room. Leave it empty for no choices."),
    )
    wishes_max = forms.IntegerField(label=gettext_lazy("How many people a student may name"), min_value=0, max_value=5)
    mixes_colleges = forms.BooleanField(label=gettext_lazy("Mix colleges where wishes allow it"), required=False)

    def clean_options(self) -> list[dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for line in self.cleaned_data["options"].splitlines():
            english, _bar, spanish = (part.strip() for part in line.partition("|"))
            if english:
                key = slugify(english)[:40] or f"choice-{len(found) + 1}"
                found[key] = {"key": key, "en": english[:80], "es": (spanish or english)[:80]}
        if len(found) > OPTIONS_MOST:
            text = _("Enter %(count)s choices at most.") % {"count": OPTIONS_MOST}
            raise forms.ValidationError(text, code="too_many")
        return list(found.values())

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        lines = [f"{each['en']} | {each['es']}" for each in row.options]
        return {**super().initial_of(row), "options": "\n".join(lines)}


class AddRoomsForm(forms.Form):
    use_required_attribute = False
    count = forms.IntegerField(label=gettext_lazy("How many rooms"), min_value=1, max_value=50, initial=1)
    beds = forms.IntegerField(label=gettext_lazy("Beds in each"), min_value=1, max_value=20, initial=2)
    is_quiet = forms.BooleanField(label=gettext_lazy("Quiet"), required=False)
    is_accessible = forms.BooleanField(label=gettext_lazy("Without stairs, with space to move"), required=False)


class GroupsForm(forms.Form):
    use_required_attribute = False
    size = forms.IntegerField(label=gettext_lazy("People in a group, at most"), min_value=2, max_value=30, initial=5)


class MoveForm(forms.Form):
    """One person and where they go. `kind`: room or group."""

    use_required_attribute = False
    kind = forms.ChoiceField(choices=Room.Kind)
    student = forms.CharField(max_length=8)
    to = forms.CharField(max_length=8, required=False)
