"""The demo's itineraries, two of them over the date line. Travelers were told of them two days ago, or before."""

import tomllib
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from applications.models import Cycle
from exchange.base.airports import airport
from exchange.base.home import home_zone
from exchange.models import User
from travel.base import legs
from travel.base.itinerary import city_zone
from travel.base.legs import Kind
from travel.demo.book import Book, at
from travel.models import ItinerarySegment, Trip

FILE = Path(__file__).with_name("itinerary.toml")
TEXTS = ("carrier", "number", "address", "address_local", "note_en", "note_es")


def write(book: Book, cycle: Cycle, *, office: User) -> None:
    trips = {trip.city.code: trip for trip in Trip.objects.filter(cycle=cycle).select_related("city")}
    lines = [said for said in tomllib.loads(FILE.read_text())["line"] if said["city"] in trips]
    written, told = (at(book.day(-days), hour) for days, hour in ((3, 15), (2, 10)))
    for said in lines:
        row = _row(trips[said["city"]], said)
        row.code = book.draw.code()
        row.publish()
        row.save()
        changes = {"trip": row.trip.code, "kind": row.kind}
        book.record("itinerarysegment.add", row, by=office, when=_before(trips[said["city"]], written), changes=changes)
    for city in sorted({said["city"] for said in lines}):
        book.record("itinerary.publish", trips[city], by=office, when=_before(trips[city], told))


def _before(trip: Trip, when: datetime) -> datetime:
    """Two weeks earlier, if the trip has left since."""
    return when if trip.departed_at is None else when - timedelta(days=14)


def _row(trip: Trip, said: dict[str, Any]) -> ItinerarySegment:
    home, there = home_zone().key, city_zone(trip)
    values: dict[str, Any] = {name: said.get(name, "") for name in TEXTS} | {"to_name": said["to"]}
    start_zone = end_zone = home if said["kind"] == Kind.MEETING else there
    if said["kind"] == Kind.FLIGHT:
        for end in ("from", "to"):
            place = airport(said[end])
            if place is None:
                raise ValueError(f"{FILE.name}: no airport {said[end]}")
            values |= {f"{end}_code": place.code, f"{end}_name": place.name}
            start_zone, end_zone = (place.zone, end_zone) if end == "from" else (start_zone, place.zone)
    elif "from" in said:
        values["from_name"] = said["from"]
    values |= {"starts_at": _moment(trip, said["start"], start_zone), "start_zone": start_zone}
    if "end" in said:
        values |= {"ends_at": _moment(trip, said["end"], end_zone), "end_zone": end_zone}
    return ItinerarySegment(trip=trip, kind=said["kind"], **values)


def _moment(trip: Trip, said: tuple[int, str], zone: str) -> datetime:
    day, clock = said
    return legs.instant(datetime.combine(trip.leaves_on + timedelta(days=day), time.fromisoformat(clock)), zone)
