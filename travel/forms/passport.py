"""Who may read a student's answers, and where an advisor says that the student can go."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Application
from exchange import roles
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

    def __init__(self, *args, application: Application, marked: FeasibleCities | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cities"].queryset = application.cycle.cities.all()
        if marked:
            self.initial["is_everywhere"] = marked.is_everywhere
            self.initial["cities"] = [city.code for city in marked.cities.all()]

    def clean(self):
        data = super().clean()
        if data.get("is_everywhere") and data.get("cities"):
            self.add_error(
                "cities",
                forms.ValidationError(_("Choose all cities, or only some: not both."), code="both"),
            )
        return data
