"""What students and staff say about a checklist; nothing here is saved by itself."""

from django import forms
from django.utils.translation import gettext_lazy

from applications.models import Cycle
from exchange.models import College
from travel.models import Trip
from travel.states import PassportStage

HAS_ONE = "has_one"  # in place of a stage: in hand, seen by an advisor or not yet


class ChecklistFilterForm(forms.Form):
    """Who is shown; lives in the address. A cycle shows all its students, else only those not home yet."""

    late = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[("", gettext_lazy("everyone")), ("1", gettext_lazy("who is late"))],
    )
    college = forms.ModelChoiceField(
        College.objects.none(),
        label=gettext_lazy("College"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("all"),
    )
    trip = forms.ModelChoiceField(
        Trip.objects.none(),
        label=gettext_lazy("Trip"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("all"),
    )
    stage = forms.ChoiceField(label=gettext_lazy("Passport"), required=False)
    cycle = forms.ModelChoiceField(
        Cycle.objects.public(),
        label=gettext_lazy("Cycle"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("not home yet"),
    )

    def __init__(self, *args, colleges, trips, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["college"].queryset = colleges
        self.fields["trip"].queryset = trips
        self.fields["stage"].choices = [
            ("", gettext_lazy("any stage")),
            (HAS_ONE, gettext_lazy("in hand, seen or not")),
            *PassportStage.choices,
        ]
