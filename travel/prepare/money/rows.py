"""Promises of money as pages and actions read them: the sums of `money.Promise`, and when it should be there."""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from travel.models import MoneyPromise, MoneyRule, Receipt, Trip
from travel.models.money import MoneyRuleQuerySet
from travel.prepare.money import promise as money
from travel.prepare.money.promise import Promise


def sums_of(row: MoneyPromise) -> Promise:
    """Needs `with_sums` and the rule."""
    approved = row.approved if row.rule.is_refund else row.cents
    return Promise(row.cents, approved, row.listed, row.paid, row.canceled_cents)


def sums_now(promise: MoneyPromise) -> Promise:
    """The same in one query, for a row that is locked."""
    return sums_of(MoneyPromise.objects.with_sums().select_related("rule").get(pk=promise.pk))


def rules_of(trip: Trip) -> MoneyRuleQuerySet:
    """The rules that are for a trip, drafts too; not those that were stopped."""
    return MoneyRule.objects.in_use().of_trip(trip)


def expected_on(row: MoneyPromise, receipts: Iterable[Receipt] = ()) -> date | None:
    """By when the open part should be there. Needs the rule and the trip."""
    decided = [each.decided_at for each in receipts if each.decision == Receipt.Decision.APPROVED and each.decided_at]
    trip = row.placement.trip
    return money.expected_on(
        row.rule.timing,
        row.rule.days,
        leaves_on=trip.leaves_on,
        returns_on=trip.returns_on,
        approved_on=timezone.localdate(max(decided)) if decided else None,
    )


def is_of(rule: MoneyRule, trip_id: int) -> bool:
    """Whether the rule is for this trip. Needs its trips prefetched, and one cycle."""
    trips = [trip.pk for trip in rule.trips.all()]
    return not trips or trip_id in trips
