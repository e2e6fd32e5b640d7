"""Proposes who shares a room, and small groups. Pure and deterministic: no Django, no chance.

Hard: everyone is in exactly one room, a room never has more people than beds, needs are kept, and only people who
chose the same option share. Then wishes count, those of both sides first, and last that colleges mix. `CannotPlace`
names who has no room instead of breaking a hard rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

QUIET, ACCESSIBLE, OWN = "quiet", "accessible", "own"
MUTUAL, ONE_WAY, SAME_COLLEGE = 100, 10, -1
STEPS_MOST = 20_000  # of the search for a first proposal
PASSES_MOST = 20  # of making it better


@dataclass(frozen=True, slots=True)
class Guest:
    """`option`: what the student chose, "" for no preference; `wishes`: keys of others."""

    key: str
    college: str = ""
    option: str = ""
    wishes: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Space:
    """A room with its beds, or a group with its places."""

    key: str
    beds: int
    is_quiet: bool = False
    is_accessible: bool = False


class CannotPlace(ValueError):  # noqa: N818 -- says what happened
    """`guest`: the key of somebody for whom no room is left that fits."""

    def __init__(self, guest: str) -> None:
        super().__init__(guest)
        self.guest = guest


def fits(guest: Guest, space: Space) -> bool:
    """Whether the room itself has what this person needs."""
    if QUIET in guest.needs and not space.is_quiet:
        return False
    return ACCESSIBLE not in guest.needs or space.is_accessible


def may_share(guest: Guest, inside: Sequence[Guest]) -> bool:
    if not inside:
        return True
    alone = OWN in guest.needs or any(OWN in other.needs for other in inside)
    return not alone and guest.option == inside[0].option


def pull(one: Guest, other: Guest, *, mixes: bool) -> int:
    """How much two people belong together: wishes of both sides, of one, and whether colleges should mix."""
    wished = (other.key in one.wishes) + (one.key in other.wishes)
    same = mixes and one.college and one.college == other.college
    return (0, ONE_WAY, MUTUAL)[wished] + (SAME_COLLEGE if same else 0)


def assign(guests: Iterable[Guest], spaces: Iterable[Space], *, mixes: bool = True) -> dict[str, str]:
    """Key of each guest -> key of the room. Raises CannotPlace."""
    people = sorted(guests, key=lambda guest: (OWN not in guest.needs, -len(guest.needs), guest.option, guest.key))
    rooms = sorted(spaces, key=lambda space: (space.beds, space.is_accessible + space.is_quiet, space.key))
    placed = _Search(people, rooms).run()
    return _improved(people, rooms, placed, mixes=mixes)


@dataclass(slots=True)
class _Search:
    """Finds a first proposal, person by person; goes back where nothing fits."""

    people: Sequence[Guest]
    rooms: Sequence[Space]
    steps: int = 0
    deepest: int = 0
    inside: list[list[Guest]] = field(default_factory=list)

    def run(self) -> dict[str, int]:
        self.inside = [[] for _room in self.rooms]
        if not self._place(0):
            raise CannotPlace(self.people[self.deepest].key)
        return {guest.key: place for place, there in enumerate(self.inside) for guest in there}

    def _place(self, number: int) -> bool:
        if number == len(self.people):
            return True
        self.steps += 1
        self.deepest = max(self.deepest, number)
        guest = self.people[number]
        for place in self._choices(guest):
            self.inside[place].append(guest)
            if self._place(number + 1):
                return True
            self.inside[place].pop()
            if self.steps > STEPS_MOST:
                return False
        return False

    def _choices(self, guest: Guest) -> Iterable[int]:
        """Rooms begun first, then empty ones; of several empty ones alike, only one."""
        open_ones, empty, seen = [], [], set()
        for place, (room, there) in enumerate(zip(self.rooms, self.inside, strict=True)):
            if len(there) >= room.beds or not fits(guest, room) or not may_share(guest, there):
                continue
            if there:
                open_ones.append(place)
            elif (alike := (room.beds, room.is_quiet, room.is_accessible)) not in seen:
                seen.add(alike)
                empty.append(place)
        if OWN not in guest.needs:
            empty.reverse()  # a large room for people who share, a small one for somebody alone
            empty.sort(key=lambda place: self.rooms[place].is_quiet + self.rooms[place].is_accessible)
        return [*open_ones, *empty]


def _improved(
    people: Sequence[Guest], rooms: Sequence[Space], placed: Mapping[str, int], *, mixes: bool
) -> dict[str, str]:
    """Swaps pairs, and moves into free beds, as long as that brings people together who wished it."""
    better = _Better(people, rooms, [placed[guest.key] for guest in people], mixes)
    for _pass in range(PASSES_MOST):
        moved = better.moves()
        if not better.swaps() and not moved:
            break
    return {guest.key: rooms[better.where[number]].key for number, guest in enumerate(people)}


class _Better:
    """`near[person][room]`: how much the person belongs to those who are in that room, kept up to date."""

    def __init__(self, people: Sequence[Guest], rooms: Sequence[Space], where: list[int], mixes: bool) -> None:
        self.people, self.rooms, self.where = people, rooms, where
        self.weight = [[0 if one is other else pull(one, other, mixes=mixes) for other in people] for one in people]
        self.inside: list[set[int]] = [set() for _room in rooms]
        self.near = [[0] * len(rooms) for _guest in people]
        for number, place in enumerate(where):
            self._enter(number, place)
        self.movable = [number for number, guest in enumerate(people) if OWN not in guest.needs]
        self.fitting = [[fits(guest, room) for room in rooms] for guest in people]

    def _enter(self, one: int, place: int, sign: int = 1) -> None:
        (self.inside[place].add if sign > 0 else self.inside[place].discard)(one)
        for near, weight in zip(self.near, self.weight[one], strict=True):
            near[place] += sign * weight

    def _move(self, one: int, place: int) -> None:
        self._enter(one, self.where[one], -1)
        self._enter(one, place)
        self.where[one] = place

    def moves(self) -> bool:
        moved = False
        for one in self.movable:
            near, stays = self.near[one], self.near[one][self.where[one]]
            for place, room in enumerate(self.rooms):
                there = self.inside[place]
                if near[place] <= stays or not there or len(there) >= room.beds or not self.fitting[one][place]:
                    continue
                if may_share(self.people[one], [self.people[each] for each in there]):
                    self._move(one, place)
                    moved = True
                    break
        return moved

    def swaps(self) -> bool:
        swapped = False
        for order, one in enumerate(self.movable):
            near, weight = self.near[one], self.weight[one]
            for other in self.movable[order + 1 :]:
                here, there = self.where[one], self.where[other]
                if here == there or self.people[one].option != self.people[other].option:
                    continue
                others = self.near[other]
                gain = near[there] - near[here] + others[here] - others[there] - 2 * weight[other]
                if gain > 0 and self.fitting[one][there] and self.fitting[other][here]:
                    self._move(one, there)
                    self._move(other, here)
                    swapped = True
        return swapped


def groups_of(count: int, size: int) -> list[int]:
    """How many are in each of the groups of at most `size`, as even as possible: 7 by 3 is 3, 2, 2."""
    if not count:
        return []
    number = -(-count // size)
    return [count // number + (place < count % number) for place in range(number)]
