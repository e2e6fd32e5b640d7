"""What somebody can work out who has read everything that was published and knows the rules. Pure: no Django.

The reader knows each published range, what everybody knows (who travels, how many seats) and which sums are the same
people. What they can say of any count is its least and greatest number over all groups of people that fit: two integer
programs. docs/adr/0027 says why knowing the program's rules adds nothing to that.

    reader = Reader(population)
    reader.tell({submitted: Range(140, 140)})
    reader.range_of(selected)

Solved by HiGHS, which is kept warm between questions: a table and its sums make a network, whose linear program has
whole numbers at its corners; where it hasn't, the question is asked again as an integer program.
"""

from collections.abc import Mapping
from contextlib import suppress

import highspy
import numpy as np

from exchange.figures.counts import ENDLESS, Contradiction, Key, Population, Range, Unanswered

WORLDS = 300  # groups of people that are kept as answers
FEW = 4  # counts that are asked alone at once
TIME_LIMIT = 20.0  # seconds for one question; far more than one takes
WHOLE = 1e-6
INFINITY = highspy.kHighsInf
ANSWERS = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
# Only the goal changes between most questions, so the last answer is a start: half the steps of the dual
USUAL: dict[str, str | int] = {"solver": "simplex", "simplex_strategy": 4, "presolve": "choose"}
# Started from the last answer, the simplex can end without one; each of these begins from nothing
OTHER_WAYS = (USUAL, {**USUAL, "simplex_strategy": 1}, {**USUAL, "presolve": "off"}, {**USUAL, "solver": "ipm"})


