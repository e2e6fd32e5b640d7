"""What the demo's travelers eat and need: two in three have said so, and one wants to talk."""

from collections.abc import Iterable
from itertools import cycle

from travel.demo.book import Book, at
from travel.demo.journeys import Seat
from travel.models import Access, Diet, PracticalNeeds

# of those who have said so, in turn
SAID = (
    ([Diet.NO_PORK], []),
    ([], []),
    ([Diet.NO_MEAT, Diet.NO_FISH], [Access.FRIDGE]),
    ([], [Access.STAIRS]),
    ([Diet.NO_NUTS], []),
    ([], []),
)


def write(book: Book, seats: Iterable[Seat], *, but: str) -> None:
    """`but`: the person who has not said anything yet, so that a visitor can."""
    going = sorted((each for each in seats if each.candidate.person.key != but), key=lambda seat: seat.placement.code)
    said = cycle(SAID)
    when = at(book.day(-4), 18, 20)
    for number, seat in enumerate(going):
        if number % 3 == 2:
            continue
        diet, access = next(said)
        needs = {"diet": sorted(map(str, diet)), "access": sorted(map(str, access))}
        book.add(PracticalNeeds(placement=seat.placement, needs=needs, wants_to_talk=number == 0, told_at=when))
        book.record("needs.say", seat.placement, by=seat.candidate.application.student, when=when)
