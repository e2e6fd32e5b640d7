"""Forms of orientation sessions: the session, and the filters of who came."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Cycle
from exchange.base.home import home_zone
from exchange.models import College
from travel.base import legs
from travel.base.forms import RowForm, day
from travel.base.itinerary import city_zone
from travel.base.legs import NoSuchTime, zone_of
from travel.models import OrientationSession, Trip
from travel.prepare.itinerary.forms import NO_SUCH_TIME
from travel.prepare.orientation.actions import FIELDS, fingerprint
from travel.prepare.orientation.sessions import zone_name


class SessionForm(RowForm):
    """Day and time are read by the clock of the place. `said`: the row's values, of a valid form."""

    layout = (
        *(("starts_on", "starts_time"), ("zone", "minutes"), ("place", "address"), ("note_en", "note_es")),
        ("trips",),
    )
    starts_on = day(gettext_lazy("Day"))
    starts_time = forms.TimeField(
        label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    minutes = forms.IntegerField(label=gettext_lazy("Minutes it takes"), min_value=15, max_value=720)
    place = forms.CharField(
        label=gettext_lazy("Where"),
        max_length=120,
        help_text=gettext_lazy("The building and the room."),
        error_messages={"required": gettext_lazy("Enter where it is.")},
    )
    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)
    note_en = forms.CharField(
        label=gettext_lazy("What to know, in English"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("What to bring, where to park, who may come along."),
    )
    note_es = forms.CharField(label=gettext_lazy("What to know, in Spanish"), max_length=300, required=False)
    trips = forms.ModelMultipleChoiceField(
        Trip.objects.none(),
        label=gettext_lazy("For which trips"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Check none for every trip."),
        to_field_name="code",
    )

    def __init__(self, *args: Any, cycle: Cycle, session: OrientationSession | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        trips = Trip.objects.filter(cycle=cycle, closed_at__isnull=True).select_related("city")
        trips_field: Any = self.fields["trips"]
        trips_field.queryset = trips
        zones = [home_zone().key, *(city_zone(trip) for trip in trips), *([session.zone] if session else [])]
        self.offer("zone", [(zone, _("%(city)s time") % {"city": zone_name(zone)}) for zone in dict.fromkeys(zones)])

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        self.need_both("note")
        self.starts_at: datetime | None = None
        on, at, zone = said.get("starts_on"), said.get("starts_time"), said.get("zone")
        if isinstance(on, date) and isinstance(at, time) and zone:
            try:
                self.starts_at = legs.instant(datetime.combine(on, at), zone)
            except NoSuchTime:
                self.add_error("starts_time", NO_SUCH_TIME)
        if self.starts_at and self.starts_at <= timezone.now():
            self.add_error("starts_on", _("That time is already over. Choose one that’s still to come."))
        return said

    @property
    def said(self) -> dict[str, Any]:
        """Values by column. Only of a valid form."""
        columns = {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}
        return {**columns, "starts_at": self.starts_at}

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """What the page shows of a session, with its fingerprint."""
        return {**cls.like(row, row.starts_at), "seen": fingerprint(row)}

    @staticmethod
    def like(session: OrientationSession, starts_at: datetime) -> dict[str, Any]:
        """What a session as this one would have, at another time."""
        local = starts_at.astimezone(zone_of(session.zone))
        kept = {name: getattr(session, name) for name in FIELDS if name != "starts_at"}
        return {
            **kept,
            "starts_on": local.date(),
            "starts_time": local.time(),
            "trips": [trip.code for trip in session.trips.all()],
        }


class PeopleFilterForm(forms.Form):
    """Filters of a list of travelers, kept in the address."""

    state = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[
            ("", gettext_lazy("everyone")),
            ("here", gettext_lazy("who came")),
            ("not_here", gettext_lazy("who didn’t come")),
        ],
    )
    trip = forms.ModelChoiceField(
        Trip.objects.none(),
        label=gettext_lazy("Trip"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("all"),
    )
    college = forms.ModelChoiceField(
        College.objects.none(),
        label=gettext_lazy("College"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("all"),
    )
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=80)

    def __init__(
        self, *args: Any, trips: QuerySet[Trip], colleges: QuerySet[College], with_state: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("trip", trips), ("college", colleges)):
            field: Any = self.fields[name]
            field.queryset = rows
        if not with_state:
            del self.fields["state"]
