"""Proposes who shares a room, and small groups. Pure and deterministic: no Django, no chance.

Hard: everyone is in exactly one room, a room never has more people than beds, needs are kept, and only people who
chose the same option share. Then wishes count, those of both sides ten times as much; then that few beds stay empty
beside people; and last that colleges mix. `CannotPlace` names who has no room instead of breaking a hard rule.

An integer program (docs/adr/0015) chooses bundles: people joined by wishes, and single people. It doesn't choose
rooms, of which many are alike, but how many rooms of each sort are shared by bundles of which sizes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from exchange.base.integer_program import Impossible, Program, Unproven

QUIET, ACCESSIBLE, OWN = "quiet", "accessible", "own"
MUTUAL, ONE_WAY = 10, 1
SECONDS = 1.0  # for one question; a page waits for it
BUNDLES = (8_000, 500)  # to choose from; the second time fewer, if nothing was found among the first in time


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


@dataclass(frozen=True, slots=True)
class Proposal:
    """`rooms`: key of each guest -> key of the room. `is_best`: no other one meets more wishes; else it isn't known."""

    rooms: dict[str, str]
    is_best: bool


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


def assign(guests: Iterable[Guest], spaces: Iterable[Space], *, mixes: bool = True) -> Proposal:
    """Raises CannotPlace; Unproven if not even a first proposal is found in time."""
    house = _House(
        sorted(guests, key=lambda guest: (OWN not in guest.needs, -len(guest.needs), guest.option, guest.key)),
        sorted(spaces, key=lambda space: space.key),
    )
    for limit in BUNDLES:
        try:
            chosen, is_best = house.best(limit)
        except Impossible:
            raise CannotPlace(house.first_without_a_room().key) from None
        except Unproven:
            continue
        return Proposal(house.seated(chosen, mixes=mixes), is_best)
    raise Unproven(None)


type Bundle = frozenset[int]  # people who share a room, by their numbers
type Sort = tuple[int, bool, bool]  # of rooms: beds, is_quiet, is_accessible
type Form = tuple[str, frozenset[str], int]  # of bundles: option (OWN for somebody alone), needs, size
type Shape = tuple[int, ...]  # sizes of the bundles in one room


@dataclass(frozen=True, slots=True)
class _Chosen:
    """`put`: how many bundles of a form are in rooms of a sort. `used`: how many rooms of a sort have a shape."""

    bundles: list[Bundle]
    put: Mapping[tuple[Form, Sort], int]
    used: Mapping[tuple[Sort, str, Shape], int]


