"""What the committee's list shows above and beside its rows: figures of a whole cycle that seldom change.

Kept until somebody does something, so that one query takes the place of eight (`exchange.kept`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from applications import comparing, ranking
from applications.actions import lottery
from applications.models import Cycle
from exchange.kept import kept
from exchange.models import College, User


@dataclass(frozen=True, slots=True)
class Board:
    """fingerprint: of the locked readings, for `comparing.compare`. most: the highest total that a reader can give."""

    counts: ranking.Counts
    fingerprint: comparing.Print
    most: int
    places: Mapping[str, lottery.Place]
    colleges: list[College]


def board_of(cycle: Cycle, *, by: User) -> Board:
    return kept(f"board:{cycle.pk}", lambda: _board(cycle), by=by, however_quick=True).value


def _board(cycle: Cycle) -> Board:
    return Board(
        counts=ranking.counts_of(cycle),
        fingerprint=comparing.fingerprint_of(cycle),
        most=most_points(cycle),
        places=lottery.places_of(cycle),
        colleges=list(College.objects.all()),
    )


def most_points(cycle: Cycle) -> int:
    """The highest points of each criterion, in all."""
    criteria = cycle.criteria.prefetch_related("levels")
    return sum(max((level.points for level in each.levels.all()), default=0) for each in criteria)
