"""How far apart groups are, from published counts."""

import itertools
import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.figures.counts import Range
from travel.outcomes import fairness
from travel.outcomes.fairness import FairnessRules, SelectionShare
from travel.outcomes.population import Stage

RULES = FairnessRules(confidence=0.95, line=0.8)


def share(selected, submitted, confidence=0.95):
    return SelectionShare(selected, submitted, fairness.wilson(selected, submitted, confidence))


# --- Intervals --------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 400), st.data(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilsons_limits_are_the_shares_that_the_score_test_just_does_not_refuse(of, data, confidence):
    count = data.draw(st.integers(0, of))
    got, z = fairness.wilson(count, of, confidence), NormalDist().inv_cdf((1 + confidence) / 2)
    for limit, is_end in ((got.low, count == 0), (got.high, count == of)):
        if is_end:
            assert limit == count / of
        else:
            away = abs(count / of - limit) / math.sqrt(limit * (1 - limit) / of)
            assert away == pytest.approx(z, rel=1e-6)


def test_wilson_as_newcombe_printed_it():
    """Statistics in Medicine 17 (1998), 857-872, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    known = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611), (1, 29): (0.0061, 0.1718)}
    for (count, of), (low, high) in known.items():
        got = fairness.wilson(count, of, 0.95)
        assert (round(got.low, 4), round(got.high, 4)) == (low, high)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_the_interval_of_a_ratio_holds_it_and_turns_over_with_it(n, m, data):
    one = share(data.draw(st.integers(1, n)), n)
    other = share(data.draw(st.integers(1, m)), m)
    there, back = fairness.ratio_range(one, other), fairness.ratio_range(other, one)
    assert 0 <= there.low <= one.value / other.value + 1e-9
    assert one.value / other.value <= there.high + 1e-9
    assert there.low * back.high == pytest.approx(1)
    assert there.high * back.low == pytest.approx(1)


def test_with_many_people_it_is_the_usual_interval_of_a_relative_risk():
    """Katz's interval on the logarithm of the ratio, approximately."""
    reach = math.exp(1.959964 * math.sqrt(1 / 300 - 1 / 1000 + 1 / 400 - 1 / 1000))
    got = fairness.ratio_range(share(300, 1000), share(400, 1000))
    assert (got.low, got.high) == (pytest.approx(0.75 / reach, rel=0.005), pytest.approx(0.75 * reach, rel=0.005))


def test_nobody_selected_has_a_ratio_of_zero_and_an_upper_limit():
    got = fairness.ratio_range(share(0, 30), share(15, 30))
    assert got.low == 0
    assert 0 < got.high < 1


@pytest.mark.parametrize("p", [0.1, 0.3])
def test_it_covers_the_true_ratio_about_as_often_as_it_says(p):
    """Calculated exactly, not simulated: every outcome of two groups of 40, weighted with its probability."""

    def chance_of(count, share):
        return math.comb(n, count) * share**count * (1 - share) ** (n - count)

    n, q, covered, weight = 40, 0.3, 0.0, 0.0
    for a, b in itertools.product(range(n + 1), range(1, n + 1)):
        chance = chance_of(a, p) * chance_of(b, q)
        limits = fairness.ratio_range(share(a, n), share(b, n))
        weight += chance
        covered += chance * (limits.low <= p / q <= limits.high)
    assert 0.93 < covered / weight < 0.99


# --- How far apart ----------------------------------------------------------------------------------


def compared(**groups):
    """The row of each group, given (selected, submitted)."""
    rows = {
        group: {Stage.SUBMITTED: Range(of, of), Stage.SELECTED: Range(count, count)}
        for group, (count, of) in groups.items()
    }
    return {row.group: row for row in fairness.compare("by", rows, RULES).rows}


def test_a_group_with_a_range_is_not_compared():
    ranges = {Stage.SUBMITTED: Range(40, 40), Stage.SELECTED: Range(0, 10)}
    exact = {Stage.SUBMITTED: Range(40, 40), Stage.SELECTED: Range(20, 20)}
    rows = fairness.compare("by", {"few": ranges, "many": exact}, RULES).rows
    assert [row.share and row.share.selected for row in rows] == [None, 20]
    assert not any(row.ratio or row.is_highest for row in rows)


@pytest.mark.parametrize(("selected", "submitted"), [(Range(4, 9), Range(40, 40)), (Range(4, 4), Range(35, 45))])
def test_a_share_needs_both_its_counts_exactly(selected, submitted):
    assert fairness.share_of({Stage.SELECTED: selected, Stage.SUBMITTED: submitted}, RULES) is None


def test_a_flag_is_raised_under_four_fifths_of_the_highest_share():
    rows = compared(high=(50, 100), low=(39, 100), just=(40, 100))
    assert rows["high"].is_highest and rows["high"].ratio is None
    assert (rows["low"].ratio.is_flagged, rows["low"].ratio.short) == (True, 1)
    assert (rows["just"].ratio.is_flagged, rows["just"].ratio.short) == (False, 0)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_as_many_more_as_it_says_and_no_fewer_take_the_flag_away(n, m, data):
    groups = {"a": (data.draw(st.integers(1, n)), n), "b": (data.draw(st.integers(0, m)), m)}
    for group, row in compared(**groups).items():
        if not (row.ratio and row.ratio.is_flagged):
            continue
        top = next(each for each in groups if each != group)
        highest = groups[top][0] / groups[top][1]
        count, of = groups[group]
        assert (count + row.ratio.short) / of >= 0.8 * highest - 1e-9
        assert (count + row.ratio.short - 1) / of < 0.8 * highest


def test_few_people_may_be_chance_and_many_are_not():
    assert compared(a=(6, 12), b=(4, 12))["b"].ratio.may_be_chance
    assert not compared(a=(600, 1200), b=(400, 1200))["b"].ratio.may_be_chance


@pytest.mark.parametrize("groups", [{"a": (0, 30), "b": (0, 40)}, {"a": (10, 30)}, {"a": (10, 30), "b": (0, 0)}, {}])
def test_nothing_is_compared_without_two_shares_or_anybody_selected(groups):
    rows = compared(**groups)
    assert not any(row.ratio or row.is_highest for row in rows.values())
