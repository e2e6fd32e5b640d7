"""Who may read a student's answers, and where an advisor says that the student can go."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Application
from exchange.base import roles
from exchange.models import PartnerCity, User
from travel.models import FeasibleCities, TravelAnswers


class ChooseAdvisorForm(forms.Form):
    """The student's own choice, among the advisors of the home college; nobody is a choice, too."""

    advisor = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who may read your answers?"),
        required=False,
        blank=True,  # or a radio group would leave "nobody" out
        to_field_name="code",
        widget=forms.RadioSelect,
        empty_label=gettext_lazy("Nobody but me"),
        help_text=gettext_lazy("Choose someone you want to talk with. You can take it back at any time."),
    )

    def __init__(self, *args, application: Application, answers: TravelAnswers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["advisor"].queryset = roles.advisors_at(application.college_id)
        self.initial["advisor"] = answers.advisor.code if answers.advisor else None


class FeasibleCitiesForm(forms.Form):
    """Cities, and no room for a reason."""

    is_everywhere = forms.BooleanField(label=gettext_lazy("All cities"), required=False)
    cities = forms.ModelMultipleChoiceField(
        PartnerCity.objects.none(),
        label=gettext_lazy("Or only these"),
        required=False,
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )

    is_nowhere = forms.BooleanField(label=gettext_lazy("No city right now"), required=False)

    def __init__(self, *args, application: Application, marked: FeasibleCities | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cities"].queryset = application.cycle.cities.all()
        if marked:
            self.initial["is_everywhere"] = marked.is_everywhere
            self.initial["cities"] = [city.code for city in marked.cities.all()]
            self.initial["is_nowhere"] = not marked.is_everywhere and not self.initial["cities"]

    def clean(self):
        data = super().clean()
        chosen = sum(bool(data.get(name)) for name in ("is_everywhere", "cities", "is_nowhere"))
        if chosen > 1:
            self.add_error(
                "cities", forms.ValidationError(_("Choose all cities, some, or none: only one of these."), code="both")
            )
        elif not chosen:  # an empty list must be meant: nobody is placed with it
            text = _("Tick all cities, some, or “No city right now”.")
            self.add_error("cities", forms.ValidationError(text, code="required"))
        return data

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("cities", "is_everywhere")}
