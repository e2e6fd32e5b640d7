"""Forms for the permission to enter and for visa days. They validate; actions save."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.base.home import home_zone
from travel.base import actions as rows
from travel.base.forms import RowForm, day
from travel.base.legs import NoSuchTime, instant
from travel.models import EntryPermission, Placement, VisaDay
from travel.prepare.entry.actions import DATED, Said
from travel.prepare.entry.state import BY_NEED
from travel.prepare.entry.words import LABELS

State = EntryPermission.State


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


def moment(form: forms.Form) -> datetime | None:
    """The fields `on` and `at` together, by the clock of the office. An error in the form if clocks skip this time."""
    said = form.cleaned_data
    if not said.get("on") or said.get("at") is None:
        return None
    try:
        return instant(datetime.combine(said["on"], said["at"]), home_zone().key)
    except NoSuchTime:
        form.add_error("at", _("Clocks skip this time on that day. Choose another one."))
        return None


class NeedForm(forms.Form):
    """What the official page says for the student's own document. Never which document it is."""

    state = forms.ChoiceField(
        label=gettext_lazy("What does the official page say for the document you’ll travel on?"),
        choices=[
            (State.NOT_NEEDED.value, gettext_lazy("I don’t need anything before the flight")),
            (State.NEEDED.value, gettext_lazy("I need a visa or a travel authorization")),
            (State.UNSURE.value, gettext_lazy("I’m not sure, and I’d like help")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one. If you’re not sure, choose that.")},
    )


class ProgressForm(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("Where are you with it?"),
        choices=[
            (State.NEEDED.value, gettext_lazy("I haven’t applied yet")),
            (State.APPLIED.value, gettext_lazy("I’ve applied")),
            (State.GRANTED.value, gettext_lazy("I have it")),
            (State.REFUSED.value, gettext_lazy("They said no")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how far along you are.")},
    )
    on = day(
        gettext_lazy("On which day?"),
        required=False,
        help_text=gettext_lazy("The day you applied, got it or were told no."),
    )
    valid_until = day(
        gettext_lazy("The last day it’s valid"),
        required=False,
        help_text=gettext_lazy("Only if you have it, and it has a last day."),
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        data, state = self.cleaned_data, self.cleaned_data.get("state")
        if state in DATED and not data.get("on") and "on" not in self.errors:
            self.add_error("on", forms.ValidationError(_("Enter the day."), code="required"))
        return data

    @property
    def said(self) -> Said:
        """A day that doesn't belong to the answer is left out: it was typed before another answer was chosen."""
        data = self.cleaned_data
        state = data["state"]
        on = data["on"] if state in DATED else None
        return Said(state, on, data["valid_until"] if state == State.GRANTED else None)


class RecordForm(ProgressForm, RowForm):
    """The same for the office, which notes what a student said on the phone or showed."""

    layout = (("state",), ("on", "valid_until"))
    state = forms.ChoiceField(
        label=gettext_lazy("Visa or authorization"),
        choices=State.choices,
        help_text=gettext_lazy("Write down only what’s needed and where it stands, never why."),
    )
    on = day(
        gettext_lazy("Since"),
        required=False,
        help_text=gettext_lazy("The day they applied, got it or were refused."),
    )
    valid_until = day(gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Only if it was granted."))


class AppointmentForm(forms.Form):
    on = day(gettext_lazy("Day"))
    at = _time(gettext_lazy("Time"))
    place = forms.CharField(
        label=gettext_lazy("Where"),
        max_length=200,
        help_text=gettext_lazy("The address is enough. Leave out any reference number: your calendar shows this."),
        error_messages={"required": gettext_lazy("Enter where it is.")},
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.cleaned_data["starts_at"] = moment(self)
        return self.cleaned_data


class EntryFilterForm(forms.Form):
    state = forms.ChoiceField(label=gettext_lazy("Visa or authorization"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [(each.value, LABELS[each]) for each in BY_NEED]
        self.fields["state"].choices = [("", _("Everyone")), *shown]  # type: ignore[attr-defined]


class VisaDayForm(RowForm):
    layout = (("on", "at"), ("minutes",), ("place", "address"), ("note_en", "note_es"), ("people",))
    extra_fields = ("on", "at", "people")
    on = day(gettext_lazy("Day"))
    at = _time(gettext_lazy("Time to be there"))
    minutes = forms.IntegerField(
        label=gettext_lazy("How long it takes, in minutes"), min_value=10, max_value=720, initial=120
    )
    place = forms.CharField(
        label=gettext_lazy("Place"), max_length=120, error_messages={"required": gettext_lazy("Enter where it is.")}
    )
    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=200, error_messages={"required": gettext_lazy("Enter the address.")}
    )
    note_en = forms.CharField(
        label=gettext_lazy("What to bring, in English"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    note_es = forms.CharField(
        label=gettext_lazy("What to bring, in Spanish"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("Who should come"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Select who should come.")},
    )

    def __init__(self, *args: Any, placements: Iterable[Placement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.placements = {each.code: each for each in placements}
        names = [(code, str(each.application.student)) for code, each in self.placements.items()]
        self.fields["people"].choices = names  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.cleaned_data["starts_at"] = moment(self)
        return self.cleaned_data

    @property
    def values(self) -> dict[str, Any]:
        return {**super().values, "starts_at": self.cleaned_data["starts_at"]}

    @property
    def chosen(self) -> list[Placement]:
        return [self.placements[code] for code in self.cleaned_data["people"]]

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """Of a visa day with its people."""
        visa_day: VisaDay = row
        columns = ("minutes", "place", "address", "note_en", "note_es", "starts_at")
        local = timezone.localtime(visa_day.starts_at)
        return {
            **{name: getattr(visa_day, name) for name in columns},
            "on": local.date(),
            "at": local.time(),
            "people": [person.placement.code for person in visa_day.people.all()],
            "seen": rows.fingerprint(visa_day, columns),
        }


class AppliedForm(forms.Form):
    """Who applied at a visa day."""

    applied = forms.MultipleChoiceField(
        label=gettext_lazy("Who applied there?"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, placements: Iterable[Placement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.placements = {each.code: each for each in placements}
        names = [(code, str(each.application.student)) for code, each in self.placements.items()]
        self.fields["applied"].choices = names  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[Placement]:
        return [self.placements[code] for code in self.cleaned_data["applied"]]
