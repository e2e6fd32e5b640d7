"""The trips a selected student may be matched with: cities and dates, for the pages of the offer. Read-only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from applications.models import Application


@dataclass(frozen=True, slots=True)
class PossibleTrip:
    """`choice`: which choice of the student's it is; 0 if they ranked nothing. `href`: the city's page."""

    city: str
    country: str
    leaves_on: date
    returns_on: date
    choice: int
    href: str


@dataclass(frozen=True, slots=True)
class TripsAhead:
    """In the order of the student's ranking, or by date. `is_set`: the student has a city, so there is one trip."""

    trips: tuple[PossibleTrip, ...] = ()
    is_set: bool = False

    @property
    def last_day_to_withdraw(self) -> date | None:
        """The last day on which the student can surely still withdraw: the day before the earliest trip leaves."""
        days = [trip.leaves_on for trip in self.trips]
        return min(days) - timedelta(days=1) if days else None


type Teller = Callable[[Application], TripsAhead]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Register the function that knows trips. `travel` calls it in AppConfig.ready, because this app cannot import
    `travel`."""
    _tellers.append(teller)


def trips_ahead(application: Application) -> TripsAhead:
    return next((teller(application) for teller in _tellers), TripsAhead())
