"""Small populations of which every group of people can be tried, and what somebody learns who tries them."""

import itertools
from collections import defaultdict
from dataclasses import replace

from exchange.figures.counts import Key, Population, Range, Rules, numbers
from exchange.figures.planning import plan

RULES = Rules(threshold=4, band=3, open=3)
TOTAL = Key("c", "total")


def parts_of_a_total(number):
    population = Population()
    names = [f"x{each}" for each in range(number)]
    population.count(TOTAL, names)
    for each, name in enumerate(names):
        population.count(Key("c", "part", "by", str(each)), [name], within=[TOTAL])
    return population


def marks(*sizes):
    """Those with a mark in groups whose sizes everybody knows; those without aren't published."""
    population = Population()
    population.count(TOTAL, [f"yes{each}" for each in range(len(sizes))])
    for each, size in enumerate(sizes):
        yes, no, everybody = f"yes{each}", f"no{each}", f"all{each}"
        population.classes |= {yes: Range(0, size), no: Range(0, size), everybody: Range(size, size)}
        population.equal.append((frozenset((yes, no)), frozenset((everybody,))))
        population.count(Key("c", "yes", "by", str(each)), [yes], within=[TOTAL])
    for each in range(len(sizes)):
        population.count(Key("c", "no", "by", str(each)), [f"no{each}"], is_published=False)
    population.count(Key("c", "no"), [f"no{each}" for each in range(len(sizes))], is_published=False)
    return population


def people_with_marks(*numbers, sizes):
    people = {}
    for each, (number, size) in enumerate(zip(numbers, sizes, strict=True)):
        people |= {f"yes{each}": number, f"no{each}": size - number, f"all{each}": size}
    return people


def overlapping(sizes, groups):
    """Published groups that share people. Who is in all the same groups is a count that isn't published."""
    population = Population()
    for each, size in enumerate(sizes):
        population.classes[f"x{each}"] = Range(0, size)
    for each, members in enumerate(groups):
        population.count(Key("c", "group", "by", str(each)), [f"x{member}" for member in members])
    for each in range(len(sizes)):
        population.count(Key("c", "alike", "by", str(each)), [f"x{each}"], is_published=False)
    return population


def crossed(*sizes):
    """Those with a mark by college and by city. sizes: of those who traveled from each college to each city."""
    population = Population()
    places = {(row, column): f"{row}-{column}" for row in range(len(sizes)) for column in range(len(sizes[0]))}
    population.classes |= {name: Range(0, sizes[row][column]) for (row, column), name in places.items()}
    population.count(TOTAL, places.values())
    for at, by in enumerate(("college", "city")):
        for group in sorted({place[at] for place in places}):
            here = [name for place, name in places.items() if place[at] == group]
            population.count(Key("c", "yes", by, str(group)), here, within=[TOTAL])
    for name in places.values():
        population.count(Key("c", "yes", "both", name), [name], is_published=False)
    return population


def everybody_there_could_be(population):
    ranges = population.classes
    for world in itertools.product(*(range(range_.low, range_.high + 1) for range_ in ranges.values())):
        yield dict(zip(ranges, world, strict=True))


def unguarded(rules):
    """The same cuts, where no hidden count needs to keep any values."""
    return replace(rules, open=1)


def narrowed_down(make, groups_of_people, rules, used=None):
    """Sorts all groups of people by what would be told of them; hidden counts that too few values are left for.

    used: the rules by which it is told, where they aren't those that say how many values are enough."""
    same, possible = defaultdict(list), defaultdict(set)
    for people in groups_of_people:
        population = make()
        values = numbers(population, people)
        told = plan(population, values, used or rules)
        assert all(figure is None or values[key] in figure.range for key, figure in told.items())
        same[tuple((key, figure and figure.range) for key, figure in told.items())].append(values)
        for key, value in values.items():
            possible[key].add(value)
    for told, all_values in same.items():
        exact = {key for key, range_ in told if range_ is not None and range_.is_exact}
        for key in all_values[0]:
            left = {values[key] for values in all_values}
            if key not in exact and len(left) < min(rules.open, len(possible[key])) and min(left) < rules.threshold:
                yield key, left, told
