"""The ranked list of a cycle, in pages that cost the same however many applications there are.

The order is that of `scoring.rank`: mean, then median, from high to low, then code; unread ones last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from applications.models import Application, Assignment, Cycle, Decision
from applications.states import RESULTS, Status
from exchange.models import User


class RankedList:
    """What a Paginator needs, as two halves that an index serves: scored ones, then those without a score.

    Ordering all of them at once with "nulls last" would sort every row of the cycle for each page.
    """

    def __init__(self, applications: QuerySet[Application], *, counted: int | None = None):
        self.scored = applications.filter(score_mean__isnull=False).order_by("-score_mean", "-score_median", "code")
        self.unread = applications.filter(score_mean__isnull=True).order_by("code")
        self.counted = counted

    def count(self) -> int:
        if self.counted is None:
            self.counted = self.scored.order_by().count() + self.unread.order_by().count()
        return self.counted

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Application]:
        rows = list(self.scored[part])
        wanted = part.stop - part.start
        if len(rows) < wanted:
            before = 0 if rows else max(0, part.start - self.scored.order_by().count())
            rows += self.unread[before : before + wanted - len(rows)]
        return rows


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
    by_status = dict(cycle.applications.order_by().values_list("status").annotate(Count("pk")))
    decided = dict.fromkeys(map(str, RESULTS), 0)
    open_and_decided = 0
    private = Decision.objects.unreleased().filter(application__cycle=cycle).order_by()
    for result, status, count in private.values_list("result", "application__status").annotate(Count("pk")):
        if status in (Status.SUBMITTED, Status.WAITLISTED):
            decided[result] += count
        if status == Status.SUBMITTED:
            open_and_decided += count
    submitted = by_status.get(Status.SUBMITTED, 0)
    return Counts(
        decided=decided,
        told={status.value: by_status.get(status, 0) for status in Status},
        submitted=submitted,
        undecided=submitted - open_and_decided,
    )


def with_committee_facts(applications: QuerySet[Application], user: User) -> QuerySet[Application]:
    """`own_reading_open`: the person looking has to lock a reading of it first, so its scores stay covered."""
    own = Assignment.objects.filter(application=OuterRef("pk"), reader=user, review__locked_at__isnull=True)
    return (
        applications.select_related("student", "college", "endorsement")
        .prefetch_related(
            Prefetch("decisions", queryset=Decision.objects.order_by("-decided_at", "-pk"), to_attr="all_decisions")
        )
        .annotate(own_reading_open=Exists(own))
    )


def ranks_of(applications: list[Application]) -> dict[int, int]:
    """The rank of each scored one among all of its cycle in the same state; equal scores share a rank."""
    peers = Application.objects.filter(cycle=OuterRef("cycle"), status=OuterRef("status")).order_by()
    ahead = peers.filter(score_mean__gt=OuterRef("score_mean"))
    level = peers.filter(score_mean=OuterRef("score_mean"), score_median__gt=OuterRef("score_median"))
    rows = Application.objects.filter(pk__in=[each.pk for each in applications], score_mean__isnull=False).order_by()
    ranked = rows.annotate(rank=_number_of(ahead) + _number_of(level) + Value(1))
    return dict(ranked.values_list("pk", "rank"))


def _number_of(rows: QuerySet[Application]) -> Coalesce:
    count = rows.values("cycle").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(count), Value(0))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the committee's list."""

    application: Application
    rank: int | None
    decision: Decision | None
    is_flagged: bool
    shows_scores: bool


def rows_of(applications: list[Application], *, spread_flag: int | Decimal) -> list[Row]:
    ranks = ranks_of(applications)
    return [
        Row(
            application=each,
            rank=None if each.own_reading_open else ranks.get(each.pk),
            decision=each.all_decisions[0] if each.all_decisions else None,
            is_flagged=each.reads_locked > 1 and each.score_spread >= spread_flag,
            shows_scores=not each.own_reading_open,
        )
        for each in applications
    ]
