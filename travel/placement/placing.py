"""Reads the inputs of a placement run from the cycle, and turns its result into rows to store.

Reads only; `actions.placement_run` stores them and `actions.placement_release` tells students.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import F
from django.utils import timezone

from applications.models import Application, CityPreference, Cycle
from applications.selection import levers
from travel.models import PlacementRun
from travel.placement import calculating, feasibility, matching

type Row = dict[str, Any]

# Reasons in a student's explanation, besides those of `travel.placement.matching`.
NO_TRIP = "no_trip"  # a city on their list that has no trip in this cycle
CLOSED = "closed"  # the trip was closed
LEFT_OUT = "left_out"  # this run fills other trips
BY_LOTTERY = "filled_by_lottery"  # its seats went to students ahead in the lottery
STAYS_HOME = "stay_home"  # the line below which they'd rather stay home


class Priority(StrEnum):
    """Who comes first where a trip is full."""

    SCORE = "score"  # the readers' mean, one lottery for ties
    LOTTERY = "lottery"  # the lottery alone


@dataclass(frozen=True, slots=True)
class Keep:
    """Seats kept for a group of `applications.selection.levers`, on one trip or (empty `trip`) on every trip."""

    group: str
    seats: int
    trip: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Staff's settings of a run."""

    priority: Priority = Priority.SCORE
    kept: tuple[Keep, ...] = ()
    left_out: frozenset[str] = frozenset()  # codes of trips

    def to_json(self) -> dict[str, Any]:
        kept = sorted([each.group, each.seats, each.trip] for each in self.kept)
        return {"priority": str(self.priority), "kept": kept, "left_out": sorted(self.left_out)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Settings":
        """The settings stored with a run. A run older than settings has the defaults."""
        return cls(
            priority=Priority(kept.get("priority", Priority.SCORE)),
            kept=tuple(Keep(*each) for each in kept.get("kept", ())),
            left_out=frozenset(kept.get("left_out", ())),
        )


@dataclass(frozen=True, slots=True)
class Inputs:
    """All inputs of a run. Students and trips are named by their codes; `ranked` holds every choice."""

    ranked: dict[str, list[str]]  # application -> city codes, first choice first, with the line to stay home
    trip_of_city: dict[str, str]  # of trips that can be filled
    seats: dict[str, int]
    priority: dict[str, Decimal] | None
    feasible: set[tuple[str, str]] | None = None  # (application, trip)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    kept: dict[str, dict[str, int]] = field(default_factory=dict)
    sitting: dict[str, str] = field(default_factory=dict)  # application -> the trip they have a seat on
    asked: dict[str, int] = field(default_factory=dict)  # of those with a seat: how many higher choices they still want
    no_trip: dict[str, str] = field(default_factory=dict)  # city -> CLOSED or LEFT_OUT
    still_open: tuple[str, ...] = ()

    @property
    def preferences(self) -> dict[str, list[str]]:
        return {code: self._trips(code) for code in self.ranked}

    def _trips(self, code: str) -> list[str]:
        trips = {**self.trip_of_city, matching.STAY_HOME: matching.STAY_HOME}
        if code not in self.sitting:
            return [trips[city] for city in self.ranked[code] if city in trips]
        higher = self.ranked[code][: self.asked.get(code, 0)]
        return [*(trips[city] for city in higher if city in trips), self.sitting[code]]

    def arguments(self, seed: int) -> dict[str, Any]:
        """Arguments for `matching.match` and `matching.inputs_hash`."""
        return {
            "preferences": self.preferences,
            "seats": self.seats,
            "priority": self.priority,
            "tie_order": matching.lottery_order(list(self.ranked), seed),
            "feasible": self.feasible,
            "groups": self.groups,
            "kept": self.kept,
            "sitting": self.sitting,
        }

    def text(self, seed: int) -> str:
        """The text stored with a run, from which anyone can repeat the placement (docs/placement.md)."""
        return matching.inputs_text(**self.arguments(seed))

    def hash(self, seed: int) -> str:
        return matching.mark_of(self.text(seed))

    @property
    def waiting(self) -> list[str]:
        return [code for code in self.ranked if code not in self.sitting]

    @property
    def nowhere(self) -> list[str]:
        """Students without a seat and without a feasible trip on their list; staff have to talk with them."""
        return [code for code in self.waiting if not self.can_go(code)]

    def can_go(self, code: str) -> bool:
        wanted = self._trips(code)
        if matching.STAY_HOME in wanted:
            wanted = wanted[: wanted.index(matching.STAY_HOME)]
        return any(self.seats[trip] and (self.feasible is None or (code, trip) in self.feasible) for trip in wanted)


# the columns read of an existing placement
PLACEMENT_COLUMNS = {
    "trip": "trip__code",
    "rank": "rank",
    "until": "upgrade_until",
    "canceled_at": "trip__closed_at",
}
# of someone without a seat, or whose trip was canceled
NO_SEAT: Row = {"trip": None, "rank": None, "until": None}

# --- Reading ----------------------------------------------------------------------------------------


def gather(cycle: Cycle, settings: Settings | None = None) -> Inputs:
    """Everyone who is confirmed and hasn't left, with a seat or without. In a constant number of queries."""
    settings = settings or Settings()
    rows = _confirmed(cycle)
    pks = [row["pk"] for row in rows]
    still_open = feasibility.open_codes(pks) - {row["code"] for row in rows if row["trip"]}
    rows = [row for row in rows if row["code"] not in still_open]
    ranked = _rankings(cycle, [row["code"] for row in rows])
    trip_of_city, seats, no_trip = _trips(cycle, settings)
    sitting = {row["code"]: row["trip"] for row in rows if row["trip"]}
    seats |= {
        trip: 0 for trip in sitting.values() if trip not in seats
    }  # left out of this run, but some students have a seat there
    return Inputs(
        ranked=ranked,
        trip_of_city=trip_of_city,
        seats=seats,
        priority=_scores(rows) if settings.priority == Priority.SCORE else None,
        feasible=_feasible(pks, ranked, trip_of_city),
        groups=_groups(cycle, rows) if settings.kept else {},
        kept=_kept(settings, trip_of_city.values()),
        sitting=sitting,
        asked={row["code"]: row["rank"] - 1 for row in rows if row["until"] and row["until"] >= timezone.localdate()},
        no_trip=no_trip,
        still_open=tuple(sorted(still_open)),
    )


def _confirmed(cycle: Cycle) -> list[Row]:
    found = Application.objects.confirmed().filter(cycle=cycle, placement__trip__departed_at__isnull=True)
    of_placement = {name: F(f"placement__{column}") for name, column in PLACEMENT_COLUMNS.items()}
    rows = found.order_by("code").values("pk", "code", "score_mean", **of_placement)
    plain: list[Row] = [dict(row) for row in rows]
    return [row | NO_SEAT if row["canceled_at"] else row for row in plain]


def _rankings(cycle: Cycle, codes: Iterable[str]) -> dict[str, list[str]]:
    ranked: dict[str, list[str]] = {code: [] for code in codes}
    lines = CityPreference.objects.filter(application__cycle=cycle, application__in=Application.objects.confirmed())
    for code, city in lines.order_by("application", "rank").values_list("application__code", "city__code"):
        if code in ranked:
            ranked[code].append(city or matching.STAY_HOME)
    return ranked


def _trips(cycle: Cycle, settings: Settings) -> tuple[dict[str, str], dict[str, int], dict[str, str]]:
    trip_of_city, seats, no_trip = {}, {}, {}
    for trip in cycle.trips.filter(departed_at__isnull=True).select_related("city"):
        if trip.closed_at:
            no_trip[trip.city.code] = CLOSED
        elif trip.code in settings.left_out:
            no_trip[trip.city.code] = LEFT_OUT
        else:
            trip_of_city[trip.city.code] = trip.code
            seats[trip.code] = trip.seats
    return trip_of_city, seats, no_trip


def _scores(rows: Iterable[Row]) -> dict[str, Decimal]:
    return {row["code"]: row["score_mean"] or Decimal(0) for row in rows}


def _feasible(pks: list[int], ranked: Mapping[str, list[str]], trip_of_city: Mapping[str, str]) -> set[tuple[str, str]]:
    return {
        (code, trip_of_city[city])
        for code, city in feasibility.feasible_pairs(pks)
        if code in ranked and city in trip_of_city
    }


def _groups(cycle: Cycle, rows: list[Row]) -> dict[str, frozenset[str]]:
    found = levers.groups_of(Application.objects.confirmed().filter(cycle=cycle))
    return {row["code"]: found.get(row["pk"], frozenset()) for row in rows}


def _kept(settings: Settings, trips: Iterable[str]) -> dict[str, dict[str, int]]:
    kept: dict[str, dict[str, int]] = {}
    for trip in trips:
        own = {each.group: each.seats for each in settings.kept if each.trip == trip}
        everywhere = {each.group: each.seats for each in settings.kept if not each.trip}
        if everywhere | own:
            kept[trip] = everywhere | own
    return kept


# --- Results ----------------------------------------------------------------------------------------


def results(inputs: Inputs, seed: int) -> list[Row]:
    """One row per student who waits or wants an upgrade, in line order; ranks count within the student's own list."""
    match = calculating.in_subprocess(calculating.match, **inputs.arguments(seed))
    shown = (code for code in match.explanations if code not in inputs.sitting or code in inputs.asked)
    return [_row(code, inputs, match) for code in shown]


def _row(code: str, inputs: Inputs, match: matching.Match) -> Row:
    reasons = {each.trip: str(each.reason) for each in match.explanations[code]}
    placed = match.placed.get(code)
    why: list[Row] = []
    for rank, city in enumerate(inputs.ranked[code], start=1):
        trip = inputs.trip_of_city.get(city)
        if city == matching.STAY_HOME:
            why.append({"city": None, "trip": None, "rank": rank, "reason": STAYS_HOME})
            break
        reason = reasons.get(trip, NO_TRIP) if trip else inputs.no_trip.get(city, NO_TRIP)
        if inputs.priority is None and reason == matching.Reason.FILLED_BY_HIGHER_PRIORITY:
            reason = BY_LOTTERY
        why.append({"city": city, "trip": trip, "rank": rank, "reason": reason})
        if placed and trip == placed.trip:
            break
    return _kept_row(code, inputs, placed.trip if placed else None, why)


def _kept_row(code: str, inputs: Inputs, trip: str | None, why: list[Row]) -> Row:
    row: Row = {"application": code, "trip": trip, "rank": why[-1]["rank"] if trip else None, "why": why}
    if code in inputs.sitting:
        row["before"] = inputs.sitting[code]
    return row


def is_outdated(run: PlacementRun) -> bool:
    """Whether students, scores, choices, lists or seats have changed since the run."""
    return run.released_at is None and gather(run.cycle, Settings.of(run.settings)).hash(run.seed) != run.inputs_hash
