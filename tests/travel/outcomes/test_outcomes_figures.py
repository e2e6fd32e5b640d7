"""All pages together reveal no small group: attacked with the figures of every page."""

import datetime as dt
import itertools
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from travel.outcomes.disclosure import Shown
from travel.outcomes.figures import (
    COUNTED,
    By,
    Counted,
    Mark,
    OutcomeStage,
    Protected,
    Travelers,
)

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
DAY = dt.date(2026, 6, 12)
BEFORE = range(OutcomeStage.STARTED, OutcomeStage.TRAVELED)


def travelers(cycle, count, *marks, college=1, city=1, parents_known=True):
    return Travelers(cycle, college, city, DAY, frozenset(marks), parents_known, count)


def counted(groups, ended=None, returned=None, too_late=None):
    """`ended` is {cycle: [people whose furthest stage is started, submitted, ... passport]}."""
    furthest = defaultdict(dict)
    for group in groups:
        row = furthest[group.cycle]
        row[OutcomeStage.RETURNED] = row.get(OutcomeStage.RETURNED, 0) + group.count
    for cycle, numbers in (ended or {}).items():
        furthest[cycle] |= {OutcomeStage(stage): number for stage, number in enumerate(numbers)}
    for cycle, number in (returned or {}).items():
        row = furthest[cycle]
        row[OutcomeStage.TRAVELED], row[OutcomeStage.RETURNED] = row[OutcomeStage.RETURNED] - number, number
    return Counted(NOW, furthest, tuple(groups), too_late or {})


def protected(groups, threshold=11, cycles=None, **more):
    finished = cycles or sorted({group.cycle for group in groups})
    return Protected(counted(groups, **more), finished, threshold)


def stages(found, cycle=1):
    return list(found.outcomes(cycle).stages.values())


# --- Which cycles -----------------------------------------------------------------------------------


def test_a_cycle_with_fewer_travelers_than_the_threshold_is_in_no_figure():
    found = protected([travelers(1, 20), travelers(2, 10), travelers(3, 11)])
    assert found.cycle_ids == (1, 3)
    assert found.outcomes(None).travelers == 31


# --- Marks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("having", "of", "shown", "count"),
    [
        (22, 44, Shown.EXACT, 22),
        (10, 44, Shown.AT_MOST, None),
        (34, 44, Shown.AT_LEAST, None),  # they would reveal the ten others
        (44, 44, Shown.AT_LEAST, None),
        (0, 44, Shown.AT_MOST, None),
        (10, 20, Shown.HIDDEN, None),
    ],
)
def test_a_mark_shows_if_those_with_it_and_those_without_are_many(having, of, shown, count):
    groups = [travelers(1, having, Mark.PASSPORT), travelers(1, of - having)]
    outcomes = protected(groups).outcomes(1)
    share = outcomes.shares[Mark.PASSPORT]
    assert (share.rate.shown, share.count) == (shown, count)
    if count is None:
        assert outcomes.breakdowns[Mark.PASSPORT, By.COLLEGE] is None


def test_first_generation_is_a_share_of_those_who_know_and_tells_no_count():
    groups = [travelers(1, 20, Mark.GENERATION), travelers(1, 20), travelers(1, 3, parents_known=False)]
    share = protected(groups).outcomes(1).shares[Mark.GENERATION]
    assert (share.rate.percent, share.count, share.of) == (50, None, None)


def test_all_years_count_only_cycles_whose_own_page_shows_the_mark_and_name_the_others():
    groups = [
        *(travelers(1, 15, Mark.PASSPORT), travelers(1, 15)),
        *(travelers(2, 4, Mark.PASSPORT), travelers(2, 20)),
    ]
    all_years = protected(groups).outcomes(None)
    assert (all_years.shares[Mark.PASSPORT].count, all_years.shares[Mark.PASSPORT].of) == (15, 30)
    assert all_years.left_out[Mark.PASSPORT] == (2,)
    assert all_years.travelers == 54


# --- By college and by city -------------------------------------------------------------------------


def test_what_is_hidden_of_a_breakdown_is_counted_together():
    groups = [
        *(travelers(1, 12, Mark.PASSPORT, college=1), travelers(1, 11, college=1)),
        *(travelers(1, 13, Mark.PASSPORT, college=2), travelers(1, 12, college=2)),
        *(travelers(1, 14, Mark.PASSPORT, college=4), travelers(1, 14, college=4)),
        *(travelers(1, 3, Mark.PASSPORT, college=3), travelers(1, 10, college=3)),
    ]
    shown = protected(groups).outcomes(1).breakdowns[Mark.PASSPORT, By.COLLEGE]
    assert (shown.counts, shown.total) == ({1: None, 2: 13, 3: None, 4: 14}, 42)  # the total would reveal the three
    assert shown.others == 15


