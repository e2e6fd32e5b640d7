"""Which students get the seats of one trip. Pure Python: no database, no Django.

A trip may keep some seats for named groups, as soft floors. Of all who ask, it takes:

1. Those who already have a seat there, even where the trip has fewer seats now; nobody new while it is over full.
2. Kept seats are filled as far as there are people for them. One person fills one kept seat, whatever number of
   groups they are in, and who fills which is arranged so that as many kept seats as possible are filled; where
   there are more people than seats, those nearer the front of the line fill them.
3. Every other seat, including kept ones that nobody fills, goes to those nearest the front of the line.

Counting a person once is what keeps deferred acceptance fair and honest ranking safe; if one person filled the
floors of several groups at once, somebody could be turned away for the groups of another. The rule is the
"meritorious horizontal choice rule" (Sönmez and Yenmez 2022; domain reference 5.3): whoever is turned away stays
turned away when more people ask, and more people asking never leaves more seats empty.

People are their places in line: 0 is first.
"""

import heapq
from collections import deque
from collections.abc import Collection, Mapping, Sequence

type Group = str
type Place = int


class OpenSeats:
    """Seats of which none is kept for a group: the line alone decides."""

    __slots__ = ("number", "taken")

    def __init__(self, number: int) -> None:
        self.number = number
        self.taken: list[Place] = []  # a heap of negative places: the last in line on top

    def ask(self, place: Place) -> Place | None:
        """The person who is turned away, if any: the one who asks, or one who had a seat until now."""
        if len(self.taken) < self.number:
            heapq.heappush(self.taken, -place)
            return None
        return -heapq.heappushpop(self.taken, -place)

    def people(self) -> list[Place]:
        return [-place for place in self.taken]


class KeptSeats:
    """Seats of which some are kept for groups, or some are already taken."""

    def __init__(
        self,
        number: int,
        kept: Mapping[Group, int],
        groups_of: Sequence[Collection[Group]],
        sitting: Collection[Place] = (),
    ) -> None:
        self.sitting = frozenset(sitting)
        self.number = number
        self.kept = {group: seats for group, seats in kept.items() if seats}
        self.groups_of = groups_of
        self.by_group: dict[Group, set[Place]] = {group: set() for group in self.kept}
        self.open: list[Place] = []  # a heap as above: people in no kept seat who had no seat before
        self.safe: set[Place] = set()  # in no kept seat, and had their seat before
        self.count = 0
        self.vacant = sum(self.kept.values())
        self.last_kept: Place | None = (
            None  # the last in line of those in kept seats who can be moved out; None: look again
        )

    def ask(self, place: Place) -> Place | None:
        """Like `OpenSeats.ask`. At most one step for each kept seat."""
        self.count += 1
        left_over = self._fill(place)
        if left_over in self.sitting:
            self.safe.add(left_over)
        elif left_over is not None:
            heapq.heappush(self.open, -left_over)
        if self.count <= self.number:
            return None
        turned_away = -heapq.heappop(self.open) if self.open else self._drop_last_of_kept()
        self.count -= turned_away is not None
        return turned_away

    def people(self) -> list[Place]:
        return [
            *(-place for place in self.open),
            *self.safe,
            *(each for some in self.by_group.values() for each in some),
        ]

    def _fill(self, place: Place) -> Place | None:
        """Let one more person fill a kept seat. Returns who fills none now: nobody, this person, or another.

        A person in one group's seat may move to a seat of another of their groups; `came` records how a group is
        reached by such moves: from which group, and who would move.
        """
        if not self.vacant and place not in self.sitting and place > self._last_of_kept():
            return place  # behind everybody in a kept seat, which is the usual case
        came: dict[Group, tuple[Group | None, Place]] = {
            group: (None, place) for group in self.groups_of[place] if group in self.kept
        }
        queue = deque(came)
        while queue:
            group = queue.popleft()
            if len(self.by_group[group]) < self.kept[group]:
                self.vacant -= 1
                self._move(came, group)
                return None
            for member in self.by_group[group]:
                for other in self.groups_of[member]:
                    if other in self.kept and other not in came:
                        came[other] = (group, member)
                        queue.append(other)
        last, of_group = place, None
        for group in came:
            worst = max(self.by_group[group], key=self._rank)
            if self._rank(worst) > self._rank(last):
                last, of_group = worst, group
        if of_group is not None:
            self.by_group[of_group].remove(last)
            self._move(came, of_group)
        return last

    def _move(self, came: Mapping[Group, tuple[Group | None, Place]], group: Group) -> None:
        """Move everybody on the way to the free seat of `group` one seat on."""
        self.last_kept = None
        while True:
            before, mover = came[group]
            self.by_group[group].add(mover)
            if before is None:
                return
            self.by_group[before].remove(mover)
            group = before

    def _last_of_kept(self) -> Place:
        """The last in line who can be moved out of a kept seat; -1 if there is none."""
        if self.last_kept is None:
            in_kept = (each for some in self.by_group.values() for each in some if each not in self.sitting)
            self.last_kept = max(in_kept, default=-1)
        return self.last_kept

    def _drop_last_of_kept(self) -> Place | None:
        """With fewer seats than kept ones, remove the last in line from those. None if all had theirs before."""
        last = self._last_of_kept()
        if last < 0:
            return None
        self.last_kept = None
        for some in self.by_group.values():
            some.discard(last)
        self.vacant += 1
        return last

    def _rank(self, place: Place) -> tuple[bool, Place]:
        return place not in self.sitting, place
