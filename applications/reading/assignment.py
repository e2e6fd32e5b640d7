"""Assigns readers to applications. Pure Python: no database, no Django.

Each application gets the same number of different readers, never from its own college, never with a declared
conflict, only readers who read its language, and no reader above their cap. The readers are linked to one another
through shared files, so that their scores can be compared, and loads are as even as that allows. If such an
assignment exists, it is found; if not, the error says what is missing.

Method: each missing read is placed by the shortest augmenting path to the least loaded reader that can be
reached, moving reads of other applications where needed. Each step keeps the loads as even as possible (the
convex-cost argument for balanced bipartite matchings). Readers drawn this way nearly always form one linked group;
if they don't, `applications.reading.reader_links` moves reads until they do.

The same input and seed give the same plan, in whatever order the input comes.

Source: domain reference 4.2 (several readers, conflicts reassigned, random order), 4.4 (reads cross colleges,
pairs of readers vary: ties between equally loaded readers are drawn).
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from applications.reading.reader_links import bits, groups_of, is_too_few, link

type Pair = tuple[str, str]  # (application code, reader code)


class AssignmentInputError(ValueError):
    """The input is invalid; the message names what is wrong."""


class Barrier(StrEnum):
    OWN_COLLEGE = "own_college"
    CONFLICT = "conflict"
    LANGUAGE = "language"
    AT_CAP = "at_cap"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An application to be read. An empty `language` can be read by anyone."""

    code: str
    college: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone who reads. `capacity`: their cap in applications, existing reads included."""

    code: str
    college: str
    capacity: int
    languages: Collection[str] = frozenset()


class Apart(StrEnum):
    """Why the readers are not one linked group."""

    TOO_FEW_FILES = "too_few_files"
    BARRED = "barred"  # no application may be read by readers of both groups
    NO_WAY = "no_way"  # caps and existing reads make it impossible, or no plan was found


@dataclass(frozen=True, slots=True)
class AssignmentPlan:
    """All reads, existing ones included, sorted. `added`: the new ones. `loads`: reader -> number of reads.

    groups: the readers who have reads, grouped by shared files; within a group, scores can be compared. apart: why
    there is more than one group.
    """

    pairs: tuple[Pair, ...]
    added: tuple[Pair, ...]
    loads: Mapping[str, int]
    groups: tuple[tuple[str, ...], ...] = ()
    apart: Apart | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An application that lacks readers.

    missing: how many. barriers: reader -> why they cannot take it. new_readers: how many of the missing readers
    could not be found among these readers even without caps.
    """

    application: str
    missing: int
    barriers: Mapping[str, Barrier]
    new_readers: int


class NotEnoughReaders(Exception):
    """No complete assignment exists.

    shortfalls: one for each application that lacks readers. capacity: the sum of the caps. sufficient_capacity: the
    sum that would be enough if the difference goes to readers with the barrier "at_cap", or to new readers where a
    shortfall needs them.
    """

    def __init__(self, shortfalls: tuple[Shortfall, ...], capacity: int) -> None:
        missing = sum(each.missing for each in shortfalls)
        self.shortfalls = shortfalls
        self.capacity = capacity
        self.sufficient_capacity = capacity + missing
        super().__init__(
            f"{len(shortfalls)} applications lack {missing} reads: the readers can take {capacity} in all,"
            f" {self.sufficient_capacity} would do."
        )


@dataclass(frozen=True, slots=True)
class RaiseLimit:
    """A remedy for a shortage: this reader takes one more file. Any one of these makes the shortage smaller."""

    reader: str


@dataclass(frozen=True, slots=True)
class NewReaders:
    """A remedy for a shortage: `count` more readers, of another college than `college`, who read `language` ("": any).

    With room for them, every application of that college and language has the readers that it could not get otherwise.
    """

    college: str
    language: str
    count: int


def remedies(
    shortage: NotEnoughReaders, applications: Iterable[Candidate], asked: Collection[str]
) -> tuple[RaiseLimit | NewReaders, ...]:
    """What would make the shortage smaller; there is always something. `asked`: readers who may be asked for more."""
    by_code = {each.code: each for each in applications}
    full, new = set[str](), dict[tuple[str, str], int]()
    for each in shortage.shortfalls:
        able = {code for code, barrier in each.barriers.items() if barrier is Barrier.AT_CAP and code in asked}
        full |= able
        if each.missing > len(able):
            candidate = by_code[each.application]
            key = candidate.college, candidate.language
            new[key] = max(new.get(key, 0), each.missing - len(able))
    return (
        *(RaiseLimit(code) for code in sorted(full)),
        *(NewReaders(college, language, count) for (college, language), count in sorted(new.items())),
    )


