"""The rows of the photo, the counters, the passport days and the vouchers in the table of tests/test_urls.py."""

from tests.factories_counters import FacilityFactory, PassportDayFactory, booked, issued
from tests.factories_travel import PassportCaseFactory
from travel.models import FeeVoucher

L = "sign in"
COORDINATOR = (L, 403, 403, 403, 403, 200, 403)
COORDINATOR_ACT = (L, 403, 403, 403, 403, 302, 403)
EVERYBODY = (L, 200, 200, 200, 200, 200, 403)
OWNER = (L, 200, 404, 403, 404, 403, 404)
OWNER_ACT = (L, 302, 404, 403, 404, 403, 404)
# those of a day for the owner's college: others have no such day
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
    ("travel:passport-day-book", "GET", OWNER_ACT),  # the owner has this very place: back to the day
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
# the way itself, of the placed student; its arguments are with those of the checklist
CASE_TABLE = [
    ("travel:passport-detail", "GET", (L, 200, 404, 302, 404, 302, 404)),  # staff read it beside the checklist
    ("travel:passport-advisor", "POST", (L, 404, 404, 403, 404, 403, 404)),  # nothing was answered yet
    ("travel:passport-answers", "POST", (L, 404, 404, 404, 404, 404, 404)),  # of the two alone
    ("travel:passport-cities", "POST", (L, 403, 404, 302, 404, 403, 404)),
    ("travel:passport-route", "GET", OWNER),
    ("travel:passport-stops", "GET", (L,) + (200,) * 6),
    ("travel:passport-certificate", "GET", OWNER),
    ("travel:passport-stage", "POST", (L, 302, 404, 200, 404, 200, 404)),  # staff are asked for the date
]
PASSPORT_NAMES = {name.partition(":")[2] for name, _method, _expected in PASSPORT_TABLE}


def passport_arguments(short, world):
    """Those of a counter near the owner's college, and of a day on which the owner has a place."""
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
