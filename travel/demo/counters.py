"""Passport counters near the colleges, two passport days, and the fee vouchers of the cycle under way."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from exchange.models import User
from travel.demo.book import Book, at
from travel.demo.scene import Scene
from travel.models import (
    AcceptanceFacility,
    FeeVoucher,
    PassportBooking,
    PassportCase,
    PassportDay,
    PassportSlot,
    VoucherEntry,
)
from travel.states import PassportStage

Kind, Fee, Result = VoucherEntry.Kind, FeeVoucher.Fee, PassportBooking.Result
USUAL_WAIT = 21  # days, as the fact says: whoever chooses such a counter keeps the dates
# name, address, near which colleges, wait, days since somebody asked, appointment, photos
FACILITIES = (
    ("Vermont Avenue Post Office", "1410 N Vermont Ave, Los Angeles", ("lacc",), USUAL_WAIT, 6, True, False),
    ("Civic Branch Library", "650 W 8th St, Los Angeles", ("lacc", "lattc", "wlac"), 9, 3, True, True),
    ("Monterey Hills Post Office", "220 Avenida Cesar Chavez, Monterey Park", ("elac",), 16, 12, True, False),
    ("Valley Glen Post Office", "5800 Fulton Ave, Valley Glen", ("valley", "mission"), 12, 8, True, True),
    ("West Valley City Clerk", "6201 Winnetka Ave, Woodland Hills", ("pierce",), 5, 71, False, False),
    ("Harbor Post Office", "1111 Figueroa Pl, Wilmington", ("harbor", "southwest"), 18, 66, True, True),
)


def write(scene: Scene) -> None:
    """After the passports of the cycle under way: those who have an appointment have it on the day to come."""
    book, office = scene.book, scene.office
    places = _facilities(scene)
    cases = [case for case in book.rows(PassportCase) if case.trip.leaves_on > book.today and case.route == "ds11"]
    booked = [case for case in cases if case.stage == PassportStage.BOOKED]
    applied = [case for case in cases if case.stage == PassportStage.APPLIED][:4]
    gathering = [case for case in cases if case.stage == PassportStage.GATHERING]
    for case in booked[:1]:
        case.facility = places[0]
    past = _day(scene, book.day(-11), "Student Union, City College", capacity=3, photos=True)
    coming = _day(scene, book.day(9), "Campus Center, Valley College", capacity=2, photos=True)
    for place, case in enumerate(applied):
        when = at(book.day(-11), 11, 5 + 9 * place)
        _came(book, past, case, Result.APPLIED, [], when, office)
    for case in gathering[1:2]:
        _came(book, past, case, Result.TURNED_AWAY, ["citizenship"], at(book.day(-11), 10, 20), office)
    slots = [slot for slot in book.rows(PassportSlot) if slot.day is coming]
    for place, case in enumerate(booked):
        slot = slots[min(place, len(slots) - 1)]
        case.appointment_on = coming.on
        papers = [paper.value for paper in PassportBooking.Paper if paper.value != "photo"]
        booking = _booking(book, coming, case, slot=slot, booked_at=at(book.day(-3), 18, 5 + place))
        booking.brings = papers if place == 0 else papers[: 2 + place]
    _vouchers(book, office, applied, gathering)


def _facilities(scene: Scene) -> list[AcceptanceFacility]:
    book = scene.book
    rows = []
    for name, address, _near, wait, ago, needs_appointment, takes_photos in FACILITIES:
        facility = AcceptanceFacility(
            code=book.draw.code(),
            name=name,
            address=address,
            phone=f"(213) 555-01{len(rows) + 60}",
            needs_appointment=needs_appointment,
            takes_photos=takes_photos,
            hours_en="Monday to Friday, 9 am to 3 pm",
            hours_es="de lunes a viernes, de 9:00 am a 3:00 pm",
            payment_en="check or money order for the application fee, and card or cash for the acceptance facility fee",
            payment_es="cheque o giro postal (money order) para la cuota de solicitud; tarjeta o efectivo para la otra",
            wait_days=wait,
            wait_as_of=book.day(-ago),
        )
        book.record("facility.add", book.add(facility), by=scene.office, when=at(book.day(-ago), 9, 30))
        rows.append(facility)
    book.flush(AcceptanceFacility)
    for facility, (_name, _address, near, *_rest) in zip(rows, FACILITIES, strict=True):
        facility.colleges.set([scene.colleges[code] for code in near if code in scene.colleges])
    return rows


def _day(scene: Scene, on: date, place: str, *, capacity: int, photos: bool) -> PassportDay:
    book = scene.book
    day = book.add(
        PassportDay(
            code=book.draw.code(),
            on=on,
            place=place,
            address="Los Angeles",
            agents="County Registrar-Recorder, passport office",
            has_photos=photos,
            note_en="Come ten minutes early, and bring your documents in a folder.",
            note_es="Llega diez minutos antes y trae tus documentos en una carpeta.",
        )
    )
    book.record("passport_day.plan", day, by=scene.office, when=at(book.day(-20), 10), changes={"on": str(on)})
    book.flush(PassportDay)
    day.colleges.set(scene.colleges.values())
    for hour in (10, 11, 12):
        book.add(PassportSlot(code=book.draw.code(), day=day, starts_at=at(on, hour), minutes=60, capacity=capacity))
    return day


def _booking(book: Book, day: PassportDay, case: PassportCase, **fields) -> PassportBooking:
    booking = PassportBooking(code=book.draw.code(), day=day, application=case.application, sequence=1, **fields)
    student = case.application.student
    changes = {"at": str(fields["slot"].starts_at)}
    book.record("passport_day.book", case.application, by=student, when=fields["booked_at"], changes=changes)
    return book.add(booking)


def _came(
    book: Book, day: PassportDay, case: PassportCase, result: str, missing: list[str], when: datetime, by: User
) -> None:
    slot = next(slot for slot in book.rows(PassportSlot) if slot.day is day and _has_room(book, slot))
    booking = _booking(book, day, case, slot=slot, booked_at=at(book.day(-18), 17, 30))
    booking.brings = sorted({paper.value for paper in PassportBooking.Paper} - {"photo", *missing})
    booking.result, booking.missing, booking.settled_at, booking.settled_by = result, missing, when, by
    changes = {"before": "", "result": str(result)}
    book.record("passport_day.settle", case.application, by=by, when=when, changes=changes)


def _has_room(book: Book, slot: PassportSlot) -> bool:
    return sum(booking.slot is slot for booking in book.rows(PassportBooking)) < slot.capacity


def _vouchers(book: Book, office: User, applied: Iterable[PassportCase], gathering: Iterable[PassportCase]) -> None:
    """Used by those who applied, given to two who still go, one at the office, one lost."""
    number = 4410
    for case in applied:
        for fee, amount in ((Fee.APPLICATION, 130), (Fee.EXECUTION, 35)):
            number += 1
            _voucher(book, office, number, fee, amount, "used", case)
    for case in list(gathering)[:2]:
        number += 1
        _voucher(book, office, number, Fee.APPLICATION, 130, "given", case)
    _voucher(book, office, number + 1, Fee.APPLICATION, 130, "office", None)
    _voucher(book, office, number + 2, Fee.EXECUTION, 35, "lost", None)


def _voucher(
    book: Book, office: User, number: int, fee: str, amount: int, state: str, case: PassportCase | None
) -> None:
    voucher = book.add(
        FeeVoucher(
            code=book.draw.code(),
            number=f"MO-{number}",
            amount=Decimal(amount),
            fee=fee,
            method=FeeVoucher.Method.MONEY_ORDER,
            fund="Mayor’s Fund" if number % 3 else "Pacific Airways Foundation",
            state=state,
            application=case.application if case else None,
            trip=case.trip if case else None,
        )
    )
    steps = {
        "office": [(Kind.ISSUED, -21)],
        "given": [(Kind.ISSUED, -21), (Kind.GIVEN, -4)],
        "used": [(Kind.ISSUED, -21), (Kind.GIVEN, -14), (Kind.USED, -11)],
        "lost": [(Kind.ISSUED, -21), (Kind.LOST, -9)],
    }
    for kind, days in steps[state]:
        when = at(book.day(days), 14, number % 50)
        whose = None if kind == Kind.ISSUED or case is None else case.application
        book.add(VoucherEntry(voucher=voucher, kind=kind, amount=voucher.amount, application=whose, at=when, by=office))
        book.record(f"voucher.{kind}", voucher, by=office, when=when, changes={"number": voucher.number})
