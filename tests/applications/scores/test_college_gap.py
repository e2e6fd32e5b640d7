"""How much of a difference between colleges survives adjusting, and which readings would help. Pure.

The eigenvalue is compared with whole matrices, and the intervals with simulated colleges whose true scores are known.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from applications.scores import college_gap
from applications.scores.adjusting import adjust
from applications.scores.college_gap import Extra, Remedy, extra_readings, kept_share
from script.benchmarks.colleges import PLANS, Plan, college_of, simulate

LEAST = 0.90  # the fact scoring.kept_percent


def colleges_of(pairs):
    return {application: college_of(application) for application, _reader in pairs}


def readers_of(plan):
    counts = [*((str(college), count) for college, count in enumerate(plan.readers)), ("", plan.outside)]
    return {f"{college}/{number}": college for college, count in counts for number in range(count)}


def by_whole_matrices(pairs):
    """The share by the model's matrices, read by read, without eliminating anything: the smallest ratio, over all
    contrasts between colleges, of what survives to what would survive with equally strict readers. And by how much each
    college is better in that contrast."""
    codes, readers = (sorted({pair[side] for pair in pairs}) for side in (0, 1))
    names = sorted({college_of(code) for code in codes})
    of_code = np.array([[code == pair[0] for code in codes] for pair in pairs], dtype=float)
    of_reader = np.array([[reader == pair[1] for reader in readers] for pair in pairs], dtype=float)
    of_college = np.array([[college_of(code) == name for name in names] for code in codes], dtype=float)

    def table(var_reader):
        noise = college_gap.CHANCE**2 * np.eye(len(pairs))
        inverse = np.linalg.inv(of_code @ of_code.T + var_reader * of_reader @ of_reader.T + noise)
        one = np.ones((len(pairs), 1))
        centered = inverse - inverse @ one @ one.T @ inverse / (one.T @ inverse @ one)
        return of_college.T @ of_code.T @ centered @ of_code @ of_college

    contrasts = np.linalg.svd(np.ones((1, len(names))))[2][1:].T
    with_readers, without = (contrasts.T @ table(var) @ contrasts for var in (college_gap.READERS**2, 0))
    shares, vectors = np.linalg.eig(np.linalg.solve(without, with_readers))
    better = contrasts @ vectors[:, shares.real.argmin()].real
    return float(shares.real.min()), dict(zip(names, better / np.ptp(better), strict=True))


SMALL = [
    Plan("two", (6, 3), (2, 1), outside=2, reads=2),
    Plan("three", (8, 4, 2), (2, 2, 2), reads=2),
    Plan("four", (5, 4, 3, 2), (1, 2, 1, 2), reads=3),
]


@pytest.mark.parametrize("plan", SMALL, ids=lambda plan: plan.what)
def test_the_share_is_the_one_of_the_whole_matrices(plan):
    pairs = plan.pairs()
    assert kept_share(pairs, colleges_of(pairs)) == pytest.approx(by_whole_matrices(pairs)[0], abs=1e-9)


READS = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


@given(READS, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_share_is_a_share_of_the_plan_alone(rows, order):
    pairs = sorted({(f"{college}-{number}", f"r{reader}") for college, number, reader in rows})
    share = kept_share(pairs, colleges_of(pairs))
    assert 0 <= share <= 1
    mixed = list(pairs)
    order.shuffle(mixed)
    assert kept_share(mixed, colleges_of(pairs)) == pytest.approx(share, abs=1e-9)


def test_colleges_without_a_common_reader_keep_little_and_a_common_pair_of_readers_all():
    apart = [
        (f"{college}-{number}", f"{college}{reader}") for college in "AB" for number in range(30) for reader in "12"
    ]
    assert kept_share(apart, colleges_of(apart)) < 0.25
    together = [(f"{college}-{number}", reader) for college in "AB" for number in range(30) for reader in "12"]
    assert kept_share(together, colleges_of(together)) == pytest.approx(1)
    assert kept_share(together[:60], colleges_of(together[:60])) == 1  # one college: there is nothing to lose


# --- A simulation ----------------------------------------------------------------------------------


def simulated_share(pairs, gap, runs=15):
    """What `adjusting` leaves of a true difference of `gap` between the colleges that are hardest to compare, divided
    by what it would leave if it knew of no readers. Each cycle is scored twice, with the difference and with its
    opposite, so that chance cancels out."""
    colleges, better = colleges_of(pairs), by_whole_matrices(pairs)[1]
    codes = sorted(colleges)
    of_code = np.array([better[colleges[code]] for code in codes])
    counts = np.array([sum(code == pair[0] for pair in pairs) for code in codes])
    left = equal = 0.0
    for seed in range(runs):
        draw = np.random.default_rng(seed)
        noise = draw.normal(0, college_gap.CHANCE, len(pairs))
        own = dict(zip(codes, draw.normal(0, 1, len(codes)), strict=True))
        strict = {reader: draw.normal(0, college_gap.READERS) for reader in sorted({reader for _code, reader in pairs})}
        scores = []
        for size in (gap, -gap):
            reads = [
                (code, reader, own[code] + size * better[colleges[code]] - strict[reader] + chance)
                for (code, reader), chance in zip(pairs, noise, strict=True)
            ]
            found = adjust(reads)
            scores.append(np.array([found.estimates[code].adjusted for code in codes]))
            drawn = counts / (counts + (found.spread_chance / found.spread_applications) ** 2)
            equal += gap * of_code @ (drawn * (of_code - drawn @ of_code / drawn.sum()))
        apart = scores[0] - scores[1]
        left += of_code @ (apart - apart.mean())
    return left / equal


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.what)
@pytest.mark.parametrize("gap", [0.7, 1.5])
def test_the_share_is_what_a_simulation_leaves(plan, gap):
    """Within two points where the page shows the figure. Where too little is left, it shows none."""
    share = kept_share(plan.pairs(), colleges_of(plan.pairs()))
    simulated = simulated_share(plan.pairs(), gap)
    if share >= LEAST:
        assert simulated == pytest.approx(share, abs=0.02)
    else:
        assert simulated < LEAST + 0.02


# --- Intervals --------------------------------------------------------------------------------------


def test_without_the_refusal_intervals_would_hold_far_too_rarely():
    """100 of 150 files at one college, which is better by one and a half spreads: 3 points where applications spread by
    2. The readers of each college read hardly anything that the others read."""
    held = simulate(PLANS[0].pairs(), gap=1.5, runs=8)
    assert held.kept < 0.25
    assert held.least < 0.5
    assert held.gap < 0.6  # of 1.5


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.what)
def test_unequal_colleges_get_honest_intervals_or_a_refusal(plan):
    held = simulate(plan.pairs(), gap=1.5, runs=12, least=LEAST)
    if held.kept < LEAST:
        assert held.adjusted is None
    else:
        assert held.adjusted >= 0.75
    # what counts instead: raw means, with intervals for the strictness of each file's own readers
    assert held.raw >= 0.75


def test_both_happen():
    shares = {plan.what: kept_share(plan.pairs(), colleges_of(plan.pairs())) for plan in PLANS}
    assert shares["100 of 150 at one college; two others"] < 0.25
    assert shares["60, 60 and 2; 4 readers each at the large ones"] < 0.25
    assert shares["nine colleges, 4 to 45 files"] > 0.95
    assert shares["100 of 150 at one of two, all readers from outside"] > 0.99


# --- Extra readings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", [PLANS[0], PLANS[4]], ids=lambda plan: plan.what)
def test_the_extra_readings_are_lawful_and_enough_and_none_is_idle(plan):
    pairs, readers = plan.pairs(), readers_of(plan)
    colleges = colleges_of(pairs)
    found = extra_readings(pairs, colleges, least=LEAST, readers=readers)
    assert found.reads and not found.needs_people
    assert sum(each.count for each in found.extras) == len(found.reads) == len(set(found.reads))
    assert not set(found.reads) & set(pairs)
    assert all(readers[reader] != colleges[application] for application, reader in found.reads)
    assert kept_share([*pairs, *found.reads], colleges) >= LEAST
    assert kept_share([*pairs, *found.reads[:-1]], colleges) < LEAST


def test_a_plan_with_little_missing_needs_few():
    found = extra_readings(PLANS[4].pairs(), colleges_of(PLANS[4].pairs()), least=LEAST, readers=readers_of(PLANS[4]))
    assert sum(each.count for each in found.extras) <= 15


def test_ties_and_room_are_kept():
    plan = PLANS[4]
    pairs, readers = plan.pairs(), readers_of(plan)
    colleges = colleges_of(pairs)
    before = extra_readings(pairs, colleges, least=LEAST, readers=readers)
    room = dict.fromkeys(readers, 2)
    after = extra_readings(pairs, colleges, least=LEAST, readers=readers, barred=frozenset(before.reads), room=room)
    assert after.reads and not set(after.reads) & set(before.reads)
    taken = [reader for _application, reader in after.reads]
    assert max(taken.count(reader) for reader in taken) <= 2


def test_where_these_readers_cannot_help_more_people_are_asked_for():
    """Two colleges whose readers read only each other's files: nobody may compare them."""
    plan = Plan("", (30, 30, 1), (3, 3, 0))
    pairs = plan.pairs()
    found = extra_readings(pairs, colleges_of(pairs), least=LEAST, readers=readers_of(plan))
    assert found.needs_people and not found.reads
    assert {each.by for each in found.extras} == {""}


def test_nothing_is_asked_for_where_enough_survives():
    pairs = PLANS[-1].pairs()
    found = extra_readings(pairs, colleges_of(pairs), least=LEAST, readers=readers_of(PLANS[-1]))
    assert found == Remedy() and not found.needs_people
    assert Extra("A", "B", 1) != Extra("B", "A", 1)
