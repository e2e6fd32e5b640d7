"""Addresses of rooms and small groups: the student's own, the office's, and the list for leaders."""

from tests.urls import COORDINATOR, COORDINATOR_ACT, OWNER
from travel.models import Room

ACTS = ("rooms-move", "rooms-publish", "rooms-propose")

ROOMS_TABLE = [
    ("travel:room", "GET", OWNER),
    ("travel:trip-rooms", "GET", COORDINATOR),
    ("travel:rooms-setup", "GET", COORDINATOR),
    ("travel:rooms-list", "GET", ("sign in", 403, 404, 403, 403, 200, 404)),
    *((f"travel:{name}", "POST", COORDINATOR_ACT) for name in ACTS),
    ("travel:room-remove", "POST", COORDINATOR_ACT),
]
ROOMS_NAMES = {name.removeprefix("travel:") for name, _method, _expected in ROOMS_TABLE}


def rooms_arguments(short, placement):
    if short == "room":
        return {"code": placement.code}
    if short == "room-remove":
        return {"code": Room.objects.create(trip=placement.trip, number=1, beds=2).code}
    return {"code": placement.trip.code}
