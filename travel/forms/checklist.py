"""What students and staff say about a checklist; nothing here is saved by itself."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Cycle
from exchange.models import College
from travel.models import Trip
from travel.passport_route import Answer, Answers, Name, TravelOn
from travel.states import MOVES, PassportStage

HAS_ONE = "has_one"  # in place of a stage: in hand, seen by an advisor or not yet

YES_NO_UNSURE = [
    (Answer.YES.value, gettext_lazy("Yes")),
    (Answer.NO.value, gettext_lazy("No")),
    (Answer.UNSURE.value, gettext_lazy("I’m not sure")),
]
# the words a student uses for a stage
MY_STAGES = {
    PassportStage.GATHERING: gettext_lazy("I am bringing my papers together"),
    PassportStage.READY: gettext_lazy("My papers are all here"),
    PassportStage.BOOKED: gettext_lazy("I have an appointment"),
    PassportStage.APPLIED: gettext_lazy("I applied, or mailed my form"),
    PassportStage.LETTER: gettext_lazy("A letter came that asks for something"),
    PassportStage.ISSUED: gettext_lazy("It is issued and on its way"),
    PassportStage.IN_HAND: gettext_lazy("I have it, and I signed it"),
}


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class Question(forms.ChoiceField):
    """A radio group that the form asks only of some; whoever is asked must answer (the form's `clean`)."""

    widget = forms.RadioSelect

    def clean(self, value):
        return super().clean(value) if value else ""


def question(label: str = "", choices=YES_NO_UNSURE, help_text: str = "") -> Question:
    return Question(label=label, choices=choices, help_text=help_text)


class PassportRouteForm(forms.Form):
    """A few plain questions. `answers()` gives them to the route and nobody keeps them.

    adult_age, renewal_years: dated facts that two questions name.
    """

    use_required_attribute = False  # a browser must not ask for what the page does not show

    travel_on = forms.ChoiceField(
        label=gettext_lazy("What would you travel on?"),
        widget=forms.RadioSelect,
        choices=[
            (TravelOn.US_HAVE.value, gettext_lazy("A US passport that I have")),
            (TravelOn.US_NEED.value, gettext_lazy("A US passport that I need to get")),
            (TravelOn.OTHER_COUNTRY.value, gettext_lazy("Another country’s passport")),
            (TravelOn.OTHER_DOCUMENT.value, gettext_lazy("Another travel document")),
            (TravelOn.RATHER_TALK.value, gettext_lazy("I would rather talk to someone")),
        ],
        help_text=gettext_lazy(
            "For the last three we only note that you will talk with an advisor, not which one it was."
        ),
    )
    had_passport = question(
        gettext_lazy("Have you ever had a US passport?"), help_text=gettext_lazy("One you had as a child counts.")
    )
    in_hand = question(
        gettext_lazy("Do you have it with you, and is it undamaged?"),
        help_text=gettext_lazy("Say no if it was lost or stolen, got wet, or has a torn page."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("When does it expire?"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy(
            "The date is on the page with your photo. If you cannot look now, leave it empty: an advisor helps."
        ),
    )
    issued_as_adult = question()
    issued_recently = question()
    name = question(
        gettext_lazy("Is your name still the one in it?"),
        choices=[
            (Name.SAME.value, gettext_lazy("Yes, the same")),
            (Name.CHANGED_WITH_PAPER.value, gettext_lazy("No, and I have the paper that shows the change")),
            (Name.CHANGED_WITHOUT_PAPER.value, gettext_lazy("No, and I do not have that paper")),
            (Name.UNSURE.value, gettext_lazy("I’m not sure")),
        ],
    )
    issued_within_year = question(gettext_lazy("Was it issued less than a year ago?"))
    printed_wrong = question(gettext_lazy("Is something printed in it wrong, or was it made for two years or less?"))
    has_certificate = question(
        gettext_lazy("Do you have your certified birth certificate at hand?"),
        help_text=gettext_lazy(
            "The one with a seal, not the one from the hospital. A naturalization certificate works too."
        ),
    )

    def __init__(self, *args, adult_age: int, renewal_years: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["issued_as_adult"].label = _("Were you %(age)s or older when it was issued?") % {"age": adult_age}
        self.fields["issued_recently"].label = _("Was it issued within the last %(years)s years?") % {
            "years": renewal_years
        }

    def clean(self):
        data = super().clean()
        for name in self._asked(data):
            if not data.get(name) and name not in self.errors:
                self.add_error(
                    name, forms.ValidationError(_("Choose an answer. “I’m not sure” is fine."), code="required")
                )
        return data

    @staticmethod
    def _asked(data: dict) -> list[str]:
        """The questions that this person's earlier answers lead to."""
        about_it = ["in_hand", "issued_as_adult", "issued_recently", "name", "printed_wrong"]
        if data.get("name") == Name.CHANGED_WITH_PAPER:
            about_it.append("issued_within_year")
        if data.get("travel_on") == TravelOn.US_HAVE:
            return about_it
        if data.get("travel_on") == TravelOn.US_NEED:
            had = about_it if data.get("had_passport") == Answer.YES else []
            return ["had_passport", *had, "has_certificate"]
        return []

    @classmethod
    def lines_of(cls, answers: dict[str, str | None]) -> list[tuple[str, str]]:
        """(question, answer) in words, from what `TravelAnswers` keeps."""
        form = cls(adult_age=16, renewal_years=15)
        found = []
        for name, field in form.fields.items():
            words = dict(getattr(field, "choices", []))
            if answers.get(name):
                found.append((field.label, words.get(answers[name], answers[name])))
        return found

    def answers(self) -> Answers:
        """What was answered; questions that do not concern this person count as unsure."""
        data = self.cleaned_data
        travel_on = TravelOn(data["travel_on"])
        given = {name: data[name] for name in self._asked(data) if data.get(name)}
        if travel_on == TravelOn.US_HAVE and data.get("has_certificate"):
            given["has_certificate"] = data["has_certificate"]
        name = Name(given.pop("name", Name.UNSURE))
        expires_on = data.get("expires_on") if travel_on == TravelOn.US_HAVE else None
        return Answers(
            travel_on, name=name, expires_on=expires_on, **{key: Answer(value) for key, value in given.items()}
        )


class StageForm(forms.Form):
    """Where a student's passport is now; only stages that may follow the present one."""

    stage = forms.ChoiceField(label=gettext_lazy("Where is your passport now?"), widget=forms.RadioSelect)
    appointment_on = forms.DateField(
        label=gettext_lazy("Day of your appointment"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("We need it if you have an appointment."),
    )

    def __init__(self, *args, current: str, **kwargs):
        super().__init__(*args, **kwargs)
        following = MOVES[PassportStage(current)]
        self.fields["stage"].choices = [
            (stage.value, label) for stage, label in MY_STAGES.items() if stage in following
        ]
        if PassportStage.BOOKED not in following:
            del self.fields["appointment_on"]

    def clean(self):
        data = super().clean()
        if data.get("stage") != PassportStage.BOOKED:
            data["appointment_on"] = None
        elif not data.get("appointment_on") and "appointment_on" not in self.errors:
            self.add_error(
                "appointment_on", forms.ValidationError(_("Write the day of your appointment."), code="required")
            )
        elif data.get("appointment_on") and data["appointment_on"] < timezone.localdate():
            self.add_error(
                "appointment_on",
                forms.ValidationError(_("That day has passed. Write a day from today on."), code="past"),
            )
        return data


class PassportCheckForm(forms.Form):
    """An advisor who holds the signed passport reads its last day."""

    expires_on = forms.DateField(
        label=gettext_lazy("Expires on"),
        widget=day_input(),
        help_text=gettext_lazy("Read it in the signed passport. Write down nothing else, and take no copy."),
    )


class ChecklistFilterForm(forms.Form):
    """Who is shown; lives in the address. A cycle shows all its students, else only those not home yet."""

    late = forms.ChoiceField(
        label=gettext_lazy("Show"),
        required=False,
        choices=[("", gettext_lazy("everyone")), ("1", gettext_lazy("who is late"))],
    )
    college = forms.ModelChoiceField(
        College.objects.none(),
        label=gettext_lazy("College"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("all"),
    )
    trip = forms.ModelChoiceField(
        Trip.objects.none(),
        label=gettext_lazy("Trip"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("all"),
    )
    stage = forms.ChoiceField(label=gettext_lazy("Passport"), required=False)
    cycle = forms.ModelChoiceField(
        Cycle.objects.public(),
        label=gettext_lazy("Cycle"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("not home yet"),
    )

    def __init__(self, *args, colleges, trips, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["college"].queryset = colleges
        self.fields["trip"].queryset = trips
        self.fields["stage"].choices = [
            ("", gettext_lazy("any stage")),
            (HAS_ONE, gettext_lazy("in hand, seen or not")),
            *PassportStage.choices,
        ]
