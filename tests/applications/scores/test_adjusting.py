"""The crossed model against a direct matrix solution, and what it refuses. Simulations: test_adjusting_simulated.py."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.scores.adjusting import Estimate, Refusal, adjust, seat_line
from applications.scores.scoring import DuplicateScore, ScoringInputError


def reads_of(applications=30, readers=5, seed=1, severity=1.0):
    draw = random.Random(seed)  # noqa: S311 -- no secret
    strict = [draw.gauss(0, severity) for _ in range(readers)]
    reads = []
    for code in range(applications):
        strength = draw.gauss(10, 2)
        for reader in draw.sample(range(readers), draw.choice([1, 2, 3, 4])):
            reads.append((f"a{code:02}", f"r{reader}", round(strength - strict[reader] + draw.gauss(0, 1), 1)))
    return reads


def by_whole_matrices(reads):
    """Henderson's third method with pseudo-inverses, and the best predictor from V itself, review by review."""
    codes, readers = (sorted({read[side] for read in reads}) for side in (0, 1))
    y = np.array([total for _code, _reader, total in reads])
    of_code = np.array([[code == read[0] for code in codes] for read in reads], dtype=float)
    of_reader = np.array([[reader == read[1] for reader in readers] for read in reads], dtype=float)
    one = np.ones((len(y), 1))

    def fit(*parts):
        design = np.hstack([one, *parts])
        hat = design @ np.linalg.pinv(design, rcond=1e-9)
        return y @ hat @ y, round(np.trace(hat)), np.eye(len(y)) - hat

    both, rank, _rest = fit(of_code, of_reader)
    alone, rank_code, rest_code = fit(of_code)
    other, rank_reader, rest_reader = fit(of_reader)
    chance = (y @ y - both) / (len(y) - rank)
    var_code = (both - other - (rank - rank_reader) * chance) / np.trace(of_code.T @ rest_reader @ of_code)
    var_reader = (both - alone - (rank - rank_code) * chance) / np.trace(of_reader.T @ rest_code @ of_reader)
    var_reader = max(0, var_reader)
    whole = var_code * of_code @ of_code.T + var_reader * of_reader @ of_reader.T + chance * np.eye(len(y))
    inverse = np.linalg.inv(whole)
    # the estimand: level + mean of the readers + application
    average = np.full((len(readers), 1), 1 / len(readers))
    level = (one.T @ inverse @ y)[0] / (one.T @ inverse @ one)[0, 0]
    found = {}
    for number, code in enumerate(codes):
        covers = var_code * of_code[:, number] + var_reader * (of_reader @ average)[:, 0]
        score = level + covers @ inverse @ (y - level)
        missed = 1 - covers @ inverse @ one[:, 0]
        variance = var_code + var_reader / len(readers) - covers @ inverse @ covers
        variance += missed**2 / (one.T @ inverse @ one)[0, 0]
        found[code] = score, 1.2815515655446004 * math.sqrt(variance)
    return found, (var_code, var_reader, chance)


@pytest.mark.parametrize("seed", range(6))
def test_it_finds_what_one_whole_matrix_finds(seed):
    reads = reads_of(seed=seed, severity=[0, 0.5, 2][seed % 3])
    expected, variances = by_whole_matrices(reads)

    found = adjust(reads, files_min=1)

    assert found.refusal is None
    spreads = found.spread_applications, found.spread_readers, found.spread_chance
    assert [each**2 for each in spreads] == pytest.approx(variances, abs=1e-8)
    for code, (score, half) in expected.items():
        each = found.estimates[code]
        assert (each.adjusted, each.high - each.adjusted, each.adjusted - each.low) == pytest.approx(
            (score, half, half), abs=1e-6
        )


def test_a_strict_reader_is_found_and_its_files_are_lifted():
    reads = [(code, reader, total) for code, reader, total in reads_of(applications=60, severity=0)]
    reads = [(code, reader, total - 3 if reader == "r0" else total) for code, reader, total in reads]
    found = adjust(reads)
    assert min(found.readers, key=found.readers.get) == "r0"
    assert sum(found.readers.values()) == pytest.approx(0)
    lifted = [code for code, reader, _total in reads if reader == "r0"]
    others = found.estimates.keys() - set(lifted)
    gain = [found.estimates[code].adjusted - found.estimates[code].raw for code in lifted]
    loss = [found.estimates[code].adjusted - found.estimates[code].raw for code in others]
    assert np.mean(gain) > 0.5 > 0 > np.mean(loss)


def test_raw_figures_are_always_there():
    found = adjust([("a", "r", 4.0), ("b", "r", 2.0)])
    assert found.estimates == {"a": Estimate(4.0, 1), "b": Estimate(2.0, 1)}
    assert (found.refusal, found.readers, found.spread_readers) == (Refusal.ONE_READER, {}, None)


def test_raw_intervals_share_one_variance():
    found = adjust([("a", "r", 4.0), ("a", "s", 2.0), ("b", "r", 2.0), ("b", "s", 2.0)], interval=0.95)
    # within: (1 + 1 + 0 + 0) / 2 degrees of freedom = 1; of a mean of two: a half
    half = 1.959964 * math.sqrt(0.5)
    assert found.refusal is Refusal.FEW_FILES
    assert (found.estimates["b"].raw_low, found.estimates["b"].raw_high) == pytest.approx((2 - half, 2 + half))


