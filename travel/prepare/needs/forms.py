"""Forms for what a student needs on the trip: one for each part that is saved by itself."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.base.forms import day
from travel.models import (
    Access,
    Allergen,
    ByName,
    CardPurpose,
    Diet,
    HealthRule,
    NeedsPart,
    Placement,
    PracticalNeeds,
    Severity,
)

if TYPE_CHECKING:  # generic in the stubs, but not at runtime
    BaseFormSet = forms.BaseFormSet["AllergyForm"]
else:
    BaseFormSet = forms.BaseFormSet

WORDS = 1000  # characters of one answer
MOST_ALLERGIES = 12


class FoodForm(forms.Form):
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

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {key: sorted(data[key]) for key in ("diet", "access") if key in data}


class HealthForm(forms.Form):
    """Nothing written is an answer, too. `wants_to_talk` belongs to the row, not to the sealed answers."""

    support = forms.CharField(
        label=gettext_lazy("What support do you want from us?"),
        help_text=gettext_lazy("In your words. For example: “Give me time to read”, or “Remind me to eat.”"),
        max_length=WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    medicines = forms.CharField(
        label=gettext_lazy("Which medicines are you bringing?"),
        help_text=gettext_lazy(
            "The name, and how often you take it. Some medicines that are legal here aren’t legal everywhere, even "
            "with a prescription. Ask your doctor or a travel clinic before you pack."
        ),
        max_length=WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    health = forms.CharField(
        label=gettext_lazy("Is there anything about your health your leaders should know?"),
        help_text=gettext_lazy("Only what would help them help you. You don’t need to name an illness."),
        max_length=WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    wants_to_talk = forms.BooleanField(
        label=gettext_lazy("There’s something else. Please call me."),
        help_text=gettext_lazy("The city’s exchange team can see that you want to talk, but not what about."),
        required=False,
    )


class SharingForm(forms.Form):
    by_name = forms.MultipleChoiceField(
        label=gettext_lazy("What may your host read next to your name?"),
        help_text=gettext_lazy(
            "It’s your choice. If you choose nothing, your host only gets numbers, such as “Vegan: 2”."
        ),
        choices=ByName,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        return {"by_name": sorted(self.cleaned_data.get("by_name", []))}


class ArrangedForm(forms.Form):
    """A day for each rule of the city: the appointment, or the day it was done. Nothing else about it is stored."""

    def __init__(self, *args: Any, rules: Iterable[HealthRule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rule in rules:
            self.fields[rule.key] = day(
                _("%(title)s (%(strength)s)") % {"title": rule.title, "strength": rule.get_strength_display()},
                help_text=rule.text,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        return {"arranged": {key: on.isoformat() for key, on in self.cleaned_data.items() if on}}


class AllergyForm(forms.Form):
    """One allergy. Empty: none; without the kind of allergy, the row isn't kept."""

    what = forms.ChoiceField(
        label=gettext_lazy("What are you allergic to?"),
        choices=[("", gettext_lazy("Choose one, or leave this empty")), *Allergen.choices],
        required=False,
    )
    words = forms.CharField(
        label=gettext_lazy("What exactly?"),
        help_text=gettext_lazy("If it isn’t on the list, or you want to add something. For example: “kiwi”."),
        max_length=80,
        required=False,
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("How bad is it?"), choices=Severity, required=False, widget=forms.RadioSelect
    )
    happens = forms.CharField(label=gettext_lazy("What happens to you?"), max_length=200, required=False)
    helps = forms.CharField(label=gettext_lazy("What helps?"), max_length=200, required=False)
    injector = forms.BooleanField(label=gettext_lazy("I carry an auto-injector, such as an EpiPen"), required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data.get("what"):
            if any(data.get(name) for name in ("words", "severity", "happens", "helps", "injector")):
                self.add_error(
                    "what", _("Choose what you’re allergic to. If it isn’t listed, choose “Something else”.")
                )
            return data
        if data["what"] == Allergen.OTHER and not data.get("words"):
            self.add_error("words", _("Say what you’re allergic to."))
        if not data.get("severity"):
            self.add_error("severity", _("Choose mild or severe. If you aren’t sure, choose severe."))
        return data


class BaseAllergies(BaseFormSet):
    def add_fields(self, form: AllergyForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove this allergy")

    @property
    def said(self) -> list[dict[str, Any]]:
        """The allergies to store, once the forms are valid."""
        kept = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        return [
            {key: value for key, value in data.items() if key != "DELETE"} for data in kept if data and data.get("what")
        ]


AllergyForms = forms.formset_factory(
    AllergyForm,
    formset=BaseAllergies,
    extra=1,
    can_delete=True,
    can_delete_extra=False,
    max_num=MOST_ALLERGIES,
    validate_max=True,
)

PART_FORMS: dict[str, type[forms.Form]] = {
    NeedsPart.FOOD: FoodForm,
    NeedsPart.HEALTH: HealthForm,
    NeedsPart.SHARING: SharingForm,
}


def initial_of(row: PracticalNeeds | None, part: str) -> dict[str, Any]:
    if row is None:
        return {}
    return {**row.answers(part), "wants_to_talk": row.wants_to_talk}


class PurposeForm(forms.Form):
    """Whose card is opened, and what for. `placements`: those who go."""

    who = forms.ChoiceField(label=gettext_lazy("Whose?"))
    purpose = forms.ChoiceField(
        label=gettext_lazy("What do you need it for?"),
        choices=[each for each in CardPurpose.choices if each[0] != CardPurpose.ROSTER],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, placements: list[Placement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(each.code, str(each.application.student)) for each in placements]
        self.fields["who"].choices = [("all", _("Everyone on this trip")), *names]  # type: ignore[attr-defined]
        self.by_code = {each.code: each for each in placements}

    @property
    def one(self) -> Placement | None:
        """The student whose card it is; None: everyone's."""
        return self.by_code.get(self.cleaned_data["who"])
