"""Forms of an itinerary: one line of each kind, checked beside its fields; a file of lines uses the same forms."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.base.airports import airport
from exchange.base.errors import RuleViolation
from exchange.base.home import home_zone
from exchange.messages.phone_numbers import PhoneField
from travel.base import legs
from travel.base.forms import RowForm, day
from travel.base.itinerary import People, city_zone, zone_names
from travel.base.legs import Kind, Leg, NoSuchTime
from travel.models import Contact, Placement, Trip
from travel.prepare.itinerary.actions import Line, check_overlaps, fingerprint

EVERYONE, SOME = "everyone", "some"
NO_SUCH_TIME = gettext_lazy("That time doesn’t exist there: the clocks go forward that night. Check the time.")


def _clock(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


def _text(label: Any, most: int, *, required: bool = False, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, **more)


def _airport(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, min_length=3, max_length=3, **more)


class SegmentForm(RowForm):
    """What every kind of line asks: when it starts, what to know, and who is on it.

    Local times are read by the clock of their place. `line` is what a valid form says.
    """

    kind: ClassVar[Kind]
    starts_on = day(gettext_lazy("Day"))
    starts_time = _clock(gettext_lazy("Time"))
    note_en = _text(gettext_lazy("What to know, in English"), 300)
    note_es = _text(gettext_lazy("What to know, in Spanish"), 300)
    who = forms.ChoiceField(
        label=gettext_lazy("Who’s on it"),
        choices=[(EVERYONE, gettext_lazy("Everyone on this trip")), (SOME, gettext_lazy("Only these people"))],
        initial=EVERYONE,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who’s on it.")},
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("People"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        trip: Trip,
        placements: Sequence[Placement],
        leaders: Sequence[Contact],
        others: Iterable[tuple[Leg, People]] = (),
        **kwargs: Any,
    ) -> None:
        """`others`: the trip's other lines and who is on them, so that nobody is on two at the same time."""
        super().__init__(*args, **kwargs)
        self.trip, self.others = trip, list(others)
        self.by_key: dict[str, Placement | Contact] = {
            **{f"student-{each.code}": each for each in placements},
            **{f"leader-{each.code}": each for each in leaders},
        }
        self.offer("people", [(key, self._name(each)) for key, each in self.by_key.items()])
        zones = zone_choices(trip, self.others)
        for name in ("start_zone", "end_zone"):
            if name in self.fields:
                self.offer(name, zones)

    @staticmethod
    def _name(each: Placement | Contact) -> str:
        if isinstance(each, Placement):
            return str(each.application.student)
        return _("%(name)s, leader") % {"name": each.name}

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.need_both("note")
        self.found: Line | None = None
        start_zone, end_zone = self.zones()
        starts_at = self._instant("starts", start_zone)
        ends_at = self._instant("ends", end_zone, after=starts_at) if "ends_on" in self.fields else None
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_on", self.says_inverted())
        people = self._people()
        if not self.errors and starts_at:
            times = {"starts_at": starts_at, "start_zone": start_zone, "ends_at": ends_at, "end_zone": end_zone}
            names = ("carrier", "number", "from_name", "to_name", "address", "address_local", "phone", "confirmation")
            texts = {name: said.get(name, "") for name in (*names, "from_code", "to_code", "note_en", "note_es")}
            self.found = Line({"kind": self.kind.value, **times, **texts, **self.places()}, *people)
            self._check_overlaps(self.found)
        return said

    @property
    def line(self) -> Line:
        """What a valid form says. ValueError for another one."""
        if self.found is None:
            raise ValueError("this form has errors")
        return self.found

    def zones(self) -> tuple[str, str]:
        """The time zones of start and end; "" where it isn't known or there is none."""
        return self.cleaned_data.get("start_zone", ""), self.cleaned_data.get("end_zone", "")

    def places(self) -> dict[str, str]:
        """Values that follow from what was typed."""
        return {}

    def says_inverted(self) -> str:
        return _("It arrives before it leaves. Check the days, the times and the places.")

    def _instant(self, name: str, zone: str, *, after: datetime | None = None) -> datetime | None:
        on, at = self.cleaned_data.get(f"{name}_on"), self.cleaned_data.get(f"{name}_time")
        if not isinstance(on, date) or not isinstance(at, time) or not zone:
            return None
        try:
            return legs.instant(datetime.combine(on, at), zone, after=after)
        except NoSuchTime:
            self.add_error(f"{name}_time", NO_SUCH_TIME)
            return None

    def _people(self) -> tuple[list[Placement], list[Contact]]:
        if self.cleaned_data.get("who") != SOME:
            return [], []
        chosen = [self.by_key[key] for key in self.cleaned_data.get("people", [])]
        if not chosen and "people" not in self.errors:
            self.add_error("people", _("Choose at least one person, or choose everyone."))
        return (
            [each for each in chosen if isinstance(each, Placement)],
            [each for each in chosen if isinstance(each, Contact)],
        )

    def _check_overlaps(self, line: Line) -> None:
        try:
            check_overlaps(self.trip, line, self.others)
        except RuleViolation as violation:
            self.add_error("starts_time", violation.message)

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """What the page shows of a line. Prefetch its people."""
        leg = row.leg
        ends = leg.local_end
        return {
            **{name: getattr(row, name) for names in cls.layout for name in names if hasattr(row, name)},
            "starts_on": leg.local_start.date(),
            "starts_time": leg.local_start.time(),
            "ends_on": ends.date() if ends else None,
            "ends_time": ends.time() if ends else None,
            "who": EVERYONE if row.for_everyone else SOME,
            "people": [
                *(f"student-{each.code}" for each in row.placements.all()),
                *(f"leader-{each.code}" for each in row.leaders.all()),
            ],
            "seen": fingerprint(row),
        }


