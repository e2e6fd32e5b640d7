"""The demo's trip abroad, and the one that leaves in two weeks: leaders, days, words and numbers for the place.

A roll call began this morning: everyone has answered but one, and all that the clock does about it has been done.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from exchange.base.codes import key_of
from exchange.messages import outbox
from exchange.messages.phone_numbers import to_e164
from exchange.models import PartnerCity, User
from exchange.reference import facts
from travel.abroad.actions.check_in import LOOKS, WAITS, asked
from travel.abroad.actions.link import make as make_link
from travel.demo import needs
from travel.demo.accounts import give_phones
from travel.demo.book import Book, at
from travel.demo.cycle import SetUp
from travel.demo.journeys import Seat
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
    HostInstitution,
    InsurancePolicy,
    LocalCard,
    Reachability,
    ReflectionInvitation,
    Trip,
    TripDay,
)
from travel.models.check_in import LINK_LASTS
from travel.prepare.actions import family

AWAY = "athens"  # the city of the trip that is abroad
SILENT = "yohannes-tadesse"  # hasn't answered since the morning
WITH_FAMILY = "consuelo-aguirre-batz"  # whose mother has a link
DATA_ONLY = 5  # every so many travelers have no number that works there
FIRST_PHONE = 60  # of the numbers kept for invented people, those before are taken
Kind, State = CheckInStep.Kind, CheckInPerson.State


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
        _place(scene, trip, texts[city])
        for said in texts[city]["leader"]:
            user = User.objects.get(email=said["email"]) if said.get("has_account") else None
            row = {key: value for key, value in said.items() if key != "has_account"}
            leader = _keep(scene, Contact(trip=trip, user=user, **row))
            for kind in Clearance.Kind:
                seen = {"done_on": scene.book.day(-70), "seen_by": scene.office, "seen_at": at(scene.book.day(-60), 11)}
                _keep(scene, Clearance(contact=leader, kind=kind, **seen))


def _keep(scene: Scene, row: Any) -> Any:
    row.code = scene.book.draw.code()
    row.save()
    name = f"{row._meta.model_name}.add"
    scene.book.record(name, row, by=scene.office, when=at(scene.book.day(-40), 10))
    return row


def _place(scene: Scene, trip: Trip, texts: dict[str, Any]) -> None:
    """What the office wrote of the trip: the program, insurance, words in the local language, numbers it called."""
    book = scene.book
    taken = at(book.day(-30), 11)
    for number, said in enumerate(texts["day"], start=1):
        TripDay.objects.create(trip=trip, number=number, text_en=said["en"], text_es=said["es"], taken_at=taken)
    until = trip.returns_on + timedelta(days=2)
    _keep(scene, InsurancePolicy(trip=trip, valid_from=trip.leaves_on, valid_until=until, **texts["insurance"]))
    for said in texts["card"]:
        place = {"trip": trip} if said["kind"] == LocalCard.Kind.ADDRESS else {"city": trip.city}
        _keep(scene, LocalCard(**place, checked_on=book.day(-20), **said))
    host = trip.host or HostInstitution(city=trip.city)
    for said in texts["contact"]:
        _keep(scene, Contact(host=host, **said))
    _confirm_numbers(book, trip.city)
    for said in texts.get("number", []):
        dates = {"as_of": book.day(-9), "review_on": book.day(81), "source_name": "demo"}
        _keep(scene, HelpNumber(city=trip.city, **dates, **said))


def _confirm_numbers(book: Book, city: PartnerCity) -> None:
    """As if the office had called them; the source says that this is the demo."""
    for row in HelpNumber.objects.filter(city=city):
        # always after the files were, as when an office looks something up again
        as_of = max(book.day(-9), row.as_of + timedelta(days=1))
        HelpNumber.objects.filter(pk=row.pk).update(
            is_confirmed=True,
            as_of=as_of,
            review_on=as_of + timedelta(days=90),
            source_name=f"demo ({row.source_name})",
        )


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
    _roll_call(scene, away, now)
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


def _roll_call(scene: Scene, away: list[Seat], now: datetime) -> None:
    """As the actions and the clock left it; the last step of the clock is done, so nothing happens of its own."""
    found = facts.numbers(*WAITS)
    minutes = [timedelta(minutes=int(found[name])) for name in WAITS]
    began = now - max(minutes) - timedelta(minutes=12)
    leader = Contact.objects.filter(trip=away[0].trip, user__isnull=False).get().user
    words = read("abroad.toml")["roll_call"]
    check_in = CheckIn.objects.create(
        code=scene.book.draw.code(), kind=CheckIn.Kind.ROLL_CALL, started_at=began, started_by=leader, **words
    )
    book = scene.book
    changes = {"kind": check_in.kind.value, "people": len(away) + away[0].trip.leaders.count()}
    book.record("check_in.start", check_in, by=leader, when=began, changes=changes)
    waits = dict(zip((Kind.TEXT_AGAIN, Kind.EMAIL, Kind.CALL, Kind.FAMILY), minutes, strict=True))
    _leaders_answered(book, check_in, away[0].trip)
    for number, seat in enumerate(away):
        by_text = seat.placement.reachability.way == Reachability.Way.SAME_NUMBER
        student = seat.candidate.student
        person = CheckInPerson(
            code=book.draw.code(),
            check_in=check_in,
            placement=seat.placement,
            number=str(student.phone) if by_text else "",
            state_at=began,
            token=book.draw.token(),
            link_until=began + LINK_LASTS,
        )
        person.save()
        _ask(book, person, Kind.TEXT if by_text else Kind.EMAIL, began)
        if seat.candidate.person.key == SILENT:
            for kind, after_ in waits.items():
                _ask(book, person, kind, began + after_)
            _look(book, check_in, began + waits[Kind.CALL])
        else:
            person.state, person.state_at = State.SAFE, began + timedelta(seconds=50 + 37 * number)
            person.save()
            CheckInStep(person=person, kind=Kind.SAFE, at=person.state_at, by_link=not by_text).save()


def _leaders_answered(book: Book, check_in: CheckIn, trip: Trip) -> None:
    """Leaders are asked like everybody, and have answered."""
    began = check_in.started_at
    for number, leader in enumerate(trip.leaders.order_by("name")):
        person = CheckInPerson(
            code=book.draw.code(),
            check_in=check_in,
            leader=leader,
            leader_name=leader.name,
            leads=trip,
            number=to_e164(leader.phone),
            state=State.SAFE,
            state_at=began + timedelta(seconds=20 + 15 * number),
            token=book.draw.token(),
            link_until=began + LINK_LASTS,
        )
        person.save()
        _ask(book, person, Kind.TEXT, began)
        CheckInStep(person=person, kind=Kind.SAFE, at=person.state_at).save()


def _ask(book: Book, person: CheckInPerson, kind: CheckInStep.Kind, when: datetime) -> None:
    """A step of the clock, with its message if it has one."""
    message = None
    if kind in (Kind.TEXT, Kind.TEXT_AGAIN, Kind.EMAIL):
        to, template = asked(person)
        address = person.email if kind == Kind.EMAIL else person.number
        context = {"check_in": person.check_in, "person": person, "again": kind == Kind.TEXT_AGAIN}
        message = outbox.drafts(template, to, context, address)[0]
        _sent(book, [message], person.check_in, when)
    CheckInStep(person=person, kind=kind, at=when, message=message).save()


def _look(book: Book, check_in: CheckIn, when: datetime) -> None:
    """What the leader who began it read, once somebody had to be called."""
    context = {"check_in": check_in, "count": 1, "href": check_in.get_absolute_url()}
    messages = outbox.drafts(LOOKS, check_in.started_by, context)
    _sent(book, messages, check_in, when)


def _sent(book: Book, messages: Iterable[Any], check_in: CheckIn, when: datetime) -> None:
    for message in messages:
        message.code, message.batch, message.queued_at = book.draw.code(), key_of(check_in), when
        message.claimed_at = message.sent_at = when + timedelta(seconds=2)
        message.attempts = 1
        message.save()