class _House:
    def __init__(self, people: Sequence[Guest], rooms: Sequence[Space]) -> None:
        self.people, self.rooms = people, rooms
        self.sorts = Counter((room.beds, room.is_quiet, room.is_accessible) for room in rooms)
        self.wishes = {
            (one, other): (0, ONE_WAY, MUTUAL)[count]
            for (one, first), (other, second) in combinations(enumerate(people), 2)
            if may_share(first, [second]) and (count := (second.key in first.wishes) + (first.key in second.wishes))
        }

    def best(self, limit: int) -> tuple[_Chosen, bool]:
        """Bundles that meet the most wishes, and whether that's proven. Raises Impossible, Unproven.

        Where there are too many bundles to choose from, the best small ones are joined to larger ones in a next turn.
        """
        parts, is_best = [frozenset([number]) for number in range(len(self.people))], True
        while True:
            bundles, is_complete = self._bundles(parts, limit)
            model = _Model(self, bundles)
            chosen, is_proven = model.best()
            is_best = is_best and is_complete and is_proven
            if is_complete or len(chosen.bundles) == len(parts):
                return chosen, is_best
            parts = chosen.bundles

    def first_without_a_room(self) -> Guest:
        """Of those without one when as many as possible have one, and those with needs first."""
        seated = _Model(self, [frozenset([number]) for number in range(len(self.people))]).seated()
        return next(guest for number, guest in enumerate(self.people) if number not in seated)

    def _bundles(self, parts: Sequence[Bundle], limit: int) -> tuple[list[Bundle], bool]:
        """Parts, and parts joined by wishes, that fit into a room; smaller ones first. False: those are not all."""
        near: defaultdict[Bundle, set[Bundle]] = defaultdict(set)
        part_of = {number: part for part in parts for number in part}
        for one, other in self.wishes:
            if part_of[one] != part_of[other]:
                near[part_of[one]].add(part_of[other])
                near[part_of[other]].add(part_of[one])
        found, last = dict.fromkeys(parts), list(parts)
        most = max((room.beds for room in self.rooms), default=0)
        while last:
            wider: dict[Bundle, None] = {}
            for bundle in last:
                joined = {part_of[number] for number in bundle}
                beside = {other for part in joined for other in near[part]} - joined
                wider |= dict.fromkeys(bundle | other for other in beside if len(bundle | other) <= most)
            if len(found) + len(wider) > limit:
                return sorted(found, key=sorted), False
            found |= wider
            last = list(wider)
        return sorted(found, key=sorted), True

    def form_of(self, bundle: Bundle) -> Form:
        inside = [self.people[number] for number in bundle]
        needs = frozenset[str]().union(*(guest.needs for guest in inside))
        return OWN if OWN in needs else inside[0].option, needs - {OWN}, len(bundle)

    def wished(self, bundle: Bundle) -> int:
        return sum(self.wishes.get(pair, 0) for pair in combinations(sorted(bundle), 2))

    def seated(self, chosen: _Chosen, *, mixes: bool) -> dict[str, str]:
        """A room for each bundle, those of the largest colleges first: where the fewest of its colleges are."""
        slots = self._slots(chosen.used)
        many = Counter(guest.college for guest in self.people)
        inside: dict[str, list[Guest]] = {room.key: [] for room in self.rooms}
        left = Counter(chosen.put)
        for bundle in sorted(chosen.bundles, key=lambda bundle: self._turn(bundle, many)):
            form, colleges = self.form_of(bundle), self._colleges(bundle)
            sort = next(sort for sort in self.sorts if left[form, sort])
            left[form, sort] -= 1
            open_ones = slots[sort, form[0], len(bundle)]

            def clash(key: str, colleges: Sequence[str] = colleges) -> tuple[int, int, str]:
                same = sum(colleges.count(guest.college) for guest in inside[key]) if mixes else 0
                return same, len(inside[key]), key

            key = min(open_ones, key=clash)
            open_ones.remove(key)
            inside[key] += [self.people[number] for number in bundle]
        return {guest.key: key for key, there in inside.items() for guest in there}

    def _turn(self, bundle: Bundle, many: Mapping[str, int]) -> tuple[int, list[tuple[int, str]], list[int]]:
        return -len(bundle), sorted((-many[college], college) for college in self._colleges(bundle)), sorted(bundle)

    def _colleges(self, bundle: Bundle) -> list[str]:
        return [self.people[number].college for number in bundle if self.people[number].college]

    def _slots(self, used: Mapping[tuple[Sort, str, Shape], int]) -> dict[tuple[Sort, str, int], list[str]]:
        """The keys of rooms by their sort, option and the size of a bundle that has a place there."""
        slots: defaultdict[tuple[Sort, str, int], list[str]] = defaultdict(list)
        free: defaultdict[Sort, list[str]] = defaultdict(list)
        for room in reversed(self.rooms):
            free[room.beds, room.is_quiet, room.is_accessible].append(room.key)
        for (sort, option, shape), number in used.items():
            for _room in range(number):
                key = free[sort].pop()
                for size in shape:
                    slots[sort, option, size].append(key)
        return slots


