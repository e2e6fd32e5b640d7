"""Actions on a trip as a whole: it's closed or reopened, the group leaves, is delayed, and returns."""

from collections.abc import Mapping
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.base import edit_lock
from applications.models import Application, Cycle
from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.guests import links
from exchange.models import User
from travel.base.task_rows import city_of
from travel.models import PlacementRun, Trip, TripChange
from travel.placement.actions.placement_release import refuse_while_releasing
from travel.placement.slots import CANCELED, DEPARTED, RETURNED, Course


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
        raise RuleViolation("reason_needed", gettext_lazy("Say why the trip is canceled. It’s part of the record."))
    if trip.departed_at is not None:
        raise RuleViolation("departed", gettext_lazy("This trip has already left. Nothing was changed."))
    if trip.placements.active().exists():
        raise RuleViolation(
            "has_travelers",
            gettext_lazy("Students have spots on this trip. Cancel it on the trip’s page, so that everyone is told."),
        )
    trip.closed_at, trip.closed_by, trip.closed_reason = timezone.now(), by, reason
    trip.save(update_fields=["closed_at", "closed_by", "closed_reason"])
    for follow in CANCELED:
        follow(trip, [], by)
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
def depart(trip: Trip, *, left: Mapping[int, str] | None = None, by: User | None, leader: str = "") -> Trip:
    """Record that the group has left: everyone who still has a seat has traveled. Safe to repeat.

    `left`: those who aren't with the group, as {primary key of the placement: reason}; the office gets a task for each
    at once. `leader`: the name of a leader without an account, who records it.
    RuleViolation: ("too_early") before the day of departure, ("nobody_travels") without travelers, ("reason_needed").
    """
    # applications before the trip, so that nobody withdraws while the group leaves
    list(Application.objects.select_for_update(of=("self",)).filter(placement__trip=trip).values_list("pk"))
    trip = _locked(trip)
    if trip.departed_at is not None:
        return trip
    if timezone.localdate() < trip.leaves_on:
        raise RuleViolation("too_early", _("This trip’s departure day hasn’t come yet. Nothing was changed."))
    now, left = timezone.now(), _with_reasons(left)
    going = trip.placements.active()
    count = going.filter(travelled_at__isnull=True).exclude(pk__in=left).update(travelled_at=now)
    if not count:
        raise RuleViolation("nobody_travels", _("No one would travel, so nothing was changed."))
    trip.departed_at = now
    trip.save(update_fields=["departed_at"])
    audit.record("placement.depart", trip, by=by, changes={"travelers": count} | _name(leader))
    for follow in DEPARTED:
        follow(Course(trip, left, by, leader))
    return trip


@transaction.atomic
def bring_back(
    trip: Trip,
    *,
    missing: Mapping[int, str] | None = None,
    on: date | None = None,
    by: User | None,
    leader: str = "",
) -> Trip:
    """Record that the group is home, today or on the day `on`. Safe to repeat. `missing`, `leader`: as for `depart`.

    RuleViolation: ("not_departed") before it has left, ("not_then") for a day before the departure or after today,
    ("reason_needed").
    """
    trip = _locked(trip)
    if trip.returned_at is not None:
        return trip
    if trip.departed_at is None:
        raise RuleViolation("not_departed", _("This trip hasn’t left yet, so it can’t have returned."))
    now, missing = timezone.now(), _with_reasons(missing)
    day = on or timezone.localdate(now)
    if not timezone.localdate(trip.departed_at) <= day <= timezone.localdate(now):
        raise RuleViolation("not_then", _("Enter a day from the departure until today."))
    end = timezone.make_aware(datetime.combine(day, time(23, 59)))
    trip.returned_at = max(trip.departed_at, min(now, end))
    trip.save(update_fields=["returned_at"])
    travelers = trip.placements.filter(travelled_at__isnull=False, returned_at__isnull=True)
    count = travelers.exclude(pk__in=missing).update(returned_at=trip.returned_at)
    audit.record("placement.return", trip, by=by, changes={"travelers": count} | _name(leader))
    for follow in RETURNED:
        follow(Course(trip, missing, by, leader))
    return trip


def expected(trip: Trip) -> str:
    """What a form carries of the day on which the group was expected when it was opened."""
    return edit_lock.fingerprint(trip, ("home_on",))


@transaction.atomic
def delay(trip: Trip, *, until: date, reason: str, by: User | None, leader: str = "", seen: str = "") -> Trip:
    """Record that the group comes home later than planned, or on the planned day after all. Safe to repeat.

    What depends on the return moves with it (`Trip.home_on`); the office gets a task for the rest.
    `seen`: `expected` as the form was opened; "" checks nothing. RuleViolation: not_departed, is_home, too_soon (before
    the planned day, or in the past), reason_needed, changed_meanwhile.
    """
    trip = _locked(trip)
    if trip.departed_at is None:
        raise RuleViolation("not_departed", _("This trip hasn’t left yet. Change its dates instead."))
    if trip.returned_at is not None:
        raise RuleViolation("is_home", _("This group is already home. Nothing was changed."))
    if until == trip.home_on:
        return trip
    edit_lock.check(seen, expected(trip))
    if until < max(trip.returns_on, timezone.localdate()):
        text = _("A delay is to a later day. To bring the group home earlier, cut the trip short.")
        raise RuleViolation("too_soon", text)
    reason = reason.strip()
    if not reason:
        raise RuleViolation("reason_needed", _("Say why the group comes home later."))
    before = trip.home_on
    trip.delayed_to = until if until > trip.returns_on else None
    trip.save(update_fields=["delayed_to"])
    links.follow(trip)
    changes = {"home_on": [before.isoformat(), until.isoformat()]} | _name(leader)
    audit.record("trip.delay", trip, by=by, reason=reason, changes=changes)
    params = city_of(trip) | {"reason": reason}
    key, path = f"delay:{trip.code}:{until:%Y%m%d}", trip.get_absolute_url()
    today = timezone.localdate()
    office_tasks.open(key, "travel.delayed", due_on=today, about=key_of(trip), path=path, params=params, by=by)
    return trip


def _with_reasons(missing: Mapping[int, str] | None) -> dict[int, str]:
    found = {pk: reason.strip() for pk, reason in (missing or {}).items()}
    if not all(found.values()):
        raise RuleViolation("reason_needed", _("Enter a reason for each traveler who isn’t with the group."))
    return found


def _name(leader: str) -> dict[str, str]:
    return {"leader": leader} if leader else {}


def ask_about_left_behind(course: Course) -> None:
    _ask_about("left_behind", course)


def ask_about_not_back(course: Course) -> None:
    _ask_about("not_back", course)


def _ask_about(what: str, course: Course) -> None:
    """A task for the office, due today, and an event for each who isn't with the group."""
    rows = course.trip.placements.filter(pk__in=course.missing).select_related("application__student")
    for placement in rows.order_by("pk"):
        reason = course.missing[placement.pk]
        audit.record(f"placement.{what}", placement, by=course.by, reason=reason, changes=_name(course.leader))
        office_tasks.open(
            f"{what}:{placement.code}",
            f"travel.{what}",
            due_on=timezone.localdate(),
            about=key_of(course.trip),
            path=placement.get_absolute_url(),
            person=placement.application.student,
            params=city_of(course.trip) | {"reason": reason},
            by=course.by,
        )


def keep_links(course: Course) -> None:
    """Links of this trip work until its return."""
    links.follow(course.trip)


def _locked(trip: Trip) -> Trip:
    return Trip.objects.select_for_update(of=("self",)).get(pk=trip.pk)
