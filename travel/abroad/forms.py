"""Forms in which the office writes what the trip card says: numbers for help, and cards in the local language."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.cycle.forms.setup import text_area
from exchange.messages.phone_numbers import PhoneField
from travel.base.forms import RowForm, day
from travel.models import HelpNumber, LocalCard

SHORT = re.compile(r"\d{2,6}")


class HelpNumberForm(RowForm):
    layout = (
        ("kind", "phone"),
        ("name_en", "name_es"),
        ("address",),
        ("note_en", "note_es"),
        ("as_of", "review_on"),
        ("source_name", "source_url"),
        ("is_confirmed",),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=HelpNumber.Kind)
    phone = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel"}),
        help_text=gettext_lazy(
            "An emergency number as it’s dialed there, like 112; any other number with its country code, like"
            " +84 24 3850 5000."
        ),
    )
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)
    name_es = forms.CharField(label=gettext_lazy("Name in Spanish"), max_length=120, required=False)
    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)
    note_en = forms.CharField(label=gettext_lazy("Note in English"), max_length=200, required=False)
    note_es = forms.CharField(
        label=gettext_lazy("Note in Spanish"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example, opening hours. Optional."),
    )
    as_of = day(gettext_lazy("Checked on"))
    review_on = day(gettext_lazy("Check again by"))
    source_name = forms.CharField(label=gettext_lazy("Source"), max_length=200)
    source_url = forms.URLField(
        label=gettext_lazy("Official page"), max_length=300, required=False, assume_scheme="https"
    )
    is_confirmed = forms.BooleanField(
        label=gettext_lazy("Someone called this number or read it on the official page"),
        required=False,
        help_text=gettext_lazy("Until then, students don’t see it."),
    )

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if "phone" in said:
            self._clean_number(said["phone"])
        if said.get("kind") not in HelpNumber.URGENT:
            for name in ("name_en", "name_es"):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, _("Name the embassy or clinic in both languages."))
        self.need_both("note")
        if said.get("as_of") and said.get("review_on") and said["review_on"] <= said["as_of"]:
            self.add_error("review_on", _("The next check must be after this one."))
        return said

    def _clean_number(self, typed: str) -> None:
        """Only an emergency service has a number without a country: two to six digits."""
        is_urgent = self.cleaned_data.get("kind") in HelpNumber.URGENT
        if is_urgent and SHORT.fullmatch(typed):
            return
        try:
            self.cleaned_data["phone"] = PhoneField(needs_country=True).clean(typed)
        except forms.ValidationError as refused:
            short = _("Enter a short number as it’s dialed there, like 112, or start with + and the country code.")
            self.add_error("phone", forms.ValidationError(short, code="short") if is_urgent else refused)


class LocalCardForm(RowForm):
    layout = (
        ("need",),
        ("language",),
        ("text",),
        ("meaning_en", "meaning_es"),
        ("phone",),
        ("checked_by_name", "checked_on"),
    )
    need = forms.ChoiceField(label=gettext_lazy("Allergy"))
    language = forms.CharField(
        label=gettext_lazy("Code of the language"),
        max_length=15,
        validators=LocalCard._meta.get_field("language").validators[:1],
        help_text=gettext_lazy("For example: vi for Vietnamese, ja for Japanese, pt-BR for Brazilian Portuguese."),
    )
    text = text_area(
        gettext_lazy("Words in that language"),
        rows=5,
        help_text=gettext_lazy("The first line is the largest, so put the name of the place or the allergy there."),
    )
    meaning_en = text_area(gettext_lazy("What it says, in English"), rows=4)
    meaning_es = text_area(gettext_lazy("What it says, in Spanish"), rows=4)
    phone = PhoneField(label=gettext_lazy("Phone of the place"), max_length=30, required=False, needs_country=True)
    checked_by_name = forms.CharField(
        label=gettext_lazy("Checked by"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Someone who reads the language well. Until they’ve checked it, students don’t see it."),
    )
    checked_on = day(gettext_lazy("Checked on"), required=False)

    def __init__(self, *args: Any, kind: str, needs: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == LocalCard.Kind.ADDRESS:
            del self.fields["need"]
        else:
            del self.fields["phone"]
            self.offer("need", needs)

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if bool(said.get("checked_by_name")) != bool(said.get("checked_on")) and "checked_on" not in self.errors:
            missing = "checked_on" if said.get("checked_by_name") else "checked_by_name"
            self.add_error(missing, _("Give both: who checked it, and when."))
        return said
