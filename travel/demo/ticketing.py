"""The demo's details for the plane ticket in one city: those whose step is done have given them."""

from collections.abc import Collection
from datetime import datetime

from exchange.models import User
from travel.base.names import FullName
from travel.demo.book import Book
from travel.demo.past import past
from travel.models import Placement
from travel.models.ticketing import Marker
from travel.passport.plan import birth_date
from travel.prepare.ticketing import actions as ticketing
from travel.prepare.ticketing.actions import Details

CITY = "tokyo"


def write(book: Book, travelers: Collection[Placement], *, when: datetime) -> None:
    """As the students would on their phones. A visitor downloads the list, so it hasn't left the portal yet."""
    seats = sorted((seat for seat in travelers if seat.trip.city.code == CITY), key=lambda seat: seat.code)
    born = birth_date.of_many(seat.application_id for seat in seats)
    for place, seat in enumerate(seats):
        day = born.get(seat.application_id)
        step = seat.checklist_items.filter(step__key=ticketing.PAGE).first()
        if day is None or step is None or step.done_at is None:
            continue
        student = seat.application.person
        with past(when, book.draw):
            ticketing.give(seat, Details(_name(student), day, (Marker.F, Marker.M)[place % 2]), by=student)


def _name(student: User) -> FullName:
    """The last word as the surname, as a passport of somebody with one surname prints it."""
    given, _space, surname = student.full_name.rpartition(" ")
    return FullName(surname, given)
