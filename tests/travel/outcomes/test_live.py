"""Counts of today: nobody can be singled out from one of them, or from the difference of two points of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from travel.outcomes.live import steps, told

NUMBERS = st.integers(0, 60)


@given(NUMBERS, NUMBERS, st.integers(2, 15))
def test_a_count_lies_in_its_range_and_no_small_one_is_told(count, of, threshold):
    if count > of:
        with pytest.raises(ValueError, match="of"):
            told(count, of, threshold)
        return
    range_ = told(count, of, threshold)
    assert count in range_
    if range_.is_exact and 0 < count < of and of >= 2 * threshold:
        assert count >= threshold and of - count >= threshold


@given(NUMBERS, st.integers(2, 15))
def test_what_is_told_follows_from_the_range_alone(of, threshold):
    """Ranges don't overlap in a way that tells more: the same range for every count in it."""
    for count in range(of + 1):
        range_ = told(count, of, threshold)
        assert {told(each, of, threshold) for each in range(range_.low, range_.high + 1)} == {range_}


@given(st.lists(st.integers(0, 30), max_size=20), st.integers(2, 15))
def test_points_of_a_line_are_true_and_never_closer_than_the_threshold(added, threshold):
    totals = [sum(added[: place + 1]) for place in range(len(added))]
    points = steps(totals, threshold)
    assert points[0] == (0, 0)
    for (_place, before), (place, total) in zip(points, points[1:], strict=False):
        assert total == totals[place - 1] and total - before >= threshold
    assert not totals or totals[-1] - points[-1][1] < threshold
