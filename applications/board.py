"""What the committee's list shows above and beside its rows: figures of a whole cycle that seldom change.

Kept until somebody does something, so that one query takes the place of eight (`exchange.kept`).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from applications import comparing, ranking
from applications.actions import lottery
from applications.models import Assignment, Cycle
from exchange.kept import kept
from exchange.models import College, Role, User


@dataclass(frozen=True, slots=True)
class Board:
    """fingerprint: of the locked readings, for `comparing.compare`. most: the highest total that a reader can give.

    covered: for each person of the office, the keys of applications whose scores they must not see yet.
    """

    counts: ranking.Counts
    fingerprint: comparing.Print
    most: int
    places: Mapping[str, lottery.Place]
    colleges: list[College]
    covered: Mapping[int, frozenset[int]]

    def covered_for(self, user: User) -> frozenset[int]:
        return self.covered.get(user.pk, frozenset())


def board_of(cycle: Cycle, *, by: User) -> Board:
    return kept(f"board:{cycle.pk}", lambda: _board(cycle), by=by, however_quick=True).value


def _board(cycle: Cycle) -> Board:
    return Board(
        counts=ranking.counts_of(cycle),
        fingerprint=comparing.fingerprint_of(cycle),
        most=most_points(cycle),
        places=lottery.places_of(cycle),
        colleges=list(College.objects.all()),
        covered=_covered(cycle),
    )


def _covered(cycle: Cycle) -> Mapping[int, frozenset[int]]:
    """What each still has to read, as an interviewer, or applied with before joining the office."""
    office = Role.objects.filter(kind=Role.Kind.COORDINATOR).values("user")
    to_read = Assignment.objects.filter(reader__in=office, application__cycle=cycle, review__locked_at__isnull=True)
    own = cycle.applications.filter(student__in=office)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for person, key in [*to_read.values_list("reader", "application"), *own.values_list("student", "pk")]:
        found[person].add(key)
    return {person: frozenset(keys) for person, keys in found.items()}


def most_points(cycle: Cycle) -> int:
    """The highest points of each criterion, in all."""
    criteria = cycle.criteria.prefetch_related("levels")
    return sum(max((level.points for level in each.levels.all()), default=0) for each in criteria)
