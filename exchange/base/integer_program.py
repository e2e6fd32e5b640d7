"""Whole numbers under linear rules, chosen for the highest goal; solved by HiGHS. Pure: no Django.

    program = Program(seconds=2)
    ana, bea = program.number(), program.number()
    program.rule({ana: 1, bea: 1}, most=1)
    program.best({ana: 3, bea: 2})  # [1, 0]

A solver calculates with fractions and tolerances. So what it says is checked here in whole numbers, and asked again
with other settings if it doesn't hold: an answer is proven, or there is none. The same program has the same answer.

Most numbers are clear before the solver searches. The program with fractions gives each rule a price, and with any
prices, each number pays what it is worth beside the rules it uses. What all pay is a limit of the goal; a number whose
change costs more than the distance to that limit keeps its value ("reduced cost fixing").
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WHOLE = 1e-4  # how far from a whole number a solver's answer may be
# A second try takes other ways: without presolve, with other heuristics and tighter tolerances.
TRIES: Sequence[Mapping[str, str | float | int]] = (
    {"presolve": "choose", "random_seed": 0, "mip_feasibility_tolerance": 1e-6},
    {"presolve": "off", "random_seed": 1, "mip_feasibility_tolerance": 1e-9},
)
SLACKS = (1, 10, 100)  # how far below the limit the best is looked for at first
PRICE = 1024  # prices are whole numbers of this part of one, so that limits are exact

type Terms = Mapping[int, int]  # a variable -> what it is multiplied with


class Impossible(ValueError):  # noqa: N818 -- says what was found
    """No numbers keep all rules: two different ways found none."""


class Unproven(ValueError):  # noqa: N818 -- says what was found
    """The time is over, or no way gave an answer that holds. `found`: numbers that keep all rules, if there are any."""

    def __init__(self, found: list[int] | None) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True, slots=True)
class _Limit:
    """No sum of a goal is above `most`. `costs`: what one step away from the value in `at` takes off that."""

    most: int  # in parts of PRICE
    costs: Sequence[int]
    at: Sequence[int]

    def settled(self, least: int) -> dict[int, int]:
        """The values of those that have the same value in all answers with at least this sum."""
        spare = self.most - least * PRICE
        return {number: self.at[number] for number, cost in enumerate(self.costs) if cost > spare}


class Program:
    """`seconds`: for all questions together."""

    def __init__(self, seconds: float) -> None:
        import highspy  # noqa: PLC0415 -- heavy, with numpy: only a process that asks loads it

        self._highs = highspy
        self._ends = time.monotonic() + seconds
        self._bounds: list[tuple[int, int]] = []
        self._rules: list[tuple[Terms, int | None, int | None]] = []
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.silent()
        for option, value in {"threads": 1, "mip_rel_gap": 0.0, "mip_abs_gap": 0.5}.items():
            self._solver.setOptionValue(option, value)
        self._solver.changeObjectiveSense(highspy.ObjSense.kMaximize)

    def number(self, most: int = 1) -> int:
        """A new variable, from 0 to `most`."""
        self._solver.addVar(0.0, float(most))
        self._bounds.append((0, most))
        self._solver.changeColIntegrality(len(self._bounds) - 1, self._highs.HighsVarType.kInteger)
        return len(self._bounds) - 1

    def rule(self, terms: Terms, *, least: int | None = None, most: int | None = None) -> None:
        self._rules.append((terms, least, most))
        low = -self._highs.kHighsInf if least is None else float(least)
        high = self._highs.kHighsInf if most is None else float(most)
        self._solver.addRow(low, high, len(terms), [*terms], [float(factor) for factor in terms.values()])

    def fix(self, values: Mapping[int, int]) -> None:
        for variable, value in values.items():
            self._bounds[variable] = (value, value)
        self._bound(values)

    def settle(self, goal: Terms, least: int) -> None:
        """From now on, only answers with at least this sum of `goal`."""
        if limit := self._limit_of(goal):
            self.fix(limit.settled(least))
        self.rule(goal, least=least)

    def best(self, goal: Terms) -> list[int]:
        """The value of each variable, with the highest sum of `goal`. Raises Impossible, Unproven."""
        if not self._bounds:  # which the solver calls a model error
            return []
        found = None
        if limit := self._limit_of(goal):
            for slack in SLACKS:
                least = limit.most // PRICE - slack
                try:
                    values = self._solved(goal, limit.settled(least))
                except Impossible:  # with what was settled for that sum
                    continue
                except Unproven as error:
                    found = error.found or found
                    continue
                if _sum(goal, values) >= least:
                    return values
                found = values
        try:
            return self._solved(goal, {})
        except Unproven as error:
            raise Unproven(error.found or found) from None

    def _limit_of(self, goal: Terms) -> _Limit | None:
        """By the rules' prices of the program with fractions, which need not be exact."""
        self._aim(goal)
        self._solver.setOptionValue("solve_relaxation", True)
        status = self._run(TRIES[0])
        self._solver.setOptionValue("solve_relaxation", False)
        if status != self._highs.HighsModelStatus.kOptimal:
            return None
        prices = [round(price * PRICE) for price in self._solver.getSolution().row_dual]
        most, worth = 0, [goal.get(number, 0) * PRICE for number in range(len(self._bounds))]
        for price, (terms, low, high) in zip(prices, self._rules, strict=True):
            bound = high if price > 0 else low
            if price and bound is not None:
                most += price * bound
                for variable, factor in terms.items():
                    worth[variable] -= price * factor
        at = [high if each > 0 else low for each, (low, high) in zip(worth, self._bounds, strict=True)]
        most += sum(each * value for each, value in zip(worth, at, strict=True))
        return _Limit(most, [abs(each) for each in worth], at)

    def _solved(self, goal: Terms, settled: Mapping[int, int]) -> list[int]:
        self._aim(goal)
        self._bound(settled, settled)
        try:
            return self._tried(goal)
        finally:
            self._bound(settled)

    def _tried(self, goal: Terms) -> list[int]:
        impossible, found = 0, None
        for settings in TRIES:
            status = self._run(settings)
            impossible += status == self._highs.HighsModelStatus.kInfeasible
            solution, bound = self._solver.getSolution(), self._solver.getInfo().mip_dual_bound
            values = self._checked(solution.col_value) if solution.value_valid else None
            found = values or found
            if values and status == self._highs.HighsModelStatus.kOptimal and bound - _sum(goal, values) < 1:
                return values
        if impossible == len(TRIES):
            raise Impossible
        raise Unproven(found)

    def _run(self, settings: Mapping[str, str | float | int]) -> object:
        """The solver's status."""
        left = self._ends - time.monotonic()
        if left <= 0:
            return self._highs.HighsModelStatus.kTimeLimit
        for option, value in settings.items():
            self._solver.setOptionValue(option, value)
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + left)  # its clock never goes back
        self._solver.run()
        return self._solver.getModelStatus()

    def _aim(self, goal: Terms) -> None:
        self._solver.clearSolver()  # an answer must not depend on the questions before
        for variable in range(len(self._bounds)):
            self._solver.changeColCost(variable, float(goal.get(variable, 0)))

    def _bound(self, variables: Iterable[int], values: Mapping[int, int] | None = None) -> None:
        for variable in variables:
            low, high = (values[variable],) * 2 if values else self._bounds[variable]
            self._solver.changeColBounds(variable, float(low), float(high))

    def _checked(self, raw: Sequence[float]) -> list[int] | None:
        """The whole numbers, if they keep every rule."""
        values = [round(value) for value in raw]
        if any(abs(value - exact) > WHOLE for value, exact in zip(raw, values, strict=True)):
            return None
        if not all(low <= value <= high for value, (low, high) in zip(values, self._bounds, strict=True)):
            return None
        for terms, least, most in self._rules:
            total = _sum(terms, values)
            if (least is not None and total < least) or (most is not None and total > most):
                return None
        return values


def _sum(terms: Terms, values: Sequence[int]) -> int:
    return sum(factor * values[variable] for variable, factor in terms.items())
