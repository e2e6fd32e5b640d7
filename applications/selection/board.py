"""Figures of a whole cycle for the committee's list, which seldom change.

They are cached until an act changes them (`exchange.background.cached_figures`), so that the list needs one query for
them instead of eight. When a committee decides on one candidate after another, only the counts change.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from applications.models import Assignment, Cycle, RubricCriterion, RubricLevel
from applications.models.application import scores_can_change
from applications.scores import comparing
from applications.selection import ranking, zones
from applications.selection.actions import lottery
from exchange.background.cached_figures import RecentEvents, all_but, cached
from exchange.models import College, Role, User
from exchange.reference import facts

# Acts that write text only, by students, readers and the committee: they change no figure
WRITING = (
    *("application.save_answers", "application.write_recommendation", "recommendation.save_draft"),
    *("review.save", "norming.save", "committee.add_note", "committee.take_back_note"),
    *("thread.ask", "thread.write", "thread.answer", "thread.tell", "thread.pass_on"),
    *("thread.attach_text", "thread.detach_text"),
)
SPREAD_FLAG = "selection.spread_flag"
DECIDING = ("selection.decide", "selection.undo")


@dataclass(frozen=True, slots=True)
class Board:
    """fingerprint: of the locked readings, for `comparing.compare`. most: the highest total that a reader can give.

    hidden: for each person of the office, the primary keys of applications whose scores they may not see yet.
    numbers: the facts that the list goes by.
    """

    fingerprint: comparing.Fingerprint
    most: int
    places: Mapping[str, lottery.Place]
    colleges: list[College]
    hidden: Mapping[int, frozenset[int]]
    numbers: Mapping[str, Any]

    def hidden_for(self, user: User) -> frozenset[int]:
        return self.hidden.get(user.pk, frozenset())


def board_of(cycle: Cycle, *, by: User, recent: RecentEvents | None = None) -> Board:
    recent, matters = recent or RecentEvents(), all_but(*WRITING, *DECIDING)
    key = f"board:{cycle.pk}"
    return cached(key, lambda: _board(cycle), by=by, always_cache=True, recent=recent, matters=matters).value


def counts_of(cycle: Cycle, *, by: User, recent: RecentEvents | None = None) -> ranking.Counts:
    recent, matters = recent or RecentEvents(), all_but(*WRITING)
    key = f"progress:{cycle.pk}"
    return cached(key, lambda: ranking.counts_of(cycle), by=by, always_cache=True, recent=recent, matters=matters).value


def shared_of(cycle: Cycle, status: str, *, by: User, recent: RecentEvents | None = None) -> ranking.Shared:
    """How many share each pair of figures, which says how many are ahead of any row."""
    recent, matters = recent or RecentEvents(), all_but(*WRITING, *DECIDING)
    key, peers = f"shared:{cycle.pk}:{status}", cycle.applications.filter(status=status)
    counted = cached(key, lambda: ranking.shared_by(peers), by=by, always_cache=True, recent=recent, matters=matters)
    return counted.value


def undecided_of(cycle: Cycle, *, by: User, recent: RecentEvents | None = None) -> ranking.Shared:
    """As `shared_of`, of those who have no result yet, saved or released."""
    recent, matters = recent or RecentEvents(), all_but(*WRITING)
    key, waiting = f"undecided:{cycle.pk}", zones.undecided(cycle)
    counted = cached(key, lambda: ranking.shared_by(waiting), by=by, always_cache=True, recent=recent, matters=matters)
    return counted.value


def _board(cycle: Cycle) -> Board:
    return Board(
        fingerprint=comparing.fingerprint_of(cycle),
        most=most_points(cycle),
        places=lottery.places_of(cycle),
        colleges=list(College.objects.all()),
        hidden=_hidden(cycle),
        numbers=facts.numbers(SPREAD_FLAG, *comparing.FACTS),
    )


def _hidden(cycle: Cycle) -> Mapping[int, frozenset[int]]:
    """For each person of the office, the applications they must still read or interview, and their own from before
    they joined the office."""
    office = Role.objects.filter(kind=Role.Kind.COORDINATOR).values("user")
    to_read = Assignment.objects.filter(scores_can_change(), reader__in=office, application__cycle=cycle)
    own = cycle.applications.filter(student__in=office)
    found: defaultdict[int, set[int]] = defaultdict(set)
    pairs = to_read.order_by().values_list("reader", "application")
    for person, key in pairs.union(own.order_by().values_list("student", "pk")).order_by():
        found[person].add(key)
    return {person: frozenset(keys) for person, keys in found.items()}


def most_points(cycle: Cycle, kind: RubricCriterion.Kind = RubricCriterion.Kind.READING) -> int:
    """The sum of each criterion's highest points; 0 without criteria."""
    levels = RubricLevel.objects.filter(criterion__cycle=cycle, criterion__kind=kind).order_by()
    return sum(most for _key, most in levels.values_list("criterion").annotate(Max("points")))


def most_in_an_interview(cycle: Cycle) -> int:
    """As `most_points`, of what interviewers score."""
    return most_points(cycle, RubricCriterion.Kind.INTERVIEW) or most_points(cycle)
