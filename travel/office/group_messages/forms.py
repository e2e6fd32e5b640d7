"""Forms of a message to a group: its text in two languages and its time, and the confirmation of its list."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.apply.forms.help import NoteField
from applications.models import GroupMessage
from exchange.base.home import home_zone
from exchange.web.edited import EditedForm
from travel.base import legs
from travel.base.forms import day, refuse_blanks

MORNING = time(9)  # of a day that is given without a time
LIMIT = _("Up to 2,000 characters. Students get a message with a link to it.")


class GroupMessageForm(EditedForm):
    """`send_at`: of a valid form; None is at once."""

    body_en = NoteField(label=_("Message in English"), help_text=LIMIT, required=False)
    body_es = NoteField(label=_("Message in Spanish"), help_text=LIMIT, required=False)
    send_on = day(_("Send on"), required=False, help_text=_("Leave empty to send it in five minutes."))
    send_time = forms.TimeField(
        label=_("At"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Leave empty for 9 am."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in ("en", "es"):
            self.fields[f"body_{language}"].widget.attrs["lang"] = language
        self.send_at: datetime | None = None

    @staticmethod
    def initial_of(group: GroupMessage) -> dict[str, Any]:
        local = timezone.localtime(group.send_at) if group.send_at else None
        return {
            "body_en": group.body_en,
            "body_es": group.body_es,
            "send_on": local and local.date(),
            "send_time": local and local.time(),
        }

    @property
    def texts(self) -> list[forms.BoundField]:
        return [self["body_en"], self["body_es"]]

    @property
    def times(self) -> list[forms.BoundField]:
        return [self["send_on"], self["send_time"]]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        refuse_blanks(self, "body_en", "body_es")
        if not self.errors and not said.get("body_en") and not said.get("body_es"):
            self.add_error("body_en", _("Write the message, in English, in Spanish or in both."))
        if said.get("send_time") and not said.get("send_on") and "send_on" not in self.errors:
            self.add_error("send_on", _("Choose the day, too."))
        if on := said.get("send_on"):
            local = datetime.combine(on, said.get("send_time") or MORNING)
            try:
                self.send_at = legs.instant(local, home_zone().key)
            except legs.NoSuchTime:
                self.add_error("send_time", _("The clocks skip this time that night. Choose another."))
        if self.send_at and self.send_at <= timezone.now():
            self.add_error("send_on", _("That time has passed. Choose another, or send it now."))
        return said


class ConfirmForm(forms.Form):
    """`lacking`: languages that somebody on the list reads and that have no text. `is_one`: for one student, who gets
    the other text: leaving them out would leave nobody."""

    seen = forms.CharField(widget=forms.HiddenInput)
    missing = forms.ChoiceField(
        label=_("Students whose language has no text"),
        choices=GroupMessage.Missing.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what students get if there’s no text in their language.")},
    )

    def __init__(self, *args: Any, lacking: Sequence[str], is_one: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not lacking:
            del self.fields["missing"]
        elif is_one:
            self.fields["missing"].widget = forms.HiddenInput()
            self.initial["missing"] = GroupMessage.Missing.OTHER
