"""What the demo's travelers prepare with: an orientation that is still to come, and the weather that they pack for."""

from datetime import datetime

from django.conf import settings

from applications.models import Cycle
from exchange.models import User
from travel.demo.book import Book, at
from travel.demo.past import past
from travel.models import Trip
from travel.prepare.actions import orientation, packing

IN_DAYS = 9
WEATHER = {"hanoi": ["hot", "rain"], "durango": ["hot"]}


def write(book: Book, cycle: Cycle, *, when: datetime, by: User) -> None:
    values = {
        "starts_at": at(book.day(IN_DAYS), 17, 30),
        "zone": settings.TIME_ZONE,
        "minutes": 120,
        "place": "City Hall, room 1060",
        "address": "200 North Spring Street",
        "note_en": "Bring a photo ID. Family is welcome for the first hour.",
        "note_es": "Trae una identificación con foto. Tu familia puede venir la primera hora.",
    }
    with past(when, book.draw):
        orientation.plan(cycle, values, trips=[], by=by)
        for trip in Trip.objects.filter(cycle=cycle).select_related("city"):
            if trip.city.code in WEATHER:
                packing.set_weather(trip, WEATHER[trip.city.code], by=by)