def test_a_count_that_leaves_few_of_a_known_group_is_hidden():
    """Of 20 and 24 who went to two cities, 11 and 14 have a first passport: the 9 and 10 others must not follow."""
    groups = [
        *(travelers(1, 11, Mark.PASSPORT, city=1), travelers(1, 9, city=1)),
        *(travelers(1, 14, Mark.PASSPORT, city=2), travelers(1, 10, city=2)),
    ]
    shown = protected(groups).outcomes(1).breakdowns[Mark.PASSPORT, By.CITY]
    assert (shown.counts, shown.total) == ({1: None, 2: None}, 25)


def test_all_years_are_the_sum_of_what_each_year_shows():
    groups = [
        *(travelers(1, 12, Mark.PASSPORT, city=1), travelers(1, 13, city=1)),
        *(travelers(1, 14, Mark.PASSPORT, city=2), travelers(1, 15, city=2)),
        *(travelers(2, 12, Mark.PASSPORT, city=1), travelers(2, 13, city=1)),
        *(travelers(2, 14, Mark.PASSPORT, city=3), travelers(2, 5, city=3), travelers(2, 16, city=4)),
    ]
    found = protected(groups)
    assert found.outcomes(1).breakdowns[Mark.PASSPORT, By.CITY].counts == {1: 12, 2: 14}
    assert found.outcomes(2).breakdowns[Mark.PASSPORT, By.CITY].counts[3] is None
    years = found.outcomes(None).breakdowns[Mark.PASSPORT, By.CITY]
    assert years.counts[2] == 14 and years.counts[3] is None and years.total == 52


# --- Stages -----------------------------------------------------------------------------------------


def test_a_stage_is_hidden_where_few_end_between_it_and_the_next():
    groups = [travelers(1, 44)]
    found = protected(groups, ended={1: [60, 12, 90, 3, 0, 0]})
    assert stages(found) == [209, 149, 137, None, 44, 44, 44, 44]


def test_of_two_ways_to_hide_the_one_that_keeps_more_stages_and_the_earliest_is_taken():
    found = protected([travelers(1, 44)], ended={1: [0, 3, 24, 3, 0, 0]})
    assert stages(found) == [74, 74, None, None, 44, 44, 44, 44]


def test_years_together_show_a_stage_that_each_year_hides():
    ended = {1: [60, 12, 90, 6, 0, 0], 2: [50, 14, 80, 7, 0, 0]}
    found = protected([travelers(1, 44), travelers(2, 40)], ended=ended)
    assert stages(found, 1)[OutcomeStage.SELECTED] is None and stages(found, 2)[OutcomeStage.SELECTED] is None
    assert stages(found, None)[OutcomeStage.SELECTED] == 97


@pytest.mark.parametrize(("returned", "shown"), [(44, 44), (43, None), (33, 33), (0, 0), (5, None)])
def test_returned_is_hidden_where_few_stayed_away_or_few_came_back(returned, shown):
    assert stages(protected([travelers(1, 44)], returned={1: returned}))[OutcomeStage.RETURNED] == shown


@pytest.mark.parametrize(
    ("late", "stayed", "shown"), [(0, 0, 0), (0, 3, 0), (3, 20, None), (12, 12, 12), (12, 13, None)]
)
def test_passports_too_late_are_none_or_many(late, stayed, shown):
    found = protected([travelers(1, 44)], ended={1: [0, 0, 0, 0, stayed, 0]}, too_late={1: late})
    assert found.outcomes(1).too_late == shown
    assert found.outcomes(None).too_late == shown


# --- The attack: all pages at once ------------------------------------------------------------------

small = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
CYCLES, COLLEGES, CITIES = (1, 2), (1, 2, 3), (1, 2)


@st.composite
def cohorts(draw):
    """Two cycles of travelers over three colleges and two cities, and people who ended before the trip."""
    groups = [
        travelers(cycle, count, *marks, college=college, city=city)
        for cycle, college, city in itertools.product(CYCLES, COLLEGES, CITIES)
        for marks in ((), (Mark.PASSPORT, Mark.ABROAD), (Mark.FLIGHT,))
        if (count := draw(small))
    ]
    ended = {cycle: [draw(small) for _ in BEFORE] for cycle in CYCLES}
    return groups, ended


