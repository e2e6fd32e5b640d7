"""Every write of the placement step: running the matching, releasing a run, and a trip's departure and return."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Application, Cycle
from applications.states import Status
from exchange import audit, messages
from exchange.errors import RuleViolation
from exchange.models import User
from travel import matching
from travel.actions import checklist
from travel.models import Placement, PlacementRun, Trip
from travel.planning import Rules

# in a student's explanation: a city of their list that has no trip in this cycle
NO_TRIP = "no_trip"


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a run is made of. Students and trips are named by their codes; `ranked` keeps every choice."""

    ranked: dict[str, list[str]]  # application -> city codes, first choice first
    trip_of_city: dict[str, str]
    seats: dict[str, int]
    priority: dict[str, Decimal]

    @property
    def preferences(self) -> dict[str, list[str]]:
        return {
            code: [self.trip_of_city[city] for city in cities if city in self.trip_of_city]
            for code, cities in self.ranked.items()
        }

    def hash(self, seed: int) -> str:
        order = matching.lottery_order(list(self.ranked), seed)
        return matching.inputs_hash(self.preferences, self.seats, self.priority, order)


def gather(cycle: Cycle) -> Inputs:
    """Confirmed students without a seat, and the seats that are left."""
    waiting = (
        Application.objects.confirmed()
        .filter(cycle=cycle, placement__isnull=True)
        .prefetch_related("city_preferences__city")
        .order_by("code")
    )
    taken = Count("placements", filter=Q(placements__application__status=Status.CONFIRMED))
    trips = cycle.trips.filter(departed_at__isnull=True).select_related("city").annotate(taken=taken)
    applications = list(waiting)
    return Inputs(
        ranked={
            each.code: [preference.city.code for preference in each.city_preferences.all()] for each in applications
        },
        trip_of_city={trip.city.code: trip.code for trip in trips},
        seats={trip.code: max(0, trip.seats - trip.taken) for trip in trips},
        priority={each.code: each.score_mean or Decimal(0) for each in applications},
    )


@transaction.atomic
def run(cycle: Cycle, *, by: User) -> PlacementRun:
    """Match confirmed students to trips and keep the result as a draft: nobody is told.

    The lottery is drawn once per cycle: running again cannot draw a kinder one. The same inputs give the draft
    that is there already. RuleViolation: ("no_trips"), ("nobody_to_place").
    """
    cycle = Cycle.objects.select_for_update().get(pk=cycle.pk)
    inputs = gather(cycle)
    if not inputs.seats:
        raise RuleViolation("no_trips", _("This cycle has no trip that has not left yet. Add a trip first."))
    if not inputs.ranked:
        raise RuleViolation("nobody_to_place", _("Every confirmed student has a seat. There is nobody to place."))
    first = cycle.placement_runs.order_by("run_at", "pk").first()
    seed = first.seed if first else secrets.randbelow(2**31)
    digest = inputs.hash(seed)
    same = cycle.placement_runs.filter(inputs_hash=digest, released_at__isnull=True).first()
    if same:
        return same
    order = matching.lottery_order(list(inputs.ranked), seed)
    match = matching.match(inputs.preferences, inputs.seats, inputs.priority, order)
    draft = PlacementRun.objects.create(
        cycle=cycle, seed=seed, inputs_hash=digest, results=_results(inputs, match), run_by=by
    )
    audit.record("placement.run", draft, by=by, changes={"placed": len(match.placed), "unplaced": len(match.unplaced)})
    return draft


def _results(inputs: Inputs, match: matching.Match) -> list[dict]:
    """One row per student, first in line first; ranks count the student's own list."""
    return [_row(code, inputs, match) for code in match.explanations]


def _row(code: str, inputs: Inputs, match: matching.Match) -> dict:
    reasons = {each.trip: str(each.reason) for each in match.explanations[code]}
    placed = match.placed.get(code)
    why = []
    for rank, city in enumerate(inputs.ranked[code], start=1):
        trip = inputs.trip_of_city.get(city)
        reason = reasons.get(trip, NO_TRIP) if trip else NO_TRIP
        why.append({"city": city, "trip": trip, "rank": rank, "reason": reason})
        if placed and trip == placed.trip:
            break
    return {
        "application": code,
        "trip": placed.trip if placed else None,
        "rank": why[-1]["rank"] if placed else None,
        "why": why,
    }


