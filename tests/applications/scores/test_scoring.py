from decimal import Decimal
from fractions import Fraction
from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.scores.scoring import (
    DuplicateScore,
    Score,
    ScoringInputError,
    Summary,
    UnknownCriterion,
    rank,
    summarise,
)

WEIGHTS = {"purpose": 2, "readiness": 1}


def read(application, reader, purpose, readiness):
    return [
        Score(application, reader, "purpose", purpose),
        Score(application, reader, "readiness", readiness),
    ]


def summary(code, mean=None, median=None, spread=None, reads=3):
    return Summary(code, reads if mean is not None else 0, mean, median, spread, {}, ())


def test_a_worked_example():
    scores = [*read("a1", "r1", 5, 4), *read("a1", "r2", 3, 2), *read("a1", "r3", 4, 5)]
    (found,) = summarise(scores, WEIGHTS)
    assert found == Summary(
        application="a1",
        reads=3,
        mean=35 / 3,
        median=13.0,
        spread=6.0,
        totals={"r1": 14.0, "r2": 8.0, "r3": 13.0},
        incomplete=(),
    )


def test_a_read_that_leaves_a_criterion_out_does_not_count_and_is_named():
    scores = [*read("a1", "r1", 5, 4), Score("a1", "r2", "purpose", 1)]
    (found,) = summarise(scores, WEIGHTS)
    assert (found.reads, found.mean, found.spread, found.incomplete) == (1, 14.0, 0.0, ("r2",))


def test_a_criterion_of_weight_zero_may_be_left_out():
    (found,) = summarise([Score("a1", "r1", "purpose", 3)], {"purpose": 1, "readiness": 0})
    assert (found.reads, found.mean) == (1, 3.0)


def test_an_application_nobody_has_read_is_still_listed():
    found = summarise(read("a2", "r1", 1, 1), WEIGHTS, applications=["a3", "a2", "a1"])
    assert [each.application for each in found] == ["a1", "a2", "a3"]
    assert found[0] == Summary("a1", 0, None, None, None, {}, ())


@pytest.mark.parametrize(
    ("scores", "weights", "error", "words"),
    [
        ([Score("a1", "r1", "charm", 3)], WEIGHTS, UnknownCriterion, "charm"),
        ([*read("a1", "r1", 3, 3), Score("a1", "r1", "purpose", 3)], WEIGHTS, DuplicateScore, "r1 scored"),
        ([Score("a1", "r1", "purpose", float("nan"))], WEIGHTS, ScoringInputError, "a1, r1"),
        ([Score("a1", "r1", "purpose", Decimal("Infinity"))], WEIGHTS, ScoringInputError, "a1, r1"),
        ([], {"purpose": -1}, ScoringInputError, "below zero"),
        ([], {"purpose": "much"}, ScoringInputError, "Not a number"),
    ],
)
def test_bad_input_is_refused_with_the_row_to_mend(scores, weights, error, words):
    with pytest.raises(error, match=words):
        summarise(scores, weights)


def test_order_is_mean_then_median_then_code_and_ties_share_a_rank():
    rows = [
        summary("e"),
        summary("d", 10.0, 10.0, 0.0),
        summary("c", 12.0, 11.0, 1.0),
        summary("b", 12.0, 12.0, 1.0),
        summary("a", 10.0, 10.0, 9.0),
        summary("f", 9.0, 10.0, 0.0),
    ]
    found = rank(rows, disagreement_at=6)
    assert [(row.summary.application, row.rank) for row in found] == [
        ("b", 1),
        ("c", 2),
        ("a", 3),
        ("d", 3),
        ("f", 5),
        ("e", None),
    ]


@pytest.mark.parametrize(
    ("spread", "reads", "flagged"), [(5.9, 3, False), (6.0, 3, True), (6.0, 2, True), (6.0, 1, False)]
)
def test_disagreement_starts_at_the_threshold_and_needs_two_reads(spread, reads, flagged):
    (row,) = rank([summary("a", 10.0, 10.0, spread, reads)], disagreement_at=6)
    assert row.disagreement is flagged


def test_tenths_that_add_up_to_the_same_total_tie():
    scores = [
        *[Score("a1", f"r{n}", "purpose", points) for n, points in enumerate([0.1, 0.2, 0.3])],
        *[Score("a2", f"r{n}", "purpose", Decimal(points)) for n, points in enumerate(["0.3", "0.1", "0.2"])],
    ]
    assert [row.rank for row in rank(summarise(scores, {"purpose": Decimal("0.7")}), 1)] == [1, 1]


grids = st.dictionaries(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("rstu")),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
)


@given(grids, st.randoms(use_true_random=False))
def test_figures_agree_with_the_textbook_and_the_order_of_input_does_not_matter(grid, shuffler):
    scores = [score for (code, reader), points in grid.items() for score in read(code, reader, *points)]
    found = summarise(scores, WEIGHTS)
    for each in found:
        totals = [Fraction(2 * p + r) for (code, _), (p, r) in grid.items() if code == each.application]
        expected = (len(totals), mean(totals), median(totals), max(totals) - min(totals))
        assert (each.reads, each.mean, each.median, each.spread) == tuple(map(float, expected))
    shuffler.shuffle(scores)
    assert summarise(scores, WEIGHTS) == found
    mixed = shuffler.sample(found, len(found))
    assert rank(mixed, 4) == rank(found, 4)


@given(grids)
def test_a_better_rank_means_a_higher_mean_or_an_equal_mean_with_a_higher_median(grid):
    scores = [score for (code, reader), points in grid.items() for score in read(code, reader, *points)]
    rows = rank(summarise(scores, WEIGHTS), 4)
    for row in rows:
        ahead = [
            other
            for other in rows
            if (other.summary.mean, other.summary.median) > (row.summary.mean, row.summary.median)
        ]
        assert row.rank == len(ahead) + 1
