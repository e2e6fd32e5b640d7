"""The demo's rooms in one city: rooms of three, one on the ground floor, wishes of some, a proposal to publish."""

from collections.abc import Collection
from datetime import datetime

from applications.models import Cycle
from exchange.models import User
from travel.demo.book import Book
from travel.demo.past import past
from travel.models import Placement, Trip
from travel.models.rooms import RoomNeed
from travel.prepare.rooms import actions as rooms

CITY = "tokyo"
GROUP = 5


def write(book: Book, cycle: Cycle, travelers: Collection[Placement], *, when: datetime, by: User) -> None:
    with past(when, book.draw):
        _write(cycle, travelers, by=by)


def _write(cycle: Cycle, travelers: Collection[Placement], *, by: User) -> None:
    trip = Trip.objects.filter(cycle=cycle, city__code=CITY).first()
    seats = sorted((seat for seat in travelers if trip and seat.trip_id == trip.pk), key=lambda seat: seat.code)
    if trip is None or len(seats) < 4:
        return
    for one, other in ((seats[0], seats[3]), (seats[3], seats[0]), (seats[1], seats[0])):
        rooms.say(one, option="", people=[other.code], needs=[], by=one.application.person)
    rooms.say(seats[2], option="", people=[], needs=[RoomNeed.ACCESSIBLE], by=seats[2].application.person)
    many = trip.placements.count()
    rooms.add_rooms(trip, count=many // 3 + 1, beds=3, is_quiet=False, is_accessible=False, by=by)
    rooms.add_rooms(trip, count=1, beds=2, is_quiet=True, is_accessible=True, by=by)
    rooms.propose(trip, by=by)
    rooms.propose_groups(trip, size=GROUP, by=by)
