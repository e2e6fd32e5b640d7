"""Steps of the checklist that the itinerary closes: the ticket once a flight is published, the check by the student."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from applications import standing
from applications.standing import Act
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.models import User
from travel.base import itinerary
from travel.base.itinerary import ShownLeg
from travel.base.legs import Kind
from travel.base.trip_stage import placed_standing
from travel.models import ChecklistItem, Placement, Trip
from travel.models.checklist import ChecklistItemQuerySet
from travel.prepare import going
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist.evidence import Evidence

# keys of the steps, by which `evidence` names their pages
TICKET, CHECK = "ticket", "itinerary"


def has_flight(placement: Placement) -> bool:
    """Whether a flight of this student is published. Needs the application, the trip and its city."""
    return any(each.leg.kind == Kind.FLIGHT for each in itinerary.legs_of(placement))


def is_asked(placement: Placement) -> bool:
    """Whether the student still has to say that the itinerary is right."""
    return _items(placement.trip, CHECK).open().filter(placement=placement).exists()


@transaction.atomic
def confirm(placement: Placement, *, seen: str, by: User) -> None:
    """The student says that what they saw is right. Safe to repeat. `seen`: `itinerary.fingerprint` of the page.

    RuleViolation: ("nothing_there"), ("changed_meanwhile") if another one was published since, ("not_now"),
    ("withdrawn").
    """
    going.locked(placement)
    standing.check(placed_standing(placement), Act.CHECKLIST)
    found: list[ShownLeg] = itinerary.legs_of(placement)
    if not found:
        raise RuleViolation(
            "nothing_there", _("Nothing is booked yet. We’ll tell you when there’s something to check.")
        )
    if itinerary.fingerprint(found) != seen:
        raise RuleViolation(
            "changed_meanwhile", _("Something has changed since you opened this page. Look at it again.")
        )
    if checklist.fulfil(placement, evidence=Evidence.PAGE, key=CHECK, by=by):
        audit.record("itinerary.confirm", placement, by=by)


def follow(trip: Trip, told: Iterable[int], *, by: User) -> None:
    """After something was published. `told`: keys of the placements whose own lines changed; they're asked again."""
    tickets = _items(trip, TICKET).kept().select_related("step", "placement__application", "placement__trip__city")
    for item in tickets.select_for_update(of=("self",)).order_by("pk"):
        there = has_flight(item.placement)
        if there and item.is_open:
            checklist.fulfil_items([item], by=by)
        elif not there and item.done_via:
            checklist.unfulfil_items([item], by=by)
    checked = _items(trip, CHECK).filter(placement__in=list(told), done_at__isnull=False)
    rows = checked.select_related("step", "placement").select_for_update(of=("self",)).order_by("pk")
    checklist.unfulfil_items(list(rows), by=by)


def _items(trip: Trip, key: str) -> ChecklistItemQuerySet:
    found = ChecklistItem.objects.filter(placement__trip=trip, placement__in=Placement.objects.active())
    return found.filter(step__evidence=Evidence.PAGE, step__evidence_key=key)
