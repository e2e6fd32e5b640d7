import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from travel.placement import what_if
from travel.placement.matching import STAY_HOME, Placed, UnknownTrip, match
from travel.placement.what_if import TooManyError, fewest_low_ranks

TRIPS = ("t0", "t1", "t2")


@st.composite
def problems(draw):
    names = [f"s{number}" for number in range(draw(st.integers(0, 5)))]
    pairs = [(name, trip) for name in names for trip in TRIPS]
    return {
        "preferences": {name: draw(st.lists(st.sampled_from(TRIPS), unique=True)) for name in names},
        "seats": {trip: draw(st.integers(0, 2)) for trip in TRIPS},
        "feasible": draw(st.none() | st.sets(st.sampled_from(pairs))) if pairs else None,
    }


def worth(found):
    return -len(found), sum(seat.rank for seat in found.values())


@settings(deadline=None)  # the first call loads SciPy
@given(problems())
def test_nothing_that_can_be_is_better(problem):
    """Compared with every possible assignment."""
    found = fewest_low_ranks(**problem)
    names = list(problem["preferences"])
    possible = [
        [
            None,
            *(
                trip
                for trip in problem["preferences"][name]
                if problem["feasible"] is None or (name, trip) in problem["feasible"]
            ),
        ]
        for name in names
    ]
    assert all(found[name].trip in possible[names.index(name)] for name in found)
    assert all(sum(seat.trip == trip for seat in found.values()) <= n for trip, n in problem["seats"].items())
    for chosen in itertools.product(*possible):
        if all(chosen.count(trip) <= number for trip, number in problem["seats"].items()):
            other = {
                name: Placed(trip, problem["preferences"][name].index(trip) + 1)
                for name, trip in zip(names, chosen, strict=True)
                if trip
            }
            assert worth(found) <= worth(other)


def test_it_rewards_a_false_ranking_which_the_placement_does_not():
    """Why it is only a what-if: a person who would get Osaka gets Lyon by ranking Osaka last."""
    honest = {"ana": ["lyon", "osaka", "quito"], "ben": ["lyon", "osaka", "quito"]}
    seats = {"lyon": 1, "osaka": 1, "quito": 0}
    (loser,) = (name for name, seat in fewest_low_ranks(honest, seats).items() if seat.trip == "osaka")
    lie = honest | {loser: ["lyon", "quito", "osaka"]}
    assert fewest_low_ranks(lie, seats)[loser].trip == "lyon"
    score = {"ana": 2, "ben": 2} | {loser: 1}
    assert match(honest, seats, score).placed[loser].trip == "osaka"
    assert match(lie, seats, score).placed[loser].trip == "osaka"


def test_the_line_to_stay_home_holds():
    assert fewest_low_ranks({"ana": ["lyon", STAY_HOME, "osaka"]}, {"lyon": 0, "osaka": 1}) == {}


def test_what_does_not_fit_is_refused(monkeypatch):
    with pytest.raises(UnknownTrip):
        fewest_low_ranks({"ana": ["rome"]}, {"lyon": 1})
    monkeypatch.setattr(what_if, "LARGEST", 1)
    with pytest.raises(TooManyError):
        fewest_low_ranks({"ana": ["lyon"], "ben": ["lyon"]}, {"lyon": 2})
