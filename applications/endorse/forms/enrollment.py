"""Forms for a college's list of enrolled students: the file, and the confirmation of its preview."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from applications.endorse import enrollment_file
from applications.endorse.actions import Word
from applications.endorse.enrollment import Doubt
from applications.endorse.enrollment_file import EnrollmentList, Problem, UnreadableList
from applications.endorse.enrollment_preview import Preview, PreviewLine, ticks_at_first
from applications.endorse.forms.endorsement import ONLY_ENROLLED, enrolled_field, standing_field, units_field
from applications.endorse.workbook import Limits
from applications.models import Application, Endorsement
from exchange.models import College
from exchange.reference import facts

MEGABYTE = 1024 * 1024
LIMITS = {
    "megabytes": "enrollment.megabytes",
    "rows": "enrollment.rows_max",
    "cells": "enrollment.cells_max",
    "sheets": "enrollment.sheets_max",
    "strings": "enrollment.strings_max",
}
PROBLEMS = {
    Problem.EMPTY: _("There are no students in this file."),
    Problem.NOT_A_TABLE: _("This file isn’t a list. Save the list as CSV or as an Excel workbook (.xlsx)."),
    Problem.OLD_EXCEL: _(
        "This is an older Excel file, or it has a password. Save it without a password, as .xlsx or CSV."
    ),
    Problem.BROKEN: _("This file is damaged, so we can’t read it. Save the list again and send the new file."),
    Problem.ENCODING: _(
        "We can’t tell which letters line %(line)s has: %(seen)s Save the file as “CSV UTF-8” or .xlsx, so no"
        " name is misread."
    ),
    Problem.NO_COLUMN: _(
        "No column is called “Student ID” or “Email”, so we can’t find anyone. The file has: %(seen)s. Use the"
        " column names from the template."
    ),
    Problem.TWO_COLUMNS: _("Two columns mean the same thing: %(seen)s. Remove one of them or rename it."),
    Problem.ROW_TOO_LONG: _(
        "Line %(line)s has more cells than there are columns. There may be a comma inside a name. Put that name"
        " in quotation marks, or save the list as .xlsx."
    ),
    Problem.QUOTES: _(
        "Line %(line)s opens a quotation mark and doesn’t close it. Fix that line and send the file again."
    ),
    Problem.NUMBER_CUT: _(
        "A spreadsheet shortened the student number in line %(line)s to %(seen)s. Set that column to “Text” in"
        " the spreadsheet and enter the numbers again."
    ),
    Problem.TOO_MANY_ROWS: _("This list is too long to read at once. The limit is %(rows)s rows. Send it in parts."),
    Problem.TOO_MANY_CELLS: _(
        "This sheet has more than %(cells)s cells, counting empty ones. Delete the rows and columns you don’t need,"
        " or save the list as CSV."
    ),
    Problem.TOO_MANY_SHEETS: _(
        "This workbook has more than %(sheets)s sheets. Copy the list into a new workbook, or save it as CSV."
    ),
    Problem.TOO_LARGE: _(
        "This file contains far more than a list of students, so we stopped reading it. Copy only the columns you need"
        " into a new workbook, or save the list as CSV."
    ),
}
COLUMNS = {
    "number": _("student number"),
    "email": _("email"),
    "name": _("name"),
    "first": _("first name"),
    "last": _("last name"),
    "units": _("units this term"),
    "standing": _("good standing"),
    "enrolled": _("enrollment this term"),
}
DOUBTS = {
    Doubt.TWO_STUDENTS: _("One row matches more than one student."),
    Doubt.TWICE: _("More than one row matches this student."),
    Doubt.NAME: _("The name looks different."),
    Doubt.NUMBER: _("The email matches, but the student number doesn’t."),
    Doubt.EMAIL: _("The student number matches, but the email doesn’t."),
    Doubt.EMAIL_ELSEWHERE: _("The student number matches, but the email is from another college."),
    Doubt.NOT_ENROLLED: _("The list says: not enrolled."),
    Doubt.ENROLLED_UNCLEAR: _("The list doesn’t clearly say that the student is enrolled."),
    Doubt.STANDING: _("The list says: not in good standing."),
    Doubt.STANDING_UNCLEAR: _("What the list says about standing is neither a yes nor a no."),
    Doubt.NO_UNITS: _("The list has no units we can read."),
    Doubt.FEW_UNITS: _("Fewer units than this cycle asks for."),
    Doubt.CONDITION: _("From what the student says, one condition may not be met."),
}


class EnrollmentForm(forms.Form):
    """`colleges`: those for which the person endorses. `is_office`: the list is another's, not the person's own."""

    college = forms.ModelChoiceField(
        label=_("College"),
        queryset=College.objects.none(),
        to_field_name="code",
        empty_label=_("Choose the college"),
        error_messages={
            "required": _("Choose the college."),
            "invalid_choice": _("You can’t import a list for that college. Choose your own; the file wasn’t read."),
        },
    )
    file = forms.FileField(
        label=_("Your college’s list"),
        help_text=_("CSV or Excel (.xlsx), with a student number or an email in each row."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        error_messages={"required": _("Choose the file first."), "empty": PROBLEMS[Problem.EMPTY]},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        colleges: QuerySet[College],
        is_office: bool = False,
    ) -> None:
        super().__init__(data, files)
        if is_office:
            self.fields["file"].label = _("The college’s list")
        college: Any = self.fields["college"]
        college.queryset = colleges
        if len(colleges) == 1:
            college.widget = forms.HiddenInput()
            self.initial["college"] = colleges[0].code

    def clean_file(self) -> EnrollmentList:
        file = self.cleaned_data["file"]
        numbers = facts.numbers(*LIMITS.values())
        most = {name: int(numbers[key]) for name, key in LIMITS.items()}
        if file.size > most["megabytes"] * MEGABYTE:
            message = _(
                "This file is larger than %(megabytes)s MB. Remove columns you don’t need, or send it in parts."
            )
            raise forms.ValidationError(message, code="too_large", params=most)
        limits = Limits(most["cells"], most["sheets"], most["strings"])
        try:
            return enrollment_file.read_in_subprocess(file.read(), rows_max=most["rows"], limits=limits)
        except UnreadableList as error:
            seen = error.seen[1:] if error.problem == Problem.TWO_COLUMNS else error.seen
            params = {"line": error.line, "seen": ", ".join(f"“{each}”" for each in seen)}
            params |= {name: f"{number:,}" for name, number in most.items()}
            raise forms.ValidationError(PROBLEMS[error.problem], code=error.problem, params=params) from None


class ConfirmListForm(forms.Form):
    """What the person confirms of the preview: ticks among the matches, a decision on each applicant in doubt.

    An application that has changed since stays a valid choice, because a second tap on the button sends it again.
    """

    data: MultiValueDict[str, Any]

    def __init__(self, data: QueryDict | None = None, *, preview: Preview) -> None:
        self.preview = preview
        super().__init__(data)
        if self.match_rows() and not preview.found.says_standing:
            self.fields["in_good_standing"] = standing_field()
        self.fields["take"] = forms.MultipleChoiceField(
            label=_("Students"),
            required=False,
            choices=[(each.application.code, each.application.student) for each in preview.matches],
            error_messages={"invalid_choice": _("The list has changed. Look at your check marks again, then submit.")},
        )
        for line in preview.in_doubt:
            self._add_decision(line)

    def _add_decision(self, line: PreviewLine) -> None:
        code, name = line.application.code, line.application.student
        results = [(value, label) for value, label in Endorsement.Result.choices]
        if line.is_enrolled is False:
            results = results[1:]
        if line.is_enrolled is None:
            self.fields[f"enrolled_{code}"] = enrolled_field(required=False)
        units = {row.units for row in line.rows}
        self.fields[f"decide_{code}"] = forms.ChoiceField(
            label=_("Decide: %(name)s") % {"name": name},
            required=False,
            choices=[("", _("not now")), *results],
        )
        self.fields[f"units_{code}"] = units_field(required=False, initial=units.pop() if len(units) == 1 else None)
        self.fields[f"note_{code}"] = forms.CharField(label=_("Note for the office"), required=False, max_length=2000)

    @property
    def ticked(self) -> set[str]:
        return set(self.data.getlist("take")) if self.is_bound else set(ticks_at_first(self.preview))

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        for line in self.preview.in_doubt:
            self._check(line, said)
        if not self.errors and not said["take"] and not any(said[name] for name in said if name.startswith("decide_")):
            raise forms.ValidationError(_("No one is checked, and nothing is decided."), code="nothing")
        return said

    def _check(self, line: PreviewLine, said: dict[str, Any]) -> None:
        code = line.application.code
        result = said.get(f"decide_{code}")
        if not result:
            return
        if said.get(f"units_{code}") is None and f"units_{code}" not in self.errors:
            self.add_error(f"units_{code}", forms.ValidationError(_("Enter the units for this term."), code="no_units"))
        endorsed = result == Endorsement.Result.ENDORSED
        if line.is_enrolled is None and f"enrolled_{code}" not in self.errors:
            self._check_enrolled(code, said.get(f"enrolled_{code}"), endorsed=endorsed)
        if not said.get(f"note_{code}") and (not endorsed or Doubt.STANDING in line.doubts):
            message = _("Say why, so the office can decide.")
            if endorsed:
                message = _("Say why you’re endorsing a student who isn’t in good standing.")
            self.add_error(f"note_{code}", forms.ValidationError(message, code="no_note"))

    def _check_enrolled(self, code: str, is_enrolled: bool | None, *, endorsed: bool) -> None:
        if is_enrolled is None:
            message = _("Say whether the student is enrolled.")
        elif endorsed and not is_enrolled:
            message = ONLY_ENROLLED
        else:
            return
        self.add_error(f"enrolled_{code}", forms.ValidationError(message, code="not_enrolled"))

    def words(self) -> dict[Application, Word]:
        said = self.cleaned_data
        standing = said.get("in_good_standing")
        words = {}
        for line in self.preview.matches:
            row = line.row
            if line.application.code in said["take"] and row.units is not None:
                stands = standing if row.in_good_standing is None else row.in_good_standing
                words[line.application] = Word(row.units, in_good_standing=stands)
        for line in self.preview.in_doubt:
            code = line.application.code
            if said[f"decide_{code}"]:
                stands = {row.in_good_standing for row in line.rows}
                words[line.application] = Word(
                    said[f"units_{code}"],
                    result=said[f"decide_{code}"],
                    is_enrolled=said[f"enrolled_{code}"] if line.is_enrolled is None else line.is_enrolled,
                    in_good_standing=stands.pop() if len(stands) == 1 else None,
                    note=said[f"note_{code}"],
                    was_looked_at=True,
                )
        return words

    def match_rows(self) -> list[PreviewLine]:
        return [line for line in self.preview.matches if not line.changed]

    def doubt_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "line": line,
                "why": [DOUBTS[doubt] for doubt in line.doubts],
                **{name: self[f"{name}_{line.application.code}"] for name in ("decide", "units", "note")},
                "enrolled": self[f"enrolled_{line.application.code}"] if line.is_enrolled is None else None,
            }
            for line in self.preview.in_doubt
            if not line.changed
        ]
