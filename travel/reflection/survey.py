"""The survey's days, which the office keeps as facts, and whether a traveler can answer it now."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from applications.standing import Act, may
from exchange.reference import facts
from travel.base.trip_stage import placed_standing
from travel.models import Placement, SurveyAnswer, SurveyItem, Trip

FACTS = ("survey.opens_days", "survey.reminder_days", "survey.closes_days")


@dataclass(frozen=True, slots=True)
class Days:
    """Days after the day on which a group is home."""

    opens: int
    reminder: int
    closes: int

    @classmethod
    def load(cls) -> "Days":
        found = facts.numbers(*FACTS)
        return cls(*(int(found[key]) for key in FACTS))

    def opens_on(self, trip: Trip) -> date:
        return trip.home_on + timedelta(days=self.opens)

    def reminder_on(self, trip: Trip) -> date:
        return trip.home_on + timedelta(days=self.reminder)

    def last_on(self, trip: Trip) -> date:
        """The last day on which an answer can be given or changed."""
        return trip.home_on + timedelta(days=self.closes)

    def is_open(self, trip: Trip) -> bool:
        return self.opens_on(trip) <= timezone.localdate() <= self.last_on(trip)


def is_asked(placement: Placement) -> bool:
    """Of those who are back from the trip. Fetch the trip and the application with it."""
    return placement.returned_at is not None and may(placed_standing(placement), Act.REFLECT)


def is_waiting(placement: Placement) -> bool:
    """Whether the traveler can answer now and hasn't answered anything. Up to three queries."""
    if not is_asked(placement) or not SurveyItem.objects.filter(cycle=placement.trip.cycle_id).exists():
        return False
    answered = SurveyAnswer.objects.filter(response__placement=placement)
    return Days.load().is_open(placement.trip) and not answered.exists()
