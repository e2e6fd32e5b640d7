"""Forms in which the office changes a cycle's checklist and reflection prompts, and places legal holds."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.cycle.forms.setup import text_area
from applications.models import Application, Cycle
from exchange.base import office_tasks
from exchange.models import DataRequest, User
from travel.base.forms import RowForm
from travel.models import ChecklistStep, ReflectionPrompt

TIMINGS = [(each.value, each.label) for each in ChecklistStep.Timing if each != ChecklistStep.Timing.AFTER_STEP]
TITLE_MAX, PROMPT_MAX, TEXT_MAX = 120, 200, 600


class StepForm(RowForm):
    layout = (
        ("title_en", "title_es"),
        ("why_en", "why_es"),
        ("how_en", "how_es"),
        ("timing", "days_before"),
        ("order",),
        ("needs_verification",),
    )
    title_en = forms.CharField(label=_("What to do, in English"), max_length=TITLE_MAX)
    title_es = forms.CharField(label=_("What to do, in Spanish"), max_length=TITLE_MAX)
    why_en = text_area(_("Why, in English"), rows=3, limit=TEXT_MAX)
    why_es = text_area(_("Why, in Spanish"), rows=3, limit=TEXT_MAX)
    how_en = text_area(_("How, in English"), rows=3, required=False, limit=TEXT_MAX)
    how_es = text_area(_("How, in Spanish"), rows=3, required=False, limit=TEXT_MAX)
    timing = forms.ChoiceField(label=_("When it’s due"), choices=TIMINGS)
    days_before = forms.IntegerField(
        label=_("Days before departure"),
        min_value=0,
        max_value=365,
        required=False,
        help_text=_("Only for a step that’s due a number of days before departure."),
    )
    order = forms.IntegerField(label=_("Position in the list"), min_value=1, max_value=999)
    needs_verification = forms.BooleanField(label=_("Staff have to check that it’s done"), required=False)

    def clean(self) -> dict[str, Any]:
        self.need_both("how")
        timing, days = self.cleaned_data.get("timing"), self.cleaned_data.get("days_before")
        if timing != ChecklistStep.Timing.BEFORE_DEPARTURE:
            self.cleaned_data["days_before"] = None
        elif days is None and "days_before" not in self.errors:
            self.add_error("days_before", _("Enter how many days before departure."))
        return self.cleaned_data


class PromptForm(RowForm):
    layout = (("text_en", "text_es"), ("help_en", "help_es"), ("moment", "days"), ("order",))
    text_en = forms.CharField(label=_("Prompt, in English"), max_length=PROMPT_MAX)
    text_es = forms.CharField(label=_("Prompt, in Spanish"), max_length=PROMPT_MAX)
    help_en = text_area(_("Hint, in English"), rows=2, required=False, limit=TEXT_MAX)
    help_es = text_area(_("Hint, in Spanish"), rows=2, required=False, limit=TEXT_MAX)
    moment = forms.ChoiceField(label=_("When students write"), choices=ReflectionPrompt.Moment)
    days = forms.IntegerField(
        label=_("Days"),
        min_value=0,
        max_value=730,
        help_text=_("How many days before departure, or after the return, students can start writing."),
    )
    order = forms.IntegerField(label=_("Position in the list"), min_value=1, max_value=999)

    def clean(self) -> dict[str, Any]:
        self.need_both("help")
        return self.cleaned_data


class HoldForm(forms.Form):
    """A cycle, or a student by the code of one of their applications."""

    cycle = forms.ModelChoiceField(
        label=_("Cycle"),
        queryset=Cycle.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("no cycle"),
    )
    student = forms.CharField(
        label=_("Or the code of a student’s application"),
        help_text=_("Such as K7-MFQ2. The hold keeps everything about this student."),
        required=False,
        max_length=20,
    )
    reason = forms.CharField(
        label=_("Why does it have to be kept?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why this has to be kept.")},
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        cycle: Any = self.fields["cycle"]
        cycle.queryset = Cycle.objects.visible_to(user)

    def clean_student(self) -> User | None:
        typed = self.cleaned_data["student"].replace("-", "").strip().upper()
        if not typed:
            return None
        found = Application.objects.visible_to(self.user).filter(code__startswith=typed).select_related("student")[:2]
        if len(typed) < 6 or len(found) != 1:
            raise forms.ValidationError(_("No application has this code."), code="unknown")
        return found[0].person

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and bool(said.get("cycle")) == bool(said.get("student")):
            message = _("Choose a cycle or give a student’s application code, not both.")
            raise forms.ValidationError(message, code="one_of_both")
        return said


class DataRequestForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What do you want us to do?"),
        choices=DataRequest.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
    text = forms.CharField(
        label=_("Tell us more"),
        help_text=_("What’s wrong, and what should it be? If you want something deleted, you can say what."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("kind") == DataRequest.Kind.CORRECTION and not said.get("text", "").strip():
            self.add_error("text", forms.ValidationError(_("Say what’s wrong and what it should be."), code="no_text"))
        return said


class DataAnswerForm(forms.Form):
    result = forms.ChoiceField(label=_("What did you do?"), widget=forms.RadioSelect)
    answer = forms.CharField(
        label=_("What you did, or why not"),
        help_text=_("The student reads this."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say what you did, or why not. The student reads it.")},
    )

    def __init__(self, data: QueryDict | None = None, *, asked: DataRequest) -> None:
        super().__init__(data)
        deletes = asked.kind == DataRequest.Kind.DELETION
        done = _("Delete everything now. This can’t be undone.") if deletes else _("I corrected it")
        field: Any = self.fields["result"]
        field.choices = [
            (DataRequest.Result.DONE, done),
            (DataRequest.Result.PARTLY, _("I did part of it")),
            (DataRequest.Result.REFUSED, _("It stays as it is")),
        ]


class TaskDoneForm(forms.Form):
    note = text_area(
        _("What did you do?"),
        rows=3,
        required=False,
        limit=office_tasks.NOTE_MAX,
    )


class TaskOwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        label=_("Who does it"), queryset=User.objects.none(), required=False, empty_label=_("Anyone at the office")
    )

    def __init__(self, data: QueryDict | None = None, *, people: QuerySet[User], **more: Any) -> None:
        super().__init__(data, **more)
        owner: Any = self.fields["owner"]
        owner.queryset = people.order_by("full_name", "pk")