class _Model:
    """The integer program: which bundles there are, and how many of each form go to rooms of each sort and shape."""

    def __init__(self, house: _House, bundles: Sequence[Bundle]) -> None:
        self.house, self.bundles = house, bundles
        self.program = Program(SECONDS)
        self.choice = {bundle: self.program.number() for bundle in bundles}
        forms: defaultdict[Form, list[int]] = defaultdict(list)
        for bundle, choice in self.choice.items():
            forms[house.form_of(bundle)].append(choice)
        largest = max(map(len, bundles), default=1)
        self.put = {
            (form, sort): self.program.number(len(choices))
            for form, choices in sorted(forms.items(), key=lambda each: (each[0][0], sorted(each[0][1]), each[0][2]))
            for sort in house.sorts
            if _fits(form, sort)
        }
        self.used = {
            (sort, option, shape): self.program.number(number)
            for sort, number in house.sorts.items()
            for option in sorted({form[0] for form in forms})
            for shape in ([(1,)] if option == OWN else _shapes(sort[0], largest))
        }
        self._rules(forms)

    def _rules(self, forms: Mapping[Form, Sequence[int]]) -> None:
        for form, choices in forms.items():
            there = {number: -1 for (other, _sort), number in self.put.items() if other == form}
            self.program.rule({**dict.fromkeys(choices, 1), **there}, least=0, most=0)
        for sort, count in self.house.sorts.items():
            rooms = {number: 1 for (other, _option, _shape), number in self.used.items() if other == sort}
            self.program.rule(rooms, most=count)
        needed: defaultdict[tuple[Sort, str, int], dict[int, int]] = defaultdict(dict)
        for ((option, _needs, size), sort), number in self.put.items():
            needed[sort, option, size][number] = -1
        for (sort, option, size), numbers in needed.items():
            for (its_sort, its_option, shape), number in self.used.items():
                if (its_sort, its_option) == (sort, option) and size in shape:
                    numbers[number] = shape.count(size)
            self.program.rule(numbers, least=0)

    def _each_once(self, least: int) -> None:
        of_person: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for bundle, choice in self.choice.items():
            for number in bundle:
                of_person[number][choice] = 1
        for choices in of_person.values():
            self.program.rule(choices, least=least, most=1)

    def best(self) -> tuple[_Chosen, bool]:
        """Most wishes, then fewest beds in rooms that are used; and whether that's proven."""
        self._each_once(least=1)
        beds = sum(sort[0] * count for sort, count in self.house.sorts.items())
        goal = {choice: self.house.wished(bundle) * (beds + 1) for bundle, choice in self.choice.items()}
        goal |= {number: -sort[0] for (sort, _option, _shape), number in self.used.items()}
        is_proven = True
        try:
            values = self.program.best(goal)
        except Unproven as error:
            if error.found is None:
                raise
            values, is_proven = error.found, False
        bundles = [bundle for bundle, choice in self.choice.items() if values[choice]]
        put = {key: values[number] for key, number in self.put.items()}
        used = {key: values[number] for key, number in self.used.items()}
        return _Chosen(bundles, put, used), is_proven

    def seated(self) -> set[int]:
        """As many people as there's a room for, the first ones first."""
        self._each_once(least=0)
        count = len(self.house.people)
        goal = {choice: count * count + count - min(bundle) for bundle, choice in self.choice.items()}
        values = self.program.best(goal)
        return {min(bundle) for bundle, choice in self.choice.items() if values[choice]}


def _fits(form: Form, sort: Sort) -> bool:
    _option, needs, size = form
    beds, is_quiet, is_accessible = sort
    return size <= beds and (is_quiet or QUIET not in needs) and (is_accessible or ACCESSIBLE not in needs)


def _shapes(beds: int, largest: int) -> Iterator[Shape]:
    """The ways to fill a room with bundles of at most this size: of 3 beds, (3,), (2, 1) and (1, 1, 1)."""
    if beds == 0:
        yield ()
    for size in range(min(beds, largest), 0, -1):
        yield from ((size, *rest) for rest in _shapes(beds - size, size))


def groups_of(count: int, size: int) -> list[int]:
    """How many are in each of the groups of at most `size`, as even as possible: 7 by 3 is 3, 2, 2."""
    if not count:
        return []
    number = -(-count // size)
    return [count // number + (place < count % number) for place in range(number)]
