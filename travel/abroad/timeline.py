"""An incident's entries in order, with the time there and at home, for the page and the PDF."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from exchange.base.home import home_zone
from exchange.models import OfficeTask
from travel.models import Incident, IncidentEntry


@dataclass(frozen=True, slots=True)
class Line:
    """`corrects`: the number of the line that this one corrects. `there`, `home`: aware, in their zones.

    `late`: when it was written, if that was a minute later or more.
    """

    number: int
    key: int
    entry: IncidentEntry
    there: datetime
    home: datetime
    late: datetime | None
    corrects: int | None
    is_done: bool

    @property
    def task(self) -> OfficeTask | None:
        return self.entry.task if self.entry.kind == IncidentEntry.Kind.FOLLOW_UP else None


def lines_of(incident: Incident, entries: QuerySet[IncidentEntry], until: datetime | None = None) -> list[Line]:
    """In the order in which things happened; those of one moment as they were written. `until`: as it was then.

    One query.
    """
    rows = list(entries.select_related("by", "task__owner").order_by("at", "pk"))
    return in_order(rows, incident.place_zone, home_zone(), until)


def in_order(
    rows: Iterable[IncidentEntry], there: ZoneInfo, home: ZoneInfo, until: datetime | None = None
) -> list[Line]:
    """Numbered from 1."""
    found: list[Line] = []
    numbers: dict[int | None, int] = {}
    for number, entry in enumerate(sorted(rows, key=lambda row: (row.at, row.pk)), start=1):
        numbers[entry.pk] = number
        is_late = (entry.written_at - entry.at).total_seconds() >= 60
        found.append(
            Line(
                number=number,
                key=entry.pk,
                entry=entry,
                there=entry.at.astimezone(there),
                home=entry.at.astimezone(home),
                late=entry.written_at.astimezone(there) if is_late else None,
                is_done=_is_done(entry, until),
                corrects=numbers.get(entry.corrects_id),
            )
        )
    return found


def _is_done(entry: IncidentEntry, until: datetime | None) -> bool:
    done_at = entry.task.done_at if entry.kind == IncidentEntry.Kind.FOLLOW_UP and entry.task else None
    return done_at is not None and (until is None or done_at <= until)
