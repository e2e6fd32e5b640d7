"""Who is in the zone of a lottery: applications with equal or close raw means, or too close to call. Read-only."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from applications.base import lottery as rule
from applications.models import Application, Assignment, Cycle, Decision, Lottery
from applications.scores import comparing
from applications.selection import ranking
from exchange.reference import facts

Kind = Lottery.Kind


@dataclass(frozen=True, slots=True)
class Zone:
    """`text`: the description that is frozen with the entries. `open_readings`: readings that can still change who is
    in the zone."""

    kind: str
    text: str
    inside: QuerySet[Application]
    open_readings: QuerySet[Assignment]


def undecided(cycle: Cycle) -> QuerySet[Application]:
    """Applications that can be drawn: submitted, scored, and without a result, released or not."""
    private = Decision.objects.unreleased().filter(application=OuterRef("pk"))
    return Application.objects.submitted().filter(~Exists(private), cycle=cycle, score_mean__isnull=False)


def by_mean(cycle: Cycle, low: Decimal, high: Decimal, seats: int) -> Zone:
    inside = undecided(cycle).filter(score_mean__range=(low, high))
    open_readings = Assignment.objects.filter(application__in=inside).unread()
    return Zone(Kind.MEAN, rule.zone_of_means(low, high, seats), inside, open_readings)


def too_close(cycle: Cycle, seats: int) -> Zone | None:
    """The applications marked as too close to call on the ranked list, by the score that counts; None if there is no
    seat line.

    Every reading of the cycle can move the line.
    """
    numbers = facts.numbers(*comparing.FACTS)
    compared = comparing.compare(cycle, numbers, at_once=True)
    if compared.line is None:
        return None
    text = rule.zone_too_close(
        score="adjusted" if compared.is_adjusted else "mean",
        percent=numbers["scoring.interval_percent"],
        line=compared.line,
        marked=compared.close,
        seats=seats,
    )
    inside = undecided(cycle).filter(pk__in=compared.close_keys())
    return Zone(Kind.CLOSE, text, inside, Assignment.objects.filter(application__cycle=cycle).unread())


# --- What a form begins with ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Close:
    """The zone that the ranked list marks. marked: how many in the whole cycle; open: how many of them have no result;
    left: how many seats are left for them."""

    line: float
    is_adjusted: bool
    percent: int | Decimal
    marked: int
    open: int
    left: int

    @property
    def can_be_drawn(self) -> bool:
        return 0 < self.left < self.open


def close_now(cycle: Cycle) -> Close | None:
    """The current zone; None if there is no seat line. `left`: the seats minus those taken and minus the applications
    above the zone."""
    numbers = facts.numbers(*comparing.FACTS)
    compared = comparing.compare(cycle, numbers)
    if compared.line is None or cycle.seats is None:
        return None
    marked = compared.close_keys()
    ahead = {key for key, place in zip(compared.keys, compared.places, strict=True) if place <= cycle.seats}
    above = undecided(cycle).filter(pk__in=ahead.difference(marked)).count()
    return Close(
        line=compared.line,
        is_adjusted=compared.is_adjusted,
        percent=numbers["scoring.interval_percent"],
        marked=len(marked),
        open=undecided(cycle).filter(pk__in=marked).count(),
        left=max(0, cycle.seats - ranking.counts_of(cycle).taken - above),
    )


def tie_at_the_cut(cycle: Cycle) -> dict[str, object] | None:
    """The zone of equal means on both sides of the last seat, and its seats; None if the means differ there."""
    left = (cycle.seats or 0) - ranking.counts_of(cycle).taken
    if left < 1:
        return None
    means = list(undecided(cycle).order_by("-score_mean").values_list("score_mean", flat=True)[: left + 1])
    if len(means) <= left or means[left] != means[left - 1]:
        return None
    mean = means[left]
    return {"score_from": mean, "score_to": mean, "seats": left - sum(each != mean for each in means)}


def proposal(cycle: Cycle, close: Close | None) -> dict[str, object]:
    """Initial values of the form: the zone that the list marks, and in the other fields equal means at the cut."""
    equal = tie_at_the_cut(cycle) or {}
    if close and close.can_be_drawn:
        return equal | {"kind": Kind.CLOSE, "seats": close.left}
    return equal | {"kind": Kind.MEAN}
