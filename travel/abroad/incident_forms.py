"""Forms of incidents and of break-glass."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.models import User
from travel.abroad.actions.break_glass import REASON_MIN
from travel.base.forms import day
from travel.models import BreakGlass, Contact, Incident, Placement

TEXT_MAX = 5000


def words(label: Any, *, rows: int = 4, missing: Any = None, **more: Any) -> forms.CharField:
    """`missing`: what it says if it's empty."""
    field = forms.CharField(
        label=label,
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"max_length": _("Keep it under %(limit_value)d characters. Right now it has %(show_value)d.")},
        **more,
    )
    if missing:
        field.error_messages["required"] = missing
    return field


def _clock() -> forms.TimeField:
    return forms.TimeField(label=_("Time there"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class WhenForm(forms.Form):
    """A day and a time of the place."""

    on = day(_("Day"))
    time = _clock()

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        now = timezone.now().astimezone(zone)
        self.fields["on"].initial = now.date()
        self.fields["time"].initial = now.time().replace(second=0, microsecond=0)

    @property
    def at(self) -> datetime:
        return datetime.combine(self.cleaned_data["on"], self.cleaned_data["time"], self.zone)


class ReportForm(WhenForm):
    """A new incident. `placements`, `leaders`: who is on the trip."""

    severity = forms.ChoiceField(
        label=_("How bad is it?"),
        choices=Incident.Severity,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how bad it is.")},
    )
    text = words(
        _("What happened?"),
        rows=6,
        help_text=_("Only what you know. You can add more later."),
        missing=_("Write what happened."),
    )
    where = forms.CharField(
        label=_("Where?"),
        max_length=200,
        help_text=_("A street, a hotel, a station."),
        error_messages={"required": _("Write where it happened.")},
    )
    placements = forms.MultipleChoiceField(
        label=_("Which travelers?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    leaders = forms.MultipleChoiceField(label=_("Which leaders?"), required=False, widget=forms.CheckboxSelectMultiple)
    who = forms.CharField(label=_("Anyone else?"), max_length=300, required=False)
    field_order = ("severity", "text", "where", "on", "time", "placements", "leaders", "who")

    def __init__(
        self, *args: Any, placements: Iterable[Placement], leaders: Iterable[Contact], zone: ZoneInfo, **kwargs: Any
    ) -> None:
        super().__init__(*args, zone=zone, **kwargs)
        self._offer("placements", {each.code: each for each in placements}, lambda each: str(each.application.person))
        self._offer("leaders", {each.code: each for each in leaders}, str)

    def _offer(self, name: str, rows: Mapping[str, Any], label: Any) -> None:
        if not rows:
            del self.fields[name]
            return
        self.fields[name].choices = [(code, label(row)) for code, row in rows.items()]  # type: ignore[attr-defined]
        self.fields[name].rows = rows  # type: ignore[attr-defined]

    def chosen(self, name: str) -> list[Any]:
        if name not in self.fields:
            return []
        rows = self.fields[name].rows  # type: ignore[attr-defined]
        return [rows[code] for code in self.cleaned_data[name]]


class TextForm(forms.Form):
    """One entry in words."""

    text = words(_("What do you want to write down?"))


class NoteForm(WhenForm, TextForm):
    """`for_leaders`: only somebody who handles incidents chooses it."""

    for_leaders = forms.BooleanField(label=_("The trip’s leaders need to read this"), required=False)
    field_order = ("text", "on", "time", "for_leaders")


class SeverityForm(forms.Form):
    severity = forms.ChoiceField(
        label=_("How bad is it now?"),
        choices=Incident.Severity,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how bad it is now.")},
    )
    text = words(_("Why?"), rows=2, missing=_("Write why."))


class FollowUpForm(forms.Form):
    text = words(_("What has to be done?"), rows=2, missing=_("Write what has to be done."))
    owner = forms.ChoiceField(label=_("Who does it?"))
    due = day(_("By when?"))

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {each.code: each for each in people}
        self.fields["owner"].choices = [(code, str(each)) for code, each in self.people.items()]  # type: ignore[attr-defined]


class ExportForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class HandlerForm(forms.Form):
    """`people`: coordinators who don't handle incidents yet, without the one who looks."""

    person = forms.ChoiceField(label=_("Who?"))

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {each.code: each for each in people}
        self.fields["person"].choices = [(code, str(each)) for code, each in self.people.items()]  # type: ignore[attr-defined]


class BreakGlassForm(forms.Form):
    """`placements`: whose card the person may open that way."""

    who = forms.ChoiceField(label=_("Whose?"), error_messages={"required": _("Choose whose it is.")})
    reason = words(
        _("Why do you need it now?"),
        rows=3,
        min_length=REASON_MIN,
        help_text=_("A sentence or two. The student will read it."),
        missing=_("Write why you need it now."),
    )

    def __init__(self, *args: Any, placements: Iterable[Placement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {each.code: each for each in placements}
        names = [(code, f"{each.application.student} · {each.trip.city}") for code, each in self.rows.items()]
        self.fields["who"].choices = names  # type: ignore[attr-defined]
        too_short = _("Write the reason as a sentence. The student will read it.")
        self.fields["reason"].error_messages["min_length"] = too_short


class ReviewForm(forms.Form):
    review = forms.ChoiceField(label=_("Was it needed?"), choices=BreakGlass.Review, widget=forms.RadioSelect)
    text = words(_("Your note"), rows=3, required=False)
