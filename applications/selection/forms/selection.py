"""Forms for the committee's decisions, on one application or several, and for the filters of its list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from applications.models import Application, Cycle, Decision
from applications.models.application import is_still_read
from applications.selection.columns import RANKED
from applications.states import RESULTS, Status
from exchange.models import College, User
from exchange.web.worklist import Columns, SearchField, SortField, choose_from

RESULT_CHOICES = [(status.value, status.label) for status in RESULTS]


class DecisionForm(forms.Form):
    result = forms.ChoiceField(
        label=_("What did the committee decide?"),
        choices=RESULT_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the result.")},
    )
    waitlist_position = forms.IntegerField(
        label=_("Waitlist position"),
        required=False,
        min_value=1,
        max_value=9999,
        help_text=_("Leave this empty for the next open position."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For our records. Write it as if the student will read it."),
        error_messages={"required": _("Enter the reason. It’s part of the record.")},
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if said.get("waitlist_position") and said.get("result") not in (None, Status.WAITLISTED):
            self.add_error(
                "waitlist_position",
                forms.ValidationError(_("Only waitlisted students have a waitlist position."), code="not_waitlisted"),
            )
        return said


class BulkDecisionForm(forms.Form):
    """One result and one reason for the ticked rows of one cycle. The whole list isn't taken (`all`, as its other acts
    do): a result follows from a file, and nobody has seen the rows of the other pages."""

    data: MultiValueDict[str, Any]
    applications = forms.ModelMultipleChoiceField(
        label=_("Applications"),
        queryset=Application.objects.none(),
        to_field_name="code",
        error_messages={"required": _("Check at least one application.")},
    )
    result = forms.ChoiceField(
        label=_("Result for all checked applications"),
        choices=RESULT_CHOICES,
        error_messages={"required": _("Choose the result.")},
    )
    reason = forms.CharField(
        label=_("Reason for all of them"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 1}),
        error_messages={"required": _("Enter the reason. It’s part of the record.")},
    )
    replaces = forms.IntegerField(required=False)  # how many results go, as the page said before

    def __init__(
        self, data: QueryDict | None = None, *, cycle: Cycle, by: User | None = None, seen_at: datetime | None = None
    ) -> None:
        """`by`: nothing is said of their own result, and the act refuses them. `seen_at`: when the page was rendered;
        what a colleague saved after it, the act itself refuses to replace."""
        super().__init__(data)
        self.by, self.seen_at, self.replaced = by, seen_at, 0
        applications: Any = self.fields["applications"]
        applications.queryset = Application.objects.filter(
            cycle=cycle, status__in=(Status.SUBMITTED, Status.WAITLISTED)
        )

    def clean(self) -> dict[str, Any]:
        super().clean()
        if "all" in self.data:
            text = _("A result is saved only for rows you check. Uncheck “All on this list”, then check the rows.")
            self.add_error("applications", forms.ValidationError(text, code="whole_list"))
        if not self.errors:
            self._say_what_goes()
        return self.cleaned_data

    def _say_what_goes(self) -> None:
        """Results that aren't released and would be another one: said with their number before they're replaced."""
        said = self.cleaned_data
        others = Decision.objects.unreleased().filter(application__in=said["applications"])
        others = others.exclude(application__student=self.by)
        if self.seen_at:
            others = others.filter(decided_at__lte=self.seen_at)
        counts = Counter(others.exclude(result=said["result"]).values_list("result", flat=True))
        self.replaced = counts.total()
        if counts and said["replaces"] != self.replaced:
            text = ngettext(
                "%(count)s of the applications you checked already has a different result: %(results)s. Check “Replace"
                " it”, or uncheck that row.",
                "%(count)s of the applications you checked already have a different result: %(results)s. Check “Replace"
                " them”, or uncheck those rows.",
                self.replaced,
            )
            results = ", ".join(f"{counts[status]} {status.plural}" for status in RESULTS if counts[status])
            text %= {"count": self.replaced, "results": results}
            self.add_error("applications", forms.ValidationError(text, code="replaces"))

    def ticked(self) -> set[str]:
        """The codes to show as ticked when the page is shown again with errors."""
        return set(self.data.getlist("applications")) if self.is_bound else set()


class SelectionFilterForm(forms.Form):
    """Filters of the committee's list. One status at a time, so that an index gives the order."""

    q = SearchField(label=_("Name, email, phone, student number or code"))
    cycle = forms.TypedChoiceField(label=_("Cycle"), required=False, empty_value=None)
    stage = forms.ChoiceField(
        label=_("Applications"),
        required=False,
        choices=[
            (Status.SUBMITTED.value, _("to decide")),
            (Status.WAITLISTED.value, _("released: waitlisted")),
            (Status.SELECTED.value, _("released: selected")),
            (Status.NOT_SELECTED.value, _("released: not selected")),
            (Status.CONFIRMED.value, _("confirmed")),
            (Status.DECLINED.value, _("declined")),
        ],
    )
    college = forms.TypedChoiceField(label=_("College"), required=False, empty_value=None)
    decided = forms.ChoiceField(
        label=_("Decision"),
        required=False,
        choices=[
            ("", pgettext_lazy("applications", "all")),
            ("no", _("to decide")),
            ("yes", _("decided, not released yet")),
            *RESULT_CHOICES,
        ],
    )
    endorsed = forms.ChoiceField(
        label=_("College’s decision"),
        required=False,
        choices=[
            ("", pgettext_lazy("applications", "all")),
            ("endorsed", _("endorsed")),
            ("not_endorsed", _("not endorsed")),
            ("ask_the_office", _("left to the office")),
            ("owed", _("waiting")),
        ],
    )

    look = forms.ChoiceField(
        label=_("Check again"),
        required=False,
        choices=[
            ("", pgettext_lazy("applications", "all")),
            ("apart", _("readers far apart")),
            ("close", _("too close to call")),
        ],
    )

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        cycles: Sequence[Cycle],
        colleges: Sequence[College],
        columns: Columns = RANKED,
    ) -> None:
        super().__init__(data)
        choose_from(self.fields["cycle"], cycles)
        choose_from(self.fields["college"], colleges, empty=_("all"))
        # not declared above, because `read` is a method of this class
        self.fields["read"] = forms.ChoiceField(
            label=_("Read"),
            required=False,
            choices=[
                ("", pgettext_lazy("applications", "all")),
                ("all", _("enough readers")),
                ("owed", _("not enough readers yet")),
            ],
        )
        self.fields["sort"] = SortField(columns)

    @classmethod
    def read(cls, data: QueryDict, *, cycle: Cycle, **offered: Any) -> Self:
        """A valid form from the URL's query; invalid values are ignored. `cycle`: the default."""
        chosen = {"cycle": cycle.code, "stage": Status.SUBMITTED.value} | {key: data[key] for key in data}
        form = cls(chosen, **offered)
        if not form.is_valid():
            kept = {key: value for key, value in chosen.items() if key not in form.errors}
            form = cls({"cycle": cycle.code} | kept, **offered)
            form.is_valid()
        return form

    @property
    def narrows(self) -> bool:
        """Whether a filter besides cycle and status is set."""
        return any(self.cleaned_data.get(name) for name in ("q", "college", "decided", "endorsed", "look", "read"))

    def filter(self, applications: QuerySet[Application]) -> QuerySet[Application]:
        """The applications that fit the chosen status, college, decision and endorsement."""
        chosen = self.cleaned_data
        applications = applications.filter(status=chosen["stage"] or Status.SUBMITTED)
        if chosen["college"]:
            applications = applications.filter(college=chosen["college"])
        if chosen["endorsed"] == "owed":
            applications = applications.filter(endorsement__isnull=True)
        elif chosen["endorsed"]:
            applications = applications.filter(endorsement__result=chosen["endorsed"])
        if chosen["read"]:
            owed = is_still_read()
            applications = applications.filter(owed if chosen["read"] == "owed" else ~owed)
        return self._by_decision(applications, chosen["decided"])

    @staticmethod
    def _by_decision(applications: QuerySet[Application], decided: str) -> QuerySet[Application]:
        private = Decision.objects.unreleased().filter(application=OuterRef("pk"))
        if decided == "no":
            return applications.filter(~Exists(private))
        if decided == "yes":
            return applications.filter(Exists(private))
        if decided:
            return applications.filter(Exists(private.filter(result=decided)))
        return applications
