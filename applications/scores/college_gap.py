"""How much of a true difference between colleges survives adjusting, from the reading plan alone. No Django.

Adjusting takes a reader's strictness out of the scores. If the files of one college are read by readers who read hardly
anything else, nobody can tell whether those files are weaker or those readers stricter, and the model in `adjusting`
splits the difference: most of it goes to the readers, and the intervals don't say so. What is lost depends on who reads
what, not on any score, so it is known when readers are assigned.

Take reads of size 1 for the files of some colleges and 0 for the others, without chance: the adjusted scores should
differ by 1. `kept_share` is how much they differ, divided by how much they would differ if all readers were equally
strict, for the combination of colleges for which it is least. It is an eigenvalue. With D (row 0: the level, then one
row for each reader; one column for each college) the sums of 1/weight over the reads, M the equations that `adjusting`
solves, and d the row 0 of D, it is the smallest eigenvalue but one of

    I - S D' M^-1 D S / ratio,   S = diag(d) ^ -1/2

It is not the share of the difference itself that is left: all adjusted scores are drawn toward the middle, with equally
strict readers too. That is the same for every difference, so it isn't counted.

The model's spreads are assumed, because they must be known before anything is scored: `APPLICATIONS`, `READERS` and
`CHANCE`, as in the simulation of the domain reference (4.4). With a wider spread of readers, a high share hardly
changes (docs/scoring.md).

Source: best linear unbiased prediction is linear in the reads (Searle, Casella and McCulloch, Variance Components,
1992, chapter 7); the threshold comes from a simulation of this project (docs/scoring.md).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]
type Read = tuple[str, str]  # (application, reader)

# assumed standard deviations, in any unit
APPLICATIONS, READERS, CHANCE = 1.0, 0.6, 0.8
RATIO = APPLICATIONS**2 / CHANCE**2
ROOT = READERS / CHANCE

STEPS_MOST = 60  # of the search for extra readings
READS_MOST = 10_000  # in a plan for which extra readings are searched
NEWCOMERS = 3  # readers of no college who are added where those of the plan cannot help


@dataclass(frozen=True, slots=True)
class Extra:
    """A remedy: `count` more readings of files of `college` by readers who advise at `by` ("": at no college)."""

    college: str
    by: str
    count: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """extras: the readings that are missing, the largest number first. reads: those that readers of the plan can take;
    the others need people who don't read yet."""

    extras: tuple[Extra, ...] = ()
    reads: tuple[Read, ...] = ()

    @property
    def needs_people(self) -> bool:
        return sum(each.count for each in self.extras) > len(self.reads)


def kept_share(reads: Iterable[Read], college_of: Mapping[str, str]) -> float:
    """The share, from 0 to 1, of a true difference between colleges that survives adjusting: the least of all ways to
    compare some of these colleges with the others. 1 for a single college.

    `college_of`: the college of each application that is read.
    """
    return _Plan.of(reads, college_of).kept()


def extra_readings(
    reads: Iterable[Read],
    college_of: Mapping[str, str],
    *,
    least: float,
    readers: Mapping[str, str],
    barred: Collection[Read] = frozenset(),
    room: Mapping[str, int] | None = None,
) -> Remedy:
    """Extra readings with which at least `least` survives; empty if none are needed or none are found.

    readers: the college of each reader ("": none); nobody reads files of their own college. barred: other pairs that
    are not allowed. room: how many more files each reader takes (None: as many as needed). If these readers can't do
    it, the result supposes that more people who advise at no college read too.

    Greedy: the readers of one college get some files of one or two colleges, whichever helps most, until enough
    survives; then every reading that turns out not to be needed is dropped.
    """
    given = list(reads)
    if len(given) > READS_MOST or kept_share(given, college_of) >= least:
        return Remedy()
    newcomers = {f"\0{number}": "" for number in range(NEWCOMERS)}
    for people in (readers, {**readers, **newcomers}):
        open_room = room if room is None or people is readers else {**room, **dict.fromkeys(newcomers, READS_MOST)}
        if found := _search(given, college_of, least, _Allowed(given, college_of, people, barred, open_room)):
            counts = Counter((college_of[application], people[reader]) for application, reader in found)
            ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
            extras = tuple(Extra(college, by, count) for (college, by), count in ordered)
            return Remedy(extras, tuple(sorted(read for read in found if read[1] in readers)))
    return Remedy()


