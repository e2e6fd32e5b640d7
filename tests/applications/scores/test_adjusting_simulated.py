"""Simulation with known severities: reproduces the table of the domain reference (4.4), within its noise.

150 applicants, 12 readers, 24 places; score = ability - severity + noise (SD 1, as stated, 0.8), rounded to 1 to 5.
The figure is the share of the truly best 24 who get a place. 150 runs each, as in the reference; 0.03 is four
standard errors of the difference of two such tables.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from applications.scores.adjusting import Refusal, adjust

APPLICANTS, READERS, PLACES, RUNS = 150, 12, 24, 150
NOISE = 0.03


@dataclass(frozen=True)
class Design:
    reads: int = 2
    severity: float = 0.6
    colleges_differ: float = 0.0  # SD of the mean ability of a college
    own_college: bool = False
    crossing: float = 0.0  # in an own-college design, the share of reviews given to another college


def pairs_of(design, college, draw):
    home = np.arange(READERS) % 6
    load = np.zeros(READERS)
    for applicant in draw.permutation(APPLICANTS):
        own = np.flatnonzero(home == college[applicant])
        chosen: list[int] = []
        if design.own_college:
            for reader in draw.permutation(own)[: design.reads]:
                away = [each for each in range(READERS) if each not in own and each not in chosen]
                chosen.append(draw.choice(away) if draw.random() < design.crossing else reader)
        else:  # random, with even loads
            chosen = list(np.lexsort((draw.random(READERS), load))[: design.reads])
            load[chosen] += 1
        yield from ((applicant, reader) for reader in chosen)


def shares(design, seed):
    """(share with raw means, share with adjusted scores or None, reason of a refusal)."""
    draw = np.random.default_rng(seed)
    college = draw.integers(0, 6, APPLICANTS)
    ability = draw.normal(0, 1, APPLICANTS) + draw.normal(0, design.colleges_differ, 6)[college]
    severity = draw.normal(0, design.severity, READERS)
    reads = [
        (str(applicant), str(reader), float(np.clip(round(3 + ability[applicant] - severity[reader] + noise), 1, 5)))
        for applicant, reader in pairs_of(design, college, draw)
        for noise in [draw.normal(0, 0.8)]
    ]
    found = adjust(reads)
    best = set(np.argsort(-ability)[:PLACES])
    lots = draw.random(APPLICANTS)

    def share(name):
        figures = np.array([getattr(found.estimates[str(number)], name) for number in range(APPLICANTS)])
        return len(best & set(np.lexsort((lots, -figures))[:PLACES])) / PLACES

    return share("raw"), None if found.refusal else share("adjusted"), found.refusal


@pytest.mark.parametrize(
    ("design", "raw", "mixed"),
    [
        (Design(), 0.61, 0.65),
        (Design(reads=3), 0.67, 0.70),
        (Design(severity=0.9), 0.57, 0.65),
        (Design(severity=0), 0.65, 0.65),
        (Design(colleges_differ=0.5), 0.64, 0.68),
        (Design(colleges_differ=0.5, own_college=True, crossing=0.3), 0.64, 0.65),
    ],
)
def test_shares_of_the_best_who_get_a_place(design, raw, mixed):
    runs = [shares(design, seed) for seed in range(RUNS)]
    assert {refusal for _raw, _adjusted, refusal in runs} == {None}
    means = np.mean([(by_raw, adjusted) for by_raw, adjusted, _refusal in runs], axis=0)
    assert means == pytest.approx((raw, mixed), abs=NOISE)
    if design.severity:
        assert means[1] > means[0] + 0.01


def test_nothing_is_adjusted_where_readers_read_their_own_college_only():
    runs = [shares(Design(colleges_differ=0.5, own_college=True), seed) for seed in range(RUNS)]
    assert {refusal for _raw, _adjusted, refusal in runs} == {Refusal.NOT_CONNECTED}
    assert np.mean([raw for raw, _adjusted, _refusal in runs]) == pytest.approx(0.64, abs=NOISE)


def test_intervals_hold_what_they_say():
    """80 of 100 intervals contain the score that the average of these readers would have given."""
    held = []
    for seed in range(40):
        draw = np.random.default_rng(seed)
        ability, severity = draw.normal(0, 1, 200), draw.normal(0, 0.6, READERS)
        truth = 3 + ability - severity.mean()
        reads = [
            (str(applicant), str(reader), 3 + ability[applicant] - severity[reader] + draw.normal(0, 0.8))
            for applicant in range(200)
            for reader in draw.permutation(READERS)[:2]
        ]
        found = adjust(reads, interval=0.80).estimates
        held += [found[str(number)].low <= truth[number] <= found[str(number)].high for number in range(200)]
    assert np.mean(held) == pytest.approx(0.80, abs=0.02)
