"""Addresses of a trip's itinerary: the office writes it, travelers read their own."""

import datetime as dt

from django.utils import timezone

from tests.urls import COORDINATOR, COORDINATOR_ACT, L
from travel.models import CalendarFeed, ItinerarySegment

FEED_ACT = (L, 302, 302, 403, 403, 403, 403)
PAGES = ("office", "add", "publish", "import", "template")

ITINERARY_TABLE = [
    ("travel:itinerary", "GET", (L, 200, 404, 200, 404, 200, 404)),
    ("travel:itinerary-confirm", "POST", (L, 302, 404, 403, 404, 403, 404)),
    *((f"travel:itinerary-{name}", "GET", COORDINATOR) for name in (*PAGES, "segment")),
    ("travel:itinerary-remove", "POST", COORDINATOR_ACT),
    ("travel:itinerary-leg", "GET", (L, 200, 404, 404, 404, 404, 404)),
    ("travel:checklist-item-calendar", "GET", (L, 200, 404, 404, 404, 404, 404)),
    ("travel:calendar", "GET", (L, 200, 200, 403, 403, 403, 403)),
    ("travel:calendar-make", "POST", FEED_ACT),
    ("travel:calendar-end", "POST", FEED_ACT),
    ("travel:calendar-feed", "GET", (200,) * 7),
]
ITINERARY_NAMES = {name.removeprefix("travel:") for name, _method, _expected in ITINERARY_TABLE}


def itinerary_arguments(short, placement):
    if short in ("itinerary", "itinerary-confirm"):
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
    if short in ("calendar", "calendar-make", "calendar-end"):
        return {}
    if short == "calendar-feed":
        student = placement.application.student
        ends = {"expires_at": timezone.now() + dt.timedelta(days=9)}
        return {"token": CalendarFeed.objects.get_or_create(user=student, defaults=ends)[0].link}
    if short == "checklist-item-calendar":
        item = placement.checklist_items.filter(done_at__isnull=True).select_related("step").first()
        return {"code": placement.code, "key": item.step.key}
    if short == "itinerary-leg":
        said = {"kind": "meeting", "starts_at": timezone.now(), "start_zone": "America/Los_Angeles"}
        segment = ItinerarySegment(trip=placement.trip, to_name="Door 3", **said)
        segment.publish()
        segment.save()
        return {"code": placement.code, "leg": segment.code}
    return {"code": placement.trip.code}
