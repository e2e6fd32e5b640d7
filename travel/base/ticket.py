"""The student's ticket: their whole journey on one card (components/ticket.html and paper_ticket.html)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from applications.models import Application, Cycle
from applications.states import OPEN_FOR_EDITING, WAS_SELECTED, Status
from exchange.base.home import home
from exchange.models import User
from exchange.templatetags.ui import day_year, short_day
from travel.base.stamps import Stamp, stamps
from travel.base.trip_stage import Tense, placed_standing
from travel.models import PassportCase, Placement
from travel.states import HAS_PASSPORT


@dataclass(frozen=True, slots=True)
class Ticket:
    name: str
    program: str = ""
    from_code: str = ""
    from_name: str = ""
    to_code: str = ""
    to_name: str = ""
    facts: Sequence[tuple[str, Any]] = field(default_factory=tuple)
    stamps: Sequence[Stamp] = field(default_factory=tuple)
    qr: SafeString | str = ""


def reached_before_placement(application: Application | None, *, was_selected: bool = False) -> int:
    """How many stamps an application without a seat has. `was_selected`: of a withdrawn one, which keeps that."""
    if application is None or application.submitted_at is None:
        return 0
    return 2 if application.status in WAS_SELECTED or was_selected else 1


def reached_by(placement: Placement, case: PassportCase | None, has_reflected: bool = False) -> int:
    """How many stamps a placed student has; a later one is never set before an earlier one."""
    if placement.returned_at:
        return 6 if has_reflected else 5
    if placement.travelled_at:
        return 4
    return 4 if case and case.stage in HAS_PASSPORT else 3


def program_ticket(
    student: User, cycle: Cycle | None, application: Application | None = None, row: Sequence[Stamp] = ()
) -> Ticket:
    """Before placement: the program instead of the flight, with the dates that count. `row`: the stamps."""
    status = Status(application.status) if application else Status.DRAFT
    facts = []
    if cycle and status == Status.DRAFT:
        facts.append((_("Closes"), short_day(localtime(application.closes_at if application else cycle.closes_at))))
    if application and application.submitted_at:
        facts.append((_("Applied on"), short_day(localtime(application.submitted_at))))
    if cycle and status in (*OPEN_FOR_EDITING, Status.SUBMITTED) and cycle.decisions_on >= localdate():
        facts.append((_("Decision by"), short_day(cycle.decisions_on)))
    if application and application.withdrawn_at:
        facts.append((_("Withdrawn"), short_day(localtime(application.withdrawn_at))))
    return Ticket(name=str(student), program=cycle.name if cycle else _("The next trip"), facts=facts, stamps=row)


def placement_ticket(placement: Placement, case: PassportCase | None, *, has_reflected: bool = False) -> Ticket:
    """For the screen. Fetch the placement with people, trip and city, and the cycle."""
    trip = placement.trip
    facts: list[tuple[str, Any]] = [
        (_("Departure"), short_day(trip.leaves_on)),
        (_("Return"), short_day(trip.home_on)),
    ]
    if placement.tense == Tense.BEFORE:
        facts.append((_("Days to go"), trip.days_left))
    row = stamps(placed_standing(placement), reached_by(placement, case, has_reflected))
    return _ticket(placement, facts=facts, stamps=row)


def letter_ticket(placement: Placement, qr: SafeString) -> Ticket:
    """For paper: full dates, the host, the letter's number, and a QR code on the stub."""
    trip = placement.trip
    facts = [
        (_("Departure"), day_year(trip.leaves_on)),
        (_("Return"), day_year(trip.returns_on)),
        (_("Host"), trip.host.name),
        (_("Letter number"), placement.code),
    ]
    sent, placed = placement.application.submitted_at, placement.placed_at
    stub = [
        Stamp(_("Applied"), "reached", day_year(localtime(sent)) if sent else ""),
        Stamp(_("Placed"), "reached", day_year(localtime(placed))),
    ]
    return _ticket(placement, facts=facts, stamps=stub, qr=qr)


def _ticket(placement: Placement, **parts: Any) -> Ticket:
    city, application = placement.trip.city, placement.application
    return Ticket(
        name=application.person.full_name or application.person.called,
        from_code=application.cycle.departure_airport,
        from_name=home().city,
        to_code=city.airport_code,
        to_name=f"{city.name}, {city.country}",
        **parts,
    )
