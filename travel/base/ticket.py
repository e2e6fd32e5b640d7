"""The student's ticket: their whole journey on one card (components/ticket.html and paper_ticket.html)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from applications.models import Application, Cycle
from applications.states import IN_THE_CYCLE, OPEN_FOR_EDITING, Status
from exchange.models import User
from exchange.templatetags.ui import day_year, short_day
from travel.models import PassportCase, Placement
from travel.states import HAS_PASSPORT


@dataclass(frozen=True, slots=True)
class Stamp:
    label: str
    mark: str  # reached, now or later
    text: str


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


def stamps(reached: int, *, is_ended: bool = False) -> list[Stamp]:
    """The six stamps, the first `reached` of them set. The next one is "now", unless the journey has ended."""
    labels = [_("Applied"), _("Selected"), _("Placed"), _("Passport"), _("Travel"), _("Reflect")]
    rows = [_stamp(label, number, reached) for number, label in enumerate(labels)]
    return [Stamp(row.label, "later", _("later")) if is_ended and row.mark == "now" else row for row in rows]


def _stamp(label: str, number: int, reached: int) -> Stamp:
    if number < reached:
        return Stamp(label, "reached", _("reached"))
    if number == reached:
        return Stamp(label, "now", _("you are here"))
    return Stamp(label, "later", _("later"))


def reached_by(placement: Placement, case: PassportCase | None, has_reflected: bool = False) -> int:
    """How many stamps a placed student has; a later one is never set before an earlier one."""
    if placement.returned_at:
        return 6 if has_reflected else 5
    if placement.travelled_at:
        return 4
    return 4 if case and case.stage in HAS_PASSPORT else 3


def program_ticket(student: User, cycle: Cycle | None, application: Application | None = None) -> Ticket:
    """Before placement: the program instead of the flight, with the dates that count."""
    status = Status(application.status) if application else Status.DRAFT
    facts = []
    if cycle and status in OPEN_FOR_EDITING:
        facts.append((_("Closes"), short_day(localtime(cycle.closes_at))))
    if application and application.submitted_at:
        facts.append((_("Received"), short_day(localtime(application.submitted_at))))
    if cycle and status in (*OPEN_FOR_EDITING, Status.SUBMITTED):
        facts.append((_("Results by"), short_day(cycle.decisions_on)))
    reached = 2 if status in (Status.SELECTED, Status.CONFIRMED) else 1 if status in IN_THE_CYCLE else 0
    ended = status in (Status.NOT_SELECTED, Status.DECLINED, Status.WITHDRAWN)
    return Ticket(
        name=str(student),
        program=cycle.name if cycle else _("The next trip"),
        facts=facts,
        stamps=stamps(reached, is_ended=ended),
    )


def placement_ticket(placement: Placement, case: PassportCase | None, *, has_reflected: bool = False) -> Ticket:
    """For the screen. Fetch the placement with people, trip and city, and the cycle."""
    trip = placement.trip
    facts: list[tuple[str, Any]] = [
        (_("Leaves"), short_day(trip.leaves_on)),
        (_("Returns"), short_day(trip.returns_on)),
    ]
    if not placement.travelled_at:
        facts.append((_("Days left"), trip.days_left))
    return _ticket(placement, facts=facts, stamps=stamps(reached_by(placement, case, has_reflected)))


def letter_ticket(placement: Placement, qr: SafeString) -> Ticket:
    """For paper: full dates, the host, the letter's number, and a QR code on the stub."""
    trip = placement.trip
    facts = [
        (_("Leaves"), day_year(trip.leaves_on)),
        (_("Returns"), day_year(trip.returns_on)),
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
        from_name=_("Los Angeles"),
        to_code=city.airport_code,
        to_name=f"{city.name}, {city.country}",
        **parts,
    )
