"""What is told of counts, against somebody who reads all of it and knows the rules: every group of people is tried."""

import itertools
from collections import defaultdict

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.figures import releases
from exchange.figures.counts import Contradiction, Key, Population, Range, Rules, Why, numbers
from exchange.figures.planning import plan
from exchange.figures.reader import Reader
from tests.exchange.figures.worlds import RULES, TOTAL, marks, narrowed_down, parts_of_a_total, people_with_marks


@pytest.mark.parametrize(("parts", "most"), [(2, 16), (3, 8)])
def test_whoever_tries_the_rules_on_everybody_learns_no_more_than_the_ranges(parts, most):
    worlds = [
        {f"x{each}": number for each, number in enumerate(world)}
        for world in itertools.product(range(most), repeat=parts)
        if sum(world) < most
    ]
    assert list(narrowed_down(lambda: parts_of_a_total(parts), worlds, RULES)) == []


@pytest.mark.parametrize("sizes", [(8, 8), (3, 11), (3, 4, 5)])
def test_nor_where_the_sizes_of_the_groups_are_known(sizes):
    worlds = [
        people_with_marks(*world, sizes=sizes) for world in itertools.product(*(range(size + 1) for size in sizes))
    ]
    assert list(narrowed_down(lambda: marks(*sizes), worlds, RULES)) == []


def test_the_check_finds_a_rule_that_gives_something_away():
    """Hiding small counts alone: the last part is the total less the others."""
    hidden_alone = Rules(threshold=4, band=1, open=1)
    worlds = [people_with_marks(*world, sizes=(8, 8)) for world in itertools.product(range(9), repeat=2)]
    same = defaultdict(set)
    for people in worlds:
        told = plan(marks(8, 8), numbers(marks(8, 8), people), hidden_alone)
        same[tuple((key, figure and figure.range) for key, figure in told.items())].add(people["yes0"])
    assert min(map(len, same.values())) == 1


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 30), min_size=2, max_size=5),
    shares=st.lists(st.floats(0, 1), min_size=5, max_size=5),
)
def test_every_hidden_count_stays_open(sizes, shares):
    rules = Rules()
    people = people_with_marks(*(round(size * share) for size, share in zip(sizes, shares, strict=False)), sizes=sizes)
    population = marks(*sizes)
    values = numbers(population, people)
    told = plan(population, values, rules)
    reader, alone = Reader(marks(*sizes)), Reader(marks(*sizes))
    reader.tell({key: figure.range for key, figure in told.items() if figure})
    for key, value in values.items():
        range_ = reader.range_of(key)
        assert value in range_
        is_exact = told.get(key) is not None and told[key].is_exact
        if not is_exact and range_.low < rules.threshold:
            assert range_.values >= min(rules.open, alone.range_of(key).values)


def test_a_count_far_from_both_ends_is_exact_and_one_near_an_end_a_range():
    population = marks(22, 22)
    told = plan(population, numbers(population, people_with_marks(14, 14, sizes=(22, 22))), Rules())
    assert told[TOTAL].range == Range(28, 28) and told[TOTAL].why is Why.EXACT
    told = plan(population, numbers(population, people_with_marks(20, 18, sizes=(22, 22))), Rules())
    assert told[TOTAL].range == Range(34, 44) and told[TOTAL].why is Why.SMALL
    told = plan(population, numbers(population, people_with_marks(0, 0, sizes=(22, 22))), Rules())
    assert told[TOTAL].range == Range(0, 10)  # nobody is a small count like any other


def test_nobody_is_told_where_it_tells_nothing_about_anybody():
    population = Population()
    late = population.count(TOTAL, ["late"], may_be_none=True)
    assert plan(population, {late: 0}, Rules())[late].range == Range(0, 0)
    assert plan(population, {late: 3}, Rules())[late].range == Range(1, 11)


def test_what_an_earlier_release_told_stays_and_binds():
    population = marks(22, 22)
    values = numbers(population, people_with_marks(20, 18, sizes=(22, 22)))
    before = {Key("c", "yes", "by", "0"): Range(11, 22)}
    told = plan(population, values, Rules(), before)
    assert told[Key("c", "yes", "by", "0")].range == Range(11, 22)
    with pytest.raises(Contradiction, match="was told"):
        plan(population, values, Rules(), {TOTAL: Range(0, 10)})


def test_rules_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match="open"):
        Rules(threshold=11, band=4, open=5)
    with pytest.raises(ValueError, match="threshold"):
        Rules(threshold=3, band=8, open=5)


def test_a_population_with_a_mistake_is_refused():
    population = Population()
    population.count(TOTAL, ["x"], within=[Key("c", "nothing")])
    with pytest.raises(ValueError, match="unknown counts"):
        population.check()
    twice = Population()
    twice.count(TOTAL, ["x"])
    twice.count(TOTAL, ["y"])
    with pytest.raises(ValueError, match="one key"):
        twice.check()
    strange = Population()
    strange.count(TOTAL, ["x"])
    strange.equal.append((frozenset("x"), frozenset("y")))
    with pytest.raises(ValueError, match="Unknown classes: y"):
        strange.check()
    strange.equal.clear()
    strange.known[Key("c", "nobody")] = Range(1, 1)
    with pytest.raises(ValueError, match="Unknown counts are known: c/nobody"):
        strange.check()


def test_what_includes_a_count_and_what_it_includes_through_all_levels():
    population = Population()
    for name, within in (("a", []), ("b", ["a"]), ("c", ["b"]), ("d", ["a"])):
        population.count(Key("c", name), [name], within=[Key("c", each) for each in within])
    above, below = ({key.name: {each.name for each in found} for key, found in of.items()} for of in levels(population))
    assert above == {"a": set(), "b": {"a"}, "c": {"a", "b"}, "d": {"a"}}
    assert below == {"a": {"b", "c", "d"}, "b": {"c"}, "c": set(), "d": set()}


def levels(population):
    return population.above, population.below


def test_without_its_facts_there_are_no_rules():
    numbers_of = dict(zip(releases.FACTS, (11, 8, 5), strict=True))
    assert releases.rules_of(numbers_of) == Rules(11, 8, 5)
    with pytest.raises(ImproperlyConfigured, match="disclosure.band. Run .*load_reference"):
        releases.rules_of({releases.FACTS[0]: 11, releases.FACTS[2]: 5})