def assign(
    applications: Iterable[Candidate],
    readers: Iterable[Reader],
    reads_each: int,
    conflicts: Collection[Pair] = frozenset(),
    existing: Collection[Pair] = frozenset(),
    seed: int = 0,
    only: Collection[str] | None = None,
) -> AssignmentPlan:
    """Give each application `reads_each` readers.

    conflicts: forbidden pairs; codes that are not in the lists are ignored. existing: pairs that stay and count;
    they may exceed a cap or `reads_each` (a reader who has left is given with capacity 0), and then nothing is added.
    seed: for draws between equally loaded readers. only: the applications that get readers now; the others keep
    their readers and count for the loads.

    Raises NotEnoughReaders, or AssignmentInputError for a duplicate code, a negative cap, fewer than one read, or
    an existing pair that is unknown, of one college or in conflict (the caller must withdraw it first).
    """
    candidates = sorted(applications, key=lambda each: each.code)
    pool = sorted(readers, key=lambda each: each.code)
    _check(candidates, pool, reads_each, conflicts, existing)
    draw = Random(seed)  # noqa: S311 -- a draw that anyone can repeat, not a secret
    work = _Work(candidates, pool, frozenset(conflicts), existing, draw)
    order = [number for number, each in enumerate(candidates) if only is None or each.code in only]
    work.random.shuffle(order)
    if short := work.fill(order, reads_each):
        raise NotEnoughReaders(
            shortfalls=tuple(work.shortfall(application, short[application]) for application in sorted(short)),
            capacity=sum(work.caps),
        )
    work.link()
    return work.plan(existing)


def _check(
    candidates: Sequence[Candidate],
    pool: Sequence[Reader],
    reads_each: int,
    conflicts: Collection[Pair],
    existing: Collection[Pair],
) -> None:
    if reads_each < 1:
        raise AssignmentInputError("Each application needs at least one read.")
    colleges: list[dict[str, str]] = []
    for rows in (candidates, pool):
        colleges.append({row.code: row.college for row in rows})
        if len(colleges[-1]) != len(rows):
            codes = [row.code for row in rows]
            twice = next(code for code in codes if codes.count(code) > 1)
            raise AssignmentInputError(f"{twice} is in the list twice.")
    for reader in pool:
        if reader.capacity < 0:
            raise AssignmentInputError(f"Reader {reader.code} has a negative cap.")
    for application, reader_code in existing:
        if application not in colleges[0] or reader_code not in colleges[1]:
            raise AssignmentInputError(f"The existing read ({application}, {reader_code}) names an unknown code.")
        if colleges[0][application] == colleges[1][reader_code] or (application, reader_code) in conflicts:
            raise AssignmentInputError(f"The existing read ({application}, {reader_code}) is not allowed any more.")


