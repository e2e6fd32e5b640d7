"""Addresses of the link that shows a trip."""

import datetime as dt

from django.utils import timezone

from exchange.base import links
from tests.factories import UserFactory
from tests.factories_travel import HelpNumberFactory, LeaderLinkFactory, LocalCardFactory
from tests.urls import COORDINATOR, COORDINATOR_ACT, PUBLIC, L
from travel.models import (
    AbroadLink,
    BreakGlass,
    CheckIn,
    CheckInPerson,
    HelpNumber,
    Incident,
    IncidentExport,
    IncidentHandler,
    LeaderLink,
    LocalCard,
    TripLine,
)

ABROAD_TABLE = [
    ("travel:abroad-card", "GET", (410,) * 7),  # not open yet: the trip is far off; test_abroad_link.py opens it
    ("travel:abroad-help", "GET", (410,) * 7),
    ("travel:abroad-line", "GET", (410,) * 7),
    ("travel:trip-lines", "GET", (L, 200, 404, 403, 404, 403, 404)),
    ("travel:trip-line", "GET", (L, 200, 404, 404, 404, 404, 404)),
    ("travel:trip-line-remove", "POST", (L, 302, 404, 404, 404, 404, 404)),
    ("travel:incident-list", "GET", COORDINATOR),
    ("travel:incident-report", "GET", COORDINATOR),
    ("travel:incident-handlers", "GET", (L, 403, 403, 403, 403, 200, 200)),
    ("travel:incident-handler-end", "POST", (L, 403, 403, 403, 403, 302, 302)),
    ("travel:incident", "GET", (L, 404, 404, 404, 404, 404, 404)),  # a coordinator who isn't named; test_incidents.py
    ("travel:incident-write", "POST", (L, 404, 404, 404, 404, 404, 404)),
    ("travel:incident-export", "POST", (L, 404, 404, 404, 404, 404, 404)),
    ("travel:incident-timeline", "GET", (L, 404, 404, 404, 404, 404, 404)),
    ("travel:break-glass-list", "GET", COORDINATOR),
    ("travel:break-glass", "GET", COORDINATOR),
    ("travel:break-glass-use", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("travel:break-glass-review", "POST", (L, 404, 404, 404, 404, 400, 404)),
    ("travel:card-worker", "GET", PUBLIC),
    ("travel:trip-card", "GET", COORDINATOR),
    ("travel:help-number-add", "GET", COORDINATOR),
    ("travel:help-number-edit", "GET", COORDINATOR),
    ("travel:help-number-remove", "POST", COORDINATOR_ACT),
    ("travel:local-card-add", "GET", COORDINATOR),
    ("travel:local-card-edit", "GET", COORDINATOR),
    ("travel:local-card-remove", "POST", COORDINATOR_ACT),
    ("travel:check-in-list", "GET", COORDINATOR),
    ("travel:check-in-start", "GET", COORDINATOR),
    ("travel:check-in", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("travel:check-in-note", "POST", (L, 404, 404, 404, 404, 302, 404)),
    ("travel:check-in-close", "POST", (L, 404, 404, 404, 404, 302, 404)),
    ("travel:check-in-reopen", "POST", (L, 404, 404, 404, 404, 302, 404)),
    ("travel:check-in-answer", "GET", PUBLIC),
    ("travel:roster", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("travel:roster-people", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("travel:roster-keep", "GET", (L, 404, 404, 404, 404, 302, 404)),
    ("travel:roll-call", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("travel:roll-call-taps", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("travel:roster-incident", "GET", (L, 404, 404, 404, 404, 302, 404)),
    ("travel:roster-check-in", "GET", (L, 404, 404, 404, 404, 302, 404)),
    ("travel:roster-check-in-note", "POST", (L, 404, 404, 404, 404, 302, 404)),
    ("travel:roster-code", "GET", PUBLIC),
    ("travel:roster-leave", "POST", (302,) * 7),
    ("travel:roster-copy", "GET", (410,) * 7),  # a signed address of nobody
    ("travel:roster-offline", "GET", PUBLIC),
    ("travel:roster-worker", "GET", PUBLIC),
    ("travel:trip-abroad", "GET", COORDINATOR),
    ("travel:leader-link-make", "POST", COORDINATOR_ACT),
    ("travel:leader-link-end", "POST", COORDINATOR_ACT),
    ("travel:group-departure", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("travel:group-delay", "GET", (L, 404, 404, 404, 404, 200, 404)),
    ("travel:group-return", "GET", (L, 404, 404, 404, 404, 302, 404)),
    ("travel:reachability", "GET", (L, 200, 404, 403, 404, 403, 404)),
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
    if short.startswith(("roster", "roll-call", "group-", "leader-link")):
        return _roster_arguments(short, placement)
    if short in ("trip-card", "trip-abroad", "help-number-add"):
        return {"code": trip.code}
    if short == "local-card-add":
        return {"code": trip.code, "kind": "address"}
    if short.startswith(("incident", "break-glass")):
        return _incident_arguments(short, placement)
    if short.startswith("check-in"):
        return _check_in_arguments(short, placement)
    if short.startswith("trip-line") and short != "trip-lines":
        line, _is_new = TripLine.objects.get_or_create(
            placement=placement, on=trip.leaves_on, defaults={"said": {"text": "Rain."}}
        )
        return {"code": line.code}
    link, _is_new = AbroadLink.objects.get_or_create(
        placement=placement, defaults={"expires_at": timezone.now() + dt.timedelta(days=9)}
    )
    return {"token": link.link} if short in ("abroad-card", "abroad-help", "abroad-line") else {"code": placement.code}


def _roster_arguments(short, placement):
    trip = placement.trip
    if short in ("roster-offline", "roster-worker"):
        return {}
    if short == "roster-copy":
        return {"signed": links.sign("travel.roster_copy", "nobody:link")}
    if short in ("roster-code", "roster-leave") or short.startswith("leader-link"):
        link = LeaderLink.objects.filter(trip=trip).first() or LeaderLinkFactory(trip=trip)
        if short == "leader-link-make":
            return {"code": link.contact.code}
        return {"code": link.code} if short == "leader-link-end" else {"key": link.link}
    if short.startswith("roster-check-in"):
        code = _check_in_arguments("check-in-note" if short.endswith("note") else "check-in", placement)["code"]
        return {"key": trip.code, "code": code}
    return {"key": trip.code}


def _check_in_arguments(short, placement):
    if short in ("check-in-list", "check-in-start"):
        return {}
    person = CheckInPerson.objects.filter(placement=placement).select_related("check_in").first()
    if person is None:
        by = UserFactory(coordinator=True)
        check_in = CheckIn.objects.create(kind="drill", why_en="A drill.", why_es="Un simulacro.", started_by=by)
        person = CheckInPerson.objects.create(check_in=check_in, placement=placement)
    if short == "check-in-answer":
        return {"token": person.link}
    return {"code": person.code if short == "check-in-note" else person.check_in.code}


def _incident_arguments(short, placement):
    if short in ("incident-list", "incident-report", "incident-handlers", "break-glass-list", "break-glass"):
        return {}
    by, now = UserFactory(coordinator=True), timezone.now()
    if short == "incident-handler-end":
        other = UserFactory(coordinator=True)
        return {"code": IncidentHandler.objects.create(user=other, named_by=by).code}
    if short.startswith("break-glass"):
        until, said = now + dt.timedelta(minutes=30), {"reason": "She fainted."}
        return {
            "code": BreakGlass.objects.create(placement=placement, by=by, said=said, opened_at=now, until=until).code
        }
    row = {"severity": "minor", "happened_at": now, "reported_at": now, "zone": "Asia/Ho_Chi_Minh", "reported_by": by}
    incident = Incident.objects.create(trip=placement.trip, **row)
    if short == "incident-timeline":
        return {"code": IncidentExport.objects.create(incident=incident, language="en", by=by).code}
    return {"code": incident.code, **({"act": "note"} if short == "incident-write" else {})}
