"""Forms for which advisor may read a student's answers, and for the cities an advisor marks as feasible."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Application
from exchange.base import roles
from exchange.models import PartnerCity, User
from travel.models import FeasibleCities, TravelAnswers


class ChooseAdvisorForm(forms.Form):
    """The student chooses one of the home college's advisors, or nobody."""

    advisor = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who can read your answers?"),
        required=False,
        blank=True,  # a required radio group would leave out "nobody"
        to_field_name="code",
        widget=forms.RadioSelect,
        empty_label=gettext_lazy("Only me"),
        help_text=gettext_lazy("Choose someone you want to talk with. You can change this at any time."),
    )

    def __init__(self, *args: Any, application: Application, answers: TravelAnswers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        advisor_field: Any = self.fields["advisor"]
        advisor_field.queryset = roles.advisors_at(application.college_id)
        self.initial["advisor"] = answers.advisor.code if answers.advisor else None


class TalkForm(forms.Form):
    """The student chooses an advisor of the home college to talk with, and how to be reached."""

    use_required_attribute = False

    advisor = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who would you like to talk with?"),
        to_field_name="code",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": gettext_lazy("Choose who you’d like to talk with.")},
    )
    how = forms.ChoiceField(
        label=gettext_lazy("How should they reach you?"),
        choices=TravelAnswers.How.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how they should reach you.")},
    )

    def __init__(self, *args: Any, application: Application, answers: TravelAnswers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        advisor_field: Any = self.fields["advisor"]
        advisor_field.queryset = roles.advisors_at(application.college_id)
        self.initial["advisor"] = answers.talk_with.code if answers.talk_with else None
        self.initial["how"] = answers.talk_how or TravelAnswers.How.CALL


class FeasibleCitiesForm(forms.Form):
    """Cities only; there is no field for a reason."""

    is_everywhere = forms.BooleanField(label=gettext_lazy("All cities"), required=False)
    cities = forms.ModelMultipleChoiceField(
        PartnerCity.objects.none(),
        label=gettext_lazy("Or only these"),
        required=False,
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )

    is_nowhere = forms.BooleanField(label=gettext_lazy("No city right now"), required=False)

    def __init__(
        self, *args: Any, application: Application, marked: FeasibleCities | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        cities_field: Any = self.fields["cities"]
        cities_field.queryset = application.cycle.cities.all()
        if marked:
            self.initial["is_everywhere"] = marked.is_everywhere
            self.initial["cities"] = [city.code for city in marked.cities.all()]
            self.initial["is_nowhere"] = not marked.is_everywhere and not self.initial["cities"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        chosen = sum(bool(data.get(name)) for name in ("is_everywhere", "cities", "is_nowhere"))
        if chosen > 1:
            self.add_error(
                "cities",
                forms.ValidationError(
                    _("Choose all cities, some cities or none. Pick only one of these."), code="both"
                ),
            )
        elif not chosen:  # an empty list must be deliberate: nobody is placed with it
            text = _("Select all cities, some cities or “No city right now”.")
            self.add_error("cities", forms.ValidationError(text, code="required"))
        return data

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("cities", "is_everywhere")}
