"""What an advisor says about own students: about one, or about several at once."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.endorse.actions import Word
from applications.endorse.enrollment_file import UNITS_MAX
from applications.endorse.own_students import Judged
from applications.models import Application, Endorsement

STANDING = {"yes": True, "no": False, "unsaid": None}
ONLY_ENROLLED = _("Only an enrolled student can be endorsed. Let the office decide, or say no.")


def units_field(**more) -> forms.IntegerField:
    return forms.IntegerField(label=_("Units this term"), min_value=0, max_value=UNITS_MAX, **more)


def enrolled_field(**more: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("Is the student enrolled this term?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        **more,
    )


class EndorsementForm(forms.Form):
    result = forms.ChoiceField(
        label=_("What does the college say?"), choices=Endorsement.Result, widget=forms.RadioSelect
    )
    is_enrolled = enrolled_field()
    units = units_field()
    in_good_standing = forms.TypedChoiceField(
        label=_("Is the student in good standing?"),
        choices=[("yes", _("Yes")), ("no", _("No")), ("unsaid", _("We do not say"))],
        coerce=STANDING.get,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note for the office"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Readers never see it. The student may ask to see it."),
    )

    @classmethod
    def for_application(cls, application, data=None):
        """Filled in with what was said before."""
        said = Endorsement.objects.filter(application=application).first()
        initial = said and {
            "result": said.result,
            "is_enrolled": "yes" if said.is_enrolled else "no",
            "units": said.units,
            "in_good_standing": next(key for key, value in STANDING.items() if value is said.in_good_standing),
            "note": said.note,
        }
        return cls(data, initial=initial)

    def clean(self):
        said = super().clean()
        endorsed = said.get("result") == Endorsement.Result.ENDORSED
        if endorsed and said.get("is_enrolled") is False:
            self.add_error(
                "result",
                forms.ValidationError(ONLY_ENROLLED, code="not_enrolled"),
            )
        if said.get("result") and not endorsed and not said.get("note"):
            self.add_error("note", forms.ValidationError(_("Say why, so that the office can decide."), code="no_note"))
        if endorsed and said.get("in_good_standing") is False and not said.get("note"):
            message = _("Say why you endorse a student who is not in good standing.")
            self.add_error("note", forms.ValidationError(message, code="no_note"))
        return said


class EndorsementFilterForm(forms.Form):
    owed = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("all, those owed first")), ("yes", _("owed by the college")), ("no", _("done"))],
    )
    cycle = forms.ModelChoiceField(
        label=_("Cycle"), queryset=None, required=False, to_field_name="code", empty_label=_("all cycles")
    )

    def __init__(self, data, *, cycles):
        super().__init__(data)
        self.fields["cycle"].queryset = cycles


# --- Several at once --------------------------------------------------------------------------------


def standing_field() -> forms.TypedChoiceField:
    """Only what one may say of several without a look at each."""
    return forms.TypedChoiceField(
        label=_("Are all who are ticked in good standing?"),
        choices=[("yes", _("Yes, all of them")), ("unsaid", _("We do not say"))],
        coerce=STANDING.get,
        empty_value=None,
        widget=forms.RadioSelect,
    )


class SeveralForm(forms.Form):
    """Ticks and units for the students on one page of the list. `students`: whoever may be ticked."""

    in_good_standing = standing_field()
    as_they_say = forms.BooleanField(
        label=_("Where I leave the units empty, the student’s own number is right"), required=False
    )

    def __init__(self, data=None, *, students: Sequence[Judged]):
        super().__init__(data)
        self.students = {each.application.code: each for each in students}
        self.fields["take"] = forms.MultipleChoiceField(
            label=_("Students"),
            choices=[(code, each.application.student) for code, each in self.students.items()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": _("Tick at least one student."),
                "invalid_choice": _("The list has changed. Look at the ticks again, then send."),
            },
        )
        for code in self.students:
            self.fields[f"units_{code}"] = units_field(required=False)
            self.fields[f"units_{code}"].label = _("Units of %(name)s") % {
                "name": self.students[code].application.student
            }

    @property
    def ticked(self) -> set[str]:
        """The codes to show as ticked when the page comes again."""
        return set(self.data.getlist("take")) if self.is_bound else set()

    def clean(self):
        said = super().clean()
        for code in said.get("take", []):
            name = f"units_{code}"
            if said.get(name) is None and name not in self.errors:
                own = self.students[code].said.get("units")
                if said.get("as_they_say") and isinstance(own, int) and 0 <= own <= UNITS_MAX:
                    said[name] = own
                else:
                    self.add_error(name, forms.ValidationError(_("Write the units this term."), code="no_units"))
        return said

    def words(self) -> dict[Application, Word]:
        said = self.cleaned_data
        return {
            self.students[code].application: Word(said[f"units_{code}"], in_good_standing=said["in_good_standing"])
            for code in said["take"]
        }

    def rows(self) -> list[dict]:
        """Each student with the field beside the name."""
        return [{"student": each, "units": self[f"units_{code}"]} for code, each in self.students.items()]
