"""What a release says of each cycle, decided for all its counts together. Pure: no database, no Django.

A cycle enters once, when everybody is home: who travels becomes known to everybody, and would narrow down what was told
of the same people before. What was told stays as it was told, for good:

* a figure that was published is never published again, and one that was hidden stays hidden;
* a number that has changed since (a record was corrected) isn't told again, because the difference would be about the
  few people whose records changed. `Plan.changed` has them.

A college or city with too few travelers in one year is told of for several years together (`Block`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exchange.figures.counts import Figure, Key, Population, Range, Rules, Why, numbers
from travel.outcomes.population import (
    COUNTED,
    Block,
    By,
    CycleCounts,
    EarlierCounts,
    Mark,
    Stage,
    Years,
    compared_number_key,
    comparison_population,
    earlier_population,
    mark_key,
    parts_of,
    pooled_population,
    stage_key,
)

type Told = Mapping[Key, Range | None]  # None: published as not shown


@dataclass(frozen=True, slots=True)
class Plan:
    """figures: what is new; None: not shown. values: what was counted. changed: told before, counted otherwise now."""

    figures: dict[Key, Figure | None] = field(default_factory=dict)
    values: dict[Key, int] = field(default_factory=dict)
    changed: dict[Key, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A count that a reader of everything published can narrow down too far."""

    key: Key
    range: Range


def plan_release(
    cycles: Sequence[CycleCounts],
    told: Told,
    rules: Rules,
    earlier: Sequence[EarlierCounts] = (),
    *,
    least: int | None = None,
) -> Plan:
    """cycles: oldest first, all that are or were published. earlier: years from before the portal, each once and for
    good. least: how many travelers, and as many others, make a comparison; None: nothing new is compared.

    Raises exchange.figures.counts.Contradiction."""
    made = Plan()
    for year in earlier:
        if stage_key(year.cycle, Stage.TRAVELED) not in told:
            _decide(*earlier_population(year), told, rules, made)
    for counts in cycles:
        for key, make_population in parts_of(counts):
            if key not in told:
                _decide(*make_population(), told, rules, made)
    for mark in COUNTED:
        so_far = dict(told)
        so_far |= {key: figure.range if figure else None for key, figure in made.figures.items()}
        marked = [counts for counts in cycles if mark in counts.marks]
        blocks = [*_old_blocks(mark, so_far), *_new_blocks(marked, mark, so_far, rules)]
        if marked and blocks:
            population, people = pooled_population(marked, mark, blocks)
            _decide(population, people, so_far, rules, made)
    so_far = dict(told) | {key: figure.range if figure else None for key, figure in made.figures.items()}
    if compared := [*_old_comparisons(so_far), *_new_comparisons(cycles, so_far, least)]:
        _decide(*comparison_population(cycles, compared), so_far, rules, made)
    return made


def _decide(population: Population, people: Mapping[str, int], told: Told, rules: Rules, made: Plan) -> None:
    from exchange.figures.planning import plan  # noqa: PLC0415 -- heavy: numpy and HiGHS, for workers alone

    values = numbers(population, people)
    settled = {key: told[key] for key in values if key in told and key not in population.known}
    changed = {key: values[key] for key, range_ in settled.items() if range_ is not None and values[key] not in range_}
    population.counts = [
        replace(count, is_published=False)
        if count.key in settled and _is_over(settled[count.key], changed, count.key)
        else count
        for count in population.counts
    ]
    stays = {key: range_ for key, range_ in settled.items() if range_ is not None and key not in changed}
    figures = plan(population, values, rules, stays)
    made.values.update(values)
    made.changed.update(changed)
    made.figures.update(
        {key: figure for key, figure in figures.items() if key not in told and not (figure and figure.why is Why.TOLD)}
    )


def _is_over(range_: Range | None, changed: Mapping[Key, int], key: Key) -> bool:
    return range_ is None or key in changed


# --- Years told together ----------------------------------------------------------------------------


def _old_blocks(mark: Mark, told: Told) -> list[Block]:
    return [
        Block(By(key.by), key.group, tuple(key.subject.split("+")))
        for key in told
        if key.name == mark.value and "+" in key.subject
    ]


