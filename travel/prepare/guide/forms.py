"""Forms of the first-flight guide: one tip, with its source."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.cycle.forms.setup import text_area
from travel.base.forms import RowForm, day
from travel.models import GuideTip, Trip


class TipForm(RowForm):
    layout = (
        *(("step", "trip"), ("title_en", "title_es"), ("text_en", "text_es"), ("order",), ("as_of", "review_on")),
        *(("source_name", "source_url"), ("is_confirmed",)),
    )
    step = forms.ChoiceField(label=gettext_lazy("Step"), choices=GuideTip.Step)
    trip = forms.ModelChoiceField(
        Trip.objects.none(),
        label=gettext_lazy("Trip"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("every trip"),
    )
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=120)
    title_es = forms.CharField(label=gettext_lazy("Title in Spanish"), max_length=120)
    text_en = text_area(gettext_lazy("Text in English"), rows=6)
    text_es = text_area(
        gettext_lazy("Text in Spanish"),
        rows=6,
        help_text=gettext_lazy("Short sentences. A line that begins with a dash and a space is one item of a list."),
    )
    order = forms.IntegerField(
        label=gettext_lazy("Place in its step"),
        min_value=0,
        max_value=999,
        initial=100,
        help_text=gettext_lazy("Smaller numbers come first."),
    )
    as_of = day(gettext_lazy("Checked on"))
    review_on = day(gettext_lazy("Check again by"))
    source_name = forms.CharField(label=gettext_lazy("Source"), max_length=200)
    source_url = forms.URLField(
        label=gettext_lazy("Official page"), max_length=300, required=False, assume_scheme="https"
    )
    is_confirmed = forms.BooleanField(
        label=gettext_lazy("Someone read this on the official page"),
        required=False,
        help_text=gettext_lazy("Until then, students are told to check the official page."),
    )

    def __init__(self, *args: Any, trips: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trip_field: Any = self.fields["trip"]
        trip_field.queryset = trips

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("as_of") and said.get("review_on") and said["review_on"] <= said["as_of"]:
            self.add_error("review_on", _("The next check must be after this one."))
        return said

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        return {**super().initial_of(row), "trip": row.trip and row.trip.code}
