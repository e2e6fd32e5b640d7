"""What the demo's travelers prepare with: an orientation that is still to come, and the weather that they pack for."""

from datetime import datetime

from applications.models import Cycle
from exchange.base.home import home_zone
from exchange.models import User
from travel.demo.book import Book, at
from travel.demo.past import past
from travel.models import Trip
from travel.prepare.orientation import actions as orientation
from travel.prepare.packing import actions as packing

IN_DAYS = 9
# what a city's travelers pack for, from the first month to the last; nobody has said it for the other months
WEATHER = {
    "hanoi": [(5, 10, ["hot", "rain"])],
    "durango": [(4, 9, ["hot"])],
    "tokyo": [(6, 9, ["hot", "rain"]), (12, 12, ["cold"]), (1, 3, ["cold"])],
}


def write(book: Book, cycle: Cycle, *, when: datetime, by: User) -> None:
    values = {
        "starts_at": at(book.day(IN_DAYS), 17, 30),
        "zone": home_zone().key,
        "minutes": 120,
        "place": "City Hall, room 1060",
        "address": "200 North Spring Street",
        "note_en": "Bring a photo ID. Family is welcome for the first hour.",
        "note_es": "Trae una identificación con foto. Tu familia puede venir la primera hora.",
    }
    with past(when, book.draw):
        orientation.plan(cycle, values, trips=[], by=by)
        for trip in Trip.objects.filter(cycle=cycle).select_related("city"):
            for first, last, kinds in WEATHER.get(trip.city.code, ()):
                if first <= trip.leaves_on.month <= last:
                    packing.set_weather(trip, kinds, by=by)
