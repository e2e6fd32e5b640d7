"""Actions on rooms and small groups: what students wish, rooms, proposals, moves by hand, and publishing."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.standing import Act, may
from exchange.base import audit
from exchange.base.errors import RuleViolation
from exchange.base.integer_program import Unproven
from exchange.models import User
from travel.base import actions as rows
from travel.base.trip_stage import placed_standing
from travel.models import CardPurpose, Placement, Room, RoomPlan, RoomSeat, RoomWish, Trip
from travel.models.rooms import RoomNeed
from travel.prepare.going import still_telling
from travel.prepare.needs import opening as cards
from travel.prepare.rooms import rooming
from travel.prepare.rooms.rooming import CannotPlace
from travel.prepare.rooms.rows import fault, going, guests_of, key_of, layout_of, plan_for, short_name, space_of

ROOMS_MOST = 200
SET_UP = ("options", "wishes_max", "mixes_colleges")


@transaction.atomic
def say(placement: Placement, *, option: str, people: Collection[str], needs: Collection[str], by: User) -> None:
    """What a student wishes and needs; all of it empty forgets it. Sealed: others learn only the result.

    RuleViolation: trip_begun, trip_over, withdrawn, too_many, unknown.
    """
    placement = still_telling(placement)
    if not may(placed_standing(placement), Act.CHECKLIST):
        raise RuleViolation("trip_begun", _("Your trip has started, so tell your leaders. Nothing was changed."))
    plan = plan_for(placement.trip)
    others = {each.code for each in going(placement.trip)} - {placement.code}
    if len(people) > plan.wishes_max:
        text = _("Choose at most %(count)s people. Nothing was changed.")
        raise RuleViolation("too_many", text % {"count": plan.wishes_max})
    known = {"", *(each["key"] for each in plan.options)}
    if not set(people) <= others or option not in known or not set(needs) <= set(RoomNeed.values):
        raise RuleViolation("unknown", _("Something on this page has changed. Look at it again."))
    said: Any = {"option": option, "people": sorted(people), "needs": sorted(needs)}
    if any(said.values()):
        RoomWish.objects.update_or_create(placement=placement, defaults={"said": said, "told_at": timezone.now()})
    else:
        RoomWish.objects.filter(placement=placement).delete()
    audit.record("rooms.say", placement, by=by)


@transaction.atomic
def set_up(trip: Trip, values: Mapping[str, Any], *, seen: str, by: User) -> RoomPlan:
    """What students may say, and how a proposal is made. RuleViolation: changed_meanwhile."""
    plan = plan_of(trip)
    return rows.change(plan, {name: values[name] for name in SET_UP}, seen=seen, by=by)


def plan_of(trip: Trip) -> RoomPlan:
    rows.lock(trip)
    return RoomPlan.objects.get_or_create(trip=trip)[0]


@transaction.atomic
def add_rooms(trip: Trip, *, count: int, beds: int, is_quiet: bool, is_accessible: bool, by: User) -> None:
    """RuleViolation("too_many")."""
    rows.lock(trip)
    there = Room.objects.filter(trip=trip, kind=Room.Kind.ROOM)
    if there.count() + count > ROOMS_MOST:
        raise RuleViolation("too_many", _("That’s more rooms than a trip can have."))
    last = max(there.values_list("number", flat=True), default=0)
    Room.objects.bulk_create(
        Room(trip=trip, number=last + each, beds=beds, is_quiet=is_quiet, is_accessible=is_accessible)
        for each in range(1, count + 1)
    )
    audit.record("rooms.add", trip, by=by, changes={"count": count, "beds": beds})


def mark_of(trip: Trip) -> str:
    """What the page shows of who is where, for buttons that replace or publish it."""
    seats = RoomSeat.objects.filter(room__trip=trip).order_by("kind", "placement")
    rooms = Room.objects.filter(trip=trip).order_by("pk").values_list("pk", flat=True)
    return edit_lock.fingerprint(trip, (), list(rooms), list(seats.values_list("kind", "placement", "room")))


@transaction.atomic
def remove_room(room: Room, *, by: User, seen: str = "") -> None:
    """Those who were in it have no room then. Safe to repeat. RuleViolation("changed_meanwhile")."""
    rows.lock(room.trip)
    if Room.objects.filter(pk=room.pk).exists():
        edit_lock.check_button(seen, mark_of(room.trip))
    if Room.objects.filter(pk=room.pk).delete()[0]:
        audit.record("rooms.remove", room.trip, by=by, changes={"kind": room.kind, "number": room.number})


@transaction.atomic
def propose(trip: Trip, *, by: User, seen: str = "") -> bool:
    """Put everyone who goes in a room, in place of who is where now.

    Returns whether no other proposal meets more wishes. RuleViolation: changed_meanwhile, cannot_place, took_too_long.
    """
    plan = plan_of(trip)
    edit_lock.check_button(seen, mark_of(trip))
    people = going(trip)
    spaces = Room.objects.filter(trip=trip, kind=Room.Kind.ROOM)
    guests = guests_of(people)
    try:
        found = _assigned(guests.values(), spaces, plan)
    except CannotPlace as problem:
        name = next(each.application.person.full_name for each in people if each.code == problem.guest)
        text = _("No room is left that fits %(name)s. Add a room, or put them in one by hand. Nothing was changed.")
        raise RuleViolation("cannot_place", text % {"name": name}) from problem
    _seat(trip, Room.Kind.ROOM, people, found.rooms, {key_of(room): room for room in spaces})
    audit.record("rooms.propose", trip, by=by, changes={"people": len(people)})
    return found.is_best


@transaction.atomic
def propose_groups(trip: Trip, *, size: int, by: User, seen: str = "") -> bool:
    """Small groups of at most `size`, in place of those there are. Wishes count; rooms and needs don't.

    Returns whether no other groups meet more wishes. RuleViolation: changed_meanwhile, took_too_long.
    """
    plan = plan_of(trip)
    edit_lock.check_button(seen, mark_of(trip))
    people = going(trip)
    Room.objects.filter(trip=trip, kind=Room.Kind.GROUP).delete()
    sizes = rooming.groups_of(len(people), size)
    groups = [Room(trip=trip, kind=Room.Kind.GROUP, number=n, beds=beds) for n, beds in enumerate(sizes, start=1)]
    Room.objects.bulk_create(groups)
    guests = (rooming.Guest(each.key, each.college, wishes=each.wishes) for each in guests_of(people).values())
    found = _assigned(guests, groups, plan)
    _seat(trip, Room.Kind.GROUP, people, found.rooms, {key_of(room): room for room in groups})
    audit.record("rooms.propose_groups", trip, by=by, changes={"people": len(people), "size": size})
    return found.is_best


def _assigned(guests: Iterable[rooming.Guest], rooms: Iterable[Room], plan: RoomPlan) -> rooming.Proposal:
    try:
        return rooming.assign(guests, map(space_of, rooms), mixes=plan.mixes_colleges)
    except Unproven:
        text = _("We found no proposal in time. Nothing was changed. Put people in rooms and groups by hand.")
        raise RuleViolation("took_too_long", text) from None


def _seat(trip: Trip, kind: str, people: list[Placement], found: Mapping[str, str], rooms: Mapping[str, Room]) -> None:
    RoomSeat.objects.filter(room__trip=trip, kind=kind).delete()
    RoomSeat.objects.filter(placement__in=people, kind=kind).delete()
    RoomSeat.objects.bulk_create(RoomSeat(room=rooms[found[each.code]], placement=each, kind=kind) for each in people)


@transaction.atomic
def move(placement: Placement, room: Room | None, *, kind: str, by: User, seen: str = "") -> None:
    """Put one person in another room or group, or in none. Safe to repeat.

    RuleViolation: changed_meanwhile, full, needs, share.
    """
    rows.lock(placement.trip)
    now = RoomSeat.objects.filter(placement=placement, kind=kind).first()
    if (now.room_id if now else None) == (room.pk if room else None):
        return
    edit_lock.check_button(seen, mark_of(placement.trip))
    if room is not None:
        _refuse(placement, room)
    if now:
        now.delete()
    if room is not None:
        RoomSeat.objects.create(room=room, placement=placement, kind=kind)
    changes = {"kind": kind, "to": room.number if room else None}
    audit.record("rooms.move", placement, by=by, changes=changes)


def _refuse(placement: Placement, room: Room) -> None:
    people = going(placement.trip)
    guests = guests_of(people)
    guest = guests.get(placement.code)
    if guest is None:
        raise RuleViolation("withdrawn", _("This student is no longer on the trip. Nothing was changed."))
    filled = next(each for each in layout_of(placement.trip, room.kind, people).filled if each.room.pk == room.pk)
    inside = [guests[each.code] for each in filled.people]
    if room.kind == Room.Kind.GROUP:
        guest, inside = rooming.Guest(guest.key), [rooming.Guest(each.key) for each in inside]
    if code := fault(guest, room, inside):
        text = {
            "full": _("%(room)s is full. Move someone else out first."),
            "needs": _("%(room)s isn’t what %(name)s said they need."),
            "share": _("%(name)s and the people in %(room)s can’t share, by what they said. Nothing was changed."),
        }[code]
        raise RuleViolation(code, text % {"room": room.name, "name": placement.application.person.full_name})


@transaction.atomic
def publish(trip: Trip, *, by: User, seen: str = "") -> None:
    """Students see who they share with. Safe to repeat. RuleViolation: changed_meanwhile, left (who has no room)."""
    plan = plan_of(trip)
    if plan.published_at is None:
        edit_lock.check_button(seen, mark_of(trip))
    left = layout_of(trip, Room.Kind.ROOM, going(trip)).left
    if left:
        names = ", ".join(short_name(each) for each in left[:5])
        raise RuleViolation("left", _("Some students have no room yet: %(names)s.") % {"names": names})
    if plan.published_at is None:
        plan.published_at, plan.published_by = timezone.now(), by
        plan.save(update_fields=["published_at", "published_by"])
        audit.record("rooms.publish", trip, by=by)


@transaction.atomic
def unpublish(trip: Trip, *, by: User) -> None:
    """Students no longer see it. Safe to repeat."""
    plan = plan_of(trip)
    if plan.published_at:
        plan.published_at = plan.published_by = None
        plan.save(update_fields=["published_at", "published_by"])
        audit.record("rooms.unpublish", trip, by=by)


@transaction.atomic
def open_needs(trip: Trip, *, by: User) -> dict[str, list[str]]:
    """What each student said a room has to be, by code; recorded for each like any opening of their needs."""
    people = going(trip)
    guests = guests_of(people)
    seen = [each for each in people if guests[each.code].needs]
    changes = {"purpose": str(CardPurpose.LODGING), "as": "office"}
    audit.record_many(cards.OPEN, ((each, changes) for each in seen), by=by)
    return {each.code: [str(RoomNeed(need).label) for need in sorted(guests[each.code].needs)] for each in seen}
