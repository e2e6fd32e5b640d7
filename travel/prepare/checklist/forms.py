"""Filter form of the checklists page."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from applications.models import Cycle
from exchange.models import College
from exchange.web.worklist import Columns, SearchField, SortField, choose_from
from travel.models import Trip
from travel.states import PassportStage

PLACED = "placed"  # a filter value: they have a spot, on a trip that wasn't canceled
HAS_ONE = "has_one"  # a filter value beside the stages: in hand, whether or not an advisor has seen it


class ChecklistFilterForm(forms.Form):
    """Filters, kept in the address. With a cycle it shows all its students, else only those who aren't home yet."""

    q = SearchField(label=gettext_lazy("Name, email, phone, student number or code"))
    late = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[
            ("", gettext_lazy("everyone")),
            ("1", gettext_lazy("late")),
            (PLACED, gettext_lazy("with a spot on a trip")),
        ],
    )
    college = forms.TypedChoiceField(label=gettext_lazy("College"), required=False, empty_value=None)
    trip = forms.TypedChoiceField(label=gettext_lazy("Trip"), required=False, empty_value=None)
    stage = forms.ChoiceField(label=gettext_lazy("Passport"), required=False)
    cycle = forms.TypedChoiceField(label=gettext_lazy("Cycle"), required=False, empty_value=None)
    sort = SortField()

    def __init__(self, data: QueryDict, *, colleges: QuerySet[College], trips: QuerySet[Trip], sorts: Columns) -> None:
        super().__init__(data)
        sort: Any = self.fields["sort"]
        sort.offer(sorts)
        choose_from(self.fields["college"], list(colleges), empty=gettext_lazy("all"))
        choose_from(self.fields["trip"], list(trips), empty=gettext_lazy("all"))
        choose_from(self.fields["cycle"], list(Cycle.objects.public()), empty=gettext_lazy("not home yet"))
        stage_field: Any = self.fields["stage"]
        stage_field.choices = [
            ("", gettext_lazy("any stage")),
            (HAS_ONE, gettext_lazy("in hand, seen or not")),
            *PassportStage.choices,
        ]
