"""What a cycle promises of each passport fee: its published rules of money, for every page that says who pays."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from applications.base.costs import Promised
from applications.models import Cycle
from exchange.models import Event
from travel.models import FeeVoucher, MoneyRule, Placement, Trip
from travel.models.money import MoneyRuleQuerySet

MOVES = ("placement.move", "placement.move_by_hand")  # events with the trips before and after


def promised_to_all(cycle: Cycle) -> dict[str, Promised]:
    """By fee, what everybody who goes gets, whichever trip it will be. One query."""
    everyone = MoneyRule.objects.in_use().filter(cycle=cycle, is_for_everyone=True, trips__isnull=True)
    return _by_fee(everyone)


def promised_to(placement: Placement) -> dict[str, Promised]:
    """By fee, what this traveler gets: what's for everyone on the trip, and what was promised to them. One query."""
    theirs = Q(promises__placement=placement, promises__canceled_cents=0)
    everyone = Q(retired_at__isnull=True, is_for_everyone=True)
    return _by_fee(MoneyRule.objects.of_trip(placement.trip).filter(theirs | everyone))


@dataclass(frozen=True, slots=True)
class EndedVoucher:
    """`was_for`: the trip that they were on, where it was for its travelers only; None where the office stopped it.
    `has_one`: they hold a voucher for this fee, which stays theirs.
    """

    rule: MoneyRule
    was_for: Trip | None
    has_one: bool


def ended_for(placement: Placement) -> list[EndedVoucher]:
    """Vouchers that this traveler could read of and that aren't offered to them any longer, without those that another
    one replaces. Needs the trip. Three queries at most.
    """
    left = trips_left(placement)
    vouchers = MoneyRule.objects.promised().filter(kind=MoneyRule.Kind.VOUCHER, cycle=placement.trip.cycle_id)
    rows = list(vouchers.filter(is_for_everyone=True).prefetch_related("trips__city"))
    offered = {row.fee for row in rows if row.retired_at is None and _is_for(row, {placement.trip_id})}
    ended = [
        row
        for row in rows
        if row.fee not in offered
        and (row.retired_at is None or row.retired_at > placement.placed_at)
        and _is_for(row, {placement.trip_id, *left})
    ]
    if not ended:
        return []
    held = set(FeeVoucher.objects.held().filter(application=placement.application_id).values_list("fee", flat=True))
    return [EndedVoucher(row, _trip_left(row, placement, left), row.fee in held) for row in ended]


def _is_for(rule: MoneyRule, trips: Collection[int]) -> bool:
    only = {trip.pk for trip in rule.trips.all()}
    return not only or not only.isdisjoint(trips)


def _trip_left(rule: MoneyRule, placement: Placement, left: Collection[int]) -> Trip | None:
    if _is_for(rule, {placement.trip_id}):
        return None
    return next(trip for trip in rule.trips.all() if trip.pk in left)


def trips_left(placement: Placement) -> set[int]:
    """From which they were moved, by hand or by a run. One query."""
    moves = Event.objects.filter(action__in=MOVES, target_model=placement._meta.label_lower, target_id=placement.pk)
    return {changes["trip"][0] for changes in moves.values_list("changes", flat=True)} - {placement.trip_id}


def _by_fee(rules: MoneyRuleQuerySet) -> dict[str, Promised]:
    found: dict[str, Promised] = {}
    for rule in rules.promised().exclude(fee=""):
        dollars, before = Decimal(rule.cents or 0).scaleb(-2), found.get(rule.fee, Promised())
        if rule.is_voucher:
            found[rule.fee] = Promised(before.city or dollars, before.back, before.days)
        else:
            within = rule.days if rule.timing == MoneyRule.Timing.AFTER_RECEIPT else None
            back = (before.back, before.days) if before.back is not None else (dollars, within)
            found[rule.fee] = Promised(before.city, *back)
    return found
