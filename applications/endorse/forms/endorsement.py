"""Forms in which an advisor endorses one student, or several at once."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

from django import forms
from django.db.models import Case, F, QuerySet, When
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.endorse.actions import Word, fingerprint
from applications.endorse.enrollment_file import UNITS_MAX
from applications.endorse.own_students import OWED, Judged
from applications.models import Application, Cycle, Endorsement
from applications.states import Status
from exchange.web.edited import EditedForm
from exchange.web.worklist import Column, Columns, SearchField, SortField, place_in

DECISIONS = [
    (Endorsement.Result.ENDORSED.value, _("Yes")),
    (Endorsement.Result.NOT_ENDORSED.value, _("No")),
    (Endorsement.Result.ASK_THE_OFFICE.value, _("Let the office decide")),
]
STANDING = {"yes": True, "no": False, "unsaid": None}
ONLY_ENROLLED = _("You can only endorse a student who’s enrolled. Let the office decide, or choose not to endorse.")
ENTER_UNITS = _("Enter the units for this term.")
SAY_ENROLLED = _("Say whether the student is enrolled.")


def units_field(**more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Units this term"),
        min_value=0,
        max_value=UNITS_MAX,
        error_messages={"required": ENTER_UNITS},
        **more,
    )


def enrolled_field(**more: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("Is the student enrolled this term?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": SAY_ENROLLED},
        **more,
    )


class EndorsementForm(EditedForm):
    result = forms.ChoiceField(
        label=_("Does your college endorse this student?"),
        choices=DECISIONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose your college’s decision.")},
    )
    is_enrolled = enrolled_field()
    units = units_field()
    in_good_standing = forms.TypedChoiceField(
        label=_("Is the student in good standing?"),
        choices=[("yes", _("Yes")), ("no", _("No")), ("unsaid", _("We can’t share that"))],
        coerce=STANDING.get,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether the student is in good standing.")},
    )
    note = forms.CharField(
        label=_("Note for the office"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Readers never see this note. The student can ask to see it."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    @classmethod
    def for_application(cls, application: Application, data: QueryDict | None = None) -> Self:
        """The form, filled in with the earlier endorsement if there is one."""
        said = Endorsement.objects.filter(application=application).first()
        if said is None:
            return cls(data, initial={"seen": fingerprint(None)})
        initial = {
            "seen": fingerprint(said),
            "result": said.result,
            "is_enrolled": "yes" if said.is_enrolled else "no",
            "units": said.units,
            "in_good_standing": next(key for key, value in STANDING.items() if value is said.in_good_standing),
            "note": said.note,
        }
        return cls(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        endorsed = said.get("result") == Endorsement.Result.ENDORSED
        if endorsed and said.get("is_enrolled") is False:
            self.add_error(
                "result",
                forms.ValidationError(ONLY_ENROLLED, code="not_enrolled"),
            )
        if said.get("result") and not endorsed and not said.get("note"):
            self.add_error("note", forms.ValidationError(_("Say why, so the office can decide."), code="no_note"))
        if endorsed and said.get("in_good_standing") is False and not said.get("note"):
            message = _("Say why you’re endorsing a student who isn’t in good standing.")
            self.add_error("note", forms.ValidationError(message, code="no_note"))
        return said


def _due(row: Any) -> date | None:
    """As the page says it: none where the college has decided, or can't. Of an application `with_consent`."""
    is_owed = row.status == Status.SUBMITTED and row.may_tell and not hasattr(row, "endorsement")
    return row.cycle.endorsements_due_on if is_owed else None


def _decided(row: Application) -> str:
    said = getattr(row, "endorsement", None)
    return said.get_result_display() if said else ""