def grid(codes, readers, points=lambda code, reader: float(code * 2 + reader)):
    return [(f"a{code:02}", f"r{reader}", points(code, reader)) for code in codes for reader in readers]


@pytest.mark.parametrize(
    ("reads", "reason"),
    [
        ([], Refusal.NOTHING_READ),
        (grid(range(9), [0]), Refusal.ONE_READER),
        (grid(range(9), [0, 1]) + grid(range(9, 18), [2, 3]), Refusal.NOT_CONNECTED),
        (grid(range(9), [0]) + grid(range(9, 18), [1]), Refusal.NOT_CONNECTED),  # each reader has files of their own
        (grid(range(7), [0, 1]), Refusal.FEW_FILES),
        (grid(range(9), [0]) + grid([0], [1]) + grid(range(9, 16), [1]), Refusal.READ_ONCE),
        (grid(range(9), [0, 1], lambda *_: 3.0), Refusal.ALL_EQUAL),
        (grid(range(20), [0, 1], lambda code, reader: float((code + reader) % 2)), Refusal.ONLY_CHANCE),
    ],
)
def test_it_refuses_with_the_reason_in_a_word(reads, reason):
    found = adjust(reads)
    assert found.refusal is reason
    assert all(each.adjusted is each.low is None for each in found.estimates.values())


def test_it_refuses_where_a_difference_between_colleges_would_be_lost():
    found = adjust(grid(range(9), [0, 1]), keeps_colleges=False)
    assert found.refusal is Refusal.COLLEGES_APART
    assert all(each.adjusted is None and each.raw_low is not None for each in found.estimates.values())
    # what the office must fix first is named first
    assert adjust(grid(range(7), [0, 1]), keeps_colleges=False).refusal is Refusal.FEW_FILES


def test_it_names_the_groups_and_who_read_little():
    found = adjust(grid(range(9), [0, 1, 2]) + grid(range(9, 12), [3, 4]))
    assert found.groups == (("r0", "r1", "r2"), ("r3", "r4"))
    assert found.few == ("r3", "r4")


def test_reads_without_chance_are_fitted_exactly():
    found = adjust(grid(range(9), [0, 1]))
    assert found.spread_chance == pytest.approx(0, abs=1e-3)
    assert found.estimates["a03"].adjusted == pytest.approx(6.5, abs=1e-3)
    assert found.readers == pytest.approx({"r0": -0.5, "r1": 0.5}, abs=1e-3)


@pytest.mark.parametrize(
    ("reads", "error"),
    [
        ([("a", "r", 1.0), ("a", "s", 1.0), ("a", "r", 2.0)], DuplicateScore),
        ([("a", "r", math.nan)], ScoringInputError),
        ([("a", "r", math.inf)], ScoringInputError),
    ],
)
def test_bad_reads_are_refused(reads, error):
    with pytest.raises(error):
        adjust(reads)


@pytest.mark.parametrize("interval", [0, 1, 80])
def test_an_interval_is_a_share(interval):
    with pytest.raises(ScoringInputError, match="between 0 and 1"):
        adjust([], interval=interval)


@given(st.randoms(use_true_random=False), st.integers(0, 5), st.floats(-50, 50))
def test_neither_order_nor_level_matters(random_order, seed, shift):
    reads = reads_of(seed=seed)
    mixed = [(code, reader, total + shift) for code, reader, total in reads]
    random_order.shuffle(mixed)
    before, after = adjust(reads, files_min=1), adjust(mixed, files_min=1)
    assert before.estimates.keys() == after.estimates.keys()
    for code, each in before.estimates.items():
        assert after.estimates[code].adjusted - shift == pytest.approx(each.adjusted, abs=1e-6)


# --- The line between seats and waitlist -------------------------------------------------------------


def estimate(score, adjusted=True):
    """An estimate with an interval of one point either way; the adjusted score is five points above the raw one."""
    raw = Estimate(score, 3, score - 1, score + 1)
    return replace(raw, adjusted=score + 5, low=score + 4, high=score + 6) if adjusted else raw


def test_the_line_is_between_the_last_seat_and_the_next():
    estimates = {name: estimate(score) for name, score in {"a": 9, "b": 7, "c": 6, "d": 4}.items()}
    line = seat_line(estimates, 2)
    assert (line.at, line.is_adjusted, line.close) == (11.5, True, {"b", "c"})


def test_the_line_is_by_raw_scores_where_one_is_not_adjusted():
    estimates = {name: estimate(score) for name, score in {"a": 9, "b": 7, "c": 6}.items()}
    estimates["d"] = estimate(4, adjusted=False)
    line = seat_line(estimates, 2)
    assert (line.at, line.is_adjusted, line.close) == (6.5, False, {"b", "c"})


@pytest.mark.parametrize("seats", [None, 0, 2, 3])
def test_there_is_no_line_without_a_choice(seats):
    assert seat_line({"a": estimate(1), "b": estimate(2)}, seats) is None


def test_there_is_no_line_without_intervals():
    assert seat_line({"a": Estimate(1, 1), "b": Estimate(2, 1)}, 1) is None


def test_a_line_that_no_interval_holds_is_a_line_all_the_same():
    line = seat_line({"a": estimate(9), "b": estimate(2)}, 1)
    assert (line.at, line.close) == (10.5, frozenset())
