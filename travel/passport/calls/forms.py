"""Forms of staff for passports and tickets. Filters are kept in the address."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Application
from applications.states import Status
from exchange.models import College
from exchange.templatetags.ui import day_year
from travel.models import PassportCall, Trip
from travel.states import PassportStage


class BoardFilterForm(forms.Form):
    """Takes colleges and trips that were already read, so that the choices cost no query."""

    who = forms.ChoiceField(
        label=gettext_lazy("Who"),
        required=False,
        choices=[
            ("", gettext_lazy("with a confirmed spot")),
            (Status.SELECTED, gettext_lazy("with an offer")),
            (Status.WAITLISTED, gettext_lazy("on the waitlist")),
            ("all", gettext_lazy("everyone we’re helping with a passport")),
        ],
    )
    college = forms.ChoiceField(label=gettext_lazy("College"), required=False)
    trip = forms.ChoiceField(label=gettext_lazy("Trip"), required=False)
    stage = forms.ChoiceField(label=gettext_lazy("Passport"), required=False)

    def __init__(self, *args: Any, colleges: list[College], trips: list[Trip], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trip_field: Any = self.fields["trip"]
        trip_field.choices = [
            ("", _("all")),
            *((trip.code, f"{trip.city}, {day_year(trip.leaves_on)}") for trip in trips),
        ]
        college_field: Any = self.fields["college"]
        college_field.choices = [("", _("all")), *((each.code, each.short_name) for each in colleges)]
        stage_field: Any = self.fields["stage"]
        stage_field.choices = [("", _("any stage")), *PassportStage.choices]
        if len(colleges) < 2:
            del self.fields["college"]


class CallForm(forms.Form):
    agreed = forms.ChoiceField(
        label=gettext_lazy("How the call went"),
        choices=PassportCall.Agreed.choices,
        error_messages={"required": gettext_lazy("Choose how the call went.")},
    )


class OpenListsForm(forms.Form):
    """Students to tick who can go to every city."""

    take = forms.ModelMultipleChoiceField(
        Application.objects.none(),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Check at least one student.")},
    )

    def __init__(self, *args: Any, students: QuerySet[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        take_field: Any = self.fields["take"]
        take_field.queryset = students


# --- Names ------------------------------------------------------------------------------------------


# --- Numbers ----------------------------------------------------------------------------------------