def _new_blocks(cycles: Sequence[CycleCounts], mark: Mark, told: Told, rules: Rules) -> list[Block]:
    """Consecutive years that weren't told of and together have enough travelers. By what everybody knows alone."""
    used = {(block.by, block.group, cycle) for block in _old_blocks(mark, told) for cycle in block.cycles}
    waiting: dict[tuple[By, str], list[tuple[str, int]]] = {}
    found = []
    for counts in cycles:
        for (by, group), size in sorted(_sizes(counts).items()):
            alone = told.get(mark_key(counts.cycle, mark, by, group))
            if alone is not None or (by, group, counts.cycle) in used:
                continue
            years = waiting.setdefault((by, group), [])
            years.append((counts.cycle, size))
            if len(years) > 1 and sum(number for _cycle, number in years) >= 2 * rules.band:
                found.append(Block(by, group, tuple(cycle for cycle, _number in years)))
                years.clear()
    return found


def _sizes(counts: CycleCounts) -> dict[tuple[By, str], int]:
    sizes: dict[tuple[By, str], int] = {}
    for (college, city), number in counts.travelers.items():
        for part in ((By.COLLEGE, college), (By.CITY, city)):
            sizes[part] = sizes.get(part, 0) + number
    return sizes


# --- The comparison ---------------------------------------------------------------------------------


def _old_comparisons(told: Told) -> list[Years]:
    return [tuple(key.subject.split("+")) for key in told if key == compared_number_key(key.subject)]


def _new_comparisons(cycles: Sequence[CycleCounts], told: Told, least: int | None) -> list[Years]:
    """Consecutive years that weren't compared and together have enough of both. None without what colleges said."""
    if least is None:
        return []
    used = {cycle for years in _old_comparisons(told) for cycle in years}
    found, years, number = [], list[str](), 0
    for counts in cycles:
        if counts.compared is not None and counts.cycle not in used:
            years.append(counts.cycle)
            number += counts.compared.number
        if years and number >= least:
            found.append(tuple(years))
            years, number = [], 0
    return found


# --- The attack -------------------------------------------------------------------------------------


def attack(
    cycles: Sequence[CycleCounts], told: Told, rules: Rules, earlier: Sequence[EarlierCounts] = ()
) -> list[Finding]:
    """Every count that isn't published exactly and that somebody who reads everything published could narrow down to
    fewer than `rules.open` values (or than it has when nothing is published). Nothing of `cycles` is used but what
    everybody knows: who traveled, the groups that there are, the length of the scores file, and what was published
    elsewhere.
    """
    from exchange.figures.reader import Reader  # noqa: PLC0415 -- heavy, as above

    found = []
    for population in _populations(cycles, told, earlier):
        known = Reader(population)
        least = dict.fromkeys(known.keys, rules.open)
        least |= {key: range_.values for key, range_ in known.narrow(least).items()}
        reader = Reader(population)
        said = {key: range_ for key in reader.keys if (range_ := told.get(key)) is not None}
        reader.tell({key: range_ for key, range_ in said.items() if key not in population.known})
        hidden = {
            key: number
            for key, number in least.items()
            if number > 1 and not (key in said and said[key].is_exact) and key not in population.known
        }
        found += [Finding(key, range_) for key, range_ in reader.narrow(hidden, rules.threshold).items()]
    return found


def _populations(cycles: Sequence[CycleCounts], told: Told, earlier: Sequence[EarlierCounts]) -> Iterable[Population]:
    for year in earlier:
        yield earlier_population(year)[0]
    for counts in cycles:
        yield from (make_population()[0] for _key, make_population in parts_of(counts))
    for mark in COUNTED:
        marked = [counts for counts in cycles if mark in counts.marks]
        if marked:
            yield pooled_population(marked, mark, _old_blocks(mark, told))[0]
    there = {counts.cycle for counts in cycles}
    if compared := [years for years in _old_comparisons(told) if there >= set(years)]:
        yield comparison_population(cycles, compared)[0]