def is_outdated(draft: PlacementRun) -> bool:
    """Whether students, scores, choices or seats have changed since the run."""
    return draft.released_at is None and gather(draft.cycle).hash(draft.seed) != draft.inputs_hash


@transaction.atomic
def release(draft: PlacementRun, *, by: User) -> list[Placement]:
    """Give everyone placed by a run their seat, checklist and passport case, and one message each.

    Two coordinators at once: the cycle's row is locked, the second finds it released and changes nothing.
    RuleViolation("run_outdated") when anything has changed since the run, ("nothing_to_release").
    """
    cycle = Cycle.objects.select_for_update().get(pk=draft.cycle_id)
    draft = PlacementRun.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if draft.released_at is not None:
        return list(draft.placements.all())
    draft.cycle = cycle
    if is_outdated(draft):
        raise RuleViolation(
            "run_outdated",
            _("Students, scores or seats have changed since this run. Nobody was told. Run it again."),
        )
    rows = [row for row in draft.results if row["trip"]]
    if not rows:
        raise RuleViolation("nothing_to_release", _("This run places nobody. There is nothing to release."))
    draft.released_at, draft.released_by = timezone.now(), by
    draft.save(update_fields=["released_at", "released_by"])
    placements = _place(draft, rows, by=by)
    audit.record("placement.release", draft, by=by, changes={"placed": len(placements)})
    return placements


def _place(draft: PlacementRun, rows: Iterable[dict], *, by: User) -> list[Placement]:
    trips = {trip.code: trip for trip in draft.cycle.trips.select_related("city", "host", "cycle")}
    applications = Application.objects.confirmed().filter(cycle=draft.cycle).with_people()
    by_code = {each.code: each for each in applications}
    rules = Rules.load(trips.values())
    placements = []
    for row in rows:
        placement = Placement.objects.create(
            application=by_code[row["application"]],
            trip=trips[row["trip"]],
            run=draft,
            rank=row["rank"],
            explanation=[{"city": why["city"], "rank": why["rank"], "reason": why["reason"]} for why in row["why"]],
            placed_by=by,
        )
        checklist.open_for(placement, by=by, rules=rules)
        audit.record("placement.place", placement, by=by)
        messages.queue(
            "travel/placed",
            to=placement.application.person,
            context={"placement": placement, "trip": placement.trip},
        )
        placements.append(placement)
    return placements


@transaction.atomic
def depart(trip: Trip, *, by: User) -> Trip:
    """The group has left: everyone who still has a seat has travelled. Twice is once.

    RuleViolation: ("too_early") before the day of departure, ("nobody_travels") without travelers.
    """
    trip = _locked(trip)
    if trip.departed_at is not None:
        return trip
    if timezone.localdate() < trip.leaves_on:
        raise RuleViolation("too_early", _("This trip has not left yet: its day has not come. Nothing was changed."))
    now = timezone.now()
    count = trip.placements.active().filter(travelled_at__isnull=True).update(travelled_at=now)
    if not count:
        raise RuleViolation("nobody_travels", _("Nobody has a seat on this trip. Nothing was changed."))
    trip.departed_at = now
    trip.save(update_fields=["departed_at"])
    audit.record("placement.depart", trip, by=by, changes={"travelers": count})
    return trip


@transaction.atomic
def bring_back(trip: Trip, *, by: User) -> Trip:
    """The group is home. Twice is once. RuleViolation("not_departed") before it has left."""
    trip = _locked(trip)
    if trip.returned_at is not None:
        return trip
    if trip.departed_at is None:
        raise RuleViolation("not_departed", _("This trip has not left yet, so it cannot return."))
    trip.returned_at = timezone.now()
    trip.save(update_fields=["returned_at"])
    travelers = trip.placements.filter(travelled_at__isnull=False, returned_at__isnull=True)
    count = travelers.update(returned_at=trip.returned_at)
    audit.record("placement.return", trip, by=by, changes={"travelers": count})
    return trip


def _locked(trip: Trip) -> Trip:
    return Trip.objects.select_for_update(of=("self",)).get(pk=trip.pk)
