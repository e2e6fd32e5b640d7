"""The demo's visas for one city: who has one, who has applied, who wants help, and a day at the consulate."""

from collections.abc import Iterable
from datetime import timedelta

from exchange.models import User
from travel.demo.book import Book, at
from travel.demo.past import past
from travel.models import EntryPermission, Placement
from travel.prepare.entry import actions as entry
from travel.prepare.entry import visa_day
from travel.prepare.entry.actions import Said

State = EntryPermission.State
CITY = "hanoi"
PLACE = {
    "place": "Consulate General of Vietnam",
    "address": "1700 California Street, San Francisco",
    "note_en": "Bring your passport, two photos and the printed form. The bus leaves from the office at 7 am.",
    "note_es": "Lleva tu pasaporte, dos fotos y el formulario impreso. El camión sale de la oficina a las 7 am.",
}


def write(book: Book, placements: Iterable[Placement], *, by: User) -> None:
    """One of the group has not answered, so that a visitor can."""
    going = sorted((each for each in placements if each.trip.city.code == CITY), key=lambda each: each.code)[1:6]
    said = (
        Said(State.GRANTED, book.day(-6), going[0].trip.returns_on + timedelta(days=20)),
        Said(State.APPLIED, book.day(-4)),
        Said(State.NEEDED),
        Said(State.NEEDED),
        Said(State.UNSURE),
    )
    with past(at(book.day(-2), 17), book.draw):
        for placement, each in zip(going, said, strict=True):
            entry.say(placement, each, by=placement.application.person)
        values = {**PLACE, "starts_at": at(book.day(12), 9), "minutes": 180}
        day = visa_day.plan(going[0].trip, values, going[2:4], by=by)
        visa_day.answer(day.people.get(placement=going[2]), "coming", by=going[2].application.person)
