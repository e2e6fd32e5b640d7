"""Forms of the days away: how somebody can be reached, and what a check-in asks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.messages.phone_numbers import PhoneField
from travel.models import CheckIn, Reachability


class ReachabilityForm(forms.Form):
    way = forms.ChoiceField(
        label=_("How can we reach you there?"),
        choices=Reachability.Way.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how we can reach you there.")},
    )
    phone = PhoneField(
        label=_("Your local number"),
        help_text=_("Start with + and the country code. You can come back and change it once you have it."),
        required=False,
    )


class CheckInForm(forms.Form):
    """`travelers`, `leaders`: of the trips that this person may check on, in the order of the page."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=CheckIn.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is.")},
    )
    why_en = forms.CharField(
        label=_("Reason, in English"),
        help_text=_("One short sentence. Travelers read it in the message: “There was an earthquake near your hotel.”"),
        max_length=120,
    )
    why_es = forms.CharField(label=_("Reason, in Spanish"), max_length=120)
    travelers = forms.MultipleChoiceField(
        label=_("Who do you want to ask?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one traveler.")},
    )

    leaders = forms.MultipleChoiceField(
        label=_("Which leaders?"),
        help_text=_("They’re there, too, so they’re asked and counted like everyone."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(
        self, *args: Any, travelers: list[tuple[str, str]], leaders: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("travelers", travelers), ("leaders", leaders)):
            field: Any = self.fields[name]
            field.choices = choices
        if not leaders:
            del self.fields["leaders"]
