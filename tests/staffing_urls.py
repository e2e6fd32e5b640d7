"""The rows of the table of addresses (test_urls.py) for the staff's work around passports and tickets."""

from tests.factories_travel import in_days
from travel.models import DocumentNumber

L = "sign in"
OFFICE_OF_A_TRIP = (L, 403, 404, 403, 403, 200, 404)
OFFICE_OF_A_TRIP_ACT = (L, 403, 404, 403, 403, 302, 404)
WHO_CHECKS = (L, 403, 404, 200, 404, 200, 404)
WHO_CHECKS_ACT = (L, 403, 404, 302, 404, 302, 404)
STAFF_TABLE = [
    ("travel:checklist-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
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
    ("travel:placement-number-look", "POST", (L, 403, 404, 403, 404, 302, 404)),  # asked what for
]


def staffing_arguments(short: str, world) -> dict[str, str]:
    """Empty where the name is none of ours."""
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
