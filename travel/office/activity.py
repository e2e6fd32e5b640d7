"""What happened with one student, and in one cycle, newest first: worded events of the audit log. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from applications.apply.views.application_office import HISTORY, OWN_REASONS
from applications.models import Application, Cycle
from exchange.base import audit
from exchange.models import Event, User
from travel.office.export_tables import targets_of
from travel.placement import moving

MORE = {
    "thread.ask": _("asked a question"),
    "thread.write": _("wrote more in a conversation"),
    "thread.answer": _("got an answer"),
    "thread.begin": _("got a message from us"),
    "thread.pass_on": _("question passed on"),
    "thread.attach_text": _("a text from an unknown number was added to their questions"),
    "thread.detach_text": _("a text that someone else wrote was taken out of their questions"),
    "placement.place": _("placed in a city"),
    "placement.move": _("moved to a city higher on their list"),
    "placement.move_by_hand": _("moved to another trip"),
    "placement.move_back": _("moved back to the trip before"),
    "placement.ask_upgrade": _("asked for a city higher on their list"),
    "placement.drop_upgrade": _("keeps the city they have"),
}
LABELS = {**HISTORY, **MORE}
# Of the whole log that one page of a cycle looks at: there's no index by cycle, and a page must stay as fast with a
# full log. The next page goes on where this one ends, so a page may have few lines or none.
AT_ONCE = 5000
LINES = 50


@dataclass(frozen=True, slots=True)
class Line:
    """`application`: whom it's about, on the page of a cycle."""

    event: Event
    label: Promise | str
    reason: str
    application: Application | None = None


def of_student(student: User) -> QuerySet[Event]:
    return _worded(Event.objects.filter(targets_of(student)))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the log, newest first. `older`: where the part before it begins, None if the log ends here."""

    events: list[Event]
    older: int | None


def of_cycle(cycle: Cycle, before: int | None = None) -> Stretch:
    """The next entries before this one (primary key), or the newest. Two queries along the primary key."""
    log = Event.objects.order_by("-pk")
    log = log.filter(pk__lt=before) if before else log
    ends = list(log.values_list("pk", flat=True)[AT_ONCE - 1 : AT_ONCE + 1])
    looked_at = log.filter(pk__gte=ends[0]) if ends else log
    mine = cycle.applications.real().values("pk")
    found = _worded(looked_at.filter(target_model="applications.application", target_id__in=mine)).order_by("-pk")
    events = list(found[: LINES + 1])
    if len(events) > LINES:
        return Stretch(events[:LINES], events[LINES - 1].pk)
    return Stretch(events, ends[0] if len(ends) > 1 else None)


def begins_at(last: Sequence[Event]) -> datetime | None:
    """When the log begins, of which these are the last entries: retention has removed what was before. One query."""
    first = Event.objects.order_by("pk").values_list("at", flat=True).first()
    return min([*([first] if first else []), *(event.at for event in last)], default=None)


def _worded(events: QuerySet[Event]) -> QuerySet[Event]:
    """Without what is private between a student and an advisor, and without what no page has words for."""
    known = events.filter(action__in=LABELS.keys()).exclude(action__in=audit.PRIVATE)
    return known.select_related("by").order_by("-at", "-pk")


def lines_of(events: list[Event], *, names: bool = False) -> list[Line]:
    """`names`: with the application that each is about. One query."""
    rows = {}
    if names:
        rows = Application.objects.with_people().in_bulk({event.target_id for event in events})
    return [
        Line(
            event,
            LABELS[event.action],
            _reason_of(event),
            rows.get(event.target_id),
        )
        for event in events
    ]


def _reason_of(event: Event) -> str:
    """In the reader's language, where the log has it; a reason that speaks to the student is said of them."""
    if event.action in OWN_REASONS:
        return ""
    if event.changes.get("is_asked"):
        return str(moving.ASKED)
    is_spanish = (get_language() or "").startswith("es")
    return (event.changes.get("reason_es") if is_spanish else "") or event.reason
