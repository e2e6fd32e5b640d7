"""The comparison of travelers with others: a planted effect is found, a planted null isn't, and too few are refused."""

import random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.outcomes.comparing import Interval, Person, TooFewError, compare, difference, sample, wilson

pytestmark = pytest.mark.once
THING = "enrolled"
LEAST, PERCENT = 30, 95
WORLDS = 1500


def people(dice, cycle, travelers, others, share, effect):
    """One cycle: a share of others say yes, and of travelers that share and the effect."""
    return [
        Person(
            cycle, f"{cycle}-{is_traveler}-{number}", is_traveler, {THING: dice.random() < share + effect * is_traveler}
        )
        for is_traveler, size in ((True, travelers), (False, others))
        for number in range(size)
    ]


def years(dice, effect, *, size=45):
    """Three years of other sizes and other shares: a year with many seats is a good year for everybody."""
    found = []
    for year, (share, more) in enumerate(((0.3, 0.6), (0.5, 1.0), (0.75, 3.0))):
        found += people(dice, f"year-{year}", round(size * more), size + dice.randrange(6), share, effect)
    return found


def compared(persons):
    samples = sample(persons, [THING]).values()
    number = sum(each.number for each in samples)
    yes, no = (sum(getattr(each, group)[THING] for each in samples) for group in ("travelers", "others"))
    return compare(number, (yes, yes), (no, no), least=LEAST, percent=PERCENT)


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
        for person in years(dice, 0.0):
            groups[person.is_traveler].append(person.said[THING])
        interval = difference(sum(groups[True]), len(groups[True]), sum(groups[False]), len(groups[False]), PERCENT)
        wrong.append(interval.low > 0)
    assert mean(wrong) > 0.3  # what `sample` is for


@given(st.integers(1, LEAST - 1), st.data())
def test_too_few_are_refused_however_large_the_difference(number, data):
    yes = data.draw(st.integers(0, number))
    with pytest.raises(TooFewError) as caught:
        compare(number, (number, number), (yes, yes), least=LEAST, percent=PERCENT)
    assert caught.value.least == LEAST


def test_nobody_is_refused_even_without_a_least():
    with pytest.raises(TooFewError):
        compare(0, (0, 0), (0, 0), least=0, percent=PERCENT)


@pytest.mark.parametrize(
    ("yes", "of", "percent", "low", "high"),
    [
        (0, 1, 95, 0.0, 0.793450686),
        (1, 1, 95, 0.206549314, 1.0),
        (3, 10, 80, 0.153799178, 0.502628295),
        (17, 40, 90, 0.305234137, 0.554268880),
        (40, 40, 99, 0.857726786, 1.0),
        (0, 400, 95, 0.0, 0.009512294),
        (211, 400, 95, 0.478546027, 0.575930797),
        (7, 9, 99, 0.364530412, 0.955267034),
    ],
)
def test_each_share_has_the_interval_that_scipy_gave(yes, of, percent, low, high):
    ours = wilson(yes, of, percent)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-9)


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
    found = compare(number, (one, one), (other, other), least=LEAST, percent=PERCENT)
    turned = compare(number, (other, other), (one, one), least=LEAST, percent=PERCENT)
    assert -1 <= found.interval.low <= found.difference.low <= found.interval.high <= 1
    assert (found.interval.low, found.interval.high) == pytest.approx((-turned.interval.high, -turned.interval.low))


@given(st.integers(30, 100), st.data())
def test_a_range_says_no_more_than_each_number_in_it(number, data):
    low = data.draw(st.integers(0, number))
    high = data.draw(st.integers(low, number))
    inside, other = data.draw(st.integers(low, high)), data.draw(st.integers(0, number))
    wide = compare(number, (low, high), (other, other), least=LEAST, percent=PERCENT)
    one = compare(number, (inside, inside), (other, other), least=LEAST, percent=PERCENT)
    assert wide.interval.low <= one.interval.low and one.interval.high <= wide.interval.high
    assert wide.travelers == Interval(low / number, high / number)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.booleans()), max_size=60), st.randoms())
def test_of_each_cycle_as_many_of_one_as_of_the_other_are_taken_whatever_the_order(rows, dice):
    persons = [Person(cycle, f"{place}", travels, {THING: yes}) for place, (cycle, travels, yes) in enumerate(rows)]
    found = sample(persons, [THING])
    for cycle in "ab":
        sizes = [sum(p.cycle == cycle and p.is_traveler is one for p in persons) for one in (True, False)]
        assert (found[cycle].number if cycle in found else 0) == min(sizes)
    dice.shuffle(persons)
    assert sample(persons, [THING]) == found


def test_who_is_taken_doesnt_depend_on_how_they_did():
    dice = random.Random(3)  # noqa: S311 -- made-up people
    persons = people(dice, "a", 60, 40, 0.5, 0)
    turned = [Person(p.cycle, p.code, p.is_traveler, {THING: not p.said[THING]}) for p in persons]
    first, second = sample(persons, [THING])["a"], sample(turned, [THING])["a"]
    assert first.number == second.number == 40
    assert first.travelers[THING] + second.travelers[THING] == 40
