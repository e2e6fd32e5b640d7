"""Forms in which the office opens time slots for interviews and invites students. Students book without a form."""

from datetime import datetime, time
from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.base import time_slots
from applications.base.forms import DayField
from applications.interview import interviews, open_times
from applications.interview.actions.interview_slots import fingerprint
from applications.models import InterviewSlot
from exchange.base.home import home_zone
from exchange.models import User
from exchange.web.edited import EditedForm

MOST_AT_ONCE = 60  # catches typing mistakes ("1" minute); not a rule of the program


class SlotForm(EditedForm):
    """One time slot: when, how long, where and with whom. Times are in the portal's time zone, which the page names."""

    use_required_attribute = False
    day = DayField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    begin = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=_("Minutes each"), min_value=5, max_value=240)
    place = forms.CharField(
        label=_("Where"), required=False, max_length=200, help_text=_("For example: City Hall, room 1060.")
    )
    link = forms.URLField(label=_("Video call link"), required=False, max_length=200, assume_scheme="https")
    interviewers = forms.ModelMultipleChoiceField(
        label=_("Interviewers"),
        queryset=User.objects.none(),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Students at their own college, and students they know or have read, don’t see these times."),
        error_messages={"required": _("Choose at least one interviewer.")},
    )

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["interviewers"]
        people.queryset = interviews.interviewers()

    @classmethod
    def of(cls, slot: InterviewSlot, data: QueryDict | None = None) -> Self:
        """The form filled in with the slot's values."""
        begins = timezone.localtime(slot.starts_at)
        initial = {
            "day": begins.date(),
            "begin": begins.time(),
            "minutes": slot.minutes,
            "place": slot.place,
            "link": slot.link,
            "interviewers": [person.code for person in slot.interviewers.all()],
            "seen": fingerprint(slot),
        }
        return cls(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if not said.get("place") and not said.get("link") and "link" not in self.errors:
            text = _("Say where: a place, or a video call link.")
            self.add_error("place", forms.ValidationError(text, code="nowhere"))
        return said

    @property
    def starts_at(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], self.cleaned_data["begin"]))

    @property
    def values(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {name: said[name] for name in ("minutes", "place", "link")} | {
            "interviewers": list(said["interviewers"])
        }


class SlotRowForm(SlotForm):
    """Several time slots in a row, with a pause between two."""

    end = forms.TimeField(
        label=_("To"), initial=time(12), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    pause = forms.IntegerField(label=_("Minutes between interviews"), min_value=0, max_value=120, initial=10)
    field_order = ("day", "begin", "end", "minutes", "pause", "place", "link", "interviewers")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["seen"]
        self.fields["minutes"].initial = 20
        self.fields["begin"].initial = time(9)

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if said.get("begin") and said.get("end") and said["end"] <= said["begin"]:
            self.add_error("end", forms.ValidationError(_("It ends before it starts."), code="upside_down"))
        if not self.errors and len(self.starts) > MOST_AT_ONCE:
            text = _("That would be %(count)s interviews. Make them longer, or allow less time.")
            self.add_error("minutes", forms.ValidationError(text, code="many", params={"count": len(self.starts)}))
        return said

    @property
    def starts(self) -> list[datetime]:
        said = self.cleaned_data
        zone = home_zone()
        return time_slots.in_a_row(
            said["day"], said["begin"], said["end"], zone, minutes=said["minutes"], pause=said["pause"]
        )


class InviteForm(forms.Form):
    """The last day to book. The students to invite come from the list's checkboxes, not from this form."""

    use_required_attribute = False
    book_on = DayField(
        label=_("Students can book until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Until the end of that day."),
    )

    @property
    def book_by(self) -> datetime:
        return open_times.end_of(self.cleaned_data["book_on"])
