"""The demo's trip abroad, and the one that leaves in two weeks: leaders, days, words and numbers for the place.

A roll call began this morning: everyone has answered but one, and all that the clock does about it has been done.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from exchange.base import audit
from exchange.base.codes import key_of
from exchange.messages import outbox
from exchange.messages.phone_numbers import to_e164
from exchange.models import User
from exchange.reference import facts
from travel.abroad.accounting import Said
from travel.abroad.actions.check_in import WAITS, asked, look, note
from travel.abroad.actions.link import make as make_link
from travel.base import actions as rows
from travel.demo import needs
from travel.demo.accounts import give_phones
from travel.demo.book import Book, at
from travel.demo.cycle import SetUp
from travel.demo.journeys import Seat
from travel.demo.partners import look_up
from travel.demo.past import past
from travel.demo.people import Person, read
from travel.demo.scene import Scene
from travel.models import (
    CheckIn,
    CheckInPerson,
    CheckInStep,
    Clearance,
    Contact,
    FamilyLink,
    HelpNumber,
    InsurancePolicy,
    LocalCard,
    Reachability,
    ReflectionInvitation,
    Trip,
    TripDay,
)
from travel.prepare.family import actions as family

AWAY = "athens"  # the city of the trip that is abroad
SILENT = "yohannes-tadesse"  # hasn't answered since the morning
WITH_FAMILY = "consuelo-aguirre-batz"  # whose mother has a link
DATA_ONLY = 5  # every so many travelers have no number that works there
FIRST_PHONE = 60  # of the numbers kept for invented people, those before are taken
Kind = CheckInStep.Kind


def seats_of(people: Iterable[Person], to: SetUp) -> dict[str, str]:
    """The city each of them goes to, by key: everybody's first choice, then the second of those without a spot …"""
    room = {city: trip.seats for city, trip in to.trips.items()}
    waiting, found = list(people), dict[str, str]()
    for rank in range(max(len(person.cities) for person in waiting)):
        for person in waiting:
            city = person.cities[rank] if rank < len(person.cities) and person.key not in found else ""
            if room.get(city):
                found[person.key] = city
                room[city] -= 1
    return found


def write(scene: Scene, to: SetUp, seats: list[Seat]) -> None:
    """Beside the journeys of the cycle, before the book is saved."""
    texts = read("abroad.toml")
    give_phones(scene.book, [seat.candidate.student for seat in seats], len(seats), first=FIRST_PHONE)
    needs.write(scene.book, seats, is_everyone=True)
    for city, trip in to.trips.items():
        with past(at(scene.book.day(-40), 10), scene.book.draw):
            _place(scene, trip, texts[city])
            _lead(scene, trip, texts[city]["leader"])


def _place(scene: Scene, trip: Trip, texts: dict[str, Any]) -> None:
    """What the office wrote of the trip: the program, insurance, words in the local language, numbers it called."""
    book, by = scene.book, scene.office
    taken = at(book.day(-30), 11)
    for number, said in enumerate(texts["day"], start=1):
        TripDay.objects.create(trip=trip, number=number, text_en=said["en"], text_es=said["es"], taken_at=taken)
    dates = {"valid_from": trip.leaves_on, "valid_until": trip.returns_on + timedelta(days=2)}
    rows.add(InsurancePolicy, {**texts["insurance"], **dates, "trip": trip}, under=trip, by=by)
    for said in texts["card"]:
        place = {"trip": trip} if said["kind"] == LocalCard.Kind.ADDRESS else {"city": trip.city}
        rows.add(LocalCard, {**said, **place, "checked_on": book.day(-20)}, under=None, by=by)
    for said in texts["contact"]:
        rows.add(Contact, {**said, "host": trip.host}, under=None, by=by)
    for number in HelpNumber.objects.filter(city=trip.city):
        look_up(book, number, 9, 81)
    for said in texts.get("number", []):
        looked = {"as_of": book.day(-9), "review_on": book.day(81), "source_name": "demo"}
        rows.add(HelpNumber, {**said, **looked, "city": trip.city}, under=None, by=by)


def _lead(scene: Scene, trip: Trip, leaders: Iterable[dict[str, Any]]) -> None:
    """Leaders, some with an account, cleared for the trip."""
    seen = {"done_on": scene.book.day(-70), "seen_by": scene.office, "seen_at": at(scene.book.day(-60), 11)}
    for said in leaders:
        values = {name: value for name, value in said.items() if name != "has_account"}
        user = User.objects.get(email=said["email"]) if said.get("has_account") else None
        leader = rows.add(Contact, {**values, "trip": trip, "user": user}, under=trip, by=scene.office)
        for kind in Clearance.Kind:
            rows.add(Clearance, {"contact": leader, "kind": kind, **seen}, under=None, by=scene.office)


