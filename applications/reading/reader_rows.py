"""How each reader of a cycle gets on: load, pace, and who is late. For the office's list."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from applications.models import Cycle, Review
from applications.reading import readers
from applications.reading.actions import assigning
from applications.reading.reader_stack import RECENT, minutes_each
from applications.reading.readers import Desk
from applications.states import Status
from exchange.background.cached_figures import cached
from exchange.models import User
from exchange.reference import facts


@dataclass(frozen=True, slots=True)
class Row:
    """owed: given out, not locked, still read. drafted: not given out yet. is_late: owes, and has locked none for days.
    has_left: has readings, and takes no more because they are no reader any more."""

    desk: Desk
    locked: int
    owed: int
    drafted: int
    last_locked_at: datetime | None
    is_late: bool
    has_left: bool

    @property
    def total(self) -> int:
        return self.locked + self.owed


@dataclass(frozen=True, slots=True)
class Paced:
    row: Row
    minutes: int | None  # for one reading; None: too few to tell


@dataclass(frozen=True, slots=True)
class Figures:
    """What is slow to count with many readings: by primary key of the reader, and of the whole cycle. No person."""

    by_reader: Mapping[int, Mapping[str, Any]]
    lacking: int
    drafted: int


def figures_of(cycle: Cycle, *, by: User) -> Figures:
    return cached(f"readers:{cycle.pk}", lambda: _figures(cycle), by=by).value


def _figures(cycle: Cycle) -> Figures:
    return Figures(
        by_reader=_by_reader(cycle),
        lacking=readers.lacking_readers(cycle).count(),
        drafted=assigning.draft_of(cycle).count(),
    )


def _by_reader(cycle: Cycle) -> Mapping[int, Mapping[str, Any]]:
    is_out = Q(released_at__isnull=False)
    is_open = is_out & Q(review__locked_at__isnull=True, application__status=Status.SUBMITTED)
    return {
        row["reader"]: row
        for row in readers.given(cycle)
        .order_by()
        .values("reader")
        .annotate(
            locked=Count("pk", filter=Q(review__locked_at__isnull=False)),
            owed=Count("pk", filter=is_open),
            drafted=Count("pk", filter=~is_out),
            last_locked_at=Max("review__locked_at"),
            given_at=Min("released_at", filter=is_open),
        )
    }


def rows_of(counts: Mapping[int, Mapping[str, Any]]) -> list[Row]:
    """Whoever owes most first. A fixed number of queries. `counts`: `Figures.by_reader`."""
    reading = {user.pk: user for user in readers.people_who_read()}
    former = readers.known_readers().filter(pk__in=counts.keys() - reading.keys())
    desks = readers.desks_of(reading.values(), former=former)
    before = timezone.now() - timedelta(days=int(facts.number("review.late_days")))
    rows = [
        _row(desk, counts.get(desk.person.pk, {}), before, has_left=desk.person.pk not in reading)
        for desk in desks.values()
    ]
    return sorted(rows, key=lambda row: (-row.owed, str(row.desk.person), row.desk.person.code))


def _row(desk: Desk, counts: Mapping[str, Any], before: datetime, *, has_left: bool) -> Row:
    last, given_at, owed = counts.get("last_locked_at"), counts.get("given_at"), counts.get("owed", 0)
    return Row(
        desk=desk,
        locked=counts.get("locked", 0),
        owed=owed,
        drafted=counts.get("drafted", 0),
        last_locked_at=last,
        is_late=bool(owed and given_at and max(given_at, last or given_at) < before),
        has_left=has_left,
    )


def with_pace(rows: Sequence[Row], cycle: Cycle) -> list[Paced]:
    """With each reader's own minutes for one reading, of this cycle."""
    people = [row.desk.person.pk for row in rows]
    own = Review.objects.filter(
        assignment__application__cycle=cycle, assignment__reader__in=people, locked_at__isnull=False
    ).order_by("-locked_at")
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for reader, started, locked in own.values_list("assignment__reader", "started_at", "locked_at"):
        if locked and len(spans[reader]) <= RECENT:
            spans[reader].append((started, locked))
    most = int(facts.number("review.minutes_most"))
    return [Paced(row, minutes_each(spans[row.desk.person.pk], usual=0, most=most) or None) for row in rows]