class Reader:
    """Somebody who reads what is told. Keeps groups of people that fit everything told ("worlds"), to answer faster."""

    def __init__(self, population: Population) -> None:
        population.check()
        self.population = population
        self.keys = [count.key for count in population.counts]
        self.at = {key: number for number, key in enumerate(self.keys)}
        self.column = {name: number for number, name in enumerate(population.classes)}
        self.every = np.arange(len(self.column), dtype=np.int32)
        self.sums = np.zeros((len(self.keys), len(self.column)))
        for row, count in enumerate(population.counts):
            self.sums[row, [self.column[name] for name in count.classes]] = 1
        self.told: dict[Key, Range] = {}
        self.row: dict[Key, int] = {}  # of the solver, for each count that was told or asked about
        self.certain: dict[Key, int] = {}  # no fewer than this, by what is told; telling more can't make it fewer
        self.uncertain: set[Key] = set()  # counts to ask that about when something is told
        self.worlds = np.zeros((0, len(self.keys)), dtype=np.int64)  # one row each: the number of every count
        self.found: list[np.ndarray] = []  # worlds that aren't in `worlds` yet
        self._see(self.worlds)
        self.solver = self._solver()
        self.dice = np.random.default_rng(0)  # chooses which questions are asked first; no answer hangs on it
        self.tell(population.known)

    def _solver(self) -> highspy.Highs:
        """One column per class, one row per pair of sums that are the same people; `_bound` adds rows for counts."""
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.silent()
        solver.setOptionValue("threads", 1)
        for name, value in USUAL.items():
            solver.setOptionValue(name, value)
        for range_ in self.population.classes.values():
            solver.addCol(0.0, float(range_.low), float(range_.high), 0, np.array([], np.int32), np.array([]))
        for one, other in self.population.equal:
            columns = np.array([*map(self.column.get, sorted(one)), *map(self.column.get, sorted(other))], np.int32)
            solver.addRow(0.0, 0.0, len(columns), columns, np.array([1.0] * len(one) + [-1.0] * len(other)))
        return solver

    # --- Telling --------------------------------------------------------------------------------------

    def tell(self, ranges: Mapping[Key, Range]) -> None:
        """Publish more. Raises Contradiction if a count can't be in its range for what was told before."""
        for key, said in self._together(ranges).items():
            self.told[key] = said
            self._bound(key, said)
        self.worlds = self._fitting(ranges)
        self._see(self.worlds)
        for key in sorted(self.uncertain):
            with suppress(Unanswered):
                self.certain[key] = int(self._world(self.sums[self.at[key]])[self.at[key]])
        self.uncertain.clear()

    def _see(self, worlds: np.ndarray) -> None:
        """Forget the least and greatest number of each count that was seen, but for those in these worlds."""
        self.low = worlds.min(axis=0, initial=ENDLESS)
        self.high = worlds.max(axis=0, initial=-1)

    def _together(self, ranges: Mapping[Key, Range]) -> dict[Key, Range]:
        together = {key: said.within(self.told.get(key, said)) for key, said in ranges.items()}
        for key, said in together.items():
            if said.low > said.high:
                raise Contradiction(f"{key}: {ranges[key]} after {self.told[key]}.")
        return together

    def _bound(self, key: Key, said: Range | None) -> None:
        low, high = (float(said.low), float(said.high)) if said else (-INFINITY, INFINITY)
        if key in self.row:
            self.solver.changeRowBounds(self.row[key], low, high)
        else:
            self.row[key] = self.solver.getNumRow()
            columns = np.flatnonzero(self.sums[self.at[key]]).astype(np.int32)
            self.solver.addRow(low, high, len(columns), columns, np.ones(len(columns)))

    def _fitting(self, ranges: Mapping[Key, Range]) -> np.ndarray:
        worlds = self._gathered()
        fits = np.ones(len(worlds), dtype=bool)
        for key, said in ranges.items():
            line = worlds[:, self.at[key]]
            fits &= (line >= said.low) & (line <= said.high)
        return worlds[fits]

    def _gathered(self) -> np.ndarray:
        if self.found:
            self.worlds = np.vstack([self.worlds, *self.found])[-WORLDS:]
            self.found = []
        return self.worlds

    # --- Asking ---------------------------------------------------------------------------------------

    def range_of(self, key: Key) -> Range:
        """The least and greatest number of a count. Raises Contradiction, Unanswered."""
        goal = self.sums[self.at[key]]
        return Range(int(self._world(goal)[self.at[key]]), int(self._world(-goal)[self.at[key]]))

    def narrow(self, least: Mapping[Key, int], big: int | None = None) -> dict[Key, Range]:
        """Counts with fewer values than `least` says, and their range; not those that are `big` or more for certain,
        nor those that have no answer. Raises Contradiction."""
        found = {}
        for key in self._suspects(list(least), least):
            try:
                range_ = self.range_of(key)
            except Unanswered:
                continue
            if range_.values < least[key] and (big is None or range_.low < big):
                found[key] = range_
        return found

    def gives_away(self, also: Mapping[Key, Range], least: Mapping[Key, int], big: int) -> bool:
        """Whether, if `also` were told, some count would have fewer values than `least` says and might be under `big`.

        Also True if it can't be told, because nothing fits, and if no answer can be had.
        """
        try:
            together = self._together(also)
        except Contradiction:
            return True
        small = [key for key in least if self.certain.get(key, 0) < big]
        before = self._gathered()
        for key, said in together.items():
            self._bound(key, said)
        low, high = self.low, self.high
        self.worlds = self._fitting(together)
        self._see(self.worlds)
        try:
            return any(self._is_narrow(key, least[key], big) for key in self._suspects(small, least))
        except (Contradiction, Unanswered):
            return True
        finally:
            for key in together:
                self._bound(key, self.told.get(key))
            self.low, self.high = np.minimum(low, self.low), np.maximum(high, self.high)
            self.worlds = np.vstack([before, self._gathered()])[-WORLDS:]

    def _is_narrow(self, key: Key, least: int, big: int) -> bool:
        if not self._not_seen_open([key], {key: least}):
            return False  # by a world found meanwhile
        goal, row = self.sums[self.at[key]], self.at[key]
        low = int(self._world(goal)[row])
        if low >= big:
            self.uncertain.add(key)
            return False
        if not self._not_seen_open([key], {key: least}):
            return False
        return int(self._world(-goal)[row]) - low + 1 < least

    def _suspects(self, keys: list[Key], least: Mapping[Key, int]) -> list[Key]:
        """Those not seen open in some pair of worlds, after looking for worlds that differ in many counts at once, as
        long as that needs fewer questions than asking about each count alone."""
        suspects, were = self._not_seen_open(keys, least), ENDLESS
        while FEW < len(suspects) < were - 1:
            signs = self.dice.choice((-1.0, 1.0), len(suspects))
            goal = signs @ self.sums[[self.at[key] for key in suspects]]
            with suppress(Unanswered):
                self._world(goal)
                self._world(-goal)
            suspects, were = self._not_seen_open(suspects, least), len(suspects)
        return suspects

    def _not_seen_open(self, keys: list[Key], least: Mapping[Key, int]) -> list[Key]:
        if len(keys) == 1:
            at = self.at[keys[0]]
            return keys if self.high[at] - self.low[at] + 1 < least[keys[0]] else []
        spread = (self.high - self.low + 1).tolist()
        return [key for key in keys if spread[self.at[key]] < least[key]]

    def _world(self, goal: np.ndarray) -> np.ndarray:
        """The counts of a group of people with the least possible sum of `goal`. Raises Contradiction, Unanswered."""
        self.solver.changeColsCost(len(goal), self.every, goal)
        found = self._solved()
        if np.abs(found - np.rint(found)).max(initial=0) > WHOLE:
            found = self._solved_whole()
        world = np.rint(self.sums @ np.rint(found)).astype(np.int64)
        self.found.append(world)
        self.low, self.high = np.minimum(self.low, world), np.maximum(self.high, world)
        return world

    def _solved(self) -> np.ndarray:
        status = self._run()
        for way in OTHER_WAYS if status not in ANSWERS else ():
            self.solver.clearSolver()
            status = self._run(way)
            if status in ANSWERS:
                break
        if status not in ANSWERS:
            raise Unanswered(self.solver.modelStatusToString(status))
        if status != highspy.HighsModelStatus.kOptimal:
            raise Contradiction("No people fit what is told.")
        return np.array(self.solver.getSolution().col_value)

    def _run(self, way: Mapping[str, str | int] = USUAL) -> highspy.HighsModelStatus:
        for name, value in way.items():
            self.solver.setOptionValue(name, value)
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + TIME_LIMIT)  # its clock never goes back
        self.solver.run()
        return self.solver.getModelStatus()

    def _solved_whole(self) -> np.ndarray:
        number, kinds = len(self.every), highspy.HighsVarType
        self.solver.changeColsIntegrality(number, self.every, np.full(number, kinds.kInteger))
        try:
            return self._solved()
        finally:
            self.solver.changeColsIntegrality(number, self.every, np.full(number, kinds.kContinuous))
