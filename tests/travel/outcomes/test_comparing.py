"""The comparison of travelers with others: a planted effect is found, a planted null isn't."""

import random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.outcomes.comparing import Interval, Person, compare, difference, sample, wilson

pytestmark = pytest.mark.once
PERCENT = 95
WORLDS = 1500


def people(dice, cycle, travelers, others, share, effect):
    """One cycle: a share of others are a yes, and of travelers that share and the effect."""
    return [
        Person(f"{cycle}-{is_traveler}-{number}", is_traveler, dice.random() < share + effect * is_traveler)
        for is_traveler, size in ((True, travelers), (False, others))
        for number in range(size)
    ]


def years(dice, effect, *, size=45):
    """Three years of other sizes and other shares: a year with many seats is a good year for everybody."""
    return [
        people(dice, f"year-{year}", round(size * more), size + dice.randrange(6), share, effect)
        for year, (share, more) in enumerate(((0.3, 0.6), (0.5, 1.0), (0.75, 3.0)))
    ]


def compared(cycles):
    samples = [sample(persons) for persons in cycles]
    number, yes, no = (sum(getattr(each, name) for each in samples) for name in ("number", "travelers", "others"))
    return compare(number, (yes, yes), (no, no), percent=PERCENT)


@pytest.mark.parametrize("effect", [0.0, 0.1, 0.2])
def test_the_interval_covers_the_planted_effect_as_often_as_it_says(effect):
    dice = random.Random(7)  # noqa: S311 -- made-up people
    found = [compared(years(dice, effect)) for _world in range(WORLDS)]
    covered = mean(each.interval.low <= effect <= each.interval.high for each in found)
    assert 0.935 <= covered <= 0.985
    assert mean(each.difference.low for each in found) == pytest.approx(effect, abs=0.01)


def test_a_planted_effect_is_found_and_a_planted_null_isnt():
    dice = random.Random(11)  # noqa: S311 -- made-up people
    effect = [compared(years(dice, 0.22)) for _world in range(WORLDS)]
    null = [compared(years(dice, 0.0)) for _world in range(WORLDS)]
    assert mean(each.is_clear and each.interval.low > 0 for each in effect) > 0.85
    assert mean(each.is_clear for each in null) < 0.065


def test_years_put_together_without_the_same_numbers_would_show_an_effect_that_isnt_there():
    dice = random.Random(13)  # noqa: S311 -- made-up people
    wrong = []
    for _world in range(300):
        groups = {True: [], False: []}
        for person in (each for persons in years(dice, 0.0) for each in persons):
            groups[person.is_traveler].append(person.yes)
        interval = difference(sum(groups[True]), len(groups[True]), sum(groups[False]), len(groups[False]), PERCENT)
        wrong.append(interval.low > 0)
    assert mean(wrong) > 0.3  # what `sample` is for


@pytest.mark.parametrize(
    ("yes", "of", "expected"),
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0000, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_the_interval_of_a_share_is_that_of_the_paper(yes, of, expected):
    found = wilson(yes, of, 95)
    assert (found.low, found.high) == pytest.approx(expected, abs=0.0001)


def test_the_interval_of_a_difference_is_that_of_the_paper():
    # Newcombe (1998), table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/10
    for (one, of_one, other, of_other), expected in {
        (56, 70, 48, 80): (0.0524, 0.3339),
        (9, 10, 3, 10): (0.1705, 0.8090),
        (10, 10, 0, 10): (0.6075, 1.0000),
    }.items():
        found = difference(one, of_one, other, of_other, 95)
        assert (found.low, found.high) == pytest.approx(expected, abs=0.0002)


@given(st.integers(30, 200), st.data())
def test_the_interval_holds_the_difference_and_turns_with_the_groups(number, data):
    one, other = data.draw(st.integers(0, number)), data.draw(st.integers(0, number))
    found = compare(number, (one, one), (other, other), percent=PERCENT)
    turned = compare(number, (other, other), (one, one), percent=PERCENT)
    assert -1 <= found.interval.low <= found.difference.low <= found.interval.high <= 1
    assert (found.interval.low, found.interval.high) == pytest.approx((-turned.interval.high, -turned.interval.low))


@given(st.integers(30, 100), st.data())
def test_a_range_says_no_more_than_each_number_in_it(number, data):
    low = data.draw(st.integers(0, number))
    high = data.draw(st.integers(low, number))
    inside, other = data.draw(st.integers(low, high)), data.draw(st.integers(0, number))
    wide = compare(number, (low, high), (other, other), percent=PERCENT)
    one = compare(number, (inside, inside), (other, other), percent=PERCENT)
    assert wide.interval.low <= one.interval.low and one.interval.high <= wide.interval.high
    assert wide.travelers == Interval(low / number, high / number)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60), st.randoms())
def test_as_many_of_one_as_of_the_other_are_taken_whatever_the_order(rows, dice):
    persons = [Person(f"{place}", travels, yes) for place, (travels, yes) in enumerate(rows)]
    found = sample(persons)
    sizes = [sum(person.is_traveler is one for person in persons) for one in (True, False)]
    assert (found.number if found else 0) == min(sizes)
    dice.shuffle(persons)
    assert sample(persons) == found


def test_who_is_taken_doesnt_depend_on_how_they_did():
    dice = random.Random(3)  # noqa: S311 -- made-up people
    persons = people(dice, "a", 60, 40, 0.5, 0)
    turned = [Person(person.code, person.is_traveler, not person.yes) for person in persons]
    first, second = sample(persons), sample(turned)
    assert first.number == second.number == 40
    assert first.travelers + second.travelers == 40
