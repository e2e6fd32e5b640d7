"""The history of one dated row: who changed what, and when. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.models import Event, Fact
from exchange.templatetags.ui import day_year
from travel.office.reference import actions as reference_row
from travel.office.reference.files import OF_THE_LOOK
from travel.office.reference.forms import label_of
from travel.office.reference.kinds import Kind, fact_value

SHOWN = 50
ACTS: Mapping[str, str | Promise] = {
    "reference.add": gettext_lazy("Came with the portal"),
    "reference.change": gettext_lazy("Changed by an update of the portal"),
    "reference.supersede": gettext_lazy("New value from an update of the portal"),
    reference_row.STILL_RIGHT: gettext_lazy("Still correct"),
    reference_row.UNDO: gettext_lazy("Undone"),
    reference_row.BACK: gettext_lazy("Back to the portal’s default"),
    reference_row.RESTORE: gettext_lazy("Put back"),
}
AFTER_A_DOT: Mapping[str, str | Promise] = {
    "add": gettext_lazy("Added"),
    "change": gettext_lazy("Changed"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """`changes`: (what, what it was, what it became); the words are "" where an old event didn't keep them."""

    at: datetime
    who: str
    act: str
    changes: list[tuple[str, str, str]]


def history(kind: Kind, row: Any) -> list[Line]:
    """Newest first; of a fact with all its versions. One query."""
    keys: Any = [row.pk]
    if isinstance(row, Fact):
        keys = Fact.objects.filter(key=row.key).order_by().values("pk")
    events = Event.objects.filter(target_model=row._meta.label_lower, target_id__in=keys)
    # a person's new value has an event of its own beside that of the version
    events = events.exclude(action="reference.supersede", by__isnull=False, changes__has_key="before")
    return [_line(kind, row, event) for event in events.select_related("by").order_by("-pk")[:SHOWN]]


def _line(kind: Kind, row: Any, event: Event) -> Line:
    who = str(event.by) if event.by else _("The portal")
    act = ACTS.get(event.action) or AFTER_A_DOT.get(event.action.partition(".")[2]) or event.action
    return Line(event.at, who, str(act), _changes(kind, row, event.changes))


def _changes(kind: Kind, row: Any, said: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    before, after = said.get("before"), said.get("after") or {}
    if before is None and "was" in said and "is" in said:
        before, after = {"value": said["was"]}, {"value": said["is"]}
    if before is None:
        return [(label_of(kind, name), "", "") for name in said.get("fields", ())]
    names = [name for name in before if name not in OF_THE_LOOK] or list(before)
    return [
        (label_of(kind, name), words_of(row, name, before.get(name)), words_of(row, name, after.get(name)))
        for name in names
    ]


def words_of(row: Any, name: str, value: Any) -> str:
    """A stored value as the page of the row says it."""
    field = row._meta.get_field(name)
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    plain = field.to_python(value)
    if isinstance(row, Fact) and name == "value":
        return fact_value(row, plain)
    if isinstance(plain, list):
        return ", ".join(str(each) for each in plain)
    if isinstance(plain, date):
        return day_year(plain)
    return str(dict(field.flatchoices).get(plain) or plain)
