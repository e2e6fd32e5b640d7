"""Addresses of orientation sessions, of the first-flight guide and of packing lists."""

import datetime as dt

from django.utils import timezone

from tests.factories import UserFactory
from tests.factories_travel import GuideTipFactory, PackingItemFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT, OWNER, OWNER_ACT, L
from travel.models import AbroadLink, OrientationSession
from travel.prepare.orientation import door

STAFF = (L, 403, 403, 200, 200, 200, 403)

ORIENTATION_TABLE = [
    *((f"travel:session-{name}", "GET", STAFF) for name in ("list", "missed", "detail", "door")),
    *((f"travel:session-{name}", "GET", COORDINATOR) for name in ("add", "edit", "call-off")),
    ("travel:own-card", "GET", OWNER_ACT),  # their first page only while it's the card: test_card.py opens it
    ("travel:own-help", "GET", OWNER_ACT),
    ("travel:own-line", "GET", OWNER_ACT),
    ("travel:own-guide", "GET", OWNER),
    ("travel:own-packing", "GET", OWNER),
    ("travel:abroad-guide", "GET", (410,) * 7),  # not open yet: test_guide.py opens it
    ("travel:abroad-packing", "GET", (410,) * 7),
    *((f"travel:guide-tip-{name}", "GET", COORDINATOR) for name in ("list", "add", "edit")),
    *((f"travel:packing-{name}", "GET", COORDINATOR) for name in ("list", "add", "edit", "trip")),
    *((f"travel:{name}", "POST", COORDINATOR_ACT) for name in ("guide-tip-remove", "packing-fill", "packing-remove")),
    ("travel:packing-leave-out", "POST", COORDINATOR_ACT),
    ("travel:session-mark", "POST", (L, 403, 403, 404, 404, 404, 403)),
    ("travel:session-bring-back", "POST", COORDINATOR_ACT),
    ("travel:session-scan", "GET", (302,) * 7),
    ("travel:session-here", "GET", (L, 200, 200, 200, 200, 200, 200)),
    ("travel:orientation", "GET", OWNER),
    ("travel:session-calendar", "GET", OWNER),
]
ORIENTATION_NAMES = {name.removeprefix("travel:") for name, _method, _expected in ORIENTATION_TABLE}


def orientation_arguments(short, placement):
    if short in ("session-list", "session-here"):
        return {}
    if short in ("session-add", "session-missed"):
        return {"code": placement.trip.cycle.code}
    if short == "orientation" or short.startswith("own-"):
        return {"code": placement.code}
    if short.startswith(("abroad-", "guide-", "packing-")):
        return _pocket_arguments(short, placement)
    session = OrientationSession.objects.create(
        cycle=placement.trip.cycle,
        starts_at=timezone.now() + dt.timedelta(minutes=5),
        zone="UTC",
        minutes=60,
        place=f"Room {OrientationSession.objects.count()}",
        planned_by=UserFactory(coordinator=True),
    )
    if short == "session-scan":
        return {"token": door.code_at(session.code, timezone.now(), 60)}
    if short == "session-calendar":
        return {"code": placement.code, "session": session.code}
    return {"code": session.code}


def _pocket_arguments(short, placement):
    trip = placement.trip
    if short.startswith("abroad-"):
        defaults = {"expires_at": timezone.now() + dt.timedelta(days=9)}
        return {"token": AbroadLink.objects.get_or_create(placement=placement, defaults=defaults)[0].link}
    if short in ("guide-tip-list", "guide-tip-add"):
        return {}
    if short.startswith("guide-tip-"):
        return {"code": GuideTipFactory().code}
    if short == "packing-trip":
        return {"code": trip.code}
    if short in ("packing-edit", "packing-remove", "packing-leave-out"):
        code = PackingItemFactory(cycle=trip.cycle).code
        return {"code": trip.code, "item": code} if short == "packing-leave-out" else {"code": code}
    return {"code": trip.cycle.code}
