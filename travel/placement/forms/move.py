"""The form that moves students to another trip: which one, with its free spots, and why, in both languages."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from applications.cycle.forms.setup import text_area
from applications.models import Application
from exchange.models import User
from exchange.templatetags.ui import until
from travel.base.forms import refuse_blanks
from travel.models import Trip
from travel.placement import moving
from travel.placement.forms.trip_change import REASON_MAX


def trip_label(trip: Trip, free: int) -> str:
    words = ngettext("%(count)s free spot", "%(count)s free spots", free) if free else gettext("no free spots")
    return f"{trip.city.name}, {until(trip.leaves_on, trip.returns_on)}: {words % {'count': free}}"


class MoveForm(forms.Form):
    """`said`: the code of the trip, and both reasons."""

    use_required_attribute = False
    trip = forms.ChoiceField(
        label=_("Which trip do they move to?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a trip.")},
    )
    reason_en = text_area(
        _("Why, in English"),
        limit=REASON_MAX,
        help_text=_("The students and their families read exactly this."),
        error_messages={"required": _("Write why, in English.")},
    )
    reason_es = text_area(
        _("Why, in Spanish"), limit=REASON_MAX, error_messages={"required": _("Write why, in Spanish.")}
    )

    def __init__(self, rows: Sequence[Application], user: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        seats, refused = moving.seats_of(rows, user), moving.refusals(rows, user)
        self.seats = {pk: seat for pk, seat in seats.items() if pk not in refused}
        # also where all are refused by now: the list says why
        self.trips = {trip.code: trip for trip in moving.open_trips(seats.values())}
        self.free = {code: moving.free_on(trip) for code, trip in self.trips.items()}
        trip: Any = self.fields["trip"]
        trip.choices = [(code, trip_label(trip, self.free[code])) for code, trip in self.trips.items()]

    def clean_trip(self) -> str:
        """All who can go have to fit: which of them would get the last spots is the office's choice."""
        code: str = self.cleaned_data["trip"]
        trip, free = self.trips[code], self.free[code]
        going = len(self.seats) - len(moving.problems(self.seats, trip))
        if going <= free:
            return code
        if not free:
            raise forms.ValidationError(gettext("The trip to %(city)s has no free spots.") % {"city": trip.city.name})
        text = ngettext(
            "The trip to %(city)s has %(free)s free spot, and %(going)s of these students could go. Check fewer.",
            "The trip to %(city)s has %(free)s free spots, and %(going)s of these students could go. Check fewer.",
            free,
        )
        raise forms.ValidationError(text % {"city": trip.city.name, "free": free, "going": going})

    def clean(self) -> dict[str, Any]:
        refuse_blanks(self, "reason_en", "reason_es")
        return self.cleaned_data

    @property
    def said(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
