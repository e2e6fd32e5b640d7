"""The list of the office's tasks: which of them the filters find, in which order, and what is taken along as a file."""

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from applications.base import disclosures
from exchange.base import audit, office_tasks, roles
from exchange.base.folded_text import Folded, folded
from exchange.models import OfficeTask, User
from exchange.models.office_task import OfficeTaskQuerySet
from exchange.people.searching import people_called
from exchange.web.worklist import SORT, Column, Columns, SearchField, SortField, choose_from
from travel.base.task_rows import TaskRow

MINE, ALL, DONE = "mine", "all", "done"
LATE, WEEK = "late", "week"
PARAM = re.compile(r"%\(\w+\)s")  # in the words of a kind
_TITLE = Column("what", _("What"), cell=lambda row: row.title)
_ABOUT = Column(
    "about",
    pgettext_lazy("task", "About"),
    ("person__full_name", "due_on"),
    computed={},  # about nobody: last
    cell=lambda row: str(row.task.person or ""),
)
TO_DO = Columns(
    _TITLE,
    _ABOUT,
    Column(
        "owner",
        _("Who does it"),
        ("owner__full_name", "due_on"),
        computed={},  # the whole office: last
        cell=lambda row: str(row.task.owner or gettext("the office")),
    ),
    Column("due", _("Due"), ("due_on",), cell=lambda row: row.task.due_on),
    Column("state", _("Status"), cell=lambda row: state_of(row)[0]),
    default="due",
)
FINISHED = Columns(
    _TITLE,
    _ABOUT,
    Column("by", _("Done by"), ("done_by__full_name", "done_at"), cell=lambda row: str(row.task.done_by)),
    Column("done", _("Done on"), ("done_at",), falls=True, cell=lambda row: timezone.localdate(row.task.done_at)),
    Column("note", _("What was done"), cell=lambda row: row.task.note),
    default="-done",
)


class TaskFilterForm(forms.Form):
    """Filters of the list, from its address. `list`: MINE, the person's own and those of nobody in particular; ALL that
    are to do; DONE. Values that aren't a choice are no filter."""

    list = forms.CharField(required=False, widget=forms.HiddenInput)
    q = SearchField(label=_("Name, or words in the task"))
    owner = forms.TypedChoiceField(label=_("Who does it"), required=False, empty_value=None)
    due = forms.ChoiceField(
        label=_("Due"),
        required=False,
        choices=[
            ("", pgettext_lazy("tasks", "any day")),
            (LATE, _("past its date")),
            (WEEK, _("in the next seven days")),
        ],
    )
    sort = SortField()

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        chosen = data.get("list", "")
        self.chosen = chosen if chosen in (ALL, DONE) else MINE
        self.columns = FINISHED if self.chosen == DONE else TO_DO
        sort: Any = self.fields["sort"]
        sort.offer(self.columns)
        if self.chosen == DONE:
            del self.fields["due"]
        if self.chosen == MINE:
            del self.fields["owner"]
        else:
            people = list(roles.coordinators().order_by("full_name", "pk"))
            choose_from(self.fields["owner"], people, empty=pgettext_lazy("people", "all"))


def found(form: TaskFilterForm, user: User) -> QuerySet[OfficeTask]:
    """What the person may see and the filters find, in the order of the form."""
    form.is_valid()
    given = form.cleaned_data
    tasks = _of_list(OfficeTask.objects.visible_to(user), form.chosen, user)
    today = timezone.localdate()
    if given.get("due") == LATE:
        tasks = tasks.filter(due_on__lt=today)
    if given.get("due") == WEEK:
        tasks = tasks.filter(due_on__range=(today, today + timedelta(days=7)))
    if owner := given.get("owner"):
        tasks = tasks.filter(done_by=owner) if form.chosen == DONE else tasks.filter(owner=owner)
    if typed := given.get("q", "").strip():
        tasks = tasks.alias(said=Folded("note")).filter(_fits(typed))
    return form.columns.sorted(tasks.select_related("person", "owner", "done_by"), given.get(SORT))


def _of_list(tasks: OfficeTaskQuerySet, chosen: str, user: User) -> OfficeTaskQuerySet:
    if chosen == DONE:
        return tasks.done()
    return tasks.open().addressed_to(user) if chosen == MINE else tasks.open()


def _fits(typed: str) -> Q:
    """The person it's about, the words of its kind in the reader's language, or what was written when it was done."""
    words = folded(typed).split()
    titles = {kind: folded(PARAM.sub("", str(told.title))) for kind, told in office_tasks.kinds().items()}
    kinds = [kind for kind, title in titles.items() if all(word in title for word in words)]
    said = Q()
    for word in words:
        said &= Q(said__contains=word)
    return said | Q(kind__in=kinds) | Q(person__in=people_called(typed).values("pk"))


def state_of(row: TaskRow) -> tuple[str, str]:
    """In words, and the tone of its tag."""
    if row.task.done_at:
        return gettext("done"), "good"
    return (gettext("past its date"), "stop") if row.is_late else (gettext("to do"), "wait")


@transaction.atomic
def record_download(rows: Collection[TaskRow], *, query: str, by: User) -> None:
    """A file with names of students leaves the portal: who took it, how much it has, and whose."""
    audit.record("office_task.download", by, by=by, changes={"query": query, "rows": len(rows)})
    disclosures.record_people({row.task.person_id for row in rows if row.task.person_id}, by)
