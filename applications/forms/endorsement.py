"""What an advisor says about an own student."""

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Endorsement

MOST_UNITS = 40  # a typing mistake ("122"), not a rule: how many are needed is a condition of the cycle


class EndorsementForm(forms.Form):
    result = forms.ChoiceField(
        label=_("What does the college say?"), choices=Endorsement.Result, widget=forms.RadioSelect
    )
    is_enrolled = forms.TypedChoiceField(
        label=_("Is the student enrolled this term?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    units = forms.IntegerField(label=_("Units this term"), min_value=0, max_value=MOST_UNITS)
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
            "note": said.note,
        }
        return cls(data, initial=initial)

    def clean(self):
        said = super().clean()
        endorsed = said.get("result") == Endorsement.Result.ENDORSED
        if endorsed and said.get("is_enrolled") is False:
            self.add_error(
                "result",
                forms.ValidationError(
                    _("Only an enrolled student can be endorsed. Let the office decide, or say no."),
                    code="not_enrolled",
                ),
            )
        if said.get("result") and not endorsed and not said.get("note"):
            self.add_error("note", forms.ValidationError(_("Say why, so that the office can decide."), code="no_note"))
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
