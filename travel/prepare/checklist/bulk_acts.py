"""An act on many students who get ready: say that what they did was seen."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from applications.apply import bulk_acts as applying
from applications.base import bulk_acts
from applications.base.bulk_acts import Act, Place
from applications.models import Application
from exchange.base.errors import RuleViolation
from exchange.base.sentences import Words
from exchange.models import User
from travel import permissions
from travel.models import ChecklistItem, Placement
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import staff_list


class SeenForm(forms.Form):
    """Which step was seen, of those that somebody on the list has done and nobody has looked at."""

    step = forms.ChoiceField(
        label=gettext_lazy("Which step did you look at?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a step.")},
    )

    def __init__(self, rows: Sequence[Application], _user: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        counts: dict[str, int] = {}
        titles: dict[str, str] = {}
        for item in _waiting(rows):
            counts[item.step.key] = counts.get(item.step.key, 0) + 1
            titles[item.step.key] = item.step.title
        step: Any = self.fields["step"]
        step.choices = [(key, f"{title} ({counts[key]})") for key, title in titles.items()]

    @property
    def said(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


def _waiting(rows: Sequence[Application]) -> list[ChecklistItem]:
    """What these students did and nobody has looked at. A file must be opened, so it isn't seen in passing."""
    items = ChecklistItem.objects.filter(staff_list.TO_VERIFY, placement__application__in=[row.pk for row in rows])
    found = items.select_related("step", "placement__application").order_by("step__order", "pk")
    return [item for item in found if not item.step.asks_file]


def _nothing_to_see(rows: Sequence[Application], user: User) -> dict[int, Words]:
    seats = [item.placement for item in _waiting(rows)]
    there = {seat.application_id for seat in seats if permissions.can_verify(user, seat)}
    return {row.pk: gettext_lazy("Nothing of theirs waits to be looked at.") for row in rows if row.pk not in there}


def _verify(application: Application, said: Mapping[str, Any], user: User) -> dict[str, Any]:
    item = _item(application, said["step"])
    if not permissions.can_verify(user, item.placement):
        raise RuleViolation("not_allowed", gettext("Your role no longer includes this."))
    if item.verified_at:
        raise RuleViolation("seen", gettext("Someone else has already looked at this."))
    checklist.verify_item(item, by=user)
    return {"step": said["step"]}


def _not_seen(application: Application, kept: Mapping[str, Any], user: User) -> None:
    checklist.undo_verify(_item(application, kept["step"]), by=user)


def _item(application: Application, key: str) -> ChecklistItem:
    seat = Placement.objects.filter(application=application).first()
    item = seat and seat.checklist_items.select_related("step").filter(step__key=key).first()
    if not item:
        raise RuleViolation("gone", gettext("This step isn’t on their list."))
    return item


VERIFY = Act(
    key="verify",
    label=gettext_lazy("Mark as seen"),
    text=gettext_lazy("Says that you looked at what these students did. Files are opened one by one."),
    allowed=permissions.can_list_checklists,
    form=SeenForm,
    refusals=_nothing_to_see,
    do=_verify,
    undo=_not_seen,
)
CHECKLISTS = Place(
    "checklists",
    "travel:checklist-list",
    (applying.ASSIGN.key, bulk_acts.MOVE, VERIFY.key),
    staff_list.applications_on,
)


def register_all() -> None:
    bulk_acts.register(VERIFY)
    bulk_acts.register_place(CHECKLISTS)