def zone_choices(trip: Trip, others: Iterable[tuple[Leg, People]]) -> list[tuple[str, str]]:
    """The time zones of home, of the city, and of the airports on the way. Needs the city."""
    named = zone_names(trip)
    known = [home_zone().key, city_zone(trip)]
    known += [zone for leg, _people in others for zone in (leg.start_zone, leg.end_zone) if zone]
    names = {zone: named(zone) or zone.rpartition("/")[2].replace("_", " ") for zone in known}
    return [(zone, _("%(city)s time") % {"city": name}) for zone, name in names.items()]


class FlightForm(SegmentForm):
    kind = Kind.FLIGHT
    layout = (
        *(("carrier", "number"), ("from_code", "to_code"), ("starts_on", "starts_time"), ("ends_on", "ends_time")),
        *(("confirmation",), ("note_en", "note_es"), ("who",), ("people",)),
    )
    carrier = _text(
        gettext_lazy("Airline"), 60, required=True, error_messages={"required": gettext_lazy("Enter the airline.")}
    )
    number = _text(
        gettext_lazy("Flight number"),
        20,
        required=True,
        help_text=gettext_lazy("As on the ticket, such as AM 641."),
        error_messages={"required": gettext_lazy("Enter the flight number.")},
    )
    from_code = _airport(
        gettext_lazy("From airport"),
        help_text=gettext_lazy("Its three letters."),
        error_messages={"required": gettext_lazy("Enter the airport’s three letters.")},
    )
    to_code = _airport(
        gettext_lazy("To airport"),
        help_text=gettext_lazy("Its three letters."),
        error_messages={"required": gettext_lazy("Enter the airport’s three letters.")},
    )
    starts_on = day(gettext_lazy("Leaves on"), help_text=gettext_lazy("By the calendar of the airport it leaves."))
    starts_time = _clock(gettext_lazy("Leaves at"))
    ends_on = day(gettext_lazy("Arrives on"), help_text=gettext_lazy("By the calendar of the airport it reaches."))
    ends_time = _clock(gettext_lazy("Arrives at"))
    confirmation = _text(
        gettext_lazy("Booking reference"), 60, help_text=gettext_lazy("Only the office sees it. It’s in no message.")
    )

    def _clean_code(self, name: str) -> str:
        code = str(self.cleaned_data[name]).strip().upper()
        if airport(code) is None:
            raise forms.ValidationError(
                _("We don’t know an airport “%(code)s”. Check its three letters on the ticket."), params={"code": code}
            )
        return code

    def clean_from_code(self) -> str:
        return self._clean_code("from_code")

    def clean_to_code(self) -> str:
        code = self._clean_code("to_code")
        if code == self.cleaned_data.get("from_code"):
            raise forms.ValidationError(_("A flight can’t land where it took off. Check both airports."))
        return code

    def zones(self) -> tuple[str, str]:
        start, end = (airport(self.cleaned_data.get(name) or "") for name in ("from_code", "to_code"))
        return start.zone if start else "", end.zone if end else ""

    def places(self) -> dict[str, str]:
        start, end = (airport(self.cleaned_data[name]) for name in ("from_code", "to_code"))
        return {"from_name": start.name if start else "", "to_name": end.name if end else ""}


