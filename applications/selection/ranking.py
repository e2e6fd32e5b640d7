"""The ranked list of a cycle, in pages whose cost does not grow with the number of applications.

The order is that of `scoring.rank`: mean, then median, from high to low, then code; unread applications last.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Prefetch, Q, QuerySet, Value
from django.utils.translation import gettext as _

from applications.base.paging import Halves
from applications.models import Application, Assignment, Cycle, Decision
from applications.models.application import may_tell
from applications.scores import comparing
from applications.states import RESULTS, Status
from exchange.models import User
from exchange.templatetags.ui import one_place

RANKING = ("-score_mean", "-score_median", "code")
SCORES = {"score_mean", "score_median", "score_spread"}  # they tell what some may not see yet


def ranked_list(
    applications: QuerySet[Application],
    *,
    user: User,
    order: Sequence[str] = RANKING,
    count: int | None = None,
    hidden: Collection[int] = (),
) -> Halves:
    """The scored applications in this order, then those without a score. `count`: of all, if it is known; without it
    they are few.

    `hidden`: primary keys of applications whose scores this person may not see yet. They come last, because their
    place would tell the score. An order without a score has everybody in one row.
    """
    plain = [name for name in order if name.removeprefix("-") not in SCORES]
    # everyone has what is sorted by first; saying so lets the database go along its index
    first = applications.filter(**{f"{order[0].removeprefix('-')}__isnull": False})
    if len(plain) == len(order):
        scored, rest = first, applications.none()
    else:
        scored, last = first.filter(score_mean__isnull=False), Q(score_mean__isnull=True)
        if hidden:
            scored, last = scored.exclude(pk__in=hidden), last | Q(pk__in=hidden)
        rest = applications.filter(last)
    return Halves(
        scored.order_by(*order),
        rest.order_by(*(plain or ["code"])),
        dress=lambda rows: with_committee_facts(rows, user),
        count=count,
        is_search=count is None,
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """The committee's progress. `decided`: unreleased results; `told`: applications by status; `incomplete`: submitted
    ones with a score from fewer readings than planned."""

    decided: Mapping[str, int]
    told: Mapping[str, int]
    submitted: int
    undecided: int
    incomplete: int = 0

    @property
    def taken(self) -> int:
        """Seats that are taken: selected (released or not) and confirmed applications."""
        return self.decided[Status.SELECTED] + self.told[Status.SELECTED] + self.told[Status.CONFIRMED]


PARTLY = "partly"


def partly_read(cycle: Cycle) -> Q:
    """Applications with a score from fewer readings than planned, which can still change."""
    return Q(reads_locked__gt=0, reads_locked__lt=cycle.reads_each)


def is_partly_read(application: Application, cycle: Cycle) -> bool:
    return 0 < application.reads_locked < cycle.reads_each


def read_in_words(application: Application, cycle: Cycle) -> str:
    """ "1 of 3 read", for an application whose score can still change; "" for the others."""
    if not is_partly_read(application, cycle):
        return ""
    return _("%(done)s of %(total)s read") % {"done": application.reads_locked, "total": cycle.reads_each}


def counts_of(cycle: Cycle) -> Counts:
    """How many applications are in each state, and how many of those have an unreleased result. One query."""
    told, decided = dict.fromkeys(map(str, Status), 0), dict.fromkeys(map(str, RESULTS), 0)
    everybody = cycle.applications.order_by().values_list(Value(""), "status").annotate(number=Count("pk"))
    private = Decision.objects.unreleased().filter(application__cycle=cycle).order_by()
    by_result = private.values_list("result", "application__status").annotate(number=Count("pk"))
    partly = cycle.applications.submitted().filter(partly_read(cycle)).order_by()
    partly_counted = partly.values_list(Value(PARTLY), "status").annotate(number=Count("pk"))
    open_and_decided = incomplete = 0
    for result, status, number in everybody.union(by_result, partly_counted, all=True).order_by():
        if result == PARTLY:
            incomplete += number
        elif not result:
            told[status] = number
        elif status in (Status.SUBMITTED, Status.WAITLISTED):
            decided[result] += number
            open_and_decided += number if status == Status.SUBMITTED else 0
    submitted = told[Status.SUBMITTED]
    return Counts(decided, told, submitted, submitted - open_and_decided, incomplete)


def with_committee_facts(applications: QuerySet[Application], user: User) -> QuerySet[Application]:
    """Adds `own_reading_open`: whether scores stay hidden, because this person must still lock a reading of the
    application, or because it is their own.

    Also adds `all_decisions`, newest first; empty for the person's own application. And `may_tell`.
    """
    decisions = Decision.objects.exclude(application__student=user)
    own = Assignment.objects.still_scored_by(user).filter(application=OuterRef("pk"))
    return (
        applications.select_related("student", "college", "endorsement", "interview__slot")
        .prefetch_related(
            Prefetch("decisions", queryset=decisions.order_by("-decided_at", "-pk"), to_attr="all_decisions")
        )
        .annotate(
            own_reading_open=ExpressionWrapper(Exists(own) | Q(student=user), output_field=BooleanField()),
            may_tell=may_tell(),
        )
    )


type Figures = tuple[Decimal | None, Decimal | None]  # mean and median
type Shared = Sequence[tuple[Figures, int]]  # how many have each pair, the highest first


def ranks_of(
    applications: Sequence[Application],
    *,
    start: int | None = None,
    hidden: Collection[int] = (),
    shared: Callable[[], Shared] | None = None,
) -> dict[int, int]:
    """The rank of each scored application among all in its cycle with the same status; equal scores share a rank.

    `hidden` applications have none, and leave no gap that would reveal them. `start`: how many rows come before the
    first one, if the applications are consecutive rows of the whole list. None: they are any rows of it. `shared`: what
    `shared_by` found earlier, hidden ones included.
    """
    scored = [each for each in applications if each.score_mean is not None and each.pk not in hidden]
    if not scored:
        return {}
    known = {_figures(scored[0]): 0}
    if start != 0:
        peers = Application.objects.filter(cycle=scored[0].cycle_id, status=scored[0].status)
        away = peers.filter(pk__in=hidden) if hidden else None
        known = _ahead(shared() if shared else shared_by(peers), away)
    ranks = {}
    for place, each in enumerate(scored, start=start or 0):
        ranks[each.pk] = known.setdefault(_figures(each), place) + 1
    return ranks


def _figures(application: Application) -> Figures:
    return application.score_mean, application.score_median


def shared_by(applications: QuerySet[Application]) -> Shared:
    """How many of these share each pair of figures. For those of a cycle with one status a query along the index: there
    are few pairs, however many applications."""
    peers = applications.filter(score_mean__isnull=False)
    shared = peers.order_by("-score_mean", "-score_median").values_list("score_mean", "score_median")
    return [((mean, median), number) for mean, median, number in shared.annotate(number=Count("cycle"))]


@dataclass(frozen=True, slots=True)
class Tie:
    """`count` applications with the same mean and median (`figures`), of which only `spots` would get one."""

    figures: Figures
    count: int
    spots: int


def tie_at_the_end(shared: Shared, spots: int) -> Tie | None:
    """The tie for the last of so many spots, if they went by the order of the list."""
    ahead = 0
    for figures, number in shared:
        if ahead < spots < ahead + number:
            return Tie(figures, number, spots - ahead)
        ahead += number
    return None


def _is_part_of(tie: Tie, application: Any) -> bool:
    """`application`: with the facts for the committee. Whoever has a result is no longer part of it."""
    if application.own_reading_open or _figures(application) != tie.figures:
        return False
    return all(decision.released_at for decision in application.all_decisions)


def told_apart(decisions: Collection[Decision], hidden: Collection[int]) -> list[Decision]:
    """Saved results of candidates with equal scores, of whom some are selected and others aren't: the highest first.

    Without those whose scores may not be seen yet (`hidden`), and of no cycle that goes by adjusted scores.
    """
    by_figures: defaultdict[Figures, list[Decision]] = defaultdict(list)
    for each in decisions:
        application = each.application
        if application.score_mean is None or application.pk in hidden:
            continue
        if application.cycle.scores_by != Cycle.Basis.ADJUSTED:
            by_figures[_figures(application)].append(each)
    groups = (by_figures[figures] for figures in sorted(by_figures, reverse=True))
    mixed = (group for group in groups if len({each.result == Status.SELECTED for each in group}) > 1)
    return list(chain.from_iterable(mixed))


def _ahead(shared: Shared, away: QuerySet[Application] | None) -> dict[Figures, int]:
    """How many are ahead of each pair, without those that are away: one more query if there are any."""
    uncounted = Counter(away.values_list("score_mean", "score_median")) if away is not None else Counter[Figures]()
    ahead, places = 0, {}
    for figures, number in shared:
        places[figures] = ahead
        ahead += number - uncounted[figures]
    return places


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One row of the committee's list."""

    application: Application
    rank: int | None
    decision: Decision | None
    is_flagged: bool
    shows_scores: bool
    compared: comparing.Figures | None = None  # beside the raw figures; None while scores are hidden
    is_tied: bool = False  # for the last spot

    @property
    def word(self) -> str:
        """What the student's college decided, or why nothing."""
        application: Any = self.application  # it has annotations
        if endorsement := getattr(application, "endorsement", None):
            return str(endorsement.get_result_display())
        is_silent = application.status == Status.SUBMITTED and not application.may_tell
        return _("not authorized") if is_silent else _("waiting")

    @property
    def adjusted(self) -> str:
        """The adjusted score as text; "" if there is none."""
        return one_place(self.compared.adjusted) if self.compared else ""

    @property
    def range(self) -> str:
        """The place, and the interval of the score."""
        if self.compared is None:
            return ""
        low, high = one_place(self.compared.low), one_place(self.compared.high)
        return _("rank %(place)s, %(low)s to %(high)s") % {"place": self.compared.place, "low": low, "high": high}


