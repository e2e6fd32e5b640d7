"""Forms of packing lists: one line, and the weather of a trip."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from applications.models import Cycle
from exchange.web.edited import EditedForm
from travel.base.forms import RowForm
from travel.models import Trip
from travel.models.packing import PackingFields

Weather = PackingFields.Weather


class PackingItemForm(RowForm):
    layout = (("group", "weather"), ("text_en", "text_es"), ("trips",))
    extra_fields = ("trips",)
    group = forms.ChoiceField(label=gettext_lazy("Heading"), choices=PackingFields.Group)
    weather = forms.ChoiceField(label=gettext_lazy("For which weather"), choices=Weather, required=False)
    text_en = forms.CharField(label=gettext_lazy("What to pack, in English"), max_length=120)
    text_es = forms.CharField(label=gettext_lazy("What to pack, in Spanish"), max_length=120)
    trips = forms.ModelMultipleChoiceField(
        Trip.objects.none(),
        label=gettext_lazy("For which trips"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Check none for every trip."),
        to_field_name="code",
    )

    def __init__(self, *args: Any, cycle: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trips_field: Any = self.fields["trips"]
        trips_field.queryset = Trip.objects.filter(cycle=cycle, closed_at__isnull=True).select_related("city")

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        return {**super().initial_of(row), "trips": [trip.code for trip in row.trips.all()]}


class WeatherForm(EditedForm):
    use_required_attribute = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    weather = forms.MultipleChoiceField(
        label=gettext_lazy("What the weather will be like"),
        choices=[(each.value, each.label) for each in Weather if each],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Lines for other weather aren’t on this trip’s list."),
    )
