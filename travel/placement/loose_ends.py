"""What one traveler leaves for a person to do when they no longer go: ticket, visa, insurance, host, room, voucher.

Reads only. The same list is shown before a decision and opened as tasks with it.
"""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exchange.base import office_tasks
from exchange.models import OfficeTask
from travel.base.task_rows import city_of
from travel.models import EntryPermission, EntryRule, FeeVoucher, Placement, RoomSeat, TicketName, Trip
from travel.states import VoucherState

OF_A_TRAVELER = "travel.leaves_"  # how the kinds of these tasks begin

JOINS = "travel.joins"  # one task for a trip that somebody was moved to

HAS_VISA = (EntryPermission.State.APPLIED, EntryPermission.State.GRANTED)
NO_VISA = (EntryRule.Requirement.NONE, EntryRule.Requirement.VISA_ON_ARRIVAL)
WORDS = {
    f"{OF_A_TRAVELER}ticket": (
        _("Cancel or change %(person)s’s ticket to %(city)s"),
        _("Ask the airline or agency what it gives back, and write it in the note."),
    ),
    f"{OF_A_TRAVELER}visa": (
        _("Stop %(person)s’s visa or entry permission for %(city)s"),
        _("If one was applied for, tell the consulate or cancel it online. Ask for a refund where there’s one."),
    ),
    f"{OF_A_TRAVELER}insurance": (
        _("Take %(person)s off the group insurance for %(city)s"),
        _("Write to the insurer. If they aren’t on the list yet, mark this as done."),
    ),
    f"{OF_A_TRAVELER}host": (
        _("Tell the host in %(city)s that %(person)s isn’t coming"),
        _("Beds, rooms and meals change. Ask whether a spot can still be filled."),
    ),
    f"{OF_A_TRAVELER}room": (
        _("Change the rooms and groups in %(city)s: %(person)s isn’t coming"),
        _("If the host or hotel has the list already, send them the new one."),
    ),
    f"{OF_A_TRAVELER}voucher": (
        _("Get back %(person)s’s fee voucher, number %(number)s"),
        _("A voucher that wasn’t used can go to another student."),
    ),
}


@dataclass(frozen=True, slots=True)
class LooseEnd:
    """`kind`: of `exchange.base.office_tasks`; `path`: the page where it's done."""

    kind: str
    path: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    key: str = ""  # tells two of one kind apart


def register_words() -> None:
    for kind, (title, text) in WORDS.items():
        office_tasks.register(kind, title, text)
    office_tasks.register(
        JOINS,
        _("Add %(person)s to the trip to %(city)s"),
        _("Tell the host and the leaders, put them on the group insurance, and order their ticket."),
    )


def of(placement: Placement) -> list[LooseEnd]:
    """Needs the trip, its city and host, and the application. Five queries."""
    return of_trip(placement, placement.trip) + vouchers_of(placement)


def of_trip(placement: Placement, trip: Trip) -> list[LooseEnd]:
    """On this trip, which they leave; without what stays the student's own, whatever trip they go on."""
    named, names_page = city_of(trip), reverse("travel:trip-names", args=[trip.code])
    found = [LooseEnd(f"{OF_A_TRAVELER}ticket", names_page, named)] if _has_ticket(placement) else []
    if _may_have_visa(placement, trip):
        found.append(LooseEnd(f"{OF_A_TRAVELER}visa", placement.get_absolute_url(), named))
    found.append(LooseEnd(f"{OF_A_TRAVELER}insurance", trip.get_absolute_url(), named))
    found.append(LooseEnd(f"{OF_A_TRAVELER}host", reverse("travel:trip-host", args=[trip.code]), named))
    if RoomSeat.objects.filter(placement=placement, room__trip=trip).exists():
        found.append(LooseEnd(f"{OF_A_TRAVELER}room", reverse("travel:trip-rooms", args=[trip.code]), named))
    return found


def joining(placement: Placement, trip: Trip) -> LooseEnd:
    """What the trip needs that they join."""
    return LooseEnd(JOINS, placement.get_absolute_url(), city_of(trip))


def is_own_doing(placement: Placement, end: LooseEnd) -> bool:
    """Whether the student may have brought it about themselves: a visa that they say they've applied for."""
    said = EntryPermission.objects.filter(placement=placement, state__in=HAS_VISA)
    return end.kind == f"{OF_A_TRAVELER}visa" and said.exists()


def vouchers_of(placement: Placement) -> list[LooseEnd]:
    held = FeeVoucher.objects.filter(application=placement.application_id, state=VoucherState.GIVEN)
    kind = f"{OF_A_TRAVELER}voucher"
    return [LooseEnd(kind, each.get_absolute_url(), {"number": each.number}, each.code) for each in held]


def _may_have_visa(placement: Placement, trip: Trip) -> bool:
    """Whether one was applied for, as somebody said; while nobody has, whether the city asks for one."""
    said = EntryPermission.objects.filter(placement=placement).values_list("state", flat=True).first()
    if said and said != EntryPermission.State.UNSURE:
        return said in HAS_VISA
    rules = EntryRule.objects.filter(city=trip.city_id, document=EntryRule.Document.US_PASSPORT)
    return rules.exclude(requirement__in=NO_VISA).exists()


def _has_ticket(placement: Placement) -> bool:
    """Whether a name was written for the ticket: from then on it may have been bought."""
    return TicketName.objects.filter(placement=placement).exists()


def titles(placement: Placement, ends: list[LooseEnd]) -> list[str]:
    """How the tasks would be called."""
    person = placement.application.student
    return [
        str(office_tasks.words_of(OfficeTask(kind=each.kind, params=each.params, person=person)).title) for each in ends
    ]
