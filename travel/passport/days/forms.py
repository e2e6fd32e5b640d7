"""Forms in which staff edit a passport day and its times. They validate; actions save."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.base import time_slots
from applications.base.forms import DayField
from exchange.base.home import home_zone
from exchange.web.edited import EditedForm
from travel.models import PassportDay
from travel.passport.days.office_actions import seen_of as day_seen
from travel.passport.facilities.forms import CollegesField, first_values

MOST_AT_ONCE = 100  # more is a typing mistake, not a rule


class PassportDayForm(EditedForm):
    """Place, agents and colleges. The date of an announced day can't be changed."""

    use_required_attribute = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    place = forms.CharField(
        label=_("Location"),
        max_length=120,
        help_text=_("For example, Student Union, Pierce College."),
        error_messages={"required": _("Enter where it is.")},
    )
    address = forms.CharField(label=_("Address"), max_length=200, error_messages={"required": _("Enter the address.")})
    agents = forms.CharField(
        label=_("Who accepts the forms"),
        max_length=200,
        help_text=_("For example, two agents from the Van Nuys Post Office."),
    )
    has_photos = forms.BooleanField(label=_("They take passport photos there"), required=False)
    colleges = CollegesField(
        label=_("For students at"), error_messages={"required": _("Select the colleges whose students can come.")}
    )
    note_en = forms.CharField(label=_("Note, in English"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    note_es = forms.CharField(label=_("Note, in Spanish"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    NAMES = ("place", "address", "agents", "has_photos", "note_en", "note_es")

    @classmethod
    def of(cls, day: PassportDay, data: Any = None) -> "PassportDayForm":
        return cls(data, initial=first_values(day, cls.NAMES) | {"seen": day_seen(day)})


class NewPassportDayForm(PassportDayForm):
    seen = None  # type: ignore[assignment]  # there is nothing yet that another could have changed
    on = DayField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    field_order = ("on", *PassportDayForm.NAMES)


class TimesForm(forms.Form):
    """Consecutive slots of one capacity. A slot that exists already gets the new capacity."""

    use_required_attribute = False
    begin = forms.TimeField(
        label=_("From"), initial=time(9), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    end = forms.TimeField(
        label=_("To"), initial=time(12), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.IntegerField(label=_("Minutes per time"), min_value=5, max_value=240, initial=30)
    capacity = forms.IntegerField(label=_("Students per time"), min_value=1, max_value=200, initial=4)

    def __init__(self, *args: Any, day: PassportDay, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if said.get("begin") and said.get("end") and said["end"] <= said["begin"]:
            self.add_error("end", forms.ValidationError(_("It ends before it starts."), code="upside_down"))
        if not self.errors and len(self.starts) > MOST_AT_ONCE:
            self.add_error("minutes", forms.ValidationError(_("That’s too many times. Make each one longer.")))
        return said

    @property
    def starts(self) -> list[datetime]:
        said, zone = self.cleaned_data, home_zone()
        return time_slots.in_a_row(self.day.on, said["begin"], said["end"], zone, minutes=said["minutes"], pause=0)


# --- Vouchers ---------------------------------------------------------------------------------------
