"""The action behind a tap of a roll call: kept, merged, and counted in a check-in that is open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from applications.models import Application
from applications.models.hold import is_held
from exchange.base import audit
from exchange.models import User
from travel.abroad import roll_call as merging
from travel.abroad.account import as_tap
from travel.abroad.actions import check_in as check_ins
from travel.abroad.roll_call import Standing
from travel.models import CheckInPerson, LeaderLink, Placement, RollCall, RollCallTap, Trip
from travel.models.placement import home_day

NUMBERS = 40  # roll calls of one day
KEY_MAX = 36
# a phone that was off for longer brings nothing new to a roll call
OLDEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Sent:
    """One tap as a phone sends it. `age`: how long ago it was, by the phone's own clock."""

    key: str
    traveler: str  # code of the placement
    is_here: bool
    on: date
    number: int
    age: timedelta
    over: frozenset[str] = frozenset()


@transaction.atomic
def take(trip: Trip, sent: Collection[Sent], *, by: User | None, name: str) -> list[RollCall]:
    """Keep these taps; one that arrives twice is one. Returns the roll calls they belong to.

    Taps about somebody who isn't on the trip, or of an impossible day, are left out. `name`: of the leader.
    """
    Trip.objects.select_for_update(of=("self",)).get(pk=trip.pk)  # two phones at once: one after the other
    going = {each.code: each for each in Placement.objects.active().filter(trip=trip)}
    good = [each for each in sent if each.traveler in going and _is_possible(each, trip)]
    calls = {}
    for on, number in sorted({(each.on, each.number) for each in good}):
        calls[on, number] = RollCall.objects.get_or_create(trip=trip, on=on, number=number)[0]
    _keep(good, calls, going, by=by, name=name)
    touched = {going[each.traveler].pk for each in good}
    for call in calls.values():
        _count(call, standings(call))
    _account(touched)
    return list(calls.values())


def _is_possible(tap: Sent, trip: Trip) -> bool:
    first, last = trip.leaves_on - timedelta(days=1), timezone.localdate() + timedelta(days=1)
    is_then = first <= tap.on <= last and 1 <= tap.number <= NUMBERS and tap.age <= OLDEST
    return is_then and 0 < len(tap.key) <= KEY_MAX


def _keep(
    sent: Iterable[Sent],
    calls: Mapping[tuple[date, int], RollCall],
    going: Mapping[str, Placement],
    *,
    by: User | None,
    name: str,
) -> None:
    now = timezone.now()
    known = dict(RollCallTap.objects.filter(roll_call__in=calls.values()).values_list("key", "at"))
    rows = []
    for each in sorted(sent, key=lambda tap: -tap.age):
        at = min(now, now - each.age)
        # clocks of phones differ: what a tap answers was there before it
        at = max([at, *(known[key] + timedelta(microseconds=1) for key in each.over if key in known)])
        known.setdefault(each.key, at)
        rows.append(
            RollCallTap(
                roll_call=calls[each.on, each.number],
                key=each.key,
                placement=going[each.traveler],
                is_here=each.is_here,
                at=at,
                by=by,
                by_name=name,
                over=sorted(each.over)[:20],
            )
        )
    RollCallTap.objects.bulk_create(rows, ignore_conflicts=True)


def standings(call: RollCall, travelers: Iterable[Placement] = ()) -> dict[int, Standing]:
    """By primary key of the placement. One query."""
    taps = [as_tap(row) for row in call.taps.all()]
    found = merging.standings(taps, [str(each.pk) for each in travelers])
    return {int(pk): standing for pk, standing in found.items()}


def _count(call: RollCall, found: dict[int, Standing]) -> None:
    counted = merging.count({str(pk): each for pk, each in found.items()})
    last = max(tap.at for each in found.values() for tap in each.taps)
    before = (call.here, call.missing, call.conflicts)
    call.here, call.missing, call.conflicts, call.last_at = counted.here, counted.missing, counted.conflicts, last
    call.save(update_fields=["here", "missing", "conflicts", "last_at"])
    if before != (counted.here, counted.missing, counted.conflicts):
        changes = {"here": counted.here, "missing": counted.missing, "conflicts": counted.conflicts}
        audit.record("roll_call.take", call, by=None, changes=changes)


def _account(touched: Collection[int]) -> None:
    """A tap is a statement: every check-in that is open counts it (`travel.abroad.account`)."""
    people = CheckInPerson.objects.filter(placement__in=touched, check_in__closed_at__isnull=True)
    for person in people.order_by("pk"):
        check_ins.settle(person)


@transaction.atomic
def forget(*, days: int, dry_run: bool = False) -> int:
    """Delete roll calls and leaders' links so many days after the return, unless somebody's file is on hold.

    Returns of how many trips. Safe to repeat.
    """
    before = timezone.localdate() - timedelta(days=days)
    held = Application.objects.filter(is_held(), placement__trip=OuterRef("pk"))
    over = Trip.objects.alias(home=home_day()).filter(~Exists(held), home__lt=before)
    over = over.filter(Exists(RollCall.objects.filter(trip=OuterRef("pk"))) | Q(leader_links__isnull=False))
    keys = list(over.order_by("pk").distinct().values_list("pk", flat=True))
    if not dry_run:
        RollCall.objects.filter(trip__in=keys).delete()
        LeaderLink.objects.filter(trip__in=keys).delete()
    return len(keys)