class RideForm(SegmentForm):
    kind = Kind.RIDE
    layout = (
        *(("carrier", "number"), ("from_name", "to_name"), ("starts_on", "starts_time"), ("start_zone",)),
        *(("ends_on", "ends_time"), ("end_zone",), ("address", "phone"), ("confirmation",)),
        *(("note_en", "note_es"), ("who",), ("people",)),
    )
    carrier = _text(gettext_lazy("Company"), 60, help_text=gettext_lazy("Of the train, bus or car."))
    number = _text(gettext_lazy("Train or bus number"), 20)
    from_name = _text(gettext_lazy("From"), 120, required=True)
    to_name = _text(gettext_lazy("To"), 120, required=True)
    starts_on = day(gettext_lazy("Leaves on"))
    starts_time = _clock(gettext_lazy("Leaves at"))
    start_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    ends_on = day(gettext_lazy("Arrives on"))
    ends_time = _clock(gettext_lazy("Arrives at"))
    end_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    address = _text(gettext_lazy("Address where it leaves"), 200)
    phone = PhoneField(label=gettext_lazy("Phone"), max_length=30, required=False, needs_country=True)
    confirmation = _text(
        gettext_lazy("Booking reference"), 60, help_text=gettext_lazy("Only the office sees it. It’s in no message.")
    )


class StayForm(SegmentForm):
    kind = Kind.STAY
    layout = (
        *(("to_name", "phone"), ("address", "address_local"), ("starts_on", "starts_time"), ("ends_on", "ends_time")),
        *(("start_zone",), ("confirmation",), ("note_en", "note_es"), ("who",), ("people",)),
    )
    to_name = _text(
        gettext_lazy("Hotel or lodging"),
        120,
        required=True,
        error_messages={"required": gettext_lazy("Enter the hotel or lodging.")},
    )
    phone = PhoneField(label=gettext_lazy("Phone"), max_length=30, required=False, needs_country=True)
    address = _text(gettext_lazy("Address"), 200)
    address_local = _text(
        gettext_lazy("Address in local script"), 200, help_text=gettext_lazy("To show a taxi driver.")
    )
    starts_on = day(gettext_lazy("Check-in day"))
    starts_time = _clock(gettext_lazy("Check-in time"))
    ends_on = day(gettext_lazy("Check-out day"))
    ends_time = _clock(gettext_lazy("Check-out time"))
    start_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    confirmation = _text(
        gettext_lazy("Booking reference"), 60, help_text=gettext_lazy("Only the office sees it. It’s in no message.")
    )

    def zones(self) -> tuple[str, str]:
        zone = self.cleaned_data.get("start_zone", "")
        return zone, zone

    def says_inverted(self) -> str:
        return _("Check-out is before check-in. Check the days and times.")


class MeetingForm(SegmentForm):
    kind = Kind.MEETING
    layout = (
        *(("to_name", "phone"), ("address",), ("starts_on", "starts_time"), ("start_zone",)),
        *(("note_en", "note_es"), ("who",), ("people",)),
    )
    to_name = _text(
        gettext_lazy("Where to meet"),
        120,
        required=True,
        help_text=gettext_lazy("For example: Terminal B, door 3."),
        error_messages={"required": gettext_lazy("Enter where to meet.")},
    )
    phone = _text(gettext_lazy("Phone of the person who waits there"), 30)
    address = _text(gettext_lazy("Address"), 200)
    start_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    def zones(self) -> tuple[str, str]:
        return self.cleaned_data.get("start_zone", ""), ""


FORMS: dict[str, type[SegmentForm]] = {form.kind.value: form for form in (FlightForm, RideForm, StayForm, MeetingForm)}


class FileForm(forms.Form):
    """A CSV file, or the text of one that was previewed."""

    use_required_attribute = False
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        error_messages={"required": gettext_lazy("Choose a file first.")},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
