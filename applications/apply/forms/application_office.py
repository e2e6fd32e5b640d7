"""Forms for the office: filters of the list of applications; return, reopen, go on, refuse more time."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import F
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from applications.base.forms import DayField, write_in
from applications.base.searching import found_by
from applications.models import Application, Cycle, Endorsement, Upload
from applications.models.application import ApplicationQuerySet
from applications.states import WAS_SELECTED, Reached, Status
from exchange.base import roles
from exchange.models import College, User
from exchange.reference import facts
from exchange.web.worklist import Column, Columns, SearchField, SortField, choose_from, nulls_last, place_in

WAITING_FOR = [
    ("", pgettext_lazy("applications", "All")),
    ("not_endorsed", _("Waiting for the college’s decision")),
    ("unread", _("Needs more readers")),
    ("unanswered", _("Selected, waiting for an answer")),
    ("silent", _("Selected, no answer after the first few days")),
    ("quiet", _("Draft, nothing written lately")),
    ("more_time", _("Draft, student asked for more time")),
    ("file", _("Submitted, but we couldn’t accept a file")),
    ("returned", _("Returned for a fix a while ago")),
]
RECEIVED = "received"
DECIDED = place_in(Endorsement.Result, "endorsement__result")
COLUMNS = Columns(
    Column("name", _("Student"), ("student__full_name",)),
    Column("code", _("Code"), ("code",)),
    Column("college", _("College"), ("named", "-submitted_at"), computed={"named": F("college__name")}),
    Column("cycle", _("Cycle"), ("opened", "-submitted_at"), falls=True, computed={"opened": F("cycle__opens_at")}),
    Column("status", _("Status"), ("reached", "-submitted_at"), computed={"reached": place_in(Status, "status")}),
    Column("endorsement", _("College’s decision"), ("decided", "-submitted_at"), computed={"decided": DECIDED}),
    Column("reads_locked", _("Reads"), ("read", "-submitted_at"), computed={"read": F("reads_locked")}),
    Column(RECEIVED, _("Received"), ("submitted_at",), falls=True),
    default=f"-{RECEIVED}",
)


class ApplicationFilterForm(forms.Form):
    """The filters of the list, from the query string. Invalid values are ignored, so that no link is an error."""

    q = SearchField(label=_("Name, email, phone, student number or code"))
    cycle = forms.TypedChoiceField(label=_("Cycle"), required=False, empty_value=None)
    status = forms.ChoiceField(
        label=_("Status"), choices=[("", _("All")), *Status.choices, *Reached.choices], required=False
    )
    college = forms.TypedChoiceField(label=_("College"), required=False, empty_value=None)
    owed = forms.ChoiceField(label=_("Waiting for"), choices=WAITING_FOR, required=False)
    sort = SortField(COLUMNS)

    def __init__(self, *args: Any, user: roles.Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        colleges = College.objects.all()
        if not roles.is_coordinator(user):
            colleges = colleges.filter(pk__in=roles.advisor_college_ids(user))
        choose_from(self.fields["cycle"], list(Cycle.objects.visible_to(user)), empty=_("All"))
        choose_from(self.fields["college"], list(colleges), empty=_("All"))

    def apply(self, applications: ApplicationQuerySet) -> ApplicationQuerySet:
        self.is_valid()
        chosen = self.cleaned_data
        if cycle := chosen.get("cycle"):
            applications = applications.filter(cycle=cycle)
        if status := chosen.get("status"):
            applications = self._with_status(applications, status)
        if college := chosen.get("college"):
            applications = applications.filter(college=college)
        if q := chosen.get("q"):
            applications = applications.filter(found_by(q, self.user))
        applications = self._waiting_for(applications, chosen.get("owed"))
        if self.is_by_time:  # drafts, which have no time, come last from either end
            return applications.order_by(*map(nulls_last, COLUMNS.order(chosen.get("sort"))))
        return COLUMNS.sorted(applications, chosen.get("sort"))

    @property
    def is_by_time(self) -> bool:
        """Whether the list has the order in which applications were received; of a form that was checked."""
        return COLUMNS.asked(self.cleaned_data.get("sort")).removeprefix("-") == RECEIVED

    def _with_status(self, applications: ApplicationQuerySet, status: str) -> ApplicationQuerySet:
        match status:
            case Reached.SENT:
                return applications.in_the_cycle()
            case Reached.ENDORSED:
                return applications.in_the_cycle().filter(endorsement__result=Endorsement.Result.ENDORSED)
            case Reached.CHOSEN:
                return applications.filter(status__in=WAS_SELECTED)
        return applications.filter(status=status)

    def _waiting_for(self, applications: ApplicationQuerySet, what: str | None) -> ApplicationQuerySet:
        match what:
            case "not_endorsed":
                return applications.not_endorsed()
            case "unread":
                return applications.unread()
            case "unanswered":
                return applications.unanswered()
            case "silent":
                return applications.silent(int(facts.number("offer.call_hours")))
            case "quiet":
                return applications.quiet(int(facts.number("pipeline.quiet_days")))
            case "more_time":
                return applications.asking_for_more_time()
            case "file":
                return applications.lacking_a_file()
            case "returned":
                return applications.long_returned(int(facts.number("pipeline.returned_days")))
        return applications


def on_the_list(query: Mapping[str, Any], user: User) -> tuple[ApplicationFilterForm, ApplicationQuerySet]:
    """The form and the applications that the person's list has with these filters; exports use it too."""
    form = ApplicationFilterForm(query, user=user)
    # without the person's own, which they see on a student's pages
    return form, form.apply(Application.objects.visible_to(user).exclude(student=user))


class ReturnForm(forms.Form):
    note = forms.CharField(
        label=_("What should the student fix?"),
        help_text=_("The student will see exactly what you write."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say what to fix, so the student knows.")},
    )

    sections = forms.MultipleChoiceField(
        label=_("Which parts should be open again?"),
        help_text=_("Only these can be changed."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one part.")},
    )

    def __init__(self, application: Application, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        write_in(self.fields["note"], application.person.language)
        sections = application.form.sections.all()
        choices: Any = self.fields["sections"]
        choices.choices = [(section.key, section.title_for_staff) for section in sections]
        refused = application.uploads.filter(state=Upload.State.REFUSED).select_related("question__section")
        if uploads := list(refused):
            self.initial["sections"] = sorted({upload.question.section.key for upload in uploads})
            with translation.override(application.person.language):  # the student reads this note
                self.initial["note"] = "\n".join(_send_another(upload) for upload in uploads)


def _send_another(upload: Upload) -> str:
    return gettext("We couldn’t accept your file for “%(question)s”. %(why)s Please send another one, or a photo.") % {
        "question": upload.question.label,
        "why": upload.get_refused_because_display(),
    }


class ReopenForm(forms.Form):
    """Gives one draft more time."""

    until = DayField(
        label=_("Open through the end of this day"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Choose a day."), "invalid": _("Choose a day.")},
    )
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("This stays on record. The student doesn’t see it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why, so others can understand it later.")},
    )

    def clean_until(self) -> datetime:
        """The last minute of the chosen day, in the portal's time zone."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], time(23, 59)))


class GoOnForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("This stays on record. The student doesn’t see it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why, so others can understand it later.")},
    )


class RefuseTimeForm(forms.Form):
    answer = forms.CharField(
        label=_("Why won’t there be more time?"),
        help_text=_("The student will see exactly what you write."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why, so the student knows.")},
    )

    def __init__(self, application: Application, data: QueryDict | None = None) -> None:
        super().__init__(data)
        write_in(self.fields["answer"], application.person.language)
