"""Forms for after a release: a correction, more time to answer, and the outcome of a call."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.apply.forms.help import NoteField
from applications.base import withdrawals
from applications.base.forms import DayField, write_in
from applications.models import Appeal, Application
from applications.release.actions.calls import SAID
from applications.selection.forms.selection import DecisionForm
from applications.states import CORRECTIONS, RESULTS, Status
from exchange.base.errors import RuleViolation
from exchange.base.home import home_zone
from exchange.models import User


class CorrectionForm(DecisionForm):
    """A decision that offers only the results that may replace the one that was told."""

    def __init__(self, data: QueryDict | None = None, *, status: str) -> None:
        super().__init__(data)
        possible = CORRECTIONS.get(Status(status), frozenset())
        result: Any = self.fields["result"]
        result.label = _("What’s the right result?")
        result.choices = [(each.value, each.label) for each in RESULTS if each in possible]
        self.fields["reason"].label = _("What went wrong?")


class ReleaseForm(forms.Form):
    partly_read = forms.BooleanField(label=_("Release without the missing readings"), required=False)


class ReleaseTimeForm(forms.Form):
    """The day and time of a release. `due_at`: of a valid form. `check`: raises a RuleViolation for a time that can't
    be."""

    on = DayField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the day.")},
    )
    at = forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        initial=time(9),
        error_messages={"required": _("Choose the time.")},
    )

    def __init__(
        self, data: QueryDict | None = None, *, check: Callable[[datetime], None] = lambda due_at: None
    ) -> None:
        super().__init__(data)
        self.check = check
        self.due_at: datetime | None = None

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        if not said.get("on") or not said.get("at"):
            return said
        local = datetime.combine(said["on"], said["at"], tzinfo=home_zone())
        due_at = local.astimezone(UTC)
        if due_at.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
            self.add_error("at", _("The clocks skip this time that night. Choose another."))
            return said
        try:
            self.check(due_at)
        except RuleViolation as violation:
            self.add_error("at" if violation.code == "quiet_hours" else "on", violation.message)
        self.due_at = due_at
        return said


class ExtendForm(forms.Form):
    until = DayField(
        label=_("New deadline"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The student has until 11:59 pm that day."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For our records. The student won’t see it."),
        error_messages={"required": _("Write why they get more time.")},
    )

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until < timezone.localdate():
            raise forms.ValidationError(_("That day has passed. Choose today or a later day."))
        return until


class CallForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("How did it go?"),
        choices=[(each.value, each.label) for each in SAID],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how the call went.")},
    )
    note = forms.CharField(
        label=_("Note for your colleagues"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Write only what helps the next person who calls. Leave out private reasons."),
    )


class StatementForm(forms.Form):
    """What a student told staff: how, when and to whom. The answer or the wish itself is in the address."""

    heard = forms.ChoiceField(
        label=_("How do you know?"),
        choices=[each for each in withdrawals.Heard.choices if each[0] != withdrawals.Heard.OFFICE],
        widget=forms.RadioSelect,
        initial=withdrawals.Heard.PHONE,
        error_messages={"required": _("Choose how you know.")},
    )
    heard_on = DayField(
        label=_("When"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
        error_messages={"required": _("Choose the day they told you.")},
    )
    heard_by = forms.ModelChoiceField(
        label=_("Who they told"),
        queryset=User.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose who the student told.")},
    )
    reason = forms.CharField(
        label=_("In the student’s words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The student will read this in the portal. Leave out anything about health."),
    )

    def __init__(
        self, data: QueryDict | None = None, *, application: Application, people: QuerySet[User], by: User
    ) -> None:
        super().__init__(data, initial={"heard_by": by.pk})
        self.application = application
        heard_by: Any = self.fields["heard_by"]
        heard_by.queryset = people
        write_in(self.fields["reason"], application.person.language)


class AppealSaidForm(StatementForm):
    """An appeal needs words to look at, as many as the student may write themselves."""

    reason = NoteField(
        label=_("What they want us to look at again"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "In their words, as far as you can. The student will read this in the portal. Leave out anything about"
            " health."
        ),
        error_messages={"required": _("Write what the student wants us to look at again.")},
    )


class WithdrawForForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Why"),
        choices=[("", _("Choose one")), *withdrawals.Why.choices],
        error_messages={"required": _("Choose why the student is withdrawing.")},
    )
    heard = forms.ChoiceField(
        label=_("How do you know?"),
        choices=withdrawals.Heard.choices,
        widget=forms.RadioSelect,
        initial=withdrawals.Heard.PHONE,
        error_messages={"required": _("Choose how you know.")},
    )
    heard_on = DayField(
        label=_("When"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
        error_messages={"required": _("Choose the day they told you.")},
    )
    heard_by = forms.ModelChoiceField(
        label=_("Who they told"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("No one: the office decided"),
    )
    reason = forms.CharField(
        label=_("Reason, in your words"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The student will read this in the portal. Leave out anything about health."),
        error_messages={"required": _("Enter a reason. The student will read it.")},
    )

    def __init__(self, data: QueryDict | None = None, *, people: QuerySet[User], by: User, language: str) -> None:
        super().__init__(data, initial={"heard_by": by.pk})
        heard_by: Any = self.fields["heard_by"]
        heard_by.queryset = people
        write_in(self.fields["reason"], language)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        if said.get("heard") == withdrawals.Heard.OFFICE:
            said["heard_by"] = None
        elif said.get("heard") and not said.get("heard_by"):
            self.add_error("heard_by", _("Choose who the student told."))
        return said


# what an appeal can bring, best last: nobody ends up worse for asking
BETTER = (Status.WAITLISTED, Status.SELECTED)


class AppealAnswerForm(forms.Form):
    """`result`: that the decision stands, or the status that it changes to."""

    result = forms.ChoiceField(
        label=_("What’s the answer?"), widget=forms.RadioSelect, error_messages={"required": _("Choose an answer.")}
    )
    answer = NoteField(
        label=_("Your reasons"),
        help_text=_("Say nothing about other students."),
        error_messages={"required": _("Write the reasons. The student reads them.")},
    )

    def __init__(self, data: QueryDict | None = None, *, status: str, language: str) -> None:
        super().__init__(data)
        possible = CORRECTIONS.get(Status(status), frozenset())
        changes = [
            (each.value, _("The decision changes to: %(result)s") % {"result": each.label})
            for each in BETTER
            if each in possible
        ]
        result: Any = self.fields["result"]
        result.choices = [(Appeal.Result.UPHELD.value, Appeal.Result.UPHELD.label), *changes]
        write_in(self.fields["answer"], language)


class AppealOwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        label=_("Who answers"), queryset=User.objects.none(), required=False, empty_label=_("Anyone at the office")
    )

    def __init__(self, data: QueryDict | None = None, *, people: QuerySet[User], owner: User | None = None) -> None:
        super().__init__(data, initial={"owner": owner.pk if owner else None})
        field: Any = self.fields["owner"]
        field.queryset = people.order_by("full_name", "pk")