# --- Once the book is saved ---------------------------------------------------------------------------


def after(scene: Scene, seats: list[Seat], now: datetime) -> None:
    """Links, how to reach travelers, and the roll call of this morning."""
    away = sorted(
        (seat for seat in seats if seat.trip.leaves_on < scene.book.today), key=lambda seat: seat.placement.code
    )
    for number, seat in enumerate(away):
        student = seat.candidate.student
        with past(at(scene.book.day(-6), 18), scene.book.draw):
            make_link(seat.placement, by=student)
        is_quiet = seat.candidate.person.key == SILENT
        way = Reachability.Way.DATA_ONLY if number % DATA_ONLY == 1 and not is_quiet else Reachability.Way.SAME_NUMBER
        said_at = at(scene.book.day(-8), 19)
        Reachability.objects.create(placement=seat.placement, way=way, said_at=said_at)
    _roll_call(scene.book, away, now)
    for seat in seats:
        _invite(seat, scene.book)
        if seat.candidate.person.key == WITH_FAMILY:
            parts = [part.value for part in FamilyLink.Part if part != FamilyLink.Part.FORMS]
            student = seat.candidate.student
            with past(at(scene.book.day(-6), 18), scene.book.draw):
                family.make(seat.placement, label="Mamá", language="es", parts=parts, ends_on=None, by=student)


def _invite(seat: Seat, book: Book) -> None:
    """To write about what has opened, as the daily invitation did on that day."""
    for prompt in seat.trip.cycle.reflection_prompts.all():
        opened = prompt.opens_on(seat.trip)
        if opened <= book.today:
            when = {"invited_at": at(opened, 6)}
            ReflectionInvitation.objects.get_or_create(placement=seat.placement, prompt=prompt, defaults=when)


def _roll_call(book: Book, away: list[Seat], now: datetime) -> None:
    """As the clock left it in the daytime; the last step of the clock is done, so nothing happens of its own."""
    trip, found = away[0].trip, facts.numbers(*WAITS)
    minutes = (timedelta(minutes=int(found[name])) for name in WAITS)
    waits = dict(zip((Kind.TEXT_AGAIN, Kind.EMAIL, Kind.CALL, Kind.FAMILY), minutes, strict=True))
    began = now - max(waits.values()) - timedelta(minutes=12)
    leaders = list(trip.leaders.order_by("name"))
    started_by = next(leader.user for leader in leaders if leader.user)
    with past(began, book.draw):
        words = read("abroad.toml")["roll_call"]
        check_in = CheckIn.objects.create(kind=CheckIn.Kind.ROLL_CALL, started_by=started_by, **words)
        changes = {"kind": check_in.kind.value, "people": len(away) + len(leaders)}
        audit.record("check_in.start", check_in, by=started_by, changes=changes)
        people = [
            CheckInPerson(leader=leader, leader_name=leader.name, leads=trip, number=to_e164(leader.phone))
            for leader in leaders
        ]
        for seat in away:
            by_text = seat.placement.reachability.way == Reachability.Way.SAME_NUMBER
            number = str(seat.candidate.student.phone) if by_text else ""
            people.append(CheckInPerson(placement=seat.placement, number=number))
        for person in people:
            person.check_in = check_in
            person.save()
            _ask(person, Kind.TEXT if person.number else Kind.EMAIL)
    silent = next(seat.placement for seat in away if seat.candidate.person.key == SILENT)
    for place, person in enumerate(people):
        if person.placement != silent:
            with past(began + timedelta(seconds=20 + 31 * place), book.draw):
                note(person, Said.SAFE, by_link=not person.number)
    person = next(person for person in people if person.placement == silent)
    for kind, wait in waits.items():
        with past(began + wait, book.draw):
            _ask(person, kind)
            if kind == Kind.CALL:
                look(check_in, [person], at_once=True)


def _ask(person: CheckInPerson, kind: CheckInStep.Kind) -> None:
    """A step of the clock, with its message if it has one."""
    message = None
    if kind in (Kind.TEXT, Kind.TEXT_AGAIN, Kind.EMAIL):
        to, template = asked(person)
        address = person.email if kind == Kind.EMAIL else person.number
        context = {"check_in": person.check_in, "person": person, "again": kind == Kind.TEXT_AGAIN}
        message = outbox.drafts(template, to, context, address)[0]
        message.batch = key_of(person.check_in)
        message.save()
    CheckInStep(person=person, kind=kind, message=message).save()
