"""What the demo's travelers prepare with: an orientation that is still to come, and the weather that they pack for."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from applications.models import Cycle
from exchange.base.codes import key_of
from exchange.models import Message, User
from travel.demo.book import Book, at
from travel.models import Trip
from travel.prepare.actions import orientation, packing

IN_DAYS = 9
WEATHER = {"hanoi": ["hot", "rain"], "durango": ["hot"]}


def write(book: Book, cycle: Cycle, *, when: datetime, by: User) -> None:
    """Through the actions. The messages are sent, as they would have been by now."""
    _plan(book, cycle, at(book.day(IN_DAYS), 17, 30), when=when, by=by)
    for trip in Trip.objects.filter(cycle=cycle).select_related("city"):
        if trip.city.code in WEATHER:
            packing.set_weather(trip, WEATHER[trip.city.code], by=by)


def _plan(book: Book, cycle: Cycle, starts_at: datetime, *, when: datetime, by: User) -> None:
    if starts_at <= timezone.now():
        return  # a demo of a past day has no session that is still to come
    values = {
        "starts_at": starts_at,
        "zone": settings.TIME_ZONE,
        "minutes": 120,
        "place": "City Hall, room 1060",
        "address": "200 North Spring Street",
        "note_en": "Bring a photo ID. Family is welcome for the first hour.",
        "note_es": "Trae una identificación con foto. Tu familia puede venir la primera hora.",
    }
    session = orientation.plan(cycle, values, trips=[], by=by)
    told = Message.objects.filter(batch=key_of(session))
    session.code = book.draw.code()
    session.save(update_fields=["code"])
    sent_at = when + timedelta(minutes=1)
    for message in told.order_by("pk"):
        Message.objects.filter(pk=message.pk).update(code=book.draw.code())  # two demos of one day are alike
    told.update(batch=key_of(session), queued_at=when, claimed_at=when, send_after=None, sent_at=sent_at)
