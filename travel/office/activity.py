"""What happened with one student, and in one cycle, newest first: worded events of the audit log. Reads only."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.apply.views.application_office import HISTORY, OWN_REASONS
from applications.models import Application, Cycle
from exchange.base import audit
from exchange.models import Event, User
from travel.office.export_tables import targets_of

MORE = {
    "thread.ask": _("asked a question"),
    "thread.write": _("wrote more in a conversation"),
    "thread.answer": _("got an answer"),
    "thread.begin": _("got a message from us"),
    "thread.pass_on": _("question passed on"),
    "placement.place": _("placed in a city"),
    "placement.move": _("moved to a city higher on their list"),
    "placement.move_by_hand": _("moved to another trip"),
    "placement.move_back": _("moved back to the trip before"),
    "placement.ask_upgrade": _("asked for a city higher on their list"),
    "placement.drop_upgrade": _("keeps the city they have"),
}
LABELS = {**HISTORY, **MORE}
# how far back in the whole log a cycle's page looks: it has no index by cycle, and must stay as fast with a full log
NEWEST = 5000


@dataclass(frozen=True, slots=True)
class Line:
    """`application`: whom it's about, on the page of a cycle."""

    event: Event
    label: Promise | str
    reason: str
    application: Application | None = None


def of_student(student: User) -> QuerySet[Event]:
    return _worded(Event.objects.filter(targets_of(student)))


def of_cycle(cycle: Cycle) -> QuerySet[Event]:
    """Among the newest of the whole log."""
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True)[NEWEST : NEWEST + 1]
    since = next(iter(newest), 0)
    mine = cycle.applications.real().values("pk")
    return _worded(Event.objects.filter(pk__gt=since, target_model="applications.application", target_id__in=mine))


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
            "" if event.action in OWN_REASONS else event.reason,
            rows.get(event.target_id),
        )
        for event in events
    ]
