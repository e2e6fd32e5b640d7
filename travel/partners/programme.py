"""The program of a trip, day by day. Reads only."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from travel.models import Trip, TripDay


@dataclass(frozen=True, slots=True)
class ShownDay:
    """What a student sees of one day; `language` if it isn't the page's."""

    on: date
    text: str
    language: str

    @property
    def language_label(self) -> str:
        """Shown beside a text that isn't in the page's language."""
        return {"en": _("In English"), "es": _("In Spanish")}.get(self.language, "")


def days_of(trip: Trip) -> list[TripDay]:
    """Every day of the stay in order; days nothing is known of are unsaved rows."""
    there = {day.number: day for day in trip.days.all()}
    days = [there.get(number) or TripDay(trip=trip, number=number) for number in range(1, trip.length + 1)]
    for day in days:
        day.trip = trip
    return days


def shown_days(trip: Trip) -> list[ShownDay]:
    """The days that have an office text: in the page's language, or else in the other one, marked as such."""
    here = (get_language() or "en")[:2]
    other = {"en": "es", "es": "en"}[here]
    shown = []
    for day in days_of(trip):
        own, foreign = getattr(day, f"text_{here}"), getattr(day, f"text_{other}")
        if own or foreign:
            shown.append(ShownDay(day.on, own or foreign, "" if own else other))
    return shown