def rows_of(
    applications: Sequence[Any],
    *,
    spread_flag: int | Decimal,
    start: int | None = None,
    comparison: comparing.Comparison | None = None,
    hidden: Collection[int] = (),
    shared: Callable[[], Shared] | None = None,
    tie: Tie | None = None,
) -> list[RankedRow]:
    ranks = ranks_of(applications, start=start, hidden=hidden, shared=shared)
    places = _Places(comparison, hidden) if comparison else None
    return [
        RankedRow(
            application=each,
            rank=None if each.own_reading_open else ranks.get(each.pk),
            decision=each.all_decisions[0] if each.all_decisions else None,
            is_flagged=each.reads_locked > 1 and each.score_spread >= spread_flag,
            shows_scores=not each.own_reading_open,
            compared=places.of(each.pk) if places and not each.own_reading_open else None,
            is_tied=tie is not None and _is_part_of(tie, each),
        )
        for each in applications
    ]


class _Places:
    """Places by the score that counts, renumbered without the hidden applications."""

    def __init__(self, comparison: comparing.Comparison, hidden: Collection[int]) -> None:
        self.comparison = comparison
        self.left_out = sorted(found.place for key in hidden if (found := comparison.of(key)))

    def of(self, key: int) -> comparing.Figures | None:
        found = self.comparison.of(key)
        return found and replace(found, place=found.place - bisect_left(self.left_out, found.place))
