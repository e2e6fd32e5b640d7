"""Decides how each count of a release is told: exactly, as a range, or not. Pure: no database, no Django.

The counts are taken in order, those that matter most first. For each one:

* What is known and told already sets the least and greatest number that it could be.
* The numbers between are cut into parts: a range at the low end, single numbers, a range at the high end. At least
  `threshold` numbers are in each range ("10 or fewer", "all but 10 or fewer"); long ranges are cut in two, so that "at
  least half" can be said. A count without room for that is cut into two halves, or not at all.
* A cut is used only if none of its parts, told, would give anything away: every count that isn't told exactly must keep
  `open` values, or be the threshold or more for certain. Otherwise the ranges are made longer.
* The part in which the number lies is what is told; if there is one part only, the count isn't told, nor if the solver
  can't say what it could be: whatever has no answer counts as giving something away.

The cut is made without looking at the number, only at what is told already. So somebody who knows these rules and tries
them learns from a part no more than that the number lies in it ("simulatable auditing": K. Kenthapadi, N. Mishra,
K. Nissim, 2005). A test tries every group of people there could be.
"""

from collections.abc import Mapping

from exchange.figures.counts import Contradiction, Count, Figure, Key, Population, Range, Rules, Unanswered, Why
from exchange.figures.reader import Reader


def plan(
    population: Population, values: Mapping[Key, int], rules: Rules, told: Mapping[Key, Range] | None = None
) -> dict[Key, Figure | None]:
    """How each published count is told; None: not at all.

    values: the number of every count. told: what earlier releases said of these counts; it stays as it is.
    Raises Contradiction if the numbers don't fit what is known or told.
    """
    return _Planner(population, values, rules, told or {}).plan()


class _Planner:
    def __init__(
        self, population: Population, values: Mapping[Key, int], rules: Rules, told: Mapping[Key, Range]
    ) -> None:
        self.population, self.values, self.rules = population, values, rules
        for key, range_ in {**population.known, **told}.items():
            if values[key] not in range_:
                raise Contradiction(f"{key} is {values[key]}, and was told as {range_}.")
        self.reader = Reader(population)
        self.reader.tell(told)
        self.figures: dict[Key, Figure | None] = {
            **{key: Figure(range_, Why.KNOWN) for key, range_ in population.known.items()},
            **{key: Figure(range_, Why.TOLD) for key, range_ in told.items()},
        }
        self.guarded = self._guarded()

    def _guarded(self) -> dict[Key, int]:
        """How many values each count must keep: `open`, or all that it has when nothing more is told."""
        least = dict.fromkeys(self.reader.keys, self.rules.open)
        least |= {key: range_.values for key, range_ in self.reader.narrow(least).items()}
        return {key: values for key, values in least.items() if values > 1}

    def plan(self) -> dict[Key, Figure | None]:
        for count in self.population.counts:
            if count.is_published and count.key not in self.figures:
                self.figures[count.key] = figure = self._figure(count)
                if figure is not None:
                    self.reader.tell({count.key: figure.range})
                    if figure.range.is_exact:
                        self.guarded.pop(count.key, None)
        self._say_what_shows_anyway()
        return {count.key: self.figures[count.key] for count in self.population.counts if count.is_published}

    def _figure(self, count: Count) -> Figure | None:
        value = self.values[count.key]
        try:
            ends = self.reader.range_of(count.key)
        except Unanswered:
            return None
        if ends.is_exact:  # everybody can work it out
            return Figure(ends, Why.KNOWN)
        first = int(count.may_be_none and ends.low == 0 and self._is_safe(count, Range(0, 0)))
        if first and value == 0:
            return Figure(Range(0, 0), Why.EXACT)
        rest = Range(ends.low + first, ends.high)
        part = self._part(count, value, rest)
        if part == ends or (part == rest and part.values < self.rules.band):
            return None
        if part.is_exact:
            return Figure(part, Why.EXACT)
        is_near_an_end = min(value - ends.low, ends.high - value) < self.rules.threshold
        return Figure(part, Why.SMALL if is_near_an_end else Why.PROTECTS)

    def _part(self, count: Count, value: int, ends: Range) -> Range:
        """The part of `ends` in which the number lies. `value` only chooses a part, it never moves a cut."""
        low, high = self._low_range(count, ends), self._high_range(count, ends)
        if low is not None and high is not None and low.high < high.low:
            for range_ in (low, high):
                if value in range_:
                    return self._halved(count, range_, value)
            return Range(value, value)
        return self._halved(count, ends, value)

    def _low_range(self, count: Count, ends: Range) -> Range | None:
        """The numbers from the least on that aren't told singly; the first single number and the range are safe."""
        for more in self._longer():
            range_ = Range(ends.low, ends.low + self.rules.threshold - 1 + more)
            if range_.high >= ends.high:
                return None
            if self._is_safe(count, Range(range_.high + 1, range_.high + 1)) and self._is_safe(count, range_):
                return range_
        return None

    def _high_range(self, count: Count, ends: Range) -> Range | None:
        for more in self._longer():
            range_ = Range(ends.high - self.rules.threshold + 1 - more, ends.high)
            if range_.low <= ends.low:
                return None
            if self._is_safe(count, Range(range_.low - 1, range_.low - 1)) and self._is_safe(count, range_):
                return range_
        return None

    def _longer(self) -> tuple[int, ...]:
        """By how much the ranges at the ends are made longer, until nothing is given away."""
        return (0, self.rules.open, *(self.rules.threshold * times for times in (1, 2, 4, 8)))

    def _halved(self, count: Count, range_: Range, value: int) -> Range:
        """One of two halves, if both are long enough and safe; else the range."""
        if range_.values < 2 * self.rules.band:
            return range_
        middle = (range_.low + range_.high + 1) // 2
        halves = Range(range_.low, middle - 1), Range(middle, range_.high)
        if not all(self._is_safe(count, half) for half in halves):
            return range_
        return next(half for half in halves if value in half)

    def _is_safe(self, count: Count, range_: Range) -> bool:
        guarded = {key: least for key, least in self.guarded.items() if key != count.key or not range_.is_exact}
        return not self.reader.gives_away({count.key: range_}, guarded, self.rules.threshold)

    def _say_what_shows_anyway(self) -> None:
        """A count that can be worked out, or nearly, from what is told, and is no small one: it's told as well."""
        public = {key: least for key, least in self.guarded.items() if self._is_published(key)}
        for key, range_ in self.reader.narrow(public).items():
            if range_.low >= self.rules.threshold:
                self.figures[key] = Figure(range_, Why.EXACT)

    def _is_published(self, key: Key) -> bool:
        return self.population.counts[self.reader.at[key]].is_published