def pages_of(found):
    return {cycle: found.outcomes(cycle) for cycle in (*found.cycle_ids, None)}


@settings(max_examples=150, deadline=None)
@given(cohorts(), st.integers(2, 4))
def test_no_difference_of_pages_tells_a_small_count_of_a_mark(cohort, threshold):
    groups, ended = cohort
    found = protected(groups, threshold, cycles=CYCLES, ended=ended)
    if not found.cycle_ids:
        return
    pages = pages_of(found)
    for mark in Mark:
        counts = {cycle: page.shares[mark].count for cycle, page in pages.items()}
        of = {cycle: page.shares[mark].of for cycle, page in pages.items()}
        together = counts.pop(None)
        shown = {cycle: count for cycle, count in counts.items() if count is not None}
        for cycle, count in shown.items():
            assert count >= threshold and pages[cycle].travelers - count >= threshold
        if together is not None:
            assert together == sum(shown.values()) and of[None] == sum(of[cycle] for cycle in shown)


@settings(max_examples=200, deadline=None)
@given(cohorts(), st.integers(2, 4))
def test_all_years_break_down_only_what_the_years_do(cohort, threshold):
    groups, ended = cohort
    found = protected(groups, threshold, cycles=CYCLES, ended=ended)
    if not found.cycle_ids:
        return
    pages = pages_of(found)
    for mark, by in itertools.product(COUNTED, By):
        for cycle in found.cycle_ids:
            if shown := pages[cycle].breakdowns[mark, by]:
                assert shown.total == pages[cycle].shares[mark].count
        check_sum(pages, mark, by, found.cycle_ids)


def check_sum(pages, mark, by, cycles):
    """All years tell only the sum of what the years tell."""
    together = pages[None].breakdowns[mark, by]
    parts = [pages[cycle].breakdowns[mark, by] for cycle in cycles if pages[cycle].breakdowns[mark, by]]
    assert (together is None) == (not parts)
    for label in together.counts if together else ():
        known = [part.counts.get(label, 0) for part in parts]
        assert together.counts[label] == (None if None in known else sum(known))


def sequences(shown, traveled, most):
    """All sequences of counts down to the travelers that agree with what a cycle's page shows."""
    known = [*shown[: OutcomeStage.TRAVELED], traveled]
    found = [(traveled,)]
    for stage in reversed(BEFORE):
        grown = []
        for sequence in found:
            options = [known[stage]] if known[stage] is not None else range(sequence[0], most + 1)
            grown += [(option, *sequence) for option in options if option >= sequence[0]]
        found = grown
    return found


@settings(max_examples=60, deadline=None)
@given(cohorts(), st.integers(2, 4))
def test_no_stage_gives_a_small_group_away_to_who_has_every_page(cohort, threshold):
    groups, ended = cohort
    found = protected(groups, threshold, cycles=CYCLES, ended=ended)
    if not found.cycle_ids:
        return
    true = {
        cycle: [found.traveled[cycle] + sum(ended[cycle][stage:]) for stage in (*BEFORE, len(BEFORE))]
        for cycle in found.cycle_ids
    }
    for cycle in found.cycle_ids:
        assert all(shown in (None, count) for shown, count in zip(stages(found, cycle), true[cycle], strict=False))
    together = stages(found, None)[: OutcomeStage.TRAVELED]
    agreed = {}
    for cycle in found.cycle_ids:
        most = max(true[cycle]) + 2
        for sequence in sequences(stages(found, cycle), found.traveled[cycle], most):
            key = tuple(count for count, known in zip(sequence, together, strict=False) if known is not None)
            agreed.setdefault(cycle, defaultdict(list))[key].append(sequence)
    target = tuple(count for count in together if count is not None)
    possible = defaultdict(set)
    for keys in itertools.product(*(agreed[cycle] for cycle in found.cycle_ids)):
        if tuple(map(sum, zip(*keys, strict=True))) != target:
            continue
        for cycle, key in zip(found.cycle_ids, keys, strict=True):
            for sequence in agreed[cycle][key]:
                for i, j in itertools.combinations(range(len(sequence)), 2):
                    possible[cycle, i, j].add(sequence[i] - sequence[j])
    for cycle in found.cycle_ids:
        for i, j in itertools.combinations(range(len(BEFORE) + 1), 2):
            lost = true[cycle][i] - true[cycle][j]
            if 0 < lost < threshold:
                assert len(possible[cycle, i, j]) > 1, f"{lost} of cycle {cycle} ended between {i} and {j}"
