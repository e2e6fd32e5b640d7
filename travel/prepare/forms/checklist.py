"""Filter form of the checklists page."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from applications.models import Cycle
from exchange.models import College
from exchange.web.worklist import SearchField
from travel.models import Trip
from travel.states import PassportStage

HAS_ONE = "has_one"  # a filter value beside the stages: in hand, whether or not an advisor has seen it


class ChecklistFilterForm(forms.Form):
    """Filters, kept in the address. With a cycle it shows all its students, else only those who aren't home yet."""

    q = SearchField(label=gettext_lazy("Name, email, phone, student number or code"))
    late = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[("", gettext_lazy("everyone")), ("1", gettext_lazy("late"))],
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
    sort = forms.ChoiceField(label=gettext_lazy("Sort by"), required=False)

    def __init__(
        self, data: QueryDict, *, colleges: QuerySet[College], trips: QuerySet[Trip], sorts: list[tuple[str, str]]
    ) -> None:
        super().__init__(data)
        sort: Any = self.fields["sort"]
        sort.choices = [("", gettext_lazy("least time left first")), *sorts]
        college_field: Any = self.fields["college"]
        college_field.queryset = colleges
        trip_field: Any = self.fields["trip"]
        trip_field.queryset = trips
        stage_field: Any = self.fields["stage"]
        stage_field.choices = [
            ("", gettext_lazy("any stage")),
            (HAS_ONE, gettext_lazy("in hand, seen or not")),
            *PassportStage.choices,
        ]
