"""What a move leaves for the office to do: on the trip that the student leaves, and on the one that they join."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from exchange.base import office_tasks
from exchange.base.codes import key_of
from exchange.models import OfficeTask, User
from travel.base import task_rows
from travel.models import Placement, Trip
from travel.placement import loose_ends
from travel.placement.slots import Move, WhenMoved


def source_of(placement: Placement, moved_at: datetime) -> str:
    return f"{_sources(placement)}{moved_at:%Y%m%d%H%M%S%f}"


def _sources(placement: Placement) -> str:
    """How the sources of the tasks of all moves of this student begin."""
    return f"travel.move:{placement.code}:"


def after(move: Move) -> dict[str, Any]:
    """Open tasks for both trips, and drop what an earlier move wanted done and this one contradicts."""
    leaving, joining = _needed(move)
    settled = _settle(move)
    _open(move, leaving, move.was)
    _open(move, joining, move.placement.trip)
    return {"settled": settled}


def undone(placement: Placement, kept: Mapping[str, Any], by: User) -> None:
    office_tasks.drop(kept["source"], by=by)
    office_tasks.reopen(kept.get("settled", ()), by=by)


FOLLOWER = WhenMoved(after, undone)


def _open(move: Move, ends: list[loose_ends.LooseEnd], trip: Trip) -> None:
    for end in ends:
        office_tasks.open(
            f"{move.source}:{end.kind}",
            end.kind,
            due_on=task_rows.due_on(),
            about=key_of(trip),
            path=end.path,
            person=move.placement.application.student,
            params=end.params,
            source=move.source,
            by=move.by,
        )


def _settle(move: Move) -> list[int]:
    """Drop open tasks that say they aren't coming to the trip they join now, or come to the one they leave."""
    rows = OfficeTask.objects.open().filter(source__startswith=_sources(move.placement))
    here, there = Q(kind=loose_ends.JOINS, about=key_of(move.was)), Q(about=key_of(move.placement.trip))
    return office_tasks.drop_all(rows.filter(here | (there & ~Q(kind=loose_ends.JOINS))), by=move.by)


def _needed(move: Move) -> tuple[list[loose_ends.LooseEnd], list[loose_ends.LooseEnd]]:
    """What is left to do on the trip they leave and on the new one, less what nobody has done of an earlier move.

    A trip that was canceled had its tasks then, for the whole group.
    """
    if move.was.closed_at:
        return [], []
    placement, new = move.placement, move.placement.trip
    earlier = OfficeTask.objects.filter(source__startswith=_sources(placement), dropped_at=None)
    leaving = loose_ends.of_trip(placement, move.was)
    if earlier.open().filter(kind=loose_ends.JOINS, about=key_of(move.was)).exists():  # nobody expects them here
        leaving = [end for end in leaving if loose_ends.is_own_doing(placement, end)]
    gone = earlier.filter(kind__startswith=loose_ends.OF_A_TRAVELER, about=key_of(new))
    sources = set(gone.open().values_list("source", flat=True))
    is_expected = bool(sources) and not gone.filter(source__in=sources, done_at__isnull=False).exists()
    return leaving, [] if is_expected else [loose_ends.joining(placement, new)]