COLUMNS = Columns(
    Column("name", _("Student"), ("student__full_name",), cell=lambda row: str(row.student)),
    Column(
        "college",
        _("College"),
        ("college__short_name", "submitted_at"),
        cell=lambda row: row.college.short_name,
    ),
    Column(
        "cycle",
        _("Cycle"),
        ("opened", "submitted_at"),
        falls=True,
        computed={"opened": F("cycle__opens_at")},
        cell=lambda row: row.cycle.name,
    ),
    Column("received", _("Received"), ("submitted_at",), cell=lambda row: localdate(row.submitted_at)),
    Column(
        "due",
        _("Due"),
        ("due", "submitted_at"),
        computed={"due": Case(When(OWED, then=F("cycle__endorsements_due_on")))},
        cell=_due,
    ),
    Column(
        "status",
        _("Application"),
        ("reached", "submitted_at"),
        computed={"reached": place_in(Status, "status")},
        cell=lambda row: row.get_status_display(),
    ),
    Column(
        "endorsement",
        _("College’s decision"),
        ("decided", "submitted_at"),
        computed={"decided": place_in(Endorsement.Result, "endorsement__result")},
        cell=_decided,
    ),
)


class EndorsementFilterForm(forms.Form):
    q = SearchField(label=_("Name, email, phone, student number or code"))
    owed = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("all, unfinished first")),
            ("yes", pgettext_lazy("endorsements", "to do")),
            ("no", pgettext_lazy("endorsements", "done")),
            ("unsigned", _("not authorized yet")),
        ],
    )
    cycle = forms.ModelChoiceField(
        label=_("Cycle"),
        queryset=Cycle.objects.none(),
        required=False,
        to_field_name="code",
        empty_label=_("all cycles"),
    )
    sort = SortField(COLUMNS, own=_("unfinished first"))

    def __init__(self, data: QueryDict, *, cycles: QuerySet[Cycle]) -> None:
        super().__init__(data)
        cycle: Any = self.fields["cycle"]
        cycle.queryset = cycles


# --- Several at once --------------------------------------------------------------------------------


def standing_field() -> forms.TypedChoiceField:
    """Good standing without the choice "no": of several students at once, an advisor can only say yes or nothing."""
    return forms.TypedChoiceField(
        label=_("Are all the students you checked in good standing?"),
        choices=[("yes", _("Yes, all of them")), ("unsaid", _("We can’t share that"))],
        coerce=STANDING.get,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer about good standing.")},
    )


class SeveralForm(forms.Form):
    """Ticks and units for the students on one page of the list. `students`: those who may be ticked."""

    data: MultiValueDict[str, Any]

    in_good_standing = standing_field()
    as_they_say = forms.BooleanField(
        label=_("Where I leave the units blank, the student’s own number is right"), required=False
    )

    def __init__(self, data: QueryDict | None = None, *, students: Sequence[Judged]) -> None:
        super().__init__(data)
        self.students = {each.application.code: each for each in students}
        self.fields["take"] = forms.MultipleChoiceField(
            label=_("Students"),
            choices=[(code, each.application.student) for code, each in self.students.items()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": _("Check at least one student."),
                "invalid_choice": _("The list has changed. Look at your check marks again, then submit."),
            },
        )
        for code in self.students:
            self.fields[f"units_{code}"] = units_field(required=False)
            self.fields[f"units_{code}"].label = _("Units for %(name)s") % {
                "name": self.students[code].application.student
            }

    @property
    def ticked(self) -> set[str]:
        """The codes to show as ticked when the page is shown again with errors."""
        return set(self.data.getlist("take")) if self.is_bound else set()

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        for code in said.get("take", []):
            name = f"units_{code}"
            if said.get(name) is None and name not in self.errors:
                own = self.students[code].said.get("units")
                if said.get("as_they_say") and isinstance(own, int) and 0 <= own <= UNITS_MAX:
                    said[name] = own
                else:
                    self.add_error(name, forms.ValidationError(_("Enter the units for this term."), code="no_units"))
        return said

    def words(self) -> dict[Application, Word]:
        said = self.cleaned_data
        return {
            self.students[code].application: Word(said[f"units_{code}"], in_good_standing=said["in_good_standing"])
            for code in said["take"]
        }

    def rows(self) -> list[dict[str, Any]]:
        """Each student with their units field."""
        return [{"student": each, "units": self[f"units_{code}"]} for code, each in self.students.items()]
