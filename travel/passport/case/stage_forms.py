"""Forms for a passport's stage: what the student says, and what an advisor reads in the passport."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from travel.states import MOVES, PassportStage

# what a stage is called for students
MY_STAGES = {
    PassportStage.GATHERING: gettext_lazy("I’m getting my documents together"),
    PassportStage.READY: gettext_lazy("I have all my documents"),
    PassportStage.BOOKED: gettext_lazy("I have an appointment"),
    PassportStage.APPLIED: gettext_lazy("I applied, or I mailed my form"),
    PassportStage.LETTER: gettext_lazy("I got a letter asking for something"),
    PassportStage.ISSUED: gettext_lazy("It’s been issued and is on its way"),
    PassportStage.IN_HAND: gettext_lazy("I have it, and I signed it"),
}


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class StageForm(forms.Form):
    """The stage of a student's passport; offers only stages that may follow the current one.

    `elsewhere`: they travel on another document, so nothing of a US passport is offered.
    """

    stage = forms.ChoiceField(
        label=gettext_lazy("How far along are you with your passport?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how far along you are.")},
    )
    appointment_on = forms.DateField(
        label=gettext_lazy("Day of your appointment"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("We need it if you have an appointment."),
    )

    def __init__(self, *args: Any, current: str, elsewhere: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        following = MOVES[PassportStage(current)]
        if elsewhere:
            following &= {PassportStage.IN_HAND}
        stage_field: Any = self.fields["stage"]
        stage_field.choices = self.stages = [
            (stage.value, label) for stage, label in MY_STAGES.items() if stage in following
        ]
        if PassportStage.BOOKED not in following:
            del self.fields["appointment_on"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("stage") != PassportStage.BOOKED:
            data["appointment_on"] = None
        elif not data.get("appointment_on") and "appointment_on" not in self.errors:
            self.add_error(
                "appointment_on", forms.ValidationError(_("Enter the day of your appointment."), code="required")
            )
        elif data.get("appointment_on") and data["appointment_on"] < timezone.localdate():
            self.add_error(
                "appointment_on",
                forms.ValidationError(_("That day has passed. Enter today or a later day."), code="past"),
            )
        return data


class PassportCheckForm(forms.Form):
    """An advisor who holds the signed passport enters its expiration date."""

    expires_on = forms.DateField(
        label=gettext_lazy("Expires on"),
        widget=day_input(),
        help_text=gettext_lazy("Read it in the signed passport. Don’t write anything else down or make a copy."),
        error_messages={"required": gettext_lazy("Enter the date the passport expires.")},
    )
    blank_pages = forms.IntegerField(
        label=gettext_lazy("Empty visa pages"),
        required=False,
        min_value=0,
        max_value=60,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Enter how many empty visa pages there are.")},
    )
    # offered once the passport has turned out not to fit this trip
    is_not_enough = forms.BooleanField(
        label=gettext_lazy("I’ve checked twice. It doesn’t work for this trip, so tell the student what to do."),
        required=False,
    )

    def __init__(self, *args: Any, pages: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers_not_enough = False
        counted = self.fields["blank_pages"]
        counted.required = bool(pages)
        counted.help_text = (
            _("This trip requires %(count)s. Count the ones that say “Visas” at the top.") % {"count": pages}
            if pages
            else _("This trip doesn’t require any. Counting them now helps if the trip changes.")
        )
