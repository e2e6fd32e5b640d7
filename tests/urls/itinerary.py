"""Addresses of a trip's itinerary: the office writes it, travelers read their own."""

from django.utils import timezone

from tests.urls import COORDINATOR, COORDINATOR_ACT, L
from travel.models import ItinerarySegment

PAGES = ("office", "add", "publish", "import", "template")

ITINERARY_TABLE = [
    ("travel:itinerary", "GET", (L, 200, 404, 200, 404, 200, 404)),
    *((f"travel:itinerary-{name}", "GET", COORDINATOR) for name in (*PAGES, "segment")),
    ("travel:itinerary-remove", "POST", COORDINATOR_ACT),
]
ITINERARY_NAMES = {name.removeprefix("travel:") for name, _method, _expected in ITINERARY_TABLE}


def itinerary_arguments(short, placement):
    if short == "itinerary":
        return {"code": placement.code}
    if short == "itinerary-add":
        return {"code": placement.trip.code, "kind": "flight"}
    if short in ("itinerary-segment", "itinerary-remove"):
        said = {
            "kind": "meeting",
            "starts_at": timezone.now(),
            "start_zone": "America/Los_Angeles",
            "to_name": "Door 3",
        }
        return {"code": ItinerarySegment.objects.create(trip=placement.trip, **said).code}
    return {"code": placement.trip.code}
