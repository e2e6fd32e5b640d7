"""Reads where one student stands: the application's state, its clocks, and where the trip is."""

from collections.abc import Callable

from applications.models import Application, Offer
from applications.standing import Standing, TripStage, standing
from applications.states import Status

type Teller = Callable[[Application], TripStage]
_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Register the function that knows trips. `travel` calls it in AppConfig.ready, because this app cannot import
    `travel`."""
    _tellers.append(teller)


def standing_of(application: Application, *, offer: Offer | None = None, trip: TripStage | None = None) -> Standing:
    """Queries the offers of a selected student, or the trip of a confirmed one.

    `offer`: judge this offer, for a page or an action that is about it; else the open one, if there is one.
    `trip`: where the trip is, if the caller knows it.
    """
    return standing(
        application.status,
        before_deadline=application.is_before_deadline,
        offer_open=_is_open(application, offer),
        trip=trip_stage_of(application) if trip is None else trip,
    )


def trip_stage_of(application: Application) -> TripStage:
    if application.status != Status.CONFIRMED:
        return TripStage.NONE
    stages = (teller(application) for teller in _tellers)
    return next((stage for stage in stages if stage != TripStage.NONE), TripStage.NONE)


def _is_open(application: Application, offer: Offer | None) -> bool:
    if application.status != Status.SELECTED:
        return False
    offers = [offer] if offer else application.offers.all()
    return any(each.is_open for each in offers)
