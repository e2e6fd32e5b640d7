import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.scores.agreement import Agreement, agreement, agreements

# Krippendorff, Computing Krippendorff's alpha-reliability (2011), part C: four observers, twelve units, with holes;
# alpha of ordered values 0.815, as published
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
PUBLISHED = [[int(each) for each in column if each != "."] for column in zip(*OBSERVERS, strict=True)]


def one_by_one(units):
    """The definition taken literally: over all pairs of points, within units and between any two."""
    units = [unit for unit in units if len(unit) > 1]
    points = sorted(value for unit in units for value in unit)

    def distance(a, b):
        low, high = sorted((a, b))
        return (sum(low <= each <= high for each in points) - (points.count(a) + points.count(b)) / 2) ** 2

    observed = sum(distance(a, b) / (len(unit) - 1) for unit in units for a in unit for b in unit) / len(points)
    expected = sum(distance(a, b) for a in points for b in points) / (len(points) * (len(points) - 1))
    return 1 - observed / expected


def test_the_published_example():
    assert round(agreement(PUBLISHED).alpha, 3) == 0.815
    assert (agreement(PUBLISHED).applications, agreement(PUBLISHED).points) == (11, 40)


@given(st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=2, max_size=8))
def test_it_is_what_the_definition_says(units):
    found = agreement(units, draws=5)
    if found.alpha is None:
        paired = [unit for unit in units if len(unit) > 1]
        assert len(paired) < 2 or len({value for unit in paired for value in unit}) == 1
    else:
        assert found.alpha == pytest.approx(one_by_one(units))


def test_full_agreement_is_one_and_chance_is_near_nothing():
    draw = random.Random(2)  # noqa: S311 -- no secret
    assert agreement([[3, 3], [1, 1], [5, 5, 5]]).alpha == 1
    by_chance = agreement([[draw.randint(1, 5) for _ in range(3)] for _ in range(400)])
    assert by_chance.low < 0 < by_chance.high
    assert agreement([[1, 5], [5, 1], [1, 5]]).alpha < 0


@pytest.mark.parametrize("units", [[], [[3]], [[3, 4]], [[3], [4], [5]], [[2, 2], [2, 2]]])
def test_there_is_nothing_to_say_without_two_applications_that_differ(units):
    found = agreement(units)
    assert found.alpha is found.low is found.high is None


def test_the_interval_repeats_with_its_seed_and_narrows_with_more():
    draw = random.Random(1)  # noqa: S311 -- no secret
    many = [[min(5, max(1, round(draw.gauss(base, 1)))) for _ in range(3)] for base in (1, 2, 3, 4, 5) * 60]
    few = many[:30]
    assert agreement(few) == agreement(list(reversed(few)))
    assert agreement(few, seed=1) != agreement(few, seed=2)
    wide, narrow = agreement(few), agreement(many)
    assert wide.low < wide.alpha < wide.high
    assert narrow.high - narrow.low < (wide.high - wide.low) / 2


def test_each_criterion_by_itself():
    found = agreements([("plan", "a", 1), ("plan", "b", 4), ("plan", "a", 1), ("plan", "b", 4), ("purpose", "a", 3)])
    assert found["plan"].alpha == 1
    assert found["purpose"] == Agreement(None, None, None, 0, 0)
