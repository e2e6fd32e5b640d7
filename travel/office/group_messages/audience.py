"""Whom a message to a group goes to: the filters of the list of applications, and who is late, with what, on which
trip. The query string of a filter is kept with the message, so that the list can be made again when it is sent."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from applications.apply.forms.application_office import ApplicationFilterForm
from applications.models import Application, BulkAct
from applications.models.application import ApplicationQuerySet
from applications.states import Status
from exchange.base import roles
from exchange.models import User
from travel.models import ChecklistItem, PassportCase, Placement, Trip

MOST = 2000  # students in one message; more than a cycle has, and few enough to look at
LATE_WITH_ANYTHING = "1"  # as on the page of checklists
FILTERS = ("q", "cycle", "status", "college", "owed", "trip", "late", "chosen")


class AudienceForm(ApplicationFilterForm):
    """The filters, from a query string; with none, nobody is found. A value that isn't there now finds nobody, either:
    without that filter, a message would go to everyone whom the others find. The form keeps it, to be sent again."""

    trip = forms.ModelChoiceField(
        Trip.objects.none(), label=_("Trip"), required=False, to_field_name="code", empty_label=_("All")
    )
    late = forms.ChoiceField(label=_("Late with"), required=False)
    # checked one by one on a list: the code of that selection (applications.models.BulkAct)
    chosen = forms.ModelChoiceField(
        BulkAct.objects.none(),
        label=_("Checked on a list"),
        required=False,
        to_field_name="code",
        widget=forms.HiddenInput,
    )
    field_order = ("cycle", "status", "college", "trip", "late", "owed", "q")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        del self.fields["sort"]
        self.fields["q"].label = _("Student")  # what to type is the hint in the field
        trip_field: Any = self.fields["trip"]
        trips = Trip.objects.visible_to(user).filter(closed_at__isnull=True, returned_at__isnull=True)
        trip_field.queryset = trips.select_related("city", "cycle")
        chosen_field: Any = self.fields["chosen"]
        chosen_field.queryset = BulkAct.objects.visible_to(user)
        late_field: Any = self.fields["late"]
        late_field.choices = functools.partial(_late_choices, user)  # a query, where they are shown

    def apply(self, applications: ApplicationQuerySet) -> ApplicationQuerySet:
        rows, today = super().apply(applications), timezone.localdate()
        chosen = self.cleaned_data
        if trip := chosen.get("trip"):
            rows = rows.filter(pk__in=Placement.objects.active().filter(trip=trip).values("application"))
        if picked := chosen.get("chosen"):
            rows = rows.filter(pk__in=picked.rows.order_by().values("application"))
        if late := chosen.get("late"):
            rows = rows.filter(pk__in=_late(late, today))
        if not chosen.get("status") and not chosen.get("chosen"):
            rows = rows.exclude(status=Status.WITHDRAWN)
        return rows

    def clean(self) -> None:
        """Let a choice show the value that isn't there, so that the page doesn't send another."""
        for name in self.errors:
            widget: Any = self.fields[name].widget
            if isinstance(widget, forms.Select):
                widget.choices = [*widget.choices, (self[name].value(), _("no longer available"))]

    @property
    def gone(self) -> list[str]:
        """The labels of filters whose value isn't there now: a step nobody is late with, a trip that's over."""
        return [str(self.fields[name].label) for name in FILTERS if name in self.errors]

    @property
    def is_empty(self) -> bool:
        """No filter: the whole portal isn't a group."""
        self.is_valid()
        return not any(self.cleaned_data.get(name) for name in FILTERS)

    @property
    def in_words(self) -> list[str]:
        """What was chosen, one sentence part each: "College: East"."""
        self.is_valid()
        given = [name for name in FILTERS if self.cleaned_data.get(name) or name in self.errors]
        return [f"{self.fields[name].label}: {self._shown(name)}" for name in given]

    def _shown(self, name: str) -> str:
        if name in self.errors:
            return gettext("no longer available")
        field, value = self.fields[name], self.cleaned_data[name]
        if isinstance(value, BulkAct):
            return str(value.rows.count())
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            choices: Any = field.choices
            value = dict(choices).get(value, value)
        return str(value)


def _late_choices(user: User) -> list[tuple[str, Any]]:
    steps = _late_steps(user, timezone.localdate())
    return [("", pgettext_lazy("late with", "—")), (LATE_WITH_ANYTHING, _("Any step")), *steps]


def _late_steps(user: User, today: date) -> list[tuple[str, str]]:
    """Steps of the checklists that some student this person may write to is late with."""
    late = ChecklistItem.objects.visible_to(user).late(today)
    going = Placement.objects.active().filter(trip__departed_at__isnull=True)
    steps = {item.step.key: str(item.step) for item in late.filter(placement__in=going).select_related("step")[:MOST]}
    return sorted(steps.items(), key=lambda each: each[1])


def _late(what: str, today: date) -> Any:
    """Primary keys of the applications, as a subquery."""
    cases = PassportCase.objects.before_return()
    if what == LATE_WITH_ANYTHING:
        return cases.late(today).values("application")
    items = ChecklistItem.objects.late(today).filter(step__key=what)
    return cases.filter(application__in=items.values("placement__application")).values("application")


@dataclass(frozen=True, slots=True)
class Audience:
    """`rows`: one application per student, by name. `is_too_many`: the filter finds more than MOST
    applications; nobody says how many students those are."""

    form: AudienceForm
    query: str
    rows: list[Application]
    is_too_many: bool = False

    @property
    def only(self) -> Application | None:
        """The application whose code was asked for, as a link of the student's file does."""
        return self.rows[0] if len(self.rows) == 1 and self.rows[0].code == self.form.cleaned_data.get("q") else None


def audience_of(query: Mapping[str, Any] | str, user: User) -> Audience:
    """Whom this person would write to. Only students in their sight; never themselves, and each student once."""
    data = QueryDict(query) if isinstance(query, str) else query
    form = AudienceForm(data, user=user)
    found = _found(form, user).with_people().order_by("student__full_name", "student_id", "-pk")[: MOST + 1]
    rows: dict[int | None, Application] = {}
    for row in found:
        rows.setdefault(row.student_id, row)  # of two applications of a student, the newer one
    return Audience(form, _kept(data), list(rows.values())[:MOST], len(found) > MOST)


def students_of(query: str, user: User) -> set[int | None]:
    """The students whom this person would write to, however many: by key, for a list that was stored before."""
    found = _found(AudienceForm(QueryDict(query), user=user), user)
    return set(found.order_by().values_list("student_id", flat=True))


def _found(form: AudienceForm, user: User) -> ApplicationQuerySet:
    in_sight = Application.objects.visible_to(user).exclude(student=user)
    if form.is_empty or form.gone:
        return in_sight.none()
    found = form.apply(in_sight.filter(erased_at__isnull=True, student__is_active=True))
    if not roles.is_coordinator(user):
        found = found.filter(college__in=roles.advisor_college_ids(user))
    return found


def _kept(data: Mapping[str, Any]) -> str:
    kept = QueryDict(mutable=True)
    for name in FILTERS:
        if value := data.get(name):
            kept[name] = str(value)
    return kept.urlencode()
