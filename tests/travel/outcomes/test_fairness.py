"""Which figures about groups may be shown, and how far apart the groups are: pure, attacked with whole numbers."""

import itertools
import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.travel.outcomes.test_disclosure import attack, shown_grid, wanted_values, with_totals
from travel.outcomes import fairness
from travel.outcomes.fairness import FairnessRules, SelectionShare, Step

RULES = FairnessRules(threshold=11, confidence=0.95, line=0.8)
FIVE = (Step.STARTED, Step.SUBMITTED, Step.ENDORSED, Step.SELECTED, Step.CONFIRMED)


def ended(*counts, steps=tuple(Step)):
    return dict(zip(steps, counts, strict=True))


def share(selected, submitted, confidence=0.95):
    return SelectionShare(selected, submitted, fairness.wilson(selected, submitted, confidence))


def found(groups, rules=RULES, **more):
    return fairness.fairness({"by": groups}, rules, **more)


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
    """The first table's row of each group, given (selected, submitted)."""
    rows = {group: ended(0, of - count, 0, 0, count, 0) for group, (count, of) in groups.items()}
    return {row.group: row for row in found(rows, FairnessRules(1, 0.95, 0.8)).tables[0].rows}


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


# --- What may be shown ------------------------------------------------------------------------------


def test_of_large_groups_everything_is_shown():
    got = found({"yes": ended(20, 30, 15, 40, 12, 25), "no": ended(30, 50, 20, 60, 30, 22)})
    assert list(got.total.values()) == [354, 304, 224, 189, 89, 47]
    rows = {row.group: list(row.reached.values()) for row in got.tables[0].rows}
    assert rows == {"yes": [142, 122, 92, 77, 37, 25], "no": [212, 182, 132, 112, 52, 22]}


def test_a_step_where_few_stopped_is_not_shown_at_all():
    got = found({"yes": ended(20, 2, 30, 40, 20, 15), "no": ended(30, 1, 30, 40, 20, 15)})
    assert Step.ENDORSED not in got.total
    assert list(got.total) == [Step.STARTED, Step.SUBMITTED, Step.READ, Step.SELECTED, Step.CONFIRMED]


def test_steps_that_are_not_out_yet_are_in_no_figure():
    groups = {"yes": ended(20, 30, 15, 40, 12, 25), "no": ended(30, 50, 20, 60, 30, 22)}
    got = found(groups, allowed=[Step.STARTED, Step.SUBMITTED])
    assert list(got.total) == [Step.STARTED, Step.SUBMITTED]
    assert got.share is None
    assert all(set(row.reached) == {Step.STARTED, Step.SUBMITTED} for row in got.tables[0].rows)
    assert not any(row.share for row in got.tables[0].rows)


def test_one_way_of_grouping_can_withhold_a_step_that_others_show():
    groups = {"yes": ended(20, 30, 15, 40, 12, 25), "no": ended(30, 50, 20, 60, 30, 22)}
    got = fairness.fairness({"a": groups, "b": groups}, RULES, withheld={"b": [Step.CONFIRMED]})
    assert [Step.CONFIRMED in table.steps for table in got.tables] == [True, False]


def test_ways_of_grouping_that_count_different_people_are_refused():
    with pytest.raises(ValueError):
        fairness.fairness({"a": {"x": ended(*[20] * 6)}, "b": {"y": ended(*[21] * 6)}}, RULES)


def test_where_two_groups_would_give_each_other_away_neither_is_shown():
    got = found({"yes": ended(100, 100, 100, 100, 100, 3), "no": ended(100, 100, 100, 100, 100, 60)})
    yes, no = got.tables[0].rows
    assert (yes.reached.get(Step.CONFIRMED), no.reached.get(Step.CONFIRMED)) == (None, None)
    assert got.total[Step.CONFIRMED] == 63
    assert yes.reached[Step.STARTED] == 503


def test_a_cycle_of_few_shows_nothing():
    got = found({"yes": ended(1, 1, 1, 1, 1, 1), "no": ended(0, 0, 1, 1, 1, 1)})
    assert (dict(got.total), got.tables[0].steps) == ({}, ())


@st.composite
def cohorts(draw):
    """Two ways of grouping the same people, small enough to try all possible tables."""
    steps = draw(st.sampled_from([FIVE[1:4], FIVE[1:3]]))
    counts = st.sampled_from([0, 0, 1, 1, 2, 3, 5, 8])
    one = {f"g{each}": {step: draw(counts) for step in steps} for each in range(draw(st.integers(2, 3)))}
    total = {step: sum(group[step] for group in one.values()) for step in steps}
    yes = {step: draw(st.integers(0, total[step])) for step in steps}
    return steps, {"college": one, "need": {"yes": yes, "no": {step: total[step] - yes[step] for step in steps}}}


@settings(max_examples=150, deadline=None)
@given(cohorts(), st.integers(2, 4))
def test_no_hidden_figure_follows_from_what_is_shown(cohort, threshold):
    """All totals of the steps are known, from other tables and from the page; every small number stays possible.

    The page states only sums of what these tables show.
    """
    steps, groups = cohort
    total = fairness.fairness(groups, FairnessRules(threshold, 0.95, 0.8), allowed=steps).total
    for each in groups.values():
        found = fairness.protected(each, total, threshold)
        if found is None:
            continue
        table, left = found, found.columns
        assert None not in table.column_totals.values()
        assert table.grand_total is not None
        true = with_totals([list(fairness._between(each[group], left).values()) for group in table.rows])
        shown = shown_grid(table)
        possible = attack(shown, highest=max(map(max, true)) + threshold)
        for (i, j), values in possible.items():
            assert len(values) > 1, f"{(i, j)} follows exactly from {shown}"
            assert wanted_values(true, (i, j), threshold) <= values, f"{(i, j)} is narrowed by {shown}"


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(2, 11))
def test_whatever_is_subtracted_is_nobody_or_many(data, threshold):
    """The difference of two steps of a group or of the total, or of the total and one of two groups."""
    counts = st.one_of(st.integers(0, 12), st.integers(0, 80))
    groups = {each: {step: data.draw(counts) for step in Step} for each in "abc"[: data.draw(st.integers(2, 3))]}
    got = found(groups, FairnessRules(threshold, 0.95, 0.8))
    lines = [list(got.total.values()), *(list(row.reached.values()) for row in got.tables[0].rows)]
    for line in lines:
        known = [count for count in line if count is not None]
        for one, other in itertools.combinations([*known, 0], 2):
            assert one - other == 0 or one - other >= threshold
            assert one >= other
    if len(groups) == 2:
        for step in got.tables[0].steps:
            for row in got.tables[0].rows:
                if row.reached[step] is not None and step in got.total:
                    rest = got.total[step] - row.reached[step]
                    assert rest == 0 or rest >= threshold
    for row in got.tables[0].rows:
        true = [sum(groups[row.group][each] for each in Step if each >= step) for step in got.tables[0].steps]
        assert all(shown in (None, count) for shown, count in zip(row.reached.values(), true, strict=True))
        if row.share:
            assert row.share.submitted >= threshold
            assert row.share.selected == 0 or row.share.selected >= threshold
            assert math.isclose(row.share.value, row.share.selected / row.share.submitted)