class _Work:
    """The state of one run. Applications and readers are indices; a set of readers is an integer used as a bit set."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        pool: Sequence[Reader],
        conflicts: frozenset[Pair],
        existing: Collection[Pair],
        random: Random,
    ) -> None:
        self.candidates, self.pool, self.conflicts, self.random = candidates, pool, conflicts, random
        self.allowed = self._allowed()  # per application: who may read it
        self.taken = [0] * len(candidates)  # per application: who reads it
        self.held: list[dict[int, None]] = [{} for _ in pool]  # per reader: reads that may still move, in order
        self.loads = [0] * len(pool)
        # per reader: who could take over one of their reads; None: not known yet
        self.onward: list[int | None] = [0] * len(pool)
        application_number = {each.code: number for number, each in enumerate(candidates)}
        reader_number = {each.code: number for number, each in enumerate(pool)}
        for application, reader in sorted(set(existing)):
            self.taken[application_number[application]] |= 1 << reader_number[reader]
            self.loads[reader_number[reader]] += 1
        self.caps = [max(each.capacity, load) for each, load in zip(pool, self.loads, strict=True)]
        self.fixed = list(self.taken)  # per application: whose reading stays

    def _allowed(self) -> list[int]:
        groups: dict[tuple[str, str], int] = {}
        for candidate in self.candidates:
            group = (candidate.college, candidate.language)
            if group not in groups:
                groups[group] = sum(
                    1 << number
                    for number, reader in enumerate(self.pool)
                    if reader.college != candidate.college
                    and (not candidate.language or candidate.language in reader.languages)
                )
        number_of = {reader.code: number for number, reader in enumerate(self.pool)}
        barred: dict[str, int] = {}
        for application, reader_code in self.conflicts:
            if reader_code in number_of:
                barred[application] = barred.get(application, 0) | 1 << number_of[reader_code]
        return [groups[each.college, each.language] & ~barred.get(each.code, 0) for each in self.candidates]

    def fill(self, order: Sequence[int], reads_each: int) -> dict[int, int]:
        """Give each of these applications its readers. Returns those that lack some, with how many."""
        short = {}
        for application in order:
            missing = reads_each - self.taken[application].bit_count()
            while missing > 0 and self.add_read(application):
                missing -= 1
            if missing > 0:
                short[application] = missing
        return short

    def add_read(self, application: int) -> bool:
        """Give an application one more reader, moving other reads if needed. False if that is impossible."""
        free = [number for number, load in enumerate(self.loads) if load < self.caps[number]]
        if not free:
            return False
        least = min(self.loads[number] for number in free)
        direct = bits(self.allowed[application] & ~self.taken[application])
        best = [number for number in direct if self.loads[number] == least < self.caps[number]]
        came_from: dict[int, int | None] = dict.fromkeys(direct)
        if not best:
            self._explore(came_from)
            reached = [number for number in came_from if self.loads[number] < self.caps[number]]
            if not reached:
                return False
            lightest = min(self.loads[number] for number in reached)
            best = [number for number in reached if self.loads[number] == lightest]
        self._take_path(application, self.random.choice(best), came_from)
        return True

    def _explore(self, came_from: dict[int, int | None]) -> None:
        """Breadth-first search over readers: from a reader to all who could take over one of their reads."""
        seen = sum(1 << number for number in came_from)
        queue = deque(came_from)
        while queue:
            reader = queue.popleft()
            new = self._onward(reader) & ~seen
            seen |= new
            for number in bits(new):
                came_from[number] = reader
                queue.append(number)

    def _onward(self, reader: int) -> int:
        known = self.onward[reader]
        if known is None:
            known = 0
            for application in self.held[reader]:
                known |= self.allowed[application] & ~self.taken[application]
            self.onward[reader] = known
        return known

    def _take_path(self, application: int, last: int, came_from: Mapping[int, int | None]) -> None:
        """Move one read along each step of the path, from its least loaded end back to the new application."""
        self.loads[last] += 1
        reader, before = last, came_from[last]
        while before is not None:
            moved = next(each for each in self.held[before] if self._could_read(reader, each))
            del self.held[before][moved]
            self.taken[moved] &= ~(1 << before)
            self._give(moved, reader)
            reader, before = before, came_from[before]
        self._give(application, reader)

    def _could_read(self, reader: int, application: int) -> bool:
        return bool(self.allowed[application] & ~self.taken[application] & 1 << reader)

    def _give(self, application: int, reader: int) -> None:
        self.taken[application] |= 1 << reader
        self.held[reader][application] = None
        for number in bits(self.taken[application]):
            self.onward[number] = None

    def link(self) -> None:
        """Move reads, if needed, until the readers are linked. `held` and `onward` are out of date afterwards."""
        self.taken = link(self.taken, allowed=self.allowed, fixed=self.fixed, caps=self.caps, draw=self.random)
        self.loads = [0] * len(self.pool)
        for mask in self.taken:
            for number in bits(mask):
                self.loads[number] += 1

    def _apart(self, groups: Sequence[int]) -> Apart | None:
        if len(groups) < 2:
            return None
        if is_too_few(self.taken, sum(1 for load in self.loads if load)):
            return Apart.TOO_FEW_FILES
        could_share = groups_of(may | taken for may, taken in zip(self.allowed, self.taken, strict=True))
        together = [group for group in could_share if any(group & each for each in groups)]
        return Apart.BARRED if len(together) > 1 else Apart.NO_WAY

    def shortfall(self, application: int, missing: int) -> Shortfall:
        candidate = self.candidates[application]
        barriers = {
            reader.code: self._barrier(candidate, reader)
            for number, reader in enumerate(self.pool)
            if not self.taken[application] >> number & 1
        }
        at_cap = sum(barrier is Barrier.AT_CAP for barrier in barriers.values())
        return Shortfall(candidate.code, missing, barriers, new_readers=max(0, missing - at_cap))

    def _barrier(self, candidate: Candidate, reader: Reader) -> Barrier:
        if reader.college == candidate.college:
            return Barrier.OWN_COLLEGE
        if (candidate.code, reader.code) in self.conflicts:
            return Barrier.CONFLICT
        if candidate.language and candidate.language not in reader.languages:
            return Barrier.LANGUAGE
        return Barrier.AT_CAP

    def plan(self, existing: Collection[Pair]) -> AssignmentPlan:
        pairs = sorted(
            (candidate.code, self.pool[number].code)
            for candidate, taken in zip(self.candidates, self.taken, strict=True)
            for number in bits(taken)
        )
        kept = set(existing)
        groups = groups_of(self.taken)
        return AssignmentPlan(
            pairs=tuple(pairs),
            added=tuple(pair for pair in pairs if pair not in kept),
            loads={reader.code: load for reader, load in zip(self.pool, self.loads, strict=True)},
            groups=tuple(sorted(tuple(self.pool[number].code for number in bits(group)) for group in groups)),
            apart=self._apart(groups),
        )
