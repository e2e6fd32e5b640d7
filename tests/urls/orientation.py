"""Addresses of orientation sessions, of the first-flight guide and of packing lists."""

import datetime as dt

from django.utils import timezone

from tests.factories import UserFactory
from tests.urls import COORDINATOR, OWNER, L
from travel.models import OrientationSession
from travel.prepare import door

STAFF = (L, 403, 403, 200, 200, 200, 403)

ORIENTATION_TABLE = [
    *((f"travel:session-{name}", "GET", STAFF) for name in ("list", "missed", "detail", "door")),
    *((f"travel:session-{name}", "GET", COORDINATOR) for name in ("add", "edit", "call-off")),
    ("travel:session-mark", "POST", (L, 403, 403, 404, 404, 404, 403)),
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
    if short == "orientation":
        return {"code": placement.code}
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
