"""The rows of tests/test_urls.py for passports: photo, counters, passport days, vouchers, calls, names."""

from tests.factories_counters import FacilityFactory, PassportDayFactory, booked, issued
from tests.factories_travel import PassportCaseFactory, in_days
from tests.urls import COORDINATOR, COORDINATOR_ACT, OWNER, OWNER_ACT, L
from travel.models import DocumentNumber, FeeVoucher

EVERYBODY = (L, 200, 200, 200, 200, 200, 403)

# a day for the owner's college; students of other colleges have none
DAY = (L, 200, 404, 200, 404, 200, 404)

PASSPORT_TABLE = [
    ("travel:passport-photo", "GET", (200,) * 7),
    ("travel:facility-list", "GET", EVERYBODY),
    ("travel:facility-add", "GET", COORDINATOR),
    ("travel:facility-change", "GET", COORDINATOR),
    ("travel:facility-wait", "GET", (L, 403, 403, 200, 403, 200, 403)),
    ("travel:facility-retire", "POST", COORDINATOR_ACT),
    ("travel:facility-choose", "POST", (L, 302, 403, 403, 403, 403, 403)),
    ("travel:passport-day-list", "GET", EVERYBODY),
    ("travel:passport-day-plan", "GET", COORDINATOR),
    ("travel:passport-day-detail", "GET", DAY),
    ("travel:passport-day-change", "GET", COORDINATOR),
    ("travel:passport-day-times", "GET", COORDINATOR),
    ("travel:passport-day-call-off", "GET", COORDINATOR),
    ("travel:passport-day-attendance", "GET", (L, 403, 403, 200, 404, 200, 403)),
    ("travel:passport-day-wait", "POST", OWNER_ACT),
    ("travel:passport-day-book", "GET", OWNER_ACT),  # the owner has booked this slot already: back to the day
    ("travel:passport-booking-cancel", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:passport-booking-bring", "POST", OWNER_ACT),
    ("travel:passport-booking-calendar", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:passport-booking-ready", "POST", (L, 403, 404, 302, 404, 302, 404)),
    ("travel:passport-booking-result", "POST", (L, 403, 404, 302, 404, 302, 404)),
    ("travel:voucher-list", "GET", COORDINATOR),
    ("travel:voucher-ledger", "GET", COORDINATOR),
    ("travel:voucher-issue", "GET", COORDINATOR),
    ("travel:voucher-detail", "GET", COORDINATOR),
    ("travel:voucher-give", "POST", (L, 403, 403, 403, 403, 404, 403)),  # no student was named
    ("travel:voucher-mark", "POST", COORDINATOR_ACT),
]

# the placed student's route; its arguments are with those of the checklist
CASE_TABLE = [
    ("travel:passport-detail", "GET", (L, 200, 404, 302, 404, 302, 404)),  # staff see it beside the checklist
    ("travel:passport-advisor", "POST", (L, 404, 404, 403, 404, 403, 404)),  # nothing was answered yet
    ("travel:passport-answers", "POST", (L, 404, 404, 404, 404, 404, 404)),  # for these two only
    ("travel:passport-cities", "POST", (L, 403, 404, 302, 404, 403, 404)),
    ("travel:passport-route", "GET", OWNER),
    ("travel:passport-talk", "POST", (L, 404, 404, 403, 404, 403, 404)),  # nothing was answered yet
    ("travel:passport-talked", "POST", (L, 403, 404, 302, 404, 403, 404)),
    ("travel:passport-stops", "GET", (L,) + (200,) * 6),
    ("travel:passport-elsewhere", "GET", (L,) + (200,) * 6),
    ("travel:passport-certificate", "GET", OWNER),
    ("travel:passport-signed", "POST", OWNER_ACT),  # says that it isn't in hand yet, and returns to the page
    ("travel:passport-reported", "POST", OWNER_ACT),
    ("travel:passport-stage", "POST", (L, 302, 404, 200, 404, 200, 404)),  # asks staff for the date
]

PASSPORT_NAMES = {name.partition(":")[2] for name, _method, _expected in PASSPORT_TABLE}


def passport_arguments(short, world):
    """The arguments of a facility near the owner's college, and of a passport day that the owner has booked."""
    placed = world["placement"].application
    if short in ("passport-photo", "voucher-list", "voucher-ledger", "voucher-issue"):
        return {}
    if short.endswith(("-list", "-add", "-plan")):
        return {}
    if short.startswith("facility-"):
        return {"code": FacilityFactory(colleges=[placed.college]).code}
    if short.startswith("voucher-"):
        return {"code": (FeeVoucher.objects.first() or issued()).code}
    if not hasattr(placed, "passport_case"):
        PassportCaseFactory(application=placed)
    booking = placed.passport_bookings.first() or booked(
        PassportDayFactory(colleges=[placed.college], slots=[1]).slots.get(), placed
    )
    if short == "passport-day-book":
        return {"code": booking.day.code, "slot": booking.slot.code}
    return {"code": booking.code if short.startswith("passport-booking") else booking.day.code}


OFFICE_OF_A_TRIP = (L, 403, 404, 403, 403, 200, 404)

OFFICE_OF_A_TRIP_ACT = (L, 403, 404, 403, 403, 302, 404)

WHO_CHECKS = (L, 403, 404, 200, 404, 200, 404)

WHO_CHECKS_ACT = (L, 403, 404, 302, 404, 302, 404)

STAFF_TABLE = [
    ("travel:checklist-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:checklist-file", "POST", (L, 403, 403, 302, 302, 302, 403)),
    ("travel:checklist-steps", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:passport-board", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:passport-open-lists", "GET", (L, 403, 403, 200, 200, 403, 403)),
    ("travel:passport-call", "POST", WHO_CHECKS_ACT),
    ("travel:passport-call-undo", "POST", WHO_CHECKS_ACT),
    ("travel:trip-names", "GET", (L, 403, 404, 200, 200, 200, 404)),
    ("travel:trip-numbers", "GET", OFFICE_OF_A_TRIP),
    ("travel:trip-numbers-end", "POST", OFFICE_OF_A_TRIP_ACT),
    ("travel:placement-name", "GET", WHO_CHECKS),
    ("travel:placement-name-undo", "POST", WHO_CHECKS_ACT),
    ("travel:placement-numbers", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:placement-number-look", "POST", (L, 403, 404, 403, 404, 302, 404)),  # asked for a purpose
]


def staffing_arguments(short: str, world) -> dict[str, str]:
    """Empty if the name is not in this file."""
    placement = world["placement"]
    if short in ("trip-names", "trip-numbers"):
        return {"code": world["trip"].code}
    if short == "trip-numbers-end":
        return {"code": world["trip"].code, "purpose": "airline"}
    if short in ("placement-name", "placement-name-undo", "placement-numbers"):
        return {"code": placement.code}
    if short == "placement-number-look":
        kept = {"number": "X1234567", "expires_on": in_days(300)}
        DocumentNumber.objects.get_or_create(placement=placement, purpose="airline", defaults=kept)
        return {"code": placement.code, "purpose": "airline"}
    return {}
