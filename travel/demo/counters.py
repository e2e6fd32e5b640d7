"""Passport counters near the colleges, two passport days, and the fee vouchers of the cycle under way."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from exchange.models import User
from travel.demo.book import at
from travel.demo.past import past
from travel.demo.people import read
from travel.demo.scene import Scene
from travel.models import (
    AcceptanceFacility,
    FeeVoucher,
    PassportBooking,
    PassportCase,
    PassportDay,
    PassportSlot,
)
from travel.passport.days import office_actions as passport_day_office
from travel.passport.facilities import actions as facility
from travel.passport.vouchers import actions as voucher
from travel.states import PassportStage

Fee, Result = FeeVoucher.Fee, PassportBooking.Result
FIRST_NUMBER = 4411


class Counters:
    """`applied`, `gathering`: passports of the cycle under way at these stages, once `write` has looked."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.book, self.office, self.texts = scene, scene.book, scene.office, read("scenes.toml")
        self.applied: list[PassportCase] = []
        self.gathering: list[PassportCase] = []

    def write(self) -> None:
        """After the passports: those who have an appointment have it on the day to come."""
        book = self.book
        places = [self._facility(number, row) for number, row in enumerate(self.texts["facility"])]
        cases = [case for case in book.rows(PassportCase) if case.trip.leaves_on > book.today and case.route == "ds11"]
        booked = [case for case in cases if case.stage == PassportStage.BOOKED]
        self.applied = [case for case in cases if case.stage == PassportStage.APPLIED][:4]
        self.gathering = [case for case in cases if case.stage == PassportStage.GATHERING]
        for case in booked[:1]:
            case.facility = places[0]
        slots = self._day(-11, "Student Union, City College", capacity=3)
        for place, case in enumerate(self.applied):
            when = at(book.day(-11), 11, 5 + 9 * place)
            self._came(slots[place // 3], case, Result.APPLIED, [], when)
        for case in self.gathering[1:2]:
            self._came(slots[-1], case, Result.TURNED_AWAY, ["citizenship"], at(book.day(-11), 12, 20))
        slots = self._day(9, "Campus Center, Valley College", capacity=2)
        for place, case in enumerate(booked):
            slot = slots[min(place, len(slots) - 1)]
            case.appointment_on = slot.day.on
            papers = [paper.value for paper in PassportBooking.Paper if paper.value != "photo"]
            booking = self._booking(slot, case, at(book.day(-3), 18, 5 + place))
            booking.brings = papers if place == 0 else papers[: 2 + place]

    def _facility(self, number: int, row: dict[str, Any]) -> AcceptanceFacility:
        known = {name: row[name] for name in ("name", "address", "wait_days", "takes_photos")}
        colleges = [self.scene.colleges[code] for code in row["near"] if code in self.scene.colleges]
        with past(at(self.book.day(-row["asked"]), 9, 30), self.book.draw):
            return facility.add(
                **known,
                **self.texts["facility_words"],
                needs_appointment=row.get("needs_appointment", True),
                phone=f"+1 213 555 01{number + 60}",
                colleges=colleges,
                by=self.office,
            )

    def _day(self, days: int, place: str, *, capacity: int) -> list[PassportSlot]:
        on, colleges = self.book.day(days), list(self.scene.colleges.values())
        with past(at(self.book.day(-20), 10), self.book.draw):
            day: PassportDay = passport_day_office.plan(
                on=on, place=place, has_photos=True, **self.texts["passport_day"], colleges=colleges, by=self.office
            )
            starts = [at(on, hour) for hour in (10, 11, 12)]
            return passport_day_office.open_times(day, starts=starts, minutes=60, capacity=capacity, by=self.office)

    def _booking(self, slot: PassportSlot, case: PassportCase, when: datetime) -> PassportBooking:
        code, application = self.book.draw.code(), case.application
        booking = PassportBooking(
            code=code, day=slot.day, slot=slot, application=application, sequence=1, booked_at=when
        )
        changes = {"at": str(slot.starts_at)}
        self.book.record("passport_day.book", application, by=application.student, when=when, changes=changes)
        return self.book.add(booking)

    def _came(self, slot: PassportSlot, case: PassportCase, result: str, missing: list[str], when: datetime) -> None:
        booking = self._booking(slot, case, at(self.book.day(-18), 17, 30))
        booking.brings = sorted({paper.value for paper in PassportBooking.Paper} - {"photo", *missing})
        booking.result, booking.missing, booking.settled_at, booking.settled_by = result, missing, when, self.office
        changes = {"before": "", "result": str(result)}
        self.book.record("passport_day.settle", case.application, by=self.office, when=when, changes=changes)

    def hand_out_vouchers(self) -> None:
        """Used by those who applied, given to two who still go, one at the office, one lost. Once all is saved."""
        book, by, giving = self.book, self.office, self.gathering[:2]
        fees = [Fee.APPLICATION, Fee.EXECUTION] * len(self.applied) + [Fee.APPLICATION] * (len(giving) + 1)
        with past(at(book.day(-21), 14), book.draw):
            issued = [self._issue(number, fee) for number, fee in enumerate([*fees, Fee.EXECUTION], FIRST_NUMBER)]
        used = list(zip(issued, [case for case in self.applied for _fee in range(2)], strict=False))
        with past(at(book.day(-14), 14), book.draw):
            _give(used, by=by)
        with past(at(book.day(-11), 14), book.draw):
            for each, _case in used:
                voucher.use(each, by=by)
        with past(at(book.day(-9), 14), book.draw):
            voucher.lose(issued[-1], by=by)
        with past(at(book.day(-4), 14), book.draw):
            _give(list(zip(issued[len(used) :], giving, strict=False)), by=by)

    def _issue(self, number: int, fee: str) -> FeeVoucher:
        method, fund = FeeVoucher.Method.MONEY_ORDER, "Mayor’s Fund" if number % 3 else "Pacific Airways Foundation"
        amount, numbers = Decimal(self.texts["voucher"][str(fee)]), [f"MO-{number}"]
        return voucher.issue(numbers=numbers, amount=amount, fee=fee, method=method, fund=fund, by=self.office)[0]


def _give(vouchers: Sequence[tuple[FeeVoucher, PassportCase]], *, by: User) -> None:
    for each, case in vouchers:
        voucher.give(each, case.application, by=by)
