"""The rows of tests/test_urls.py for placement."""

from django.utils import timezone

from tests.factories_applications import ApplicationFactory
from tests.factories_travel import CityStandingFactory, InsurancePolicyFactory, PlacementRunFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT, L
from travel.models import GoDecision, TripChange, Unplaced, VisaDay, VisaDayPerson

VISA_DAY = {"minutes": 60, "place": "Consulate", "address": "1 Main Street"}
OWN = (L, 200, 404, 403, 404, 403, 404)
SEAT = (L, 200, 404, 200, 404, 200, 404)

PLACING_TABLE = [
    ("travel:placement-waiting", "GET", COORDINATOR),
    ("travel:trip-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:trip-file", "POST", (L, 403, 403, 302, 302, 302, 403)),  # no format: redirects to the list
    ("travel:trip-detail", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:trip-travelers", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:trip-peek", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:trip-reopen", "POST", (L, 403, 404, 403, 403, 302, 404)),
    ("travel:trip-change-new", "GET", COORDINATOR),
    ("travel:trip-change", "GET", COORDINATOR),
    ("travel:trip-change-apply", "POST", COORDINATOR_ACT),
    ("travel:trip-change-discard", "POST", COORDINATOR_ACT),
    ("travel:go-decision", "GET", COORDINATOR),
    ("travel:placement-run-list", "GET", COORDINATOR),
    ("travel:placement-letters", "POST", COORDINATOR_ACT),
    ("travel:placement-run", "POST", COORDINATOR),  # shows the form again: nothing was chosen
    ("travel:placement-run-detail", "GET", COORDINATOR),
    ("travel:placement-run-inputs", "GET", COORDINATOR_ACT),  # the world's run is older than kept inputs
    ("travel:placement-run-result", "GET", COORDINATOR),
    ("travel:placement-script", "GET", COORDINATOR),
    ("travel:placement-run-close", "POST", (L, 403, 403, 403, 403, 404, 403)),  # names no trip
    ("travel:placement-run-release", "POST", COORDINATOR_ACT),
    ("travel:placement-preview", "GET", COORDINATOR),
    ("travel:placement-schedule", "POST", COORDINATOR),  # shows the form again: nothing was chosen
    ("travel:placement-compare", "GET", COORDINATOR),
    ("travel:placement-none", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:placement-detail", "GET", SEAT),
    ("travel:placement-upgrade", "POST", (L, 302, 404, 403, 404, 403, 404)),
    ("travel:placement-needs", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:placement-needs-part", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:placement-contact", "GET", (L, 200, 404, 403, 404, 403, 404)),
    *((f"travel:placement-entry{part}", "GET", (L, 200, 404, 403, 404, 403, 404)) for part in ("", "-need")),
    ("travel:placement-entry-progress", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:placement-entry-appointment", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:placement-entry-no-appointment", "POST", (L, 302, 404, 403, 404, 403, 404)),
    ("travel:visa-day-answer", "POST", (L, 302, 404, 404, 404, 403, 404)),
    *((f"travel:{name}", "GET", COORDINATOR) for name in ("trip-entry", "entry-record", "visa-day-add")),
    *((f"travel:{name}", "GET", COORDINATOR) for name in ("visa-day", "visa-day-edit")),
    *((f"travel:{name}", "POST", COORDINATOR_ACT) for name in ("visa-day-call-off", "visa-day-applied")),
    ("travel:placement-ticketing", "GET", OWN),
    ("travel:placement-ticketing-form", "GET", (L, 302, 404, 403, 404, 403, 404)),  # it isn't asked for yet
    ("travel:placement-ticketing-remove", "POST", (L, 302, 404, 403, 404, 403, 404)),
    ("travel:placement-ticketing-look", "POST", (L, 403, 403, 403, 403, 404, 403)),  # nothing was given
    ("travel:trip-ticketing", "GET", COORDINATOR),
    ("travel:trip-ticketing-export", "POST", COORDINATOR),  # shows the form again: nothing was chosen
    ("travel:trip-cards", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("travel:trip-insurance", "GET", (L, 200, 404, 403, 403, 200, 404)),
    ("travel:insurance-add", "GET", COORDINATOR),
    ("travel:insurance-edit", "GET", COORDINATOR),
    ("travel:insurance-remove", "POST", COORDINATOR_ACT),
    ("travel:placement-talked", "POST", (L, 403, 404, 403, 404, 302, 404)),
    ("travel:placement-record", "GET", (L, 403, 404, 403, 404, 302, 404)),  # the group hasn't left
    ("travel:placement-letter", "GET", SEAT),
    ("travel:placement-family", "GET", SEAT),
]


def change_of(trip, *, by):
    """A draft that cancels the trip."""
    draft = TripChange.objects.filter(trip=trip, applied_at=None, discarded_at=None).first()
    return draft or TripChange.objects.create(
        trip=trip, kind="cancel", reason_en="Storm", reason_es="Tormenta", drafted_by=by
    )


def visa_day_of(seat):
    """A day that has passed, so that who applied can be noted."""
    day, _new = VisaDay.objects.get_or_create(trip=seat.trip, defaults=VISA_DAY | {"starts_at": timezone.now()})
    VisaDayPerson.objects.get_or_create(day=day, placement=seat)
    return day


PLACING_DATA = {"travel:placement-upgrade": {"drop": "yes"}}


def placing_arguments(short, world):
    """The arguments of the world's trip, run and seat; and of a student without a seat in another cycle."""
    trip, run, seat = world["trip"], world["run"], world["placement"]
    if short.startswith("trip-change") and short != "trip-change-new":
        return {"code": change_of(trip, by=world["people"]["coordinator"]).code}
    if short == "go-decision":
        current = GoDecision.objects.filter(trip=trip, replaced_at=None).first()
        if current is None:
            standing = CityStandingFactory(city=trip.city, value="level_3")
            current = GoDecision.objects.create(trip=trip, standing=standing)
        return {"code": current.code}
    if short == "visa-day-add":
        return {"code": trip.code}
    if short.startswith("visa-day"):
        day = visa_day_of(seat)
        return {"code": seat.code, "day": day.code} if short == "visa-day-answer" else {"code": day.code}
    if short in ("insurance-edit", "insurance-remove"):
        return {"code": InsurancePolicyFactory(trip=trip).code}
    if short == "insurance-add":
        return {"code": trip.code}
    if short.startswith("trip-") and short not in ("trip-list", "trip-file"):
        return {"code": trip.code}
    if short in ("placement-run-list", "placement-letters", "placement-run"):
        return {"code": trip.cycle.code}
    if short == "placement-compare":
        return {"code": run.code, "other": PlacementRunFactory(cycle=run.cycle).code}
    if short.startswith("placement-run") or short in ("placement-preview", "placement-schedule"):
        return {"code": run.code}
    if short == "placement-none":
        whose = {"student": world["people"]["owner"], "college": seat.application.college}
        application = ApplicationFactory(confirmed=True, **whose)
        Unplaced.objects.create(application=application, run=PlacementRunFactory(cycle=application.cycle))
        return {"code": application.code}
    if short == "placement-needs-part":
        return {"code": seat.code, "part": "allergies"}
    if short == "placement-contact":
        return {"code": seat.code, "which": "first"}
    if short == "placement-family":
        return {"code": seat.code, "language": "es"}
    return (
        {"code": seat.code} if short not in ("placement-waiting", "trip-list", "trip-file", "placement-script") else {}
    )
