"""The ranked list of a cycle, in pages that cost the same however many applications there are.

The order is that of `scoring.rank`: mean, then median, from high to low, then code; unread ones last.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Prefetch, Q, QuerySet, Value
from django.utils.translation import gettext as _

from applications.base.paging import Halves
from applications.models import Application, Assignment, Cycle, Decision
from applications.scores import comparing
from applications.states import RESULTS, Status
from exchange.models import User
from exchange.templatetags.ui import one_place


def ranked_list(
    applications: QuerySet[Application],
    *,
    user: User,
    count: int | None = None,
    covered: Collection[int] = (),
) -> Halves:
    """The scored ones from high to low, then those without a score; `count` where it is known.

    `covered`: keys of those whose scores this person must not see yet. Their place would tell, so they come last.
    """
    scored = applications.filter(score_mean__isnull=False)
    last = Q(score_mean__isnull=True)
    if covered:
        scored, last = scored.exclude(pk__in=covered), last | Q(pk__in=covered)
    return Halves(
        scored.order_by("-score_mean", "-score_median", "code"),
        applications.filter(last).order_by("code"),
        dress=lambda rows: with_committee_facts(rows, user),
        count=count,
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the committee stands: people by result, private and told, and how many are still open."""

    decided: Mapping[str, int]
    told: Mapping[str, int]
    submitted: int
    undecided: int

    @property
    def taken(self) -> int:
        """Seats that are spoken for: selected, told or not, less those who gave it back."""
        return self.decided[Status.SELECTED] + self.told[Status.SELECTED] + self.told[Status.CONFIRMED]

    @property
    def decided_in_all(self) -> int:
        return sum(self.decided.values())


def counts_of(cycle: Cycle) -> Counts:
    """In one query: how many are in each state, and how many of those have a result that nobody knows yet."""
    told, decided = dict.fromkeys(map(str, Status), 0), dict.fromkeys(map(str, RESULTS), 0)
    everybody = cycle.applications.order_by().values_list(Value(""), "status").annotate(number=Count("pk"))
    private = Decision.objects.unreleased().filter(application__cycle=cycle).order_by()
    by_result = private.values_list("result", "application__status").annotate(number=Count("pk"))
    open_and_decided = 0
    for result, status, number in everybody.union(by_result, all=True).order_by():
        if not result:
            told[status] = number
        elif status in (Status.SUBMITTED, Status.WAITLISTED):
            decided[result] += number
            open_and_decided += number if status == Status.SUBMITTED else 0
    submitted = told[Status.SUBMITTED]
    return Counts(decided=decided, told=told, submitted=submitted, undecided=submitted - open_and_decided)


def with_committee_facts(applications: QuerySet[Application], user: User) -> QuerySet[Application]:
    """`own_reading_open`: the person looking has to lock a reading of it first, so its scores stay covered.

    So do those of the person's own application, and what was decided on it.
    """
    decisions = Decision.objects.exclude(application__student=user)
    own = Assignment.objects.filter(application=OuterRef("pk"), reader=user, review__locked_at__isnull=True)
    return (
        applications.select_related("student", "college", "endorsement", "interview__slot")
        .prefetch_related(
            Prefetch("decisions", queryset=decisions.order_by("-decided_at", "-pk"), to_attr="all_decisions")
        )
        .annotate(own_reading_open=ExpressionWrapper(Exists(own) | Q(student=user), output_field=BooleanField()))
    )


def ranks_of(
    applications: Sequence[Application], *, start: int | None = None, covered: Collection[int] = ()
) -> dict[int, int]:
    """The rank of each scored one among all of its cycle in the same state; equal scores share a rank.

    `covered` ones have none, and leave no gap that would tell. `start`: how many stand before the first one, where the
    rows are a stretch of the whole list; without it they are some of it, and the database counts who is ahead of each.
    """
    scored = [each for each in applications if each.score_mean is not None and each.pk not in covered]
    if not scored:
        return {}
    known = {_figures(scored[0]): 0}
    if start != 0:
        known = _ahead(scored if start is None else scored[:1], covered)
    ranks = {}
    for place, each in enumerate(scored, start=start or 0):
        ranks[each.pk] = known.setdefault(_figures(each), place) + 1
    return ranks


type Figures = tuple[Decimal | None, Decimal | None]


def _figures(application: Application) -> Figures:
    return application.score_mean, application.score_median


def _ahead(scored: Sequence[Application], covered: Collection[int]) -> dict[Figures, int]:
    """How many of the whole list are ahead of each pair of figures, in one query over the top of the index."""
    wanted = list({_figures(each) for each in scored})
    peers = Application.objects.filter(
        cycle=scored[0].cycle_id,
        status=scored[0].status,
        score_mean__gte=min(mean for mean, _median in wanted if mean is not None),
    )
    if covered:
        peers = peers.exclude(pk__in=covered)
    counts = peers.aggregate(
        **{
            f"ahead_{place}": Count("pk", filter=Q(score_mean__gt=mean) | Q(score_mean=mean, score_median__gt=median))
            for place, (mean, median) in enumerate(wanted)
        }
    )
    return {figures: counts[f"ahead_{place}"] for place, figures in enumerate(wanted)}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the committee's list."""

    application: Application
    rank: int | None
    decision: Decision | None
    is_flagged: bool
    shows_scores: bool
    compared: comparing.Figures | None = None  # beside the raw figures; none while these are covered

    @property
    def adjusted(self) -> str:
        """The adjusted score; empty where there is none."""
        return one_place(self.compared.adjusted) if self.compared else ""

    @property
    def range(self) -> str:
        """Its place, and what likely holds the true score."""
        if self.compared is None:
            return ""
        low, high = one_place(self.compared.low), one_place(self.compared.high)
        return _("place %(place)s, %(low)s to %(high)s") % {"place": self.compared.place, "low": low, "high": high}


def rows_of(
    applications: Sequence[Any],
    *,
    spread_flag: int | Decimal,
    start: int | None = None,
    comparison: comparing.Comparison | None = None,
    covered: Collection[int] = (),
) -> list[Row]:
    ranks = ranks_of(applications, start=start, covered=covered)
    places = _Places(comparison, covered) if comparison else None
    return [
        Row(
            application=each,
            rank=None if each.own_reading_open else ranks.get(each.pk),
            decision=each.all_decisions[0] if each.all_decisions else None,
            is_flagged=each.reads_locked > 1 and each.score_spread >= spread_flag,
            shows_scores=not each.own_reading_open,
            compared=places.of(each.pk) if places and not each.own_reading_open else None,
        )
        for each in applications
    ]


class _Places:
    """Places by the score that counts, closed up over those that are covered."""

    def __init__(self, comparison: comparing.Comparison, covered: Collection[int]) -> None:
        self.comparison = comparison
        self.left_out = sorted(found.place for key in covered if (found := comparison.of(key)))

    def of(self, key: int) -> comparing.Figures | None:
        found = self.comparison.of(key)
        return found and replace(found, place=found.place - bisect_left(self.left_out, found.place))
