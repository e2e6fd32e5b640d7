"""What the demo's travelers need, and whom to call for them: two in three have said so, and one wants to talk."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import cycle
from typing import Any

from travel.demo.book import Book, at
from travel.demo.journeys import Seat
from travel.demo.people import read
from travel.models import EmergencyContact, NeedsPart, PracticalNeeds

EMPTY: Mapping[str, Any] = {
    **{"diet": [], "access": [], "allergies": [], "by_name": []},
    **{"support": "", "medicines": "", "health": "", "parts": NeedsPart.values},
}


def write(book: Book, seats: Iterable[Seat], *, but: str = "", is_everyone: bool = False) -> dict[str, datetime]:
    """`but`: the person who has not said anything yet, so that a visitor can. `is_everyone`: nobody else is left, too.

    Returns when whom to call was said, by the placement's code.
    """
    going = sorted((each for each in seats if each.candidate.person.key != but), key=lambda seat: seat.placement.code)
    texts = read("scenes.toml")["needs"]
    said = cycle(texts["said"])
    when = at(book.day(-4), 18, 20)
    named = {}
    for number, seat in enumerate(going):
        if number % 3 == 2 and not is_everyone:
            continue
        needs = {**EMPTY, **next(said)}
        book.add(PracticalNeeds(placement=seat.placement, needs=needs, wants_to_talk=number == 0, told_at=when))
        student = seat.candidate.application.student
        book.record("needs.say", seat.placement, by=student, when=when)
        family = student.full_name.split()[-1]
        for order, who in enumerate(texts["people"], start=1):
            words = {
                **who,
                "name": f"{who['name']} {family}",
                "relation_words": "",
                "language_words": "",
                "knows": order == 1,
            }
            book.add(EmergencyContact(placement=seat.placement, number=order, said=words, told_at=when))
            book.record("emergency_contact.save", seat.placement, by=student, when=when)
        named[seat.placement.code] = when
    return named