def _search(given: Sequence[Read], college_of: Mapping[str, str], least: float, allowed: "_Allowed") -> list[Read]:
    plan, added = _Plan.of(given, college_of, allowed.readers), list[Read]()
    share, size = plan.kept(), -(-len(given) // 50)
    for _step in range(STEPS_MOST):
        moves = [(plan.plus(batch), batch) for batch in allowed.batches(size)]
        # of moves that help equally, the one with the fewest readings
        best = max(
            ((after.kept(), -len(batch), batch, after) for after, batch in moves),
            key=lambda each: each[:3],
            default=None,
        )
        if best is None or best[0] <= share:
            return []
        share, _fewest, batch, plan = best
        allowed.take(batch)
        added += batch
        if share >= least:
            return _needed(added, given, college_of, least)
    return []


def _needed(added: Sequence[Read], given: Sequence[Read], college_of: Mapping[str, str], least: float) -> list[Read]:
    """The added readings without those, from the end, that aren't needed."""
    kept = list(added)
    for each in reversed(added):
        fewer = [other for other in kept if other != each]
        if kept_share([*given, *fewer], college_of) >= least:
            kept = fewer
    return kept


class _Allowed:
    """Readings that may be added. The least read files come first, and the readers who read least of that college."""

    def __init__(
        self,
        given: Sequence[Read],
        college_of: Mapping[str, str],
        readers: Mapping[str, str],
        barred: Collection[Read],
        room: Mapping[str, int] | None,
    ) -> None:
        self.college_of, self.readers, self.barred, self.room = college_of, readers, barred, room
        self.taken, self.times, self.by_college = set[Read](), Counter[str](), Counter[tuple[str, str]]()
        self.files, self.groups = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for application in sorted({application for application, _reader in given}):
            self.files[college_of[application]].append(application)
        for reader, college in sorted(readers.items()):
            self.groups[college].append(reader)
        self.loads = Counter[str]()
        self.take(given)
        self.loads.clear()  # it counts the readings that are added

    def take(self, reads: Iterable[Read]) -> None:
        for application, reader in reads:
            self.taken.add((application, reader))
            self.loads[reader] += 1
            self.times[application] += 1
            self.by_college[self.college_of[application], reader] += 1

    def batches(self, size: int) -> Iterator[list[Read]]:
        """Up to `size` readings of the files of each college by the readers of each other one; then for two colleges,
        since readers who compare two colleges help only by reading both."""
        for by, group in sorted(self.groups.items()):
            others = [college for college in sorted(self.files) if college != by]
            first = {college: self._batch(college, group, size) for college in others}
            yield from (batch for batch in first.values() if batch)
            for one, other in combinations(others, 2):
                if first[one] and (more := self._batch(other, group, size, first[one])):
                    yield first[one] + more

    def _batch(self, college: str, group: Sequence[str], size: int, before: Sequence[Read] = ()) -> list[Read]:
        """Up to `size` readings of files of this college, after those of `before`."""
        found = list[Read]()
        loads = self.loads + Counter(reader for _file, reader in before)
        counts = Counter({reader: self.by_college[college, reader] for reader in group})
        files = sorted(self.files[college], key=lambda each: (self.times[each], each))
        while len(found) < size:
            used = {file for file, _reader in found}
            read = next(
                (
                    (file, reader)
                    for reader in sorted(group, key=lambda each: (counts[each], loads[each], each))
                    if self.room is None or loads[reader] < self.room.get(reader, 0)
                    for file in files
                    if file not in used and (file, reader) not in self.taken and (file, reader) not in self.barred
                ),
                None,
            )
            if read is None:
                break
            found.append(read)
            counts[read[1]] += 1
            loads[read[1]] += 1
        return found


@dataclass(frozen=True, slots=True)
class _Plan:
    """A reading plan as sums. files: readers of each application; table: D of the module's docstring without row 0,
    shape (readers, colleges); shared: shape (readers, readers), the sums of 1/weight of the files two readers share;
    loads: shape (readers,)."""

    files: dict[str, tuple[int, ...]]
    college_of: dict[str, int]
    place: dict[str, int]
    table: Numbers
    level: Numbers
    shared: Numbers
    loads: Numbers

    @classmethod
    def of(cls, reads: Iterable[Read], college_of: Mapping[str, str], readers: Collection[str] = ()) -> Self:
        given: dict[str, list[str]] = {}
        for application, reader in reads:
            given.setdefault(application, []).append(reader)
        names = sorted({college_of[application] for application in given})
        number = {name: place for place, name in enumerate(names)}
        people = sorted({reader for each in given.values() for reader in each} | set(readers))
        place = {reader: at for at, reader in enumerate(people)}
        side, colleges = len(people), {each: number[college_of[each]] for each in given}
        files = {each: tuple(place[reader] for reader in by) for each, by in given.items()}
        plan = cls(
            files,
            colleges,
            place,
            np.zeros((side, len(names))),
            np.zeros(len(names)),
            np.zeros((side, side)),
            np.zeros(side),
        )
        for application, by in files.items():
            plan._count(colleges[application], by, 1)
        return plan

    def plus(self, reads: Iterable[Read]) -> Self:
        """The plan with these reads too, of files that are read already."""
        files = dict(self.files)
        arrays = (self.table, self.level, self.shared, self.loads)
        plan = type(self)(files, self.college_of, self.place, *(each.copy() for each in arrays))
        for application, reader in reads:
            plan._count(self.college_of[application], files[application], -1)
            files[application] = (*files[application], self.place[reader])
            plan._count(self.college_of[application], files[application], 1)
        return plan

    def _count(self, college: int, by: Sequence[int], sign: int) -> None:
        """Add one file to the sums, or take it out."""
        share = sign / (len(by) + 1 / RATIO)
        places = np.array(by)
        self.level[college] += share * len(by)
        self.table[places, college] += share
        self.shared[places[:, None], places] += share
        self.loads[places] += sign

    def kept(self) -> float:
        if len(self.level) < 2:
            return 1.0
        rows = np.vstack([self.level, ROOT * self.table])
        side = len(self.loads) + 1
        matrix = np.empty((side, side))
        matrix[0, 0] = self.level.sum() / RATIO
        matrix[0, 1:] = matrix[1:, 0] = ROOT * self.table.sum(axis=1) / RATIO
        matrix[1:, 1:] = ROOT**2 * (np.diag(self.loads) - self.shared) + np.eye(side - 1)
        scaled = rows / np.sqrt(self.level)
        lost = scaled.T @ np.linalg.solve(matrix, scaled) / RATIO
        share = float(np.linalg.eigvalsh(np.eye(len(self.level)) - lost)[1])
        return min(1.0, max(0.0, share))
