"""What a move to another trip does to rooms, flights, visas and money, and what its undo gives back."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.guests import links
from exchange.models import User
from travel.base import task_rows
from travel.models import (
    EntryPermission,
    ItinerarySegment,
    MoneyPromise,
    MoneyRule,
    Placement,
    Room,
    RoomSeat,
    TicketingDetails,
    Trip,
    VisaDay,
    VisaDayPerson,
)
from travel.placement import moving
from travel.placement.slots import Move, WhenMoved
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist.evidence import Evidence
from travel.prepare.entry import actions as entry
from travel.prepare.money.follow import TASK
from travel.prepare.money.rows import is_of

SAID = ("state", "state_on", "valid_until", "appointment_at", "appointment_place", "sequence", "said_at")


def lines(seats: Collection[Placement]) -> list[str]:
    """What of these students ends with the trip they're on."""
    wanted = (
        (_("They leave the room or group they have now: %(names)s."), RoomSeat.objects.all()),
        (
            _("What they said about a visa is deleted, and they’re asked again: %(names)s."),
            EntryPermission.objects.all(),
        ),
        (
            _("You decide if they keep money that’s only for travelers of the trip they’re on: %(names)s."),
            MoneyPromise.objects.filter(rule__trips__isnull=False),
        ),
    )
    found = []
    for text, rows in wanted:
        theirs = set(rows.filter(placement__in=seats).values_list("placement", flat=True))
        if some := [seat for seat in seats if seat.pk in theirs]:
            found.append(text % {"names": moving.names_of(some)})
    found += [_voucher_line(rule) for rule in _vouchers_of(seats)]
    return found


def _vouchers_of(seats: Collection[Placement]) -> list[MoneyRule]:
    """Only for travelers of the trips they're on."""
    rules = MoneyRule.objects.in_use().promised().filter(kind=MoneyRule.Kind.VOUCHER)
    return list(rules.filter(trips__in={seat.trip_id for seat in seats}).distinct())


def _voucher_line(rule: MoneyRule) -> str:
    text = _("The voucher “%(what)s” is only for the trip they’re on. If they already have it, it’s still theirs.")
    return text % {"what": rule.title}


def after(move: Move) -> dict[str, Any]:
    placement = move.placement
    kept: dict[str, Any] = {"rooms": _leave_rooms(placement), "flights": _leave_flights(placement, move.was)}
    kept["days"] = _leave_visa_days(placement)
    if said := _forget_entry(placement, by=move.by):
        kept["entry"] = said
    _decide_about_money(placement, move.was, move.source, by=move.by)
    return {"prepare": kept}


def obstacle(placement: Placement) -> str:
    if RoomSeat.objects.filter(placement=placement, room__trip=placement.trip_id).exists():
        return _("They have a room or group on the new trip already.")
    if TicketingDetails.objects.filter(placement=placement, sent_at__gte=placement.placed_at).exists():
        return _("The airline or agency already has them on the list of the new trip.")
    if EntryPermission.objects.filter(placement=placement).exists():
        return _("They’ve already said what visa they need for the new trip.")
    return ""


def undone(placement: Placement, kept: Mapping[str, Any], by: User) -> None:
    """Rooms where a bed is still free. The office asks again to a visa day, because the student was told otherwise."""
    kept = kept.get("prepare", {})
    for pk, kind in kept.get("rooms", ()):
        room = Room.objects.filter(pk=pk).first()
        if room and room.seats.count() < room.beds:
            RoomSeat.objects.get_or_create(placement=placement, kind=kind, defaults={"room": room})
    for segment in ItinerarySegment.objects.there().filter(pk__in=kept.get("flights", ())):
        segment.placements.add(placement)
    for day in VisaDay.objects.ahead().filter(pk__in=kept.get("days", ())):
        VisaDayPerson.objects.get_or_create(day=day, placement=placement)
    if said := kept.get("entry"):
        _say_again(placement, said, by=by)


FOLLOWER = WhenMoved(after, undone, lines, obstacle)


def links_after(move: Move) -> dict[str, Any]:
    links.follow(move.placement.trip)
    return {}


def links_undone(placement: Placement, _kept: Mapping[str, Any], _by: User) -> None:
    links.follow(placement.trip)


LINKS = WhenMoved(links_after, links_undone)


# --- One by one -------------------------------------------------------------------------------------


def _leave_rooms(placement: Placement) -> list[list[Any]]:
    seats = RoomSeat.objects.filter(placement=placement)
    found = [list(row) for row in seats.values_list("room", "kind")]
    seats.delete()
    return found


def _leave_flights(placement: Placement, was: Trip) -> list[int]:
    """Of lines of the itinerary that aren't for everyone. The office publishes them again."""
    mine = list(ItinerarySegment.objects.filter(trip=was, placements=placement))
    for segment in mine:
        segment.placements.remove(placement)
    return [segment.pk for segment in mine]


def _leave_visa_days(placement: Placement) -> list[int]:
    """Days of the trip before; a day that's over stays on record."""
    rows = VisaDayPerson.objects.ahead().filter(placement=placement)
    found = list(rows.values_list("day", flat=True))
    rows.delete()
    return found


def _forget_entry(placement: Placement, *, by: User) -> dict[str, Any]:
    """A visa of one country says nothing about another: they're asked anew. The office stops the old one by a task."""
    row = EntryPermission.objects.filter(placement=placement).first()
    if row is None:
        return {}
    said = {name: _plain(getattr(row, name)) for name in SAID} | {"said_by": row.said_by_id}
    row.delete()
    checklist.unfulfil(placement, evidence=Evidence.PAGE, key=entry.PAGE, by=by)
    office_tasks.drop(f"travel.entrypermission:{placement.code}", by=by)
    audit.record("entry.forget", placement, by=by)
    return said


def _say_again(placement: Placement, said: Mapping[str, Any], *, by: User) -> None:
    values = {name: said[name] for name in ("state", "appointment_place", "sequence")}
    values |= {name: _day(said[name]) for name in ("state_on", "valid_until")}
    values |= {name: said[name] and datetime.fromisoformat(said[name]) for name in ("appointment_at", "said_at")}
    values["appointment_at"] = values["appointment_at"] or None
    row = EntryPermission.objects.create(placement=placement, said_by_id=said["said_by"], **values)
    entry.follow(row, placement, by=by)


def _decide_about_money(placement: Placement, was: Trip, source: str, *, by: User) -> None:
    """A task where something was promised that only travelers of other trips get; what's new comes by itself at night.
    Nothing is canceled here: some of it may have been spent."""
    rows = MoneyPromise.objects.filter(placement=placement).select_related("rule").prefetch_related("rule__trips")
    if all(is_of(row.rule, placement.trip_id) for row in rows):
        return
    office_tasks.open(
        f"{source}:{TASK}",
        TASK,
        due_on=task_rows.due_on(),
        about=key_of(was),
        path=reverse("travel:trip-money", args=[placement.trip.code]),
        person=placement.application.student,
        params=task_rows.city_of(was),
        source=source,
        by=by,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
