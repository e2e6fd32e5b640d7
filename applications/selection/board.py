"""What the committee's list shows above and beside its rows: figures of a whole cycle that seldom change.

The figures stay cached until an act changes them (`exchange.background.cached_figures`): one query instead of
eight. A committee decides on one candidate after another, and each decision changes only the counts.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Max

from applications.models import Assignment, Cycle, RubricLevel
from applications.scores import comparing
from applications.selection import ranking
from applications.selection.actions import lottery
from exchange.background.cached_figures import RecentEvents, all_but, cached
from exchange.models import College, Role, User

# Words that are being written, of students and readers and within the committee
WRITING = (
    *("application.save_answers", "application.write_recommendation", "recommendation.save_draft"),
    *("review.save", "norming.save", "committee.add_note", "committee.take_back_note"),
    *("thread.ask", "thread.write", "thread.answer", "thread.tell", "thread.pass_on"),
)
DECIDING = ("selection.decide", "selection.undo")


@dataclass(frozen=True, slots=True)
class Board:
    """fingerprint: of the locked readings, for `comparing.compare`. most: the highest total that a reader can give.

    covered: for each person of the office, the keys of applications whose scores they must not see yet.
    """

    fingerprint: comparing.Print
    most: int
    places: Mapping[str, lottery.Place]
    colleges: list[College]
    covered: Mapping[int, frozenset[int]]

    def covered_for(self, user: User) -> frozenset[int]:
        return self.covered.get(user.pk, frozenset())


def board_of(cycle: Cycle, *, by: User, recent: RecentEvents | None = None) -> Board:
    recent, matters = recent or RecentEvents(), all_but(*WRITING, *DECIDING)
    key = f"board:{cycle.pk}"
    return cached(key, lambda: _board(cycle), by=by, always_cache=True, recent=recent, matters=matters).value


def counts_of(cycle: Cycle, *, by: User, recent: RecentEvents | None = None) -> ranking.Counts:
    recent, matters = recent or RecentEvents(), all_but(*WRITING)
    key = f"counts:{cycle.pk}"
    return cached(key, lambda: ranking.counts_of(cycle), by=by, always_cache=True, recent=recent, matters=matters).value


def _board(cycle: Cycle) -> Board:
    return Board(
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
    pairs = to_read.order_by().values_list("reader", "application")
    for person, key in pairs.union(own.order_by().values_list("student", "pk")).order_by():
        found[person].add(key)
    return {person: frozenset(keys) for person, keys in found.items()}


def most_points(cycle: Cycle) -> int:
    """The highest points of each criterion, in all."""
    levels = RubricLevel.objects.filter(criterion__cycle=cycle).order_by()
    return sum(most for _key, most in levels.values_list("criterion").annotate(Max("points")))
