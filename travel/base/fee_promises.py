"""What a cycle promises of each passport fee: its published rules of money, for every page that says who pays."""

from decimal import Decimal

from django.db.models import Q

from applications.base.costs import Promised
from applications.models import Cycle
from travel.models import MoneyRule, Placement
from travel.models.money import MoneyRuleQuerySet


def promised_to_all(cycle: Cycle) -> dict[str, Promised]:
    """By fee, what everybody who goes gets, whichever trip it will be. One query."""
    everyone = MoneyRule.objects.in_use().filter(cycle=cycle, is_for_everyone=True, trips__isnull=True)
    return _by_fee(everyone)


def promised_to(placement: Placement) -> dict[str, Promised]:
    """By fee, what this traveler gets: what's for everyone on the trip, and what was promised to them. One query."""
    theirs = Q(promises__placement=placement, promises__canceled_cents=0)
    everyone = Q(retired_at__isnull=True, is_for_everyone=True)
    return _by_fee(MoneyRule.objects.of_trip(placement.trip).filter(theirs | everyone))


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
