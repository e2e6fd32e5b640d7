"""The ranked list, where applications are chosen for a message or a task; and the undo of a result saved for many."""

from typing import Any, NoReturn

from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from applications import permissions
from applications.apply.bulk_acts import ASSIGN
from applications.base import bulk_acts
from applications.base.bulk_acts import Act, Place
from applications.models import Application, Cycle
from applications.models.application import ApplicationQuerySet
from applications.selection.actions import several
from applications.selection.listed import Listed
from exchange.base.errors import RuleViolation
from exchange.models import User


def listed(query: QueryDict, user: User) -> ApplicationQuerySet:
    """Everyone whom the filters of the list find."""
    cycles = list(Cycle.objects.public())
    cycle = next((each for each in cycles if each.code == query.get("cycle")), None)
    rows = Application.objects.visible_to(user)
    if cycle is None or not permissions.can_decide(user):
        return rows.none()
    return rows.filter(pk__in=Listed.read(query, cycle, cycles, user).found.order_by().values("pk"))


def _only_on_the_list(*_args: Any) -> NoReturn:
    """A result is saved on the ranked list itself, at once, and never as a draft."""
    raise RuleViolation("unknown", gettext("This can’t be done on this list. Nothing was changed."))


DECIDE = Act(
    key=several.KIND,
    label=gettext_lazy("Save this result"),
    text=gettext_lazy("No one is told until you release results."),
    allowed=permissions.can_decide,
    form=_only_on_the_list,
    refusals=_only_on_the_list,
    do=_only_on_the_list,
    undo=several.take_back,
)
SELECTION = Place(several.PLACE, "applications:selection-list", (ASSIGN.key,), listed)


def register_all() -> None:
    bulk_acts.register(DECIDE)
    bulk_acts.register_place(SELECTION)
