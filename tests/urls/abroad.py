"""Addresses of the link that shows a trip."""

from django.utils import timezone

from tests.factories_travel import HelpNumberFactory, LocalCardFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT, PUBLIC, L
from travel.models import AbroadLink, HelpNumber, LocalCard

ABROAD_TABLE = [
    ("travel:abroad-card", "GET", (410,) * 7),  # not open yet: the trip is far off; test_abroad_link.py opens it
    ("travel:abroad-help", "GET", (410,) * 7),
    ("travel:card-worker", "GET", PUBLIC),
    ("travel:trip-card", "GET", COORDINATOR),
    ("travel:help-number-add", "GET", COORDINATOR),
    ("travel:help-number-edit", "GET", COORDINATOR),
    ("travel:help-number-remove", "POST", COORDINATOR_ACT),
    ("travel:local-card-add", "GET", COORDINATOR),
    ("travel:local-card-edit", "GET", COORDINATOR),
    ("travel:local-card-remove", "POST", COORDINATOR_ACT),
    ("travel:abroad-link", "GET", (L, 200, 404, 403, 404, 200, 404)),
    ("travel:abroad-link-make", "POST", (L, 302, 404, 403, 404, 403, 404)),
    ("travel:abroad-link-end", "POST", (L, 302, 404, 403, 404, 302, 404)),
]
ABROAD_NAMES = {name.removeprefix("travel:") for name, _method, _expected in ABROAD_TABLE}


def abroad_arguments(short, placement):
    trip = placement.trip
    if short.startswith("help-number-") and short != "help-number-add":
        number = HelpNumber.objects.filter(city=trip.city).first() or HelpNumberFactory(city=trip.city)
        return {"code": number.code}
    if short.startswith("local-card-") and short != "local-card-add":
        return {"code": (LocalCard.objects.filter(trip=trip).first() or LocalCardFactory(trip=trip)).code}
    if short == "card-worker":
        return {}
    if short in ("trip-card", "help-number-add"):
        return {"code": trip.code}
    if short == "local-card-add":
        return {"code": trip.code, "kind": "address"}
    link, _is_new = AbroadLink.objects.get_or_create(placement=placement, defaults={"expires_at": timezone.now()})
    return {"token": link.link} if short in ("abroad-card", "abroad-help") else {"code": placement.code}
