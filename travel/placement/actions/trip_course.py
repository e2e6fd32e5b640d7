"""Actions on a trip as a whole: it's closed or reopened, the group leaves and returns."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Cycle
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.models import PlacementRun, Trip, TripChange
from travel.placement.actions.placement_release import refuse_while_releasing


@transaction.atomic
def close(trip: Trip, *, reason: str, by: User) -> Trip:
    """Close a trip that won't take place, so that runs fill the others. Closing it twice is the same as once.

    RuleViolation: ("reason_needed"), ("has_travelers") once anyone has a seat on it, ("departed").
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=trip.cycle_id)
    trip = _locked(trip)
    if trip.closed_at is not None:
        return trip
    refuse_while_releasing(cycle)
    reason = reason.strip()
    if not reason:
        raise RuleViolation("reason_needed", _("Say why the trip is canceled. It’s part of the record."))
    if trip.departed_at is not None:
        raise RuleViolation("departed", _("This trip has already left. Nothing was changed."))
    if trip.placements.active().exists():
        raise RuleViolation(
            "has_travelers",
            _("Students have spots on this trip. Cancel it on the trip’s page, so that everyone is told."),
        )
    trip.closed_at, trip.closed_by, trip.closed_reason = timezone.now(), by, reason
    trip.save(update_fields=["closed_at", "closed_by", "closed_reason"])
    audit.record("placement.close_trip", trip, by=by, reason=reason)
    return trip


@transaction.atomic
def reopen(trip: Trip, *, by: User) -> Trip:
    """Reopen a closed trip. Reopening it twice is the same as once.

    RuleViolation("released_without_it") once students were placed without it, which would be unfair to those who
    ranked it higher; ("students_told") if students had spots on it.
    """
    trip = _locked(trip)
    if trip.closed_at is None:
        return trip
    canceled = TripChange.objects.applied().filter(trip=trip, kind=TripChange.Kind.CANCEL)
    if canceled.filter(effects__travelers__gt=0).exists():
        text = _("Students were told that this trip is canceled, so it stays canceled. Place them on other trips.")
        raise RuleViolation("students_told", text)
    if PlacementRun.objects.filter(cycle=trip.cycle_id, released_at__gte=trip.closed_at).exists():
        raise RuleViolation(
            "released_without_it",
            _(
                "Students were placed while this trip was canceled. Reopening it now would be unfair to those who"
                " ranked it higher."
            ),
        )
    reason = trip.closed_reason
    trip.closed_at, trip.closed_by, trip.closed_reason = None, None, ""
    trip.save(update_fields=["closed_at", "closed_by", "closed_reason"])
    audit.record("placement.reopen_trip", trip, by=by, changes={"closed_for": reason})
    return trip


@transaction.atomic
def depart(trip: Trip, *, by: User) -> Trip:
    """Record that the group has left: everyone who still has a seat has traveled. Safe to repeat.

    RuleViolation: ("too_early") before the day of departure, ("nobody_travels") without travelers.
    """
    # applications before the trip, so that nobody withdraws while the group leaves
    list(Application.objects.select_for_update(of=("self",)).filter(placement__trip=trip).values_list("pk"))
    trip = _locked(trip)
    if trip.departed_at is not None:
        return trip
    if timezone.localdate() < trip.leaves_on:
        raise RuleViolation("too_early", _("This trip’s departure day hasn’t come yet. Nothing was changed."))
    now = timezone.now()
    count = trip.placements.active().filter(travelled_at__isnull=True).update(travelled_at=now)
    if not count:
        raise RuleViolation("nobody_travels", _("No one has a spot on this trip. Nothing was changed."))
    trip.departed_at = now
    trip.save(update_fields=["departed_at"])
    audit.record("placement.depart", trip, by=by, changes={"travelers": count})
    return trip


@transaction.atomic
def bring_back(trip: Trip, *, by: User) -> Trip:
    """Record that the group is home. Safe to repeat. RuleViolation("not_departed") before it has left."""
    trip = _locked(trip)
    if trip.returned_at is not None:
        return trip
    if trip.departed_at is None:
        raise RuleViolation("not_departed", _("This trip hasn’t left yet, so it can’t have returned."))
    trip.returned_at = timezone.now()
    trip.save(update_fields=["returned_at"])
    travelers = trip.placements.filter(travelled_at__isnull=False, returned_at__isnull=True)
    count = travelers.update(returned_at=trip.returned_at)
    audit.record("placement.return", trip, by=by, changes={"travelers": count})
    return trip


def _locked(trip: Trip) -> Trip:
    return Trip.objects.select_for_update(of=("self",)).get(pk=trip.pk)
