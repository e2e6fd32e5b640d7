"""What the demo's travelers need, and whom to call for them: two in three have said so, and one wants to talk."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import cycle
from typing import Any

from travel.demo.book import Book, at
from travel.demo.journeys import Seat
from travel.models import (
    Access,
    Allergen,
    Diet,
    EmergencyContact,
    NeedsPart,
    PracticalNeeds,
    Relation,
    Severity,
    Spoken,
)

PEANUTS = {
    "what": Allergen.PEANUTS.value,
    "words": "",
    "severity": Severity.SEVERE.value,
    "happens": "My throat closes.",
    "helps": "The injector in my red pouch, then a hospital.",
    "injector": True,
}
# of those who have said so, in turn
SAID: tuple[Mapping[str, Any], ...] = (
    {"diet": [Diet.NO_PORK]},
    {},
    {"diet": [Diet.NO_FISH, Diet.NO_MEAT], "access": [Access.FRIDGE], "medicines": "Insulin, every day."},
    {"access": [Access.STAIRS], "support": "My knee. I’m slow on stairs, so please don’t wait for me out loud."},
    {"diet": [Diet.NO_NUTS], "allergies": [PEANUTS], "by_name": ["allergies"]},
    {"health": "I faint when I don’t eat. Sugar helps."},
)
EMPTY: Mapping[str, Any] = {
    **{"diet": [], "access": [], "allergies": [], "by_name": []},
    **{"support": "", "medicines": "", "health": "", "parts": NeedsPart.values},
}
# 555-01xx numbers belong to nobody
PEOPLE = (
    ("Rosa", Relation.PARENT, "+12135550140", Spoken.SPANISH),
    ("Teresa", Relation.AUNT, "+12135550141", Spoken.BOTH),
)


def write(book: Book, seats: Iterable[Seat], *, but: str = "", is_everyone: bool = False) -> dict[str, datetime]:
    """`but`: the person who has not said anything yet, so that a visitor can. `is_everyone`: nobody else is left, too.

    Returns when whom to call was said, by the placement's code.
    """
    going = sorted((each for each in seats if each.candidate.person.key != but), key=lambda seat: seat.placement.code)
    said = cycle(SAID)
    when = at(book.day(-4), 18, 20)
    named = {}
    for number, seat in enumerate(going):
        if number % 3 == 2 and not is_everyone:
            continue
        needs = {key: _plain(value) for key, value in {**EMPTY, **next(said)}.items()}
        book.add(PracticalNeeds(placement=seat.placement, needs=needs, wants_to_talk=number == 0, told_at=when))
        student = seat.candidate.application.student
        book.record("needs.say", seat.placement, by=student, when=when)
        family = student.full_name.split()[-1]
        for order, (name, relation, phone, language) in enumerate(PEOPLE, start=1):
            words = {
                **{"name": f"{name} {family}", "relation": relation.value, "relation_words": "", "phone": phone},
                **{"language": language.value, "language_words": "", "knows": order == 1},
            }
            book.add(EmergencyContact(placement=seat.placement, number=order, said=words, told_at=when))
            book.record("emergency_contact.save", seat.placement, by=student, when=when)
        named[seat.placement.code] = when
    return named


def _plain(value: Any) -> Any:
    """Members of a list of choices as they are stored."""
    return [each if isinstance(each, dict) else str(each) for each in value] if isinstance(value, list) else value
