"""Rooms and groups of a trip as pages and actions read them: people, rooms, who is where, and wishes as `Guest`."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import OuterRef, QuerySet, Subquery

from travel.models import Placement, Room, RoomPlan, RoomSeat, RoomWish, Trip
from travel.prepare.rooms.rooming import Guest, Space, fits, may_share


def short_name(placement: Placement) -> str:
    """First name and an initial: what others of the group read before they have met. Needs the student."""
    student = placement.application.person
    words = student.full_name.split()
    first = student.preferred_name or (words[0] if words else "") or str(student)
    return f"{first} {words[-1][0]}." if len(words) > 1 else first


def going(trip: Trip) -> list[Placement]:
    rows = Placement.objects.active().filter(trip=trip).select_related("application__student", "application__college")
    return list(rows.order_by("application__student__full_name", "pk"))


def guests_of(people: Iterable[Placement], *, with_wishes: bool = True) -> dict[str, Guest]:
    """By code of the placement; without `with_wishes` nothing is read but names and colleges.

    Of a student who was moved here, what they said on another trip and isn't offered on this one doesn't count.
    """
    there = list(people)
    codes = {each.code for each in there}
    said = {row.placement_id: row.said for row in RoomWish.objects.filter(placement__in=there)} if with_wishes else {}
    plans = RoomPlan.objects.filter(trip__in={each.trip_id for each in there}) if with_wishes else ()
    offered = {option["key"] for plan in plans for option in plan.options}
    found = {}
    for each in there:
        words = said.get(each.pk, {})
        found[each.code] = Guest(
            each.code,
            college=each.application.college.code if each.application.college else "",
            option=words.get("option", "") if words.get("option") in offered else "",
            wishes=frozenset(words.get("people", ())) & codes - {each.code},
            needs=frozenset(words.get("needs", ())),
        )
    return found


def key_of(room: Room) -> str:
    """Its number, so that the same rooms give the same proposal."""
    return f"{room.number:05}"


def space_of(room: Room) -> Space:
    return Space(key_of(room), room.beds, room.is_quiet, room.is_accessible)


def fault(guest: Guest, room: Room, inside: list[Guest]) -> str:
    """Why this person can't be put there: full, needs, share; "" if they can."""
    if len(inside) >= room.beds:
        return "full"
    if not fits(guest, space_of(room)):
        return "needs"
    return "" if may_share(guest, inside) else "share"


@dataclass(slots=True)
class Filled:
    """A room with those who are in it."""

    room: Room
    people: list[Placement] = field(default_factory=list)

    @property
    def free(self) -> int:
        return self.room.beds - len(self.people)

    @property
    def names(self) -> str:
        return ", ".join(short_name(each) for each in self.people)


@dataclass(frozen=True, slots=True)
class Layout:
    """Who is where on a trip, of one kind; `left`: people without a place."""

    kind: str
    filled: list[Filled]
    left: list[Placement]


def layout_of(trip: Trip, kind: str, people: list[Placement]) -> Layout:
    """Two queries. People who don't go any longer aren't in it."""
    by_key = {each.pk: each for each in people}
    rooms = {room.pk: Filled(room) for room in Room.objects.filter(trip=trip, kind=kind)}
    seated = set()
    for seat in RoomSeat.objects.filter(room__trip=trip, kind=kind):
        if seat.placement_id in by_key:
            rooms[seat.room_id].people.append(by_key[seat.placement_id])
            seated.add(seat.placement_id)
    for filled in rooms.values():
        filled.people.sort(key=people.index)
    return Layout(kind, list(rooms.values()), [each for each in people if each.pk not in seated])


def with_places(people: QuerySet[Placement]) -> QuerySet[Placement]:
    """Each with the numbers of their room and small group, once published, for `place_of`. No query of its own."""
    mine = RoomSeat.objects.filter(placement=OuterRef("pk"), room__trip=OuterRef("trip"))
    shown = mine.filter(room__trip__room_plan__published_at__isnull=False)
    numbers = {kind: Subquery(shown.filter(kind=kind).values("room__number")[:1]) for kind in Room.Kind.values}
    return people.annotate(**{f"{kind}_number": each for kind, each in numbers.items()})


def place_of(placement: Placement) -> str:
    """Room and small group in words. Needs `with_places`."""
    numbers = {kind: getattr(placement, f"{kind}_number") for kind in Room.Kind.values}
    return " · ".join(Room(kind=kind, number=number).name for kind, number in numbers.items() if number)


def plan_for(trip: Trip) -> RoomPlan:
    """The trip's plan; until the office has set one up, an unsaved one with what holds by default."""
    return RoomPlan.objects.filter(trip=trip).first() or RoomPlan(trip=trip)


def is_published(trip: Trip) -> bool:
    return RoomPlan.objects.filter(trip=trip, published_at__isnull=False).exists()
