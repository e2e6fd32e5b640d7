"""Where a trip is: for one student, by the office's record (what may be done), and by its dates (which tense)."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils import timezone

from applications.standing import Standing, TripStage, standing

if TYPE_CHECKING:
    from applications.models import Application
    from travel.models import Placement


def trip_stage(*, leaves_on: date, today: date, departed: bool, traveled: bool, returned: bool) -> TripStage:
    """`departed`: the office recorded that the group left; `traveled`, `returned`: the record of this student."""
    if not departed:
        return TripStage.AHEAD if today < leaves_on else TripStage.DUE
    if not traveled:
        return TripStage.STAYED
    return TripStage.HOME if returned else TripStage.AWAY


class Tense(StrEnum):
    """How a page speaks of a trip. It follows the dates, because nobody may have recorded the departure yet."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


def tense(leaves_on: date, returns_on: date, today: date) -> Tense:
    """The days of departure and of return count as during."""
    if today < leaves_on:
        return Tense.BEFORE
    return Tense.DURING if today <= returns_on else Tense.AFTER


def tense_of(placement: "Placement") -> Tense:
    """By the dates, and after as soon as the record says that the student is home."""
    if placement.returned_at is not None:
        return Tense.AFTER
    trip = placement.trip
    return tense(trip.leaves_on, trip.home_on, timezone.localdate())


def stage_of(placement: "Placement") -> TripStage:
    """Needs the trip; no other query. Of a canceled trip nothing is left: the student waits for another."""
    trip = placement.trip
    if trip.closed_at is not None:
        return TripStage.NONE
    return trip_stage(
        leaves_on=trip.leaves_on,
        today=timezone.localdate(),
        departed=trip.departed_at is not None,
        traveled=placement.travelled_at is not None,
        returned=placement.returned_at is not None,
    )


def placed_standing(placement: "Placement") -> Standing:
    """Where the student of this placement stands; needs the application and the trip."""
    return standing(placement.application.status, trip=stage_of(placement))


def tell(application: "Application") -> TripStage:
    """For `applications.base.standings`. At most two queries."""
    placement: Placement | None = getattr(application, "placement", None)
    return stage_of(placement) if placement else TripStage.NONE
